"""One place of packs is one database's: another one, which knows none of them, neither adds nor removes any."""

import shutil

import pytest
from sqlalchemy import delete

from trustlab.core.errors import ConflictError, DamagedError
from trustlab.store import open_store
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.owner import own
from trustlab.store.read import read
from trustlab.store.schema import META
from trustlab.store.verify import verify


@pytest.fixture(params=["folder", "s3"])
def opened(request, tmp_path):
    """Open a store with a database of that name; the place of the packs is always the same."""
    stores = []
    objects = (str(tmp_path / "objects"), None)
    if request.param == "s3":
        bucket = request.getfixturevalue("bucket")
        objects = (bucket.url, bucket.options)

    def make(name):
        stores.append(open_store(tmp_path / ".trust", f"sqlite:///{tmp_path}/{name}.db", *objects))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def aged(monkeypatch):
    monkeypatch.setattr("trustlab.store.remote_packs.GRACE_SECONDS", -1.0)


def unmark(store):
    """Make the store one that an earlier version wrote."""
    with store.write() as connection:
        connection.execute(delete(META).where(META.c.key == "store_id"))
    packs = store.packs
    if hasattr(packs, "folder"):
        (packs.folder / "store-id").unlink()
    else:
        packs._system().rm_file(packs._join("store-id"))


def test_another_database_neither_sweeps_nor_adds(opened, aged, noise):
    one, other = opened("one"), opened("other")
    commit(one, "r", [("a", noise(100_000))])
    before = one.packs.names()
    for attempt in (lambda: gc(other), lambda: commit(other, "r", [("b", b"b")])):
        with pytest.raises(ConflictError, match="must be those of the database") as caught:
            attempt()
        assert one.packs.owner() in caught.value.message
        assert "other.db" in caught.value.message
        assert "database_url" in caught.value.hint
    assert one.packs.names() == before
    assert verify(one).ok
    assert gc(one).left == 0
    assert read(one, "r") == noise(100_000)


def test_a_store_of_an_earlier_version_takes_its_packs_and_no_others(opened, aged):
    one, other = opened("one"), opened("other")
    commit(one, "r", [("a", b"1")])
    unmark(one)
    with pytest.raises(ConflictError, match="knows none"):
        gc(other)
    assert one.packs.owner() is None
    again = opened("one")
    gc(again)
    assert again.packs.owner() is not None
    assert read(again, "r") == b"1"


def test_who_comes_while_gc_marks_keeps_its_packs(opened, aged, monkeypatch):
    one, other = opened("one"), opened("other")
    from trustlab.store import gc as module

    mark = module._mark
    monkeypatch.setattr(module, "_mark", lambda *given: commit(one, "r", [("a", b"1")], message="x") and mark(*given))
    with pytest.raises(ConflictError, match="must be those of the database"):
        gc(other)
    assert verify(one).ok


def test_a_database_that_moves_takes_its_packs_along(tmp_path):
    store = open_store(tmp_path / "a")
    commit(store, "r", [("a", b"1")])
    store.close()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    moved = open_store(tmp_path / "b")
    gc(moved)
    commit(moved, "r", [("a", b"2")])
    assert verify(moved).ok
    moved.close()


def test_of_two_who_claim_a_folder_the_first_has_it(tmp_path):
    packs = open_store(tmp_path).packs
    packs.claim("1")
    packs.claim("2")
    assert packs.owner() == "1"
    assert [path.name for path in packs.folder.iterdir()] == ["store-id"]


def test_a_gc_of_nothing_makes_nothing(tmp_path):
    store = open_store(tmp_path / ".trust")
    gc(store)
    assert not store.packs.folder.exists()
    store.close()


def test_of_two_writers_of_a_new_store_none_is_foreign(opened, monkeypatch):
    slow, fast = opened("one"), opened("one")
    names = slow.packs.names

    def names_after_another_began():
        # The other one has marked the place and made its pack, and its transaction is not done yet.
        own(fast)
        fast.packs.create().release()
        return names()

    monkeypatch.setattr(slow.packs, "names", names_after_another_began)
    commit(slow, "r", [("a", b"a")])
    assert read(slow, "r:a") == b"a"


def test_a_place_that_is_empty_though_packs_are_known_is_not_taken(tmp_path, noise):
    """A disk that is not mounted leaves an empty folder, or none."""
    place = tmp_path / "disk"
    store = open_store(tmp_path / ".trust", None, str(place))
    commit(store, "r", [("a", noise(1000))])
    store.close()
    away = place.rename(tmp_path / "away")
    again = open_store(tmp_path / ".trust", None, str(place))
    for prepare in (lambda: None, place.mkdir):
        prepare()
        with pytest.raises(ConflictError, match="1 should be there, and none is") as caught:
            commit(again, "r", [("b", b"b")])
        assert "objects_url" in caught.value.hint
        assert not list(tmp_path.glob("disk/*"))
    place.rmdir()
    away.rename(place)
    commit(again, "r", [("b", b"b")])
    assert verify(again).ok
    again.close()


def test_packs_that_are_lost_for_good_can_be_given_up(tmp_path, noise):
    store = open_store(tmp_path / ".trust")
    commit(store, "r", [("a", noise(1000))])
    store.close()
    shutil.rmtree(store.packs.folder)
    store.packs.folder.mkdir()
    assert verify(store, repair=True).struck
    commit(store, "r", [("a", noise(1000))])
    assert verify(store).ok
    store.close()


@pytest.mark.parametrize("emptied", [False, True], ids=["gone", "emptied"])
def test_a_database_that_was_lost_is_no_new_store(tmp_path, emptied):
    store = open_store(tmp_path)
    commit(store, "r", [("a", b"1" * 1000)])
    store.close()
    database = tmp_path / "metadata.db"
    kept = database.read_bytes()
    for file in tmp_path.glob("metadata.db*"):
        file.unlink()
    if emptied:
        database.write_bytes(b"")
    with pytest.raises(DamagedError, match="is empty or was not there") as caught:
        open_store(tmp_path)
    assert "Bring the database back" in caught.value.hint
    for file in tmp_path.glob("metadata.db*"):
        file.unlink()
    database.write_bytes(kept)
    assert read(open_store(tmp_path), "r@main:a") == b"1" * 1000
