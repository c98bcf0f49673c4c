"""SIGKILL at any instant leaves the old state or the new one."""

from __future__ import annotations

import random
import time

import pytest

from trustlab.store import open_store
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.read import read
from trustlab.store.verify import verify

# What a commit holds follows from its message, so that whoever finds it can tell whether it is whole.
CONTENT = """
import random

def content(message):
    noise = random.Random(message)
    shared = random.Random(0).randbytes(400_000)
    at = noise.randrange(len(shared))
    return {"big": shared[:at] + noise.randbytes(300_000) + shared[at:], "d/who": message.encode(), "d/empty": b""}
"""

COMMITTER = (
    CONTENT
    + """
import sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.commit import commit

store = open_store(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(10_000):
    message = f"{sys.argv[2]}:{n}"
    commit(store, "r", list(content(message).items()), message=message)
"""
)

COLLECTOR = (
    CONTENT
    + """
import sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.branches import create_branch, delete_branch
from trustlab.store.commit import commit
from trustlab.store.gc import gc

store = open_store(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(10_000):
    message = f"{sys.argv[2]}:{n}"
    create_branch(store, message.replace(":", "-"), "r")
    commit(store, "r", list(content(message).items()), branch=message.replace(":", "-"))
    delete_branch(store, "r", message.replace(":", "-"))
    gc(store)
"""
)


def content(message: str) -> dict[str, bytes]:
    found: dict[str, object] = {}
    exec(CONTENT, found)
    return found["content"](message)


def check(store, earlier: list[str]) -> list[str]:
    """Everything that was there is there, whole; return the ids now, oldest first."""
    assert verify(store).damages == ()
    line = log(store, "r")
    ids = [one.id for one in reversed(line)]
    assert ids[: len(earlier)] == earlier
    for one in line:
        for path, data in content(one.message).items():
            assert read(store, f"r@{one.id}:{path}") == data
    return ids


@pytest.mark.parametrize(("script", "kills"), [(COMMITTER, 10), (COLLECTOR, 6)], ids=["commit", "gc"])
def test_kills_at_random_instants(tmp_path, spawn, script, kills):
    dice = random.Random(kills)
    store = open_store(tmp_path)
    commit(store, "r", list(content("first").items()), message="first")
    ids = check(store, [])
    landed = 0
    for kill in range(kills):
        process = spawn(script, tmp_path, kill)
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        time.sleep(dice.uniform(0, 0.15))
        process.kill()
        _, errors = process.communicate()
        assert process.returncode == -9, errors
        store.close()
        now = check(store, ids)
        landed += len(now) - len(ids)
        message = f"after {kill}"
        after = commit(store, "r", list(content(message).items()), message=message)
        assert after.parents == (now[-1],)
        ids = [*now, after.commit]
    assert (landed > 0) == (script is COMMITTER)
    gc(store)
    check(store, ids)
    assert gc(store).packs == 0
    store.close()
