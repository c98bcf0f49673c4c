"""How the store bears size: ``python store_scale.py``.

100,000 small files (commit, log, diff, checkout) within 1 GB of memory, one file of 4 GB within 300 MB, also beside
10,000 small ones, where a second process helps; log, show and the diff of two versions within 0.3 s in a repo of 10,000
commits. Each piece of work is a process of its own, whose peak memory the system tells, and a second one's is added to
it; the answers to the last three are timed in a process at work (median of five) and as commands.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MANY_MIB, LARGE_MIB, ANSWER_SECONDS = 1024, 300, 0.3

WORK = """
import json, resource, sys, time
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.checkout import checkout
from trustlab.store.commit import commit
from trustlab.store.diff import diff
from trustlab.store.log import log

work, root, path = sys.argv[1:]
store = open_store(Path(root))
began = time.perf_counter()
if work == "commit":
    commit(store, "r", Path(path))
elif work == "log":
    log(store, "r")
elif work == "diff":
    diff(store, "r~1", "r")
elif work == "checkout":
    checkout(store, "r", Path(path))
seconds = time.perf_counter() - began
# With the process that may help a commit: at most so much at once.
kib = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps([seconds, kib / 1024]))
"""

COMMITS = """
import sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.commit import commit

store = open_store(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    commit(store, "r", [("a.csv", b"n\\n%d\\n" % number), ("d/same", b"same")], message=f"version {number}")
"""

ANSWERS = """
import json, os, sys, time
os.chdir(sys.argv[1])
half, most = sys.argv[2:]
from trustlab.core.context import Context
from trustlab.core.execute import run

asked = [
    ("log", "data.log", {"ref": "r"}),
    ("show", "data.show", {"ref": f"r~{half}"}),
    ("diff", "data.diff", {"before": f"r~{most}", "after": "r", "files_only": True}),
]
found = {}
for _ in range(6):
    for name, operation, parameters in asked:
        began = time.perf_counter()
        run(operation, parameters, Context(progress=False))
        found.setdefault(name, []).append(time.perf_counter() - began)
print(json.dumps(found))
"""


def python(script: str, *words: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def measured(title: str, most: float, work: str, root: Path, path: Path) -> None:
    seconds, mib = json.loads(python(WORK, work, root, path))
    verdict = "met" if mib < most else "NOT MET"
    print(f"{title:28} {work:9} {seconds:7.2f} s  {mib:6.0f} MiB (under {most}: {verdict})", flush=True)


def many(top: Path, files: int) -> None:
    dice = random.Random(1)
    tree = top / "many"
    for number in range(files):
        folder = tree / f"{number // 1000:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:06d}").write_bytes(dice.randbytes(200))
    title, root = f"{files:,} files", top / "many.trust"
    measured(title, MANY_MIB, "commit", root, tree)
    for number in range(0, files, 100):
        (tree / f"{number // 1000:03d}" / f"{number:06d}").write_bytes(dice.randbytes(200))
    measured(f"{title}, 1 % changed", MANY_MIB, "commit", root, tree)
    measured(title, MANY_MIB, "log", root, tree)
    measured(title, MANY_MIB, "diff", root, tree)
    measured(title, MANY_MIB, "checkout", root, top / "many.out")


def large(top: Path, gigabytes: float) -> None:
    dice = random.Random(2)
    file = top / "large.bin"
    with file.open("wb") as stream:
        for _ in range(int(gigabytes * 1024)):
            stream.write(dice.randbytes(1 << 20))
    title, root = f"one file of {gigabytes:g} GB", top / "large.trust"
    measured(title, LARGE_MIB, "commit", root, file)
    with file.open("r+b") as stream:
        stream.write(b"edit")
    measured(f"{title}, edited", LARGE_MIB, "commit", root, file)
    measured(title, LARGE_MIB, "checkout", root, top / "large.out")
    beside = top / "beside"
    beside.mkdir()
    file.rename(beside / "large.bin")
    for number in range(10_000):
        (beside / f"{number:06d}").write_bytes(dice.randbytes(200))
    measured(f"{title} and 10,000", LARGE_MIB, "commit", top / "beside.trust", beside)


def answers(top: Path, commits: int) -> None:
    home = top / "history"
    (home / ".trust").mkdir(parents=True)
    began = time.perf_counter()
    python(COMMITS, home / ".trust", commits)
    half, most = commits // 2, commits * 9 // 10
    print(f"{commits:,} commits made in {time.perf_counter() - began:.0f} s", flush=True)
    for name, seconds in json.loads(python(ANSWERS, home, half, most)).items():
        first, later = seconds[0], statistics.median(seconds[1:])
        verdict = "met" if later < ANSWER_SECONDS else "NOT MET"
        print(f"{name:28} {later:7.3f} s in a process at work (first {first:.3f}; under {ANSWER_SECONDS}: {verdict})")
    for words in ("log r", f"show r~{half}", f"diff r~{most} r --files-only"):
        command = [sys.executable, "-m", "trustlab", "data", *words.split()]
        taken = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run(command, cwd=home, check=True, stdout=subprocess.DEVNULL)
            taken.append(time.perf_counter() - began)
        print(f"trust data {words:28} {statistics.median(taken):.3f} s as a command, Python's start included")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--commits", type=int, default=10_000)
    parser.add_argument("--folder", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        top = Path(folder)
        answers(top, arguments.commits)
        many(top, arguments.files)
        large(top, arguments.gigabytes)
    print(f"this script itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
