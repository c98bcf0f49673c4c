"""What reading through ``trust://`` costs beside the same local file: ``python trust_reads.py [--megabytes 20]``.

For each way to read, the local file and the address are read alternately in one process, after one warm-up of both;
printed are the medians, their ratio, and what was fetched from the store. Cold is the address alone, read by a fresh
process each time, with the imports that the local file needs as well left out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 5
COLUMNS = 30
PAIR = ["c3", "c17"]
COLD = """
import sys, time
import pandas as pd, pyarrow.parquet, fsspec
began = time.perf_counter()
pd.read_parquet(sys.argv[1])
print(time.perf_counter() - began)
"""


def write(folder: Path, megabytes: int) -> tuple[Path, Path]:
    """Write a table of noise as Parquet in 6 groups of rows, and half of it as CSV."""
    import numpy as np
    import pandas as pd

    rows = megabytes * 1_000_000 // (COLUMNS * 9)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{number}": rng.random(rows) for number in range(COLUMNS)})
    parquet, text = folder / "table.parquet", folder / "table.csv"
    frame.to_parquet(parquet, row_group_size=rows // 6 + 1)
    frame.head(rows // 2).to_csv(text, index=False)
    return parquet, text


def ways() -> dict[str, Callable[[Any], object]]:
    """Return what is done with the Parquet file, or where the name says so with the CSV."""
    import pandas as pd
    import polars as pl
    import pyarrow.dataset

    from trustlab.data import duckdb_with_trust

    duckdb_with_trust()

    def arrow(source: str) -> object:
        prefix = "fsspec+" if "://" in source else ""
        return pyarrow.dataset.dataset(prefix + source).to_table(columns=PAIR)

    def sql(source: str) -> object:
        import duckdb

        return duckdb.sql(f"select sum(c3), sum(c17) from '{source}'").fetchall()

    return {
        "pandas parquet": pd.read_parquet,
        "pandas parquet, 2 columns": lambda source: pd.read_parquet(source, columns=PAIR),
        "polars parquet, 2 columns": lambda source: pl.read_parquet(source, columns=PAIR, use_pyarrow=True),
        "pyarrow data set, 2 columns": arrow,
        "duckdb parquet, 2 columns": sql,
        "pandas csv": pd.read_csv,
    }


def timed(read: Callable[[Any], object], source: str) -> float:
    began = time.perf_counter()
    read(source)
    return time.perf_counter() - began


def cold(source: str, folder: Path) -> float:
    words = [sys.executable, "-W", "ignore", "-c", COLD, source]
    done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True)
    return float(done.stdout)


def compare(folder: Path, megabytes: int) -> None:
    from trustlab.core.workspace import Workspace
    from trustlab.data import ranged
    from trustlab.store import open_store
    from trustlab.store.commit import commit

    parquet, text = write(folder, megabytes)
    store = open_store(Workspace.create().root)
    commit(store, "big", [(file.name, file) for file in (parquet, text)])
    fetched = [0]
    real = ranged.fetch_views

    def count(*asked: Any) -> Any:
        for view in real(*asked):
            fetched[0] += len(view)
            yield view

    ranged.fetch_views = count
    print(f"{'':30}{'local':>9}{'trust://':>10}{'ratio':>7}   fetched of file")
    for name, read in ways().items():
        file = text if name.endswith("csv") else parquet
        address = f"trust://big/{file.name}"
        timed(read, str(file)), timed(read, address)
        fetched[0] = 0
        times = [(timed(read, str(file)), timed(read, address)) for _ in range(RUNS)]
        ours, theirs = (statistics.median(pair[side] for pair in times) for side in (1, 0))
        part = f"{fetched[0] / RUNS / 1e6:.1f} of {file.stat().st_size / 1e6:.1f} MB"
        print(f"{name:30}{theirs * 1e3:6.1f} ms{ours * 1e3:7.1f} ms{ours / theirs:7.2f}   {part}")
    times = [(cold(str(parquet), folder), cold(f"trust://big/{parquet.name}", folder)) for _ in range(RUNS)]
    ours, theirs = (statistics.median(pair[side] for pair in times) for side in (1, 0))
    print(f"{'pandas parquet, new process':30}{theirs * 1e3:6.1f} ms{ours * 1e3:7.1f} ms{ours / theirs:7.2f}")


def main() -> int:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--megabytes", type=int, default=20)
    asked = reader.parse_args()
    os.environ.pop("TRUSTLAB_HOME", None)
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        try:
            compare(Path(place), asked.megabytes)
        finally:
            os.chdir(here)
    return 0


if __name__ == "__main__":
    sys.exit(main())
