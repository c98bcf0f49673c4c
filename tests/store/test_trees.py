import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trustlab.store.chunks import name_of
from trustlab.store.sink import ChunkSink
from trustlab.store.trees import Entry, Extent, Tree, extents_at, fold_extents, line_of, write_tree


def entry(path: str, size: int = 1) -> Entry:
    return Entry(path, size, executable=False, level=0, extents=[Extent(name_of(path.encode()), size)])


def written(store, entries):
    with ChunkSink(store) as sink:
        tree = write_tree(sink, map(line_of, entries))
        sink.finish()
        with store.write() as connection:
            sink.index(connection)
    return tree


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    from trustlab.store import open_store

    store = open_store(tmp_path_factory.mktemp("trees"))
    paths = sorted(f"d{n % 7}/f{n:04}" for n in range(3000))
    tree = written(store, [entry(path) for path in paths])
    yield Tree(store, tree.name), paths
    store.close()


def test_entries_come_back_in_order(many):
    tree, paths = many
    assert len(tree.leaves) > 5
    assert [found.path for found in tree.entries()] == paths
    assert tree.files == tree.bytes == 3000


@settings(max_examples=60, deadline=None)
@given(st.text("df0123456789/", max_size=8))
def test_first_and_prefix_agree_with_a_plain_list(many, text):
    tree, paths = many
    first = tree.first(text)
    assert (first.path if first else None) == next((path for path in paths if path >= text), None)
    assert [found.path for found in tree.entries(text)] == [path for path in paths if path.startswith(text)]
    assert (tree.get(text) is not None) == (text in paths)


def test_an_edit_rewrites_one_leaf(store, many):
    _, paths = many
    one = Tree(store, written(store, [entry(path) for path in paths]).name)
    two = Tree(store, written(store, [entry(path, 2 if path == paths[1500] else 1) for path in paths]).name)
    assert len(set(two.leaves) - set(one.leaves)) == 1
    three = Tree(store, written(store, [entry(path) for path in paths if path != paths[1500]]).name)
    assert len(set(three.leaves) - set(one.leaves)) <= 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.sampled_from([0, 1, 512, 513, 5000]), start=st.integers(0, 15_000), length=st.integers(0, 4000))
def test_folded_extents_give_the_chunks_of_a_range(store, count, start, length):
    extents = [Extent(name_of(str(n).encode()), n % 5 + 1) for n in range(count)]
    with ChunkSink(store) as sink:
        level, folded = fold_extents(sink, extents)
        sink.finish()
        with store.write() as connection:
            sink.index(connection)
    assert (level > 0) == (count > 512)
    assert len(folded) <= 512
    expected, at = [], 0
    for extent in extents:
        if at < start + length and at + extent.length > start:
            expected.append((at, extent))
        at += extent.length
    assert list(extents_at(store, level, folded, start, start + length)) == expected
