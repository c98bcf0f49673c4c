"""How long an audit of 50,000 rows takes, what it needs, and how large its page is: ``python audit_size.py``.

Prints the seconds and the peak memory of ``trust audit`` with every check on a gradient-boosting model, the seconds of
each check, and the page's size, against the limits of 60 s on two cores and 2 MB. The peer is fairlearn's MetricFrame
with its own bootstrap, on the same predictions, groups and rates as our two fairness checks, in the same run.
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
from typing import Any

MOST_SECONDS, MOST_BYTES = 60.0, 2_000_000
PEER_DRAWS = 20  # enough to time it; the seconds grow with the draws
FAIRNESS = ("fairness.error_rates", "fairness.selection_rate")


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
    """Audit in a process of its own, as the command does; return its document, seconds and peak memory."""
    words = "audit lender --data big@main --sensitive group,sex --train past@main --html page.html --json"
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "trustlab.surfaces.cli", *words.split()],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout)
    return {**json.loads(done.stdout), "seconds": seconds, "mib": peak, "page": (folder / "page.html").stat().st_size}


def peer(frame: Any, said: Any) -> float:
    """Return the seconds of fairlearn's rates by group with intervals, for each sensitive attribute."""
    from fairlearn import metrics

    rates = (
        metrics.false_positive_rate,
        metrics.false_negative_rate,
        metrics.true_positive_rate,
        metrics.selection_rate,
    )
    started = time.perf_counter()
    for name in ("group", "sex"):
        frames = metrics.MetricFrame(
            metrics={rate.__name__: rate for rate in rates},
            y_true=frame["approved"],
            y_pred=said,
            sensitive_features=frame[name],
            n_boot=PEER_DRAWS,
            ci_quantiles=[0.025, 0.975],
            random_state=0,
        )
        assert len(frames.by_group_ci) == 2
    return time.perf_counter() - started


def main() -> int:
    """Measure, print, and return 1 where a limit is broken."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rows", type=int, default=50_000)
    reader.add_argument("--features", type=int, default=30)
    asked = reader.parse_args()
    warnings.simplefilter("ignore")
    os.environ.pop("TRUSTLAB_HOME", None)
    from trustlab.core.context import Context
    from trustlab.core.execute import run
    from trustlab.models.find import find_model

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        context = Context(folder=folder, progress=False)
        frame = table(asked.rows, asked.features)
        run("data.commit", {"repo": "big", "source": frame}, context)
        run("data.commit", {"repo": "past", "source": table(asked.rows, asked.features, seed=1)}, context)
        given = {"data": "past@main", "target": "approved", "drop": ["group", "sex"], "test_share": 0}
        run("train", {**given, "recipe": "boosting", "name": "lender"}, context)
        document = audited(folder)
        said = find_model("lender", context).predict(frame)
        theirs = peer(frame, said)
    results = sorted(document["results"], key=lambda result: -result["provenance"]["seconds"])
    for result in results:
        print(f"{result['provenance']['seconds']:8.2f} s  {result['id']:30} {result['status']}")
    ours = sum(result["provenance"]["seconds"] for result in results if result["id"] in FAIRNESS)
    print(f"rows {asked.rows:,}, features {asked.features}, checks {len(results)}, processors {os.cpu_count()}")
    print(f"audit  {document['seconds']:.1f} s of {MOST_SECONDS:.0f}, peak {document['mib']:,.0f} MiB")
    print(f"page   {document['page'] / 1e6:.2f} MB of {MOST_BYTES / 1e6:.0f}")
    print(f"fairness  ours {ours:.2f} s, fairlearn with {PEER_DRAWS} draws {theirs:.2f} s: {theirs / ours:.0f} times")
    broken = [result["id"] for result in results if result["status"] == "error"]
    if broken:
        print(f"could not finish: {', '.join(broken)}")
    return int(bool(broken) or document["seconds"] > MOST_SECONDS or document["page"] > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
