"""How long a whole audit takes, what it needs, and how large its page is: ``python audit_scale.py``.

``trust audit`` by the default policy on a gradient-boosting model and its held-out rows, in a process of its own, at
50,000 rows x 30 features (limits: 60 s, 2 GB) and 1,000,000 x 50 (300 s, 6 GB); the page under 2 MB each time. Prints
the seconds of each check. Wants two free cores and about 20 minutes, most of it to train the larger model; one size
alone: ``--rows 50000 --features 30``. A try without waiting: ``--rows 2000 --features 8``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

GIB = 2**20  # of ru_maxrss, which counts kibibytes
MOST_PAGE = 2_000_000


class Size(NamedTuple):
    """How large the audited table is, and what its audit may take."""

    rows: int
    features: int
    seconds: float
    gigabytes: float


SIZES = (Size(50_000, 30, 60, 2), Size(1_000_000, 50, 300, 6))


def table(rows: int, features: int, seed: int = 0) -> Any:
    """Made-up applicants: numbers, two words, gaps, two sensitive attributes, and a target that some of them make."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, features - 2))
    frame = pd.DataFrame(numbers, columns=[f"x{i}" for i in range(features - 2)])
    frame["region"] = rng.choice(["north", "south", "east", "west"], rows)
    frame["job"] = rng.choice([f"job {i}" for i in range(20)], rows)
    logit = frame["x0"] + 0.8 * frame["x1"] * frame["x2"] + 0.5 * (frame["region"] == "north") - 0.3
    frame["approved"] = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)
    frame["group"] = rng.choice(["a", "b", "c", "d"], rows, p=[0.5, 0.3, 0.15, 0.05])
    frame["sex"] = rng.choice(["f", "m"], rows)
    frame.loc[rng.random(rows) < 0.02, "x3"] = np.nan
    return frame


def audited(folder: Path) -> dict[str, Any]:
    """Audit as the command does; return its document, seconds, peak memory and page.

    The peak is that of the largest child so far: each size is measured by a process of its own.
    """
    words = "audit lender --data big@main --sensitive group,sex --html page.html --json"
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "trustlab", *words.split()],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / GIB
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout)
    return {**json.loads(done.stdout), "took": seconds, "gib": peak, "page": (folder / "page.html").stat().st_size}


def measure(size: Size) -> bool:
    """Measure one size, print it, and return whether it keeps the limits."""
    from trustlab.core.context import Context
    from trustlab.core.execute import run

    with tempfile.TemporaryDirectory() as place:
        context = Context(folder=Path(place), progress=False, notice=lambda _sentence: None)
        # Half of the rows train the model and half are audited, so as many again are made.
        run("data.commit", {"repo": "big", "source": table(2 * size.rows, size.features)}, context)
        given = {"data": "big@main", "target": "approved", "drop": ["group", "sex"], "test_share": 0.5}
        run("train", {**given, "recipe": "boosting", "name": "lender"}, context)
        document = audited(Path(place))
    results = sorted(document["results"], key=lambda result: -(result["provenance"].get("seconds") or 0))
    for result in results:
        print(f"{result['provenance'].get('seconds') or 0:8.2f} s  {result['id']:36} {result['status']}")
    asked = [result for result in results if result["status"] not in ("skipped", "not_applicable")]
    print(f"rows {document['rows']:,}, features {size.features}, checks {len(asked)}, processors {os.cpu_count()}")
    kept = [
        _against("audit", document["took"], size.seconds, "s"),
        _against("peak", document["gib"] * 2**30 / 1e9, size.gigabytes, "GB"),
        _against("page", document["page"] / 1e6, MOST_PAGE / 1e6, "MB"),
    ]
    broken = [result["id"] for result in results if result["status"] == "error"]
    if broken:
        print(f"could not finish: {', '.join(broken)}")
    return all(kept) and not broken


def _against(what: str, found: float, most: float, unit: str) -> bool:
    print(f"{what:6} {found:.2f} {unit} of {most:g}: {found / most:.2f} of the limit")
    return found <= most


def main() -> int:
    """Measure, print, and return 1 where a limit is broken."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--rows", type=int)
    reader.add_argument("--features", type=int, default=30)
    asked = reader.parse_args()
    warnings.simplefilter("ignore")
    os.environ.pop("TRUSTLAB_HOME", None)
    if asked.rows is None:
        words = ([sys.executable, __file__, "--rows", str(one.rows), "--features", str(one.features)] for one in SIZES)
        return max(subprocess.run(command, check=False).returncode for command in words)
    limits = next((one for one in SIZES if asked.rows <= one.rows), SIZES[-1])
    return int(not measure(limits._replace(rows=asked.rows, features=asked.features)))


if __name__ == "__main__":
    sys.exit(main())
