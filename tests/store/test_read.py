import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.core.errors import NotFoundError, UsageError
from trustlab.store.commit import commit
from trustlab.store.ls import ls
from trustlab.store.read import find, read, stream_entry
from trustlab.store.refs import resolve

SIZE = 1_500_000


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    import random

    from trustlab.store import open_store

    store = open_store(tmp_path_factory.mktemp("read"))
    data = random.Random(5).randbytes(SIZE)
    commit(store, "r", [("big", data), ("empty", b"")])
    yield store, data
    store.close()


@settings(max_examples=60, deadline=None)
@given(st.integers(-10, SIZE + 10), st.integers(-10, SIZE + 10) | st.none())
def test_ranges_are_slices(filled, start, stop):
    store, data = filled
    expected = data[max(start, 0) : SIZE if stop is None else max(stop, 0)]
    assert read(store, "r:big", start, stop) == expected


def test_a_range_fetches_only_its_chunks(filled, monkeypatch):
    store, data = filled
    _, entry = find(store, "r:big")
    fetched = []
    real = type(store.packs).read

    def spy(self, pack, offset, length):
        fetched.append(length)
        return real(self, pack, offset, length)

    monkeypatch.setattr(type(store.packs), "read", spy)
    assert b"".join(stream_entry(store, entry, 700_000, 700_010)) == data[700_000:700_010]
    assert len(fetched) == 1


def test_an_empty_file(filled):
    assert read(filled[0], "r:empty") == b""


@pytest.mark.parametrize("ref", ["r:bigg", "r:empty/x", "r:/big/"])
def test_paths_that_name_nothing(filled, ref):
    with pytest.raises(NotFoundError, match="must hold"):
        read(filled[0], ref)


def test_a_path_is_needed_where_there_are_several_files(filled):
    with pytest.raises(UsageError, match="r:PATH"):
        read(filled[0], "r")


def test_ls_shows_one_folder(store):
    names = ["a/b/c", "a/b/d", "a/x", "a.txt", "a0", "z"]
    commit(store, "r", [(name, name.encode()) for name in names])
    head = resolve(store, "r")

    def shown(path=""):
        return [(one.path, one.entry is None) for one in ls(store, head, path)]

    assert sorted(shown()) == [("a", True), ("a.txt", False), ("a0", False), ("z", False)]
    assert shown("a") == [("a/b", True), ("a/x", False)]
    assert shown("a/b/") == [("a/b/c", False), ("a/b/d", False)]
    assert shown("a/x") == [("a/x", False)]
    with pytest.raises(NotFoundError, match=r"Did you mean 'a\.txt'"):
        ls(store, head, "a.txx")
