"""SIGKILL at any instant leaves the old state or the new one: 200 commits killed, alone and while a gc runs."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter

import pytest

from trustlab.store import open_store
from trustlab.store.branches import create_branch, delete_branch
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.read import read
from trustlab.store.verify import verify

KILLS = 200
# Every so many kills each commit is read byte for byte; after each one those that are new, and some of the others.
WHOLE = 40
# A fork of a process that has everything imported: it is working a few milliseconds after it was asked for.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["trustlab.store.commit", "trustlab.store.gc", "pyfastcdc", "numpy"])


def content(message: str) -> dict[str, bytes]:
    """What a commit holds follows from its message, so that whoever finds it can tell whether it is whole."""
    noise = random.Random(message)
    shared = random.Random(0).randbytes(200_000)
    at = noise.randrange(len(shared))
    return {"big": shared[:at] + noise.randbytes(90_000) + shared[at:], "d/who": message.encode(), "d/empty": b""}


def keep_committing(folder, name, said, branch="main") -> None:
    store = open_store(folder)
    said.send("ready")
    for number in range(10_000):
        message = f"{name}:{number}"
        commit(store, "r", list(content(message).items()), message=message, branch=branch)
        said.send("landed")


def keep_collecting(folder, name, said) -> None:
    """Make something to remove and remove it, again and again."""
    store = open_store(folder)
    said.send("ready")
    for number in range(10_000):
        message = f"{name}:{number}"
        branch = message.replace(":", "-")
        create_branch(store, branch, "r")
        commit(store, "r", list(content(message).items()), branch=branch)
        delete_branch(store, "r", branch)
        gc(store)


class Worker:
    """A process at work, and what it says; killed at the end, and not before."""

    def __init__(self, work, folder, name):
        # The pipe is kept: a worker whose words nobody can hear would end by itself.
        self.said, said = FORKS.Pipe()
        self.process = FORKS.Process(target=work, args=(folder, name, said), daemon=True)
        self.process.start()
        self.wait_for("ready")

    def wait_for(self, word) -> None:
        assert self.said.poll(60)
        assert self.said.recv() == word

    def kill(self) -> None:
        self.process.kill()
        self.process.join(30)
        assert self.process.exitcode == -9, "it was still at work"


def pace(folder, name) -> float:
    """How long one takes here and now to commit for the first time, in seconds."""
    worker = Worker(keep_committing, folder, name)
    began = time.perf_counter()
    worker.wait_for("landed")
    passed = time.perf_counter() - began
    worker.kill()
    return passed


def check(store, earlier: list[str], dice: random.Random, *, whole: bool) -> list[str]:
    """Everything that was there is there; return the ids now, oldest first."""
    found = verify(store)
    assert found.damages == ()
    line = log(store, "r")
    ids = [one.id for one in reversed(line)]
    assert ids[: len(earlier)] == earlier
    new = line[: len(line) - len(earlier)]
    for one in line if whole else [*new, *dice.sample(line, min(3, len(line)))]:
        for path, data in content(one.message).items():
            assert read(store, f"r@{one.id}:{path}") == data
    return ids


@pytest.mark.parametrize("beside", [None, keep_collecting], ids=["alone", "while a gc runs"])
def test_kills_at_random_instants(tmp_path, beside):
    dice = random.Random(1)
    store = open_store(tmp_path)
    commit(store, "r", list(content("first").items()), message="first")
    ids = check(store, [], dice, whole=True)
    collector = Worker(beside, tmp_path, "gc") if beside else None
    landed: Counter[int] = Counter()
    for number in range(KILLS):
        if number % WHOLE == 0:
            once = pace(tmp_path, f"pace {number}")
            ids = check(store, ids, dice, whole=True)
        worker = Worker(keep_committing, tmp_path, f"kill {number}")
        # About the length of two commits: the instant falls on any part of one.
        time.sleep(dice.uniform(0, 2 * once))
        worker.kill()
        now = check(store, ids, dice, whole=False)
        landed[len(now) - len(ids)] += 1
        message = f"after {number}"
        after = commit(store, "r", list(content(message).items()), message=message)
        assert after.parents == (now[-1],)
        ids = [*now, after.commit]
    # The instants were spread: some commits were cut off before their first, some after one or more.
    assert len(landed) > 1, landed
    if collector is not None:
        collector.kill()
    gc(store)
    check(store, ids, dice, whole=True)
    assert gc(store).packs == 0
    store.close()


def test_a_killed_gc_loses_nothing(tmp_path):
    dice = random.Random(2)
    store = open_store(tmp_path)
    ids = []
    for number in range(10):
        message = f"kept {number}"
        ids.append(commit(store, "r", list(content(message).items()), message=message).commit)
    for number in range(40):
        worker = Worker(keep_collecting, tmp_path, f"gc{number}")
        time.sleep(dice.uniform(0, 0.15))
        worker.kill()
        assert check(store, ids, dice, whole=True) == ids
    gc(store)
    check(store, ids, dice, whole=True)
    assert gc(store).packs == 0
    store.close()
