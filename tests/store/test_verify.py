import pytest
from sqlalchemy import delete, update

from trustlab.core.errors import DamagedError, NotFoundError
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.index import locate
from trustlab.store.read import find, read
from trustlab.store.schema import CHUNKS, COMMITS
from trustlab.store.verify import verify


@pytest.fixture
def filled(store, noise):
    """Three commits with a pack each; the second and third share ``kept``."""
    ids = [
        commit(store, "r", [("first", noise(300_000, 1)), ("small", b"s")]).commit,
        commit(store, "r", [("kept", noise(300_000, 2))]).commit,
        commit(store, "r", [("kept", noise(300_000, 2)), ("third", b"third")]).commit,
    ]
    assert verify(store).ok
    return ids


def place_of(store, ref):
    """The pack's path, and where in it the file's last chunk begins."""
    _, entry = find(store, ref)
    with store.read() as connection:
        place = locate(connection, [entry.extents[-1].name])[entry.extents[-1].name]
    return store.packs.path(place.pack), place


def flip(file, at):
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def labels(*ids):
    return tuple(sorted(f"r@{id_}" for id_ in ids))


def test_a_flipped_byte_is_named_and_nothing_else_is_lost(store, filled, noise):
    file, place = place_of(store, "r:kept")
    flip(file, place.offset + 5)
    found = verify(store)
    assert not found.ok
    (damage,) = found.damages
    assert (damage.kind, damage.pack) == ("changed bytes", place.pack)
    assert damage.paths == ("kept",)
    assert damage.commits == labels(filled[1], filled[2])
    with pytest.raises(DamagedError, match="chunk"):
        read(store, "r:kept")
    assert read(store, "r:third") == b"third"
    assert read(store, "r~2:first") == noise(300_000, 1)
    assert read(store, "r~2:small") == b"s"


def test_a_truncated_pack_is_named(store, filled):
    file, place = place_of(store, "r~2:first")
    # In the first chunk, so that the tree is lost as well, wherever the threads that encode have put it.
    file.write_bytes(file.read_bytes()[:60])
    found = verify(store).damages
    assert {damage.kind for damage in found} == {"truncated pack"}
    assert {damage.pack for damage in found} == {place.pack}
    assert found[0].commits == labels(filled[0])
    assert found[0].paths == ("every path",)


def test_a_missing_pack_is_named(store, filled):
    file, place = place_of(store, "r:third")
    file.unlink()
    (damage,) = verify(store).damages
    assert (damage.kind, damage.pack, damage.commits) == ("missing pack", place.pack, labels(filled[2]))
    assert read(store, "r~1:kept")


def test_a_lost_leaf_names_where_the_lost_paths_begin(store, noise):
    from trustlab.store.refs import resolve
    from trustlab.store.trees import Tree

    commit(store, "r", [(f"f{n:04}", b"x") for n in range(600)])
    tree = Tree(store, resolve(store, "r").tree)
    first, leaf = tree.leaves[1]
    with store.read() as connection:
        place = locate(connection, [leaf])[leaf]
    flip(store.packs.path(place.pack), place.offset)
    (damage,) = verify(store).damages
    assert damage.paths == (f"{first} and those after it",)


def test_chunks_missing_from_the_index_are_named(store, filled):
    _, entry = find(store, "r:third")
    with store.write() as connection:
        connection.execute(delete(CHUNKS).where(CHUNKS.c.name == entry.extents[0].name))
    (damage,) = verify(store).damages
    assert (damage.kind, damage.pack, damage.paths) == ("missing chunk", None, ("third",))


def test_changed_and_missing_commits_are_named(store, filled):
    with store.write() as connection:
        connection.execute(update(COMMITS).where(COMMITS.c.id == filled[2]).values(message="never said"))
        connection.execute(delete(COMMITS).where(COMMITS.c.id == filled[0]))
    found = {damage.kind: damage.commits for damage in verify(store).damages}
    assert found == {"changed commit": labels(filled[2]), "missing commit": labels(filled[0])}


def test_one_repo_and_progress(store, filled):
    commit(store, "other", [("a", b"a")])
    file, _ = place_of(store, "other")
    file.unlink()
    calls = []
    assert verify(store, "r", progress=lambda *call: calls.append(call)).ok
    assert calls[-1][0] == calls[-1][1] > 600_000
    assert not verify(store, "other").ok
    with pytest.raises(NotFoundError):
        verify(store, "nowhere")


@pytest.mark.parametrize("byte", [0, 7, "name", "length", "codec"])
def test_what_explains_a_pack_is_read_as_well(store, filled, byte):
    file, place = place_of(store, "r:third")
    flip(file, byte if isinstance(byte, int) else place.offset - {"name": 40, "length": 8, "codec": 1}[byte])
    (damage,) = verify(store).damages
    assert (damage.kind, damage.pack, damage.commits) == ("changed header", place.pack, labels(filled[2]))
    assert "third" in damage.paths or isinstance(byte, int)
    assert read(store, "r:third") == b"third"
    mended = verify(store, repair=True)
    assert (mended.struck, mended.rewritten) == (0, 1), "what can be read is not given up"
    again = verify(store)
    assert (again.damages, again.unnamed) == ((), 1)
    assert gc(store).packs >= 1
    assert not file.exists()
    assert read(store, "r:third") == b"third"
