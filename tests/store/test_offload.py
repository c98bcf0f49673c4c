"""Large files that another process cuts become what they are when this one does, whatever becomes of the other one."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from trustlab.core.errors import InputError
from trustlab.store import ingest, open_store
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.offload import Offload
from trustlab.store.publish import ChunksMovedError, LostRaceError, publish
from trustlab.store.read import read
from trustlab.store.schema import PACKS
from trustlab.store.sink import ChunkSink
from trustlab.store.verify import verify

LIMITS = {"LARGE_BYTES": 300_000, "WORKER_BYTES": 300_000, "WORKER_FILES": 5, "OFFERED_BYTES": 300_000}


@pytest.fixture(params=["when it is found", "when all are"])
def workers(request, monkeypatch):
    """The workers that were started; one is for files of a size that a test can afford."""
    started: list[Offload] = []
    real = Offload.__init__

    def spy(self, *arguments):
        real(self, *arguments)
        started.append(self)

    monkeypatch.setattr(Offload, "__init__", spy)
    for name, limit in LIMITS.items():
        monkeypatch.setattr(ingest, name, limit)
    if request.param == "when all are":
        monkeypatch.setattr(ingest, "OFFERED_BYTES", 1 << 40)
    yield started
    # None outlives its commit.
    assert all(one._process.returncode is not None for one in started)


@pytest.fixture
def tree(tmp_path, noise):
    """Small files before and after large ones, of which one holds the beginning of another."""
    top = tmp_path / "tree"
    contents = {f"{folder}/{number}": noise(900, number) for folder in ("a", "m", "z") for number in range(9)}
    contents |= {
        "b/first": noise(5_000_000, 77),
        "n/second": noise(3_000_000, 77) + b"end",
        "z/text": b"words " * 90_000,
    }
    for path, data in contents.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_bytes(data)
    return top, contents


def check(store, contents, ref="r") -> None:
    assert {path: read(store, f"{ref}:{path}") for path in contents} == contents
    assert verify(store).ok
    with store.read() as connection:
        indexed = {name for (name,) in connection.execute(select(PACKS.c.name))}
    assert set(store.packs.names()) == indexed


def test_the_tree_is_the_one_that_this_process_makes(store, tree, workers, tmp_path, monkeypatch):
    top, contents = tree
    told = []
    helped = commit(store, "r", top, progress=lambda done, total, _path: told.append((done, total)))
    assert len(workers) == 1
    check(store, contents)
    size = sum(map(len, contents.values()))
    assert told[-1] == (size, size)
    monkeypatch.setattr(ingest, "WORKER_FILES", 1 << 40)
    monkeypatch.setattr(ingest, "OFFERED_BYTES", 1 << 40)
    alone = open_store(tmp_path / "alone")
    made = commit(alone, "r", top)
    assert (made.bytes, made.files) == (helped.bytes, helped.files)
    assert log(alone, "r")[0].tree == log(store, "r")[0].tree
    # What the first large file brought is not stored again with the second.
    assert helped.bytes_added < 6_500_000
    assert len(workers) == 1
    alone.close()


def test_packs_end_at_their_size_and_none_is_left_over(store, tree, workers, monkeypatch):
    top, contents = tree
    monkeypatch.setattr("trustlab.store.packer.PACK_BYTES", 1_000_000)
    commit(store, "r", top)
    assert len(workers) == 1
    assert 6 <= len(store.packs.names()) <= 8
    check(store, contents)


def test_what_the_store_has_is_not_stored_again(store, tree, workers):
    top, contents = tree
    commit(store, "r", top)
    (top / "b" / "first").rename(top / "b" / "renamed")
    contents["b/renamed"] = contents.pop("b/first")
    # Another repo has no version before, so that a worker cuts all of it.
    assert commit(store, "other", top).bytes_added < 50_000
    assert len(workers) == 2
    check(store, contents, "other")


def hear_until_something_is_claimed(monkeypatch):
    """Let the first answer come before all files are found, as where a walk takes long."""
    real = Offload.poll

    def poll(self):
        while not self._sink.owed and not self._is_over:
            self._hear()
        real(self)

    monkeypatch.setattr(Offload, "poll", poll)
    monkeypatch.setattr(ingest, "_FOUND", 1)


def test_what_a_dismissed_worker_was_to_store_is_stored_here(store, tree, workers, monkeypatch):
    top, contents = tree
    hear_until_something_is_claimed(monkeypatch)
    monkeypatch.setattr(ingest, "WORKER_FILES", 1 << 40)
    told = []
    commit(store, "r", top, progress=lambda done, total, _path: told.append((done, total)))
    check(store, contents)
    size = sum(map(len, contents.values()))
    assert {total for _, total in told} == {size}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (size, size)


def test_no_commit_names_what_a_worker_was_to_store_and_did_not(store, tree, workers, monkeypatch, caplog):
    top, contents = tree
    real = ChunkSink.take_back
    monkeypatch.setattr(ChunkSink, "take_back", lambda self, name, size, placed: real(self, name, size, placed[:-1]))
    with caplog.at_level("INFO", "trustlab.store"):
        commit(store, "r", top)
    assert len(workers) == 1
    assert "1 of the chunks that it was to store have not come" in caplog.text
    check(store, contents)


@pytest.mark.parametrize("lost", [LostRaceError, ChunksMovedError])
def test_a_commit_that_others_were_faster_than_is_made_again_with_another_worker(
    lost, store, tree, workers, monkeypatch
):
    top, contents = tree
    real, lose = publish, [lost, lost]

    def later(*arguments, **named):
        if lose:
            raise lose.pop()
        return real(*arguments, **named)

    monkeypatch.setattr("trustlab.store.commit.publish", later)
    done = commit(store, "r", top)
    assert len(workers) == 3
    assert done.bytes == sum(map(len, contents.values()))
    check(store, contents)


def test_why_a_worker_was_lost_is_in_the_log(store, tree, workers, monkeypatch, caplog):
    top, contents = tree
    monkeypatch.setattr(sys, "executable", "/opt/program")
    with caplog.at_level("INFO", "trustlab.store"):
        commit(store, "r", top)
    assert workers == []
    assert "goes on alone: this program is no Python" in caplog.text
    check(store, contents)


@pytest.mark.usefixtures("quick")
def test_a_file_that_is_known_or_was_there_before_needs_no_worker(store, tree, workers):
    top, contents = tree
    time.sleep(0.1)
    commit(store, "r", top)
    assert not commit(store, "r", top).created
    contents["b/first"] = contents["b/first"][:100] + b"!" + contents["b/first"][100:]
    (top / "b" / "first").write_bytes(contents["b/first"])
    assert commit(store, "r", top).bytes_added < 300_000
    assert len(workers) == 1
    check(store, contents)


@pytest.mark.parametrize("instant", ["add", "take", "finish"])
def test_a_worker_that_dies_is_done_without(store, tree, workers, monkeypatch, instant):
    top, contents = tree
    real = getattr(Offload, instant)

    def die(self, *arguments):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        return real(self, *arguments)

    monkeypatch.setattr(Offload, instant, die)
    assert commit(store, "r", top).created
    assert len(workers) == 1
    check(store, contents)


def test_where_no_worker_can_be_started_this_process_does_it(store, tree, workers, monkeypatch):
    top, contents = tree
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    commit(store, "r", top)
    assert workers == []
    check(store, contents)


def test_an_interrupt_leaves_no_worker_and_no_pack(store, tree, workers):
    top, contents = tree
    commit(store, "r", [("kept", b"kept")])
    before = store.packs.names()

    def interrupt(done, _total, _path):
        if done > 2_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        commit(store, "r", top, progress=interrupt)
    assert len(workers) == 1
    assert store.packs.names() == before
    commit(store, "r", top)
    check(store, contents)


def test_a_file_that_changes_before_it_is_cut_is_read_as_it_is_then(store, tree, workers, monkeypatch, noise):
    top, contents = tree
    real = Offload.add

    def change(self, item):
        if item.path == "b/first":
            contents[item.path] = noise(4_000_000, 5)
            (top / item.path).write_bytes(contents[item.path])
        real(self, item)

    monkeypatch.setattr(Offload, "add", change)
    commit(store, "r", top)
    assert len(workers) == 1
    check(store, contents)


def test_a_file_that_goes_before_it_is_cut_is_named(store, tree, workers, monkeypatch):
    top, _ = tree
    real = Offload.add

    def remove(self, item):
        (top / item.path).unlink()
        real(self, item)

    monkeypatch.setattr(Offload, "add", remove)
    with pytest.raises(InputError, match=r"'.*/b/first' is not \(No such file"):
        commit(store, "r", top)
    assert len(workers) == 1
    assert store.packs.names() == []


COMMIT = f"""
import sys
from pathlib import Path
from trustlab.store import ingest, open_store
from trustlab.store.commit import commit

for name, limit in {LIMITS!r}.items():
    setattr(ingest, name, limit)
store = open_store(Path(sys.argv[1]))
print("ready", flush=True)
"""


def children(process) -> list[int]:
    """The processes that a process has started; none where it has come to its end before it was killed."""
    try:
        return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    except OSError:
        return []


def test_a_killed_commit_loses_nothing_and_its_worker_ends(store, tree, spawn, noise, tmp_path):
    top, contents = tree
    work = COMMIT + "commit(store, 'r', Path(sys.argv[2]), branch='killed')\nprint('done', flush=True)\n"
    (top / "b" / "first").write_bytes(noise(60_000_000, 3))
    contents["b/first"] = noise(60_000_000, 3)
    commit(store, "r", [("kept", b"kept")])
    # How long a commit takes here and now, in a store of its own.
    process = spawn(work, tmp_path / "pace", top)
    process.stdout.readline()
    began = time.monotonic()
    assert process.stdout.readline() == "done\n"
    pace = time.monotonic() - began
    process.communicate()
    worked = 0
    for number in range(12):
        process = spawn(work, store.root, top)
        assert process.stdout.readline() == "ready\n"
        time.sleep(pace * number / 12)
        started = children(process)
        worked += len(started)
        process.kill()
        process.communicate()
        deadline = time.monotonic() + 20
        while any(Path(f"/proc/{pid}").exists() for pid in started) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not any(Path(f"/proc/{pid}").exists() for pid in started)
        assert verify(store).damages == ()
        assert read(store, "r:kept") == b"kept"
    assert worked
    commit(store, "r", top)
    gc(store)
    check(store, contents)


def test_thousands_that_cannot_be_read_do_not_stop_the_talk(store, workers, tmp_path, monkeypatch):
    top = tmp_path / "many"
    top.mkdir()
    for number in range(3_000):
        (top / f"{number:05}").write_bytes(b"%d" % number * 100)
    for name in ("LARGE_BYTES", "WORKER_BYTES", "OFFERED_BYTES"):
        monkeypatch.setattr(ingest, name, 100)
    real = Offload.__init__

    def remove(self, *arguments):
        for file in top.iterdir():
            file.unlink()
        real(self, *arguments)

    monkeypatch.setattr(Offload, "__init__", remove)
    with pytest.raises(InputError, match="No such file"):
        commit(store, "r", top)
    assert len(workers) == 1
    assert store.packs.names() == []


def test_compressible_files_take_few_packs_and_few_descriptors(store, tree, spawn):
    top, _ = tree
    (top / "b" / "first").write_bytes(b"".join(b"line %d of a text\n" % number for number in range(2_000_000)))
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))\n"
    small = "from trustlab.store import packer\npacker.PACK_BYTES = 500_000\n"
    process = spawn(COMMIT + limit + small + "commit(store, 'r', Path(sys.argv[2]))\n", store.root, top)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert read(store, "r:b/first") == (top / "b" / "first").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of a file's size stands for a full disk here")
def test_a_disk_that_is_full_for_the_worker_is_named(store, tree, spawn):
    top, _ = tree
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
    process = spawn(COMMIT + limit + "commit(store, 'r', Path(sys.argv[2]))\n", store.root, top)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "ConflictError: the store's objects folder must take new packs; got 'File too large'" in said
    assert store.packs.names() == []


def test_a_worker_starts_without_the_database_and_what_people_use(spawn):
    script = """
import sys
from trustlab.store import offload
sys.stdout.write(offload._START.format(path=sys.path, packages=offload._PACKAGES).replace("serve()", ""))
"""
    start, _ = spawn(script).communicate(timeout=60)
    loaded, said = spawn(start + "print(*sys.modules)").communicate(timeout=60)
    assert "trustlab.store.packer" in loaded.split(), said
    assert not {"sqlalchemy", "trustlab.surfaces", "trustlab.store.store"} & set(loaded.split())
