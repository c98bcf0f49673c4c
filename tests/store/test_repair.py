"""What is lost is struck from the index, and comes again with whoever brings the same bytes."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import delete, select

from trustlab.core.errors import ConflictError, DamagedError
from trustlab.store import open_store
from trustlab.store.branches import delete_branch
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.index import patches
from trustlab.store.read import read
from trustlab.store.repair import lacks
from trustlab.store.schema import COMMITS, LOOKS, gc_epoch
from trustlab.store.transfer import transfer
from trustlab.store.verify import verify


@pytest.fixture
def remote(tmp_path):
    opened = open_store(tmp_path / "remote")
    yield opened
    opened.close()


def lose(store):
    for pack in store.packs.names():
        store.packs.path(pack).unlink()
    store.packs.forget()


def mark(store):
    with store.read() as connection:
        return lacks(connection)


def test_a_lost_pack_is_healed_by_a_pull(store, remote, noise):
    for version in range(3):
        commit(remote, "r", [("f", noise(300_000)), ("v", str(version).encode())])
    transfer(remote, store, "r")
    lose(store)
    found = verify(store, repair=True)
    assert (found.ok, found.struck) == (False, found.chunks)
    assert mark(store) is not None
    again = verify(store, repair=True)
    assert (again.ok, again.struck) == (False, 0)
    done = transfer(remote, store, "r")
    assert (done.commits, done.branches[0].state, done.bytes_skipped) == (0, "same", 0)
    assert done.bytes_sent >= 300_000
    assert read(store, "r:f") == noise(300_000)
    assert verify(store).ok
    assert mark(store) is None
    gc(store)
    assert verify(store).ok


def test_a_lost_pack_is_healed_by_a_push_and_new_commits_come_along(store, remote, noise):
    commit(remote, "r", [("f", noise(300_000))])
    transfer(remote, store, "r")
    commit(remote, "r", [("f", noise(300_000)), ("g", b"new")])
    lose(store)
    verify(store, repair=True)
    done = transfer(remote, store, "r")
    assert (done.commits, done.branches[0].state) == (1, "forward")
    assert verify(store).ok


def test_a_lost_pack_is_healed_by_a_commit_of_the_same_bytes(store, noise, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "f").write_bytes(noise(300_000))
    commit(store, "r", source)
    lose(store)
    with pytest.raises(DamagedError):
        read(store, "r:f")
    with store.read() as connection:
        before = gc_epoch(connection)
    verify(store, repair=True)
    with store.read() as connection:
        assert gc_epoch(connection) > before
        assert connection.execute(select(LOOKS)).first() is None
    (source / "g").write_bytes(b"beside it")
    commit(store, "r", source)
    assert read(store, "r:f") == noise(300_000)
    # The first version's own leaf and root did not come again.
    assert {path for damage in verify(store).damages for path in damage.paths} == {"every path"}


def test_patches_go_with_what_they_lean_on(store, remote, noise):
    data = bytearray(noise(2_000_000))
    commit(remote, "r", [("table", bytes(data))])
    transfer(remote, store, "r")
    first = store.packs.names()
    data[5::50_000] = bytes(len(data[5::50_000]))
    commit(remote, "r", [("table", bytes(data))])
    transfer(remote, store, "r")
    with store.read() as connection:
        leaning = {name for name, _ in patches(connection)}
    assert leaning
    for pack in first:
        store.packs.path(pack).unlink()
    verify(store, repair=True)
    with store.read() as connection:
        assert not list(patches(connection))
    transfer(remote, store, "r")
    assert verify(store).ok
    assert read(store, "r") == data


def test_what_no_commit_reaches_is_struck_as_well(store, noise):
    commit(store, "r", [("f", noise(300_000))])
    commit(store, "other", [("f", b"small")])
    delete_branch(store, "r", "main")
    with store.write() as connection:
        connection.execute(delete(COMMITS).where(COMMITS.c.files == 1, COMMITS.c.bytes == 300_000))
    file = max((store.packs.path(pack) for pack in store.packs.names()), key=lambda path: path.stat().st_size)
    file.unlink()
    assert verify(store).ok
    found = verify(store, repair=True)
    assert found.struck > 1
    commit(store, "r", [("f", noise(300_000))], branch="again")
    assert read(store, "r@again:f") == noise(300_000)


def test_what_is_out_of_reach_is_not_struck(store, noise):
    commit(store, "r", [("f", noise(300_000))])
    away = store.packs.folder.with_name("away")
    store.packs.folder.rename(away)
    store.packs.forget()
    with pytest.raises(ConflictError, match="must be there"):
        verify(store, repair=True)
    away.rename(store.packs.folder)
    assert verify(store).ok
    shutil.rmtree(away, ignore_errors=True)


def test_a_sound_store_stays_as_it_is(store, noise):
    commit(store, "r", [("f", noise(300_000))])
    with store.read() as connection:
        before = gc_epoch(connection)
    found = verify(store, repair=True)
    assert (found.ok, found.struck, mark(store)) == (True, 0, None)
    with store.read() as connection:
        assert gc_epoch(connection) == before
