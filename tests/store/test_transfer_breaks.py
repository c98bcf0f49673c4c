"""A transfer that breaks at any instant: the target is sound, keeps what arrived, and the next one goes on."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from trustlab.core.errors import ConflictError
from trustlab.store import arrival, objects, open_store
from trustlab.store.branches import branches
from trustlab.store.chunks import MAX_CHUNK
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.read import read
from trustlab.store.transfer import transfer
from trustlab.store.verify import verify

PART = 256 * 1024
KILLS = 18
ERRORS = [ConnectionResetError("the peer is gone"), TimeoutError("timed out"), OSError(5, "I/O")]
TARGET_BREAKS = [{"append": 0}, {"append": 1}, {"append": 40}, {"seal": 0}, {"seal": 3}, {"create": 0}, {"create": 2}]

# A way of twenty megabytes a second, as over a network.
PUSHER = """
import sys, time
from dataclasses import replace
from pathlib import Path
from trustlab.store import arrival, objects, open_store
from trustlab.store.transfer import transfer

class Slow:
    def __init__(self, packs):
        self._packs = packs

    def __getattr__(self, name):
        return getattr(self._packs, name)

    def read(self, pack, offset, length):
        time.sleep(length / 20e6)
        return self._packs.read(pack, offset, length)

arrival.PART_BYTES = int(sys.argv[3])
objects._RUN_BYTES = 100_000
source, target = open_store(Path(sys.argv[1])), open_store(Path(sys.argv[2]))
print("ready", flush=True)
transfer(replace(source, packs=Slow(source.packs)), target, "r")
print("done", flush=True)
"""


class Breaking:
    """Packs behind a network that breaks: after so many reads, appends or seals."""

    def __init__(self, packs, error=None, **after):
        self._packs, self._after = packs, after
        self._error = error or ConnectionResetError("the peer is gone")

    def __getattr__(self, name):
        return getattr(self._packs, name)

    def count(self, what):
        left = self._after.get(what)
        if left == 0:
            raise self._error
        if left is not None:
            self._after[what] = left - 1

    def read(self, pack, offset, length):
        self.count("read")
        return self._packs.read(pack, offset, length)

    def create(self):
        self.count("create")
        return BreakingWriter(self._packs.create(), self)


class BreakingWriter:
    def __init__(self, writer, way):
        self._writer, self._way = writer, way

    def __getattr__(self, name):
        return getattr(self._writer, name)

    def append(self, *chunk):
        self._way.count("append")
        return self._writer.append(*chunk)

    def seal(self):
        self._way.count("seal")
        self._writer.seal()


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """Small packs and small reads, so that there are many instants to break at."""
    monkeypatch.setattr(arrival, "PART_BYTES", PART)
    monkeypatch.setattr(objects, "_RUN_BYTES", 100_000)


@pytest.fixture
def target(tmp_path):
    opened = open_store(tmp_path / "target")
    yield opened
    opened.close()


def disk(store):
    return sum(store.packs.size(name) for name in store.packs.names())


def test_kills_at_random_instants(tmp_path, store, target, spawn, noise):
    dice = random.Random(0)
    kills = versions = finished = 0
    while kills < KILLS or finished < versions:
        if finished == versions:
            # Eight megabytes for each version; those before stay in its history.
            versions += 1
            commit(store, "r", [("a", noise(8_000_000, versions)), ("b", b"%d" % versions)], message=str(versions))
        before = branches(target)
        process = spawn(PUSHER, store.root, target.root, PART)
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        if kills < KILLS:
            time.sleep(dice.uniform(0, 0.25))
            process.kill()
        else:
            arrived = disk(target)
        output, errors = process.communicate()
        target.close()
        assert verify(target).damages == ()
        if output:
            finished = versions
            assert branches(target) == branches(store), errors
        else:
            assert process.returncode == -9, errors
            kills += 1
            # The old head, or (killed after the last transaction) the new one.
            assert branches(target) in (before, branches(store))
    assert arrived > 4 * PART, "the attempts that were killed brought something"
    assert log(target, "r") == log(store, "r")
    for version in range(versions):
        assert read(target, f"r~{version}:a") == noise(8_000_000, versions - version)
    # What each kill cost is at most the part that was under way: everything whole was kept, and not sent again.
    assert disk(target) < disk(store) + kills * (PART + MAX_CHUNK)
    gc(target)
    assert verify(target).ok
    assert disk(target) <= disk(store) * 1.01


BREAKS = [
    *(({"read": reads}, error) for reads in (0, 2, 40) for error in ERRORS[:2]),
    *((after, ERRORS[n % 3]) for n, after in enumerate(TARGET_BREAKS)),
]


@pytest.mark.parametrize(("after", "error"), BREAKS)
def test_a_network_that_breaks(store, target, noise, after, error):
    commit(store, "r", [("old", b"old")])
    transfer(store, target, "r")
    heads = branches(target)
    commit(store, "r", [("a", noise(8_000_000))])
    ends = {"source": store, "target": target}
    side = "source" if "read" in after else "target"
    ends[side] = replace(ends[side], packs=Breaking(ends[side].packs, error, **after))
    with pytest.raises(ConflictError, match="must work until all has arrived") as caught:
        transfer(ends["source"], ends["target"], "r")
    assert str(error) in caught.value.message
    assert "goes on from what has arrived" in caught.value.hint
    assert branches(target) == heads
    assert verify(target).ok
    arrived = disk(target)
    done = transfer(store, target, "r")
    assert done.branches[0].state == "forward"
    assert read(target, "r") == noise(8_000_000)
    assert verify(target).ok
    # A whole part is never sent again.
    assert done.bytes_sent < 8_000_000 - arrived + 2 * (PART + MAX_CHUNK)


def test_a_gc_between_two_attempts_takes_what_had_arrived_and_nothing_else(store, target, noise):
    commit(target, "mine", [("a", noise(8_000_000)[:2_000_000])])
    commit(store, "r", [("a", noise(8_000_000))])
    with pytest.raises(ConflictError):
        transfer(replace(store, packs=Breaking(store.packs, read=60)), target, "r")
    assert gc(target).bytes > 1_000_000
    assert verify(target).ok
    done = transfer(store, target, "r")
    assert 5_500_000 < done.bytes_sent < 6_500_000
    assert read(target, "r") == noise(8_000_000)
    assert verify(target).ok


def test_ctrl_c_leaves_both_sides_sound(store, target, noise):
    commit(store, "r", [("a", noise(3_000_000))])

    def interrupt(done, _total, _what):
        if done > 2_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer(store, target, "r", progress=interrupt)
    assert branches(target) == []
    assert verify(target).ok
    assert transfer(store, target, "r").bytes_sent < 1_000_000 + PART + MAX_CHUNK
    assert verify(target).ok
    assert len(target.packs.names()) < 16, "the part under way left nothing behind"
