from pathlib import Path

import pytest
from sqlalchemy import text, update

from trustlab.core.errors import ConflictError, DamagedError
from trustlab.store import gc as module
from trustlab.store.branches import branches, create_branch, delete_branch
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.index import locate
from trustlab.store.objects import fetch
from trustlab.store.read import find, read
from trustlab.store.refs import resolve
from trustlab.store.schema import META, PACKS
from trustlab.store.verify import verify


def disk(store):
    return sum(store.packs.size(name) for name in store.packs.names())


def test_what_no_branch_reaches_goes_and_the_rest_stays(store, noise):
    commit(store, "r", [("a", noise(2_000_000, 1))])
    create_branch(store, "side", "r")
    lost = commit(store, "r", [("a", noise(2_000_000, 1)), ("b", noise(3_000_000, 2))], branch="side")
    before = disk(store)
    assert gc(store).chunks == 0
    delete_branch(store, "r", "side")
    done = gc(store)
    assert (done.commits, done.packs) == (1, 1)
    assert 3_000_000 < done.bytes == lost.bytes_added
    assert disk(store) < before - 3_000_000
    assert read(store, "r") == noise(2_000_000, 1)
    assert verify(store).ok
    assert [one.name for one in branches(store)] == ["main"]


def test_small_packs_are_gathered(store):
    for n in range(12):
        commit(store, "r", [("a", str(n).encode())], message=str(n))
    assert len(store.packs.names()) == 12
    calls = []
    assert gc(store, progress=lambda *call: calls.append(call)).packs == 12
    assert calls[-1][:2] == (4, 4)
    assert len(store.packs.names()) == 1
    assert verify(store).ok
    assert [read(store, f"r~{n}") for n in range(12)] == [str(11 - n).encode() for n in range(12)]
    assert gc(store).packs == 0


def test_a_pack_that_is_mostly_dead_is_rewritten(store, noise):
    commit(store, "r", [("a", b"keep")])
    create_branch(store, "side", "r")
    commit(store, "r", [("big", noise(3_000_000)), ("small", noise(200_000, 1))], branch="side")
    commit(store, "r", [("small", noise(200_000, 1))])
    delete_branch(store, "r", "side")
    gc(store)
    assert disk(store) < 400_000
    assert read(store, "r") == noise(200_000, 1)
    assert verify(store).ok


def test_a_reader_finds_a_chunk_that_gc_has_moved(store, monkeypatch):
    commit(store, "r", [("a", b"1")])
    commit(store, "r", [("a", b"2")])
    _, entry = find(store, "r")
    name = entry.extents[0].name
    with store.read() as connection:
        stale = locate(connection, [name])
    gc(store)
    store.packs.forget()
    answers = [stale]

    def first_stale(connection, names):
        return answers.pop() if answers else locate(connection, names)

    monkeypatch.setattr("trustlab.store.objects.locate_readable", first_stale)
    assert fetch(store, name) == b"2"
    assert not answers


def test_orphans_of_a_kill_are_swept_and_live_writers_are_not(store):
    commit(store, "r", [("a", b"1")])
    orphan, live = store.packs.create(), store.packs.create()
    orphan.seal()
    orphan.release()
    assert gc(store).packs == 1
    assert live.name in store.packs.names()
    assert orphan.name not in store.packs.names()
    live.discard()


def test_a_damaged_tree_stops_gc_before_it_removes_anything(store, noise):
    commit(store, "r", [("a", noise(200_000))])
    create_branch(store, "side", "r")
    commit(store, "r", [("b", b"b")], branch="side")
    delete_branch(store, "r", "side")
    root = bytes.fromhex(resolve(store, "r").tree)
    with store.read() as connection:
        place = locate(connection, [root])[root]
    file = store.packs.path(place.pack)
    data = bytearray(file.read_bytes())
    data[place.offset] ^= 1
    file.write_bytes(data)
    before = {name: store.packs.size(name) for name in store.packs.names()}
    with pytest.raises(DamagedError):
        gc(store)
    assert {name: store.packs.size(name) for name in store.packs.names()} == before


def test_a_file_that_holds_the_bytes_of_a_tree_does_not_hide_what_the_tree_reaches(store, noise):
    from trustlab.store.trees import Tree

    commit(store, "a", [("data", noise(100_000))])
    tree = resolve(store, "a").tree
    leaf = Tree(store, tree).leaves[0][1]
    # The walk meets these bytes first as files, of a commit that does not reach the data.
    commit(store, "0", [("leaf", fetch(store, leaf)), ("root", fetch(store, bytes.fromhex(tree)))])
    create_branch(store, "gone", "a")
    commit(store, "a", [("x", b"x")], branch="gone")
    delete_branch(store, "a", "gone")
    assert gc(store).commits == 1
    assert verify(store).ok
    assert read(store, "a") == noise(100_000)


@pytest.mark.parametrize("numbers", ["of their own", "given again"])
def test_what_was_removed_and_brought_again_in_another_form_is_not_moved(store, noise, monkeypatch, numbers):
    """Between the copying of a gc and its change of the index: another gc, and a commit of what that removed."""
    if numbers == "given again":
        with store.write() as connection:
            # As the tables of earlier versions number packs.
            connection.execute(text("DROP TABLE store_packs"))
            connection.execute(text("CREATE TABLE store_packs (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size BIGINT)"))
    data = noise(60_000)
    near = data[:100] + bytes([data[100] ^ 1]) + data[101:]
    commit(store, "keep", [("f", near)])
    commit(store, "gone", [("f", data)])
    move = module._move

    def meanwhile(*given):
        monkeypatch.setattr(module, "_move", move)
        delete_branch(store, "gone", "main")
        assert gc(store).chunks
        commit(store, "keep", [("f", data)])
        move(*given)

    monkeypatch.setattr(module, "_move", meanwhile)
    gc(store)
    assert verify(store).ok
    assert read(store, "keep:f") == data
    assert read(store, "keep~1:f") == near


def test_a_packs_number_is_never_given_again(store):
    numbers = []
    for n in range(3):
        commit(store, "r", [("a", str(n).encode())])
        with store.read() as connection:
            numbers += connection.execute(PACKS.select()).scalars()
        delete_branch(store, "r", "main")
        gc(store)
    assert numbers == sorted(set(numbers))


def test_many_small_chunks_are_moved_together(store):
    for n in range(2):
        commit(store, "r", [(f"{n}/{i}", f"{n} {i}".encode()) for i in range(300)])
    gc(store)
    assert len(store.packs.names()) == 1
    assert verify(store).ok
    assert read(store, "r:1/299") == b"1 299"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not list open files")
def test_removed_packs_are_not_held_open(store, noise):
    for n in range(3):
        commit(store, f"r{n}", [("f", noise(300_000, n))])
        read(store, f"r{n}:f")
    delete_branch(store, "r0", "main")
    gc(store)
    opened = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    assert not [name for name in opened if name.startswith(str(store.packs.folder)) and "(deleted)" in name]


def test_a_database_that_became_a_newer_versions_meanwhile_is_left_alone(store, noise):
    commit(store, "r", [("a", noise(100_000))])
    create_branch(store, "side", "r")
    commit(store, "r", [("b", b"b")], branch="side")
    delete_branch(store, "r", "side")
    with store.write() as connection:
        connection.execute(update(META).where(META.c.key == "schema_version").values(value=99))
    before = store.packs.names()
    with pytest.raises(ConflictError, match="99") as caught:
        gc(store)
    assert "Upgrade" in caught.value.hint
    assert store.packs.names() == before
    with store.read() as connection:
        assert len(connection.execute(PACKS.select()).all()) == len(before)
