"""What a changed table costs to keep: ``python store_frames.py``.

A frame of 2,000,000 rows and 20 columns is committed, then committed again with 1 % of its rows changed: a block of
rows, rows anywhere, one column of rows anywhere, rows taken out anywhere, rows put at the end. Printed are the bytes
stored beside those of the first commit, the bytes of the same frame as zstd-compressed Parquet (what a store of whole
files would add), and the seconds of both, each the median of the rounds.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trustlab.data.frames import frame_to_parquet
from trustlab.store import open_store
from trustlab.store.commit import commit

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 0.10


def table(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"number {i}": rng.normal(size=rows) for i in range(10)}
    columns |= {f"count {i}": rng.integers(0, 10 ** (i + 1), rows) for i in range(5)}
    columns |= {f"word {i}": rng.choice([f"category {k}" for k in range(10 * (i + 1))], rows) for i in range(3)}
    columns["yes"] = rng.random(rows) < 0.5
    columns["when"] = pd.date_range("2020", periods=rows, freq="s")
    return pd.DataFrame(columns)


def changed(frame: pd.DataFrame, there: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Give rows the values of other rows, in every column."""
    other = frame.copy()
    for name in frame.columns:
        values = frame[name].to_numpy(copy=True)
        values[there] = values[rng.permutation(len(frame))[: len(there)]]
        other[name] = values
    return other


def edits(frame: pd.DataFrame, seed: int) -> dict[str, Callable[[], pd.DataFrame]]:
    rng = np.random.default_rng(seed)
    rows = len(frame)
    some = rng.choice(rows, rows // 100, replace=False)
    start = int(rng.integers(rows - rows // 100))
    mask = np.zeros(rows, dtype=bool)
    mask[some] = True
    return {
        "1 % of the rows, a block": lambda: changed(frame, np.arange(start, start + rows // 100), rng),
        "1 % of the rows, anywhere": lambda: changed(frame, some, rng),
        "1 % of one column, anywhere": lambda: frame.assign(**{"number 3": frame["number 3"].mask(mask, 0.0)}),
        "1 % taken out, anywhere": lambda: frame[~mask].reset_index(drop=True),
        # Other rows in each round: what an earlier round put at the end would be stored already.
        "1 % more at the end": lambda: pd.concat([frame, frame.iloc[some]], ignore_index=True),
    }


def compressed(frame: pd.DataFrame) -> int:
    sink = io.BytesIO()
    frame.to_parquet(sink, compression="zstd")
    return len(sink.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", default=None)
    arguments = parser.parse_args()
    frame = table(arguments.rows)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        store = open_store(Path(folder) / ".trust")
        began = time.perf_counter()
        first = commit(store, "r", [("frame.parquet", frame_to_parquet(frame))])
        print(f"first commit: {first.bytes:,} bytes as Parquet, {first.bytes_added:,} stored, ", end="")
        print(f"{time.perf_counter() - began:.2f} s; zstd-compressed Parquet: {compressed(frame):,} bytes")
        shares: dict[str, list[float]] = {}
        seconds: dict[str, list[float]] = {}
        peer: dict[str, int] = {}
        for number in range(arguments.rounds):
            for name, edit in edits(frame, number).items():
                edited = edit()
                began = time.perf_counter()
                # Each on a branch of its own that follows the first commit, not the other edits.
                branch = f"{number}-{len(seconds.get(name, []))}-{list(edits(frame, number)).index(name)}"
                done = commit(store, "r", [("frame.parquet", frame_to_parquet(edited))], branch=branch)
                seconds.setdefault(name, []).append(time.perf_counter() - began)
                shares.setdefault(name, []).append(done.bytes_added / first.bytes_added)
                if number == 0:
                    peer[name] = compressed(edited)
        for name, found in shares.items():
            verdict = "met" if max(found) < LIMIT else "NOT MET"
            print(
                f"{name:28} stores {statistics.median(found):6.2%} of the first (worst {max(found):.2%}; "
                f"under {LIMIT:.0%}: {verdict}), {statistics.median(seconds[name]):.2f} s; "
                f"whole files would add {peer[name] / first.bytes_added:.0%}"
            )
        store.close()


if __name__ == "__main__":
    main()
