"""The store beside DVC and beside ``cp -r`` and a sync, on one tree: ``python store_against_dvc.py --dvc PATH/TO/dvc``.

The tree is one file of 512 MB and 10,000 files of 2 KB. Each round does the same work with each of them, in turn;
what is printed is the median over the rounds, and its ratio to the peer's. Two kinds of run are told apart: *command*
is a new process of ``trust`` and of ``dvc`` with the page cache dropped before it (where that is allowed), *warm* is
a call of ``trustlab.store`` and of ``dvc.repo.Repo`` in a process that is at work already. DVC wants an environment
of its own; its Python is looked for beside the command.

Nothing is removed before the end: some file systems are slow to make files where others were just removed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

# From the store's plan: at most so much of the peer's seconds. The plan's word on the recommit can be read in two ways:
# it is held against DVC's recommit, and against its add of the same tree.
LIMITS = {
    ("commit", "dvc"): 1 / 4,
    ("checkout", "dvc"): 1 / 2,
    ("recommit", "dvc"): 1 / 8,
    ("append 1 MB", "dvc"): 1 / 3,
    ("insert 5 bytes", "dvc"): 1 / 3,
    ("commit", "cp + sync"): 2,
    ("checkout", "cp + sync"): 2,
}
STORED_LIMIT = 4_000_000
# The store reads a file again that has not been at rest for a minute, as its looks do not tell all; DVC does not.
REST = 61
# Bytecode is kept, as an installed package has it, also where the environment forbids Python to write any.
CACHE = tempfile.TemporaryDirectory(prefix="bytecode-")
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONPYCACHEPREFIX": CACHE.name,
    "DVC_NO_ANALYTICS": "1",
}

OURS = """
import json, sys, time
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.checkout import checkout
from trustlab.store.commit import commit

for line in sys.stdin:
    work, root, path = json.loads(line)
    began = time.perf_counter()
    store = open_store(Path(root) / ".trust")
    added = 0
    if work == "checkout":
        checkout(store, "tree", Path(path))
    else:
        added = commit(store, "tree", Path(path)).bytes_added
    store.close()
    print(json.dumps([time.perf_counter() - began, added]), flush=True)
"""

DVC = """
import json, os, sys, time

# Whatever DVC prints goes elsewhere than the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
from dvc.repo import Repo

for line in sys.stdin:
    work, root, path = json.loads(line)
    os.chdir(root)
    if not os.path.exists(".dvc"):
        Repo.init(no_scm=True)
    began = time.perf_counter()
    with Repo(root) as repo:
        repo.checkout() if work == "checkout" else repo.add("data")
    print(json.dumps([time.perf_counter() - began, 0]), flush=True, file=answers)
"""


class Process:
    """A process at work, asked line by line."""

    def __init__(self, python: str, script: str) -> None:
        self._process = subprocess.Popen(
            [python, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
        )

    def ask(self, work: str, root: Path, path: Path) -> tuple[float, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([work, str(root), str(path)]) + "\n")
        self._process.stdin.flush()
        seconds, added = json.loads(self._process.stdout.readline())
        return seconds, added

    def end(self) -> None:
        self._process.communicate()


def make_tree(folder: Path, megabytes: int, files: int) -> None:
    dice = random.Random(1)
    folder.mkdir()
    with (folder / "big.bin").open("wb") as big:
        for _ in range(megabytes):
            big.write(dice.randbytes(1 << 20))
    for number in range(files):
        below = folder / f"d{number // 200:03d}"
        below.mkdir(exist_ok=True)
        (below / f"f{number:06d}.txt").write_bytes(dice.randbytes(2048))


def settle(*, drop: bool = False) -> bool:
    """Write out what waits, and drop the page cache where that is asked for and allowed."""
    os.sync()
    if not drop:
        return False
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        return False
    return True


def read_all(*folders: Path) -> None:
    """Bring files into the system's memory: what is read warm is there."""
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                file.read_bytes()


def timed(words: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(words, cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


class Bench:
    def __init__(self, arguments: argparse.Namespace, top: Path) -> None:
        self.top = top
        self.tree = top / "tree"
        self.dvc = arguments.dvc
        self.python = str(Path(arguments.dvc).resolve().parent / "python")
        self.seconds: dict[tuple[str, str, str], list[float]] = defaultdict(list)
        self.stored: dict[tuple[str, str], list[int]] = defaultdict(list)
        make_tree(self.tree, arguments.megabytes, arguments.files)
        for number in range(arguments.rounds):
            for who in ("ours", "dvc"):
                (top / f"warm{number}" / who).mkdir(parents=True)
                copied = self.copy(top / f"warm{number}" / who / "data")
            for work in ("commit", "checkout"):
                self.note("warm", work, "cp + sync", copied)
        time.sleep(REST)

    def note(self, kind: str, work: str, who: str, seconds: float) -> None:
        self.seconds[kind, work, who].append(seconds)

    def copy(self, to: Path) -> float:
        settle()
        began = time.perf_counter()
        subprocess.run(["cp", "-r", self.tree, to], check=True)
        os.sync()
        return time.perf_counter() - began

    def commands(self, number: int) -> bool:
        """One round of new processes; return whether the page cache could be dropped."""
        root = self.top / f"command{number}"
        ours, theirs = root / "ours", root / "dvc"
        ours.mkdir(parents=True)
        theirs.mkdir()
        timed([sys.executable, "-m", "trustlab", "init", "--yes"], ours)
        timed([self.dvc, "init", "--no-scm", "-q"], theirs)
        trust = [sys.executable, "-m", "trustlab", "data"]
        subprocess.run(["cp", "-r", self.tree, theirs / "data"], check=True)
        dropped = settle(drop=True)
        self.note("command", "commit", "dvc", timed([self.dvc, "add", "-q", "data"], theirs))
        settle(drop=True)
        self.note("command", "commit", "trust", timed([*trust, "commit", "tree", str(self.tree)], ours))
        settle(drop=True)
        copied = self.copy(root / "copy")
        self.note("command", "commit", "cp + sync", copied)
        self.note("command", "checkout", "cp + sync", copied)
        settle(drop=True)
        self.note("command", "recommit", "trust", timed([*trust, "commit", "tree", str(self.tree)], ours))
        settle(drop=True)
        self.note("command", "recommit", "dvc", timed([self.dvc, "add", "-q", "data"], theirs))
        (theirs / "data").rename(root / "data-before")
        settle(drop=True)
        self.note("command", "checkout", "dvc", timed([self.dvc, "checkout", "-q"], theirs))
        settle(drop=True)
        self.note("command", "checkout", "trust", timed([*trust, "checkout", "tree", "out"], ours))
        return dropped

    def warm(self, number: int, ours: Process, theirs: Process) -> None:
        """One round in processes that are at work already."""
        root = self.top / f"warm{number}"
        mine, other = root / "ours", root / "dvc"
        read_all(mine / "data", other / "data")
        steps = [("commit", None), ("recommit", None), ("append 1 MB", append), ("insert 5 bytes", insert)]
        for work, change in steps:
            for who, process, place, kept in (
                ("dvc", theirs, other, other / ".dvc" / "cache"),
                ("trust", ours, mine, mine / ".trust" / "objects"),
            ):
                if change is not None:
                    change(place / "data" / "big.bin")
                settle()
                before = size_of(kept) if change is not None else 0
                seconds, _ = process.ask("commit", place, place / "data")
                self.note("warm", work, who, seconds)
                if change is not None:
                    self.stored[work, who].append(size_of(kept) - before)
        (other / "data").rename(root / "data-before")
        # The store's packs are not, when they have been written: not as DVC's copies.
        read_all(mine / ".trust", other / ".dvc")
        settle()
        self.note("warm", "checkout", "dvc", theirs.ask("checkout", other, other)[0])
        settle()
        self.note("warm", "checkout", "trust", ours.ask("checkout", mine, root / "out")[0])


def append(file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(random.Random(2).randbytes(1 << 20))


def insert(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:1000] + b"hello" + data[1000:])


def report(bench: Bench, *, dropped: bool) -> dict[str, Any]:
    medians = {key: statistics.median(values) for key, values in bench.seconds.items()}
    rows = []
    for (kind, work, who), seconds in sorted(medians.items()):
        if who == "trust":
            continue
        ratio = medians[kind, work, "trust"] / seconds
        limit = LIMITS.get((work, who))
        verdict = "" if limit is None else f"  at most {limit:.3f}: {'met' if ratio <= limit else 'NOT MET'}"
        rows.append((kind, work, who, medians[kind, work, "trust"], seconds, ratio))
        print(f"{kind:8} {work:15} trust {rows[-1][3]:6.2f} s  {who:9} {seconds:6.2f} s  ratio {ratio:.3f}{verdict}")
    for kind in ("command", "warm"):
        ratio, limit = medians[kind, "recommit", "trust"] / medians[kind, "commit", "dvc"], LIMITS["recommit", "dvc"]
        verdict = "met" if ratio <= limit else "NOT MET"
        print(f"{kind:8} recommit        against dvc's first add: ratio {ratio:.3f}  at most {limit:.3f}: {verdict}")
    for (work, who), added in sorted(bench.stored.items()):
        limit = (
            f"  under {STORED_LIMIT:,}: {'met' if max(added) < STORED_LIMIT else 'NOT MET'}" if who == "trust" else ""
        )
        print(f"stored   {work:15} {who:9} {statistics.median(added):13,.0f} bytes more{limit}")
    print(f"page cache dropped before commands: {'yes' if dropped else 'no, it is not allowed here'}")
    return {"rows": rows, "stored": {f"{work} {who}": added for (work, who), added in bench.stored.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dvc", default=shutil.which("dvc"), help="the command of DVC, in its own environment")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--folder", default=None, help="where to work: the disk that is measured")
    arguments = parser.parse_args()
    if arguments.dvc is None:
        raise SystemExit(
            "store_against_dvc: --dvc must name DVC's command; pip install dvc in an environment of its own"
        )
    with tempfile.TemporaryDirectory(dir=arguments.folder, ignore_cleanup_errors=True) as folder:
        bench = Bench(arguments, Path(folder))
        ours, theirs = Process(sys.executable, OURS), Process(bench.python, DVC)
        dropped = False
        for number in range(arguments.rounds):
            dropped = bench.commands(number)
            bench.warm(number, ours, theirs)
            print(f"round {number + 1} of {arguments.rounds} done", file=sys.stderr)
        ours.end()
        theirs.end()
        report(bench, dropped=dropped)


if __name__ == "__main__":
    main()
