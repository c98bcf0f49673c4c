from hypothesis import given
from hypothesis import strategies as st

from trustlab.store.ancestry import ancestors, merge_bases


@st.composite
def graphs(draw):
    """Commits 0, 1, 2 …, each with up to three parents among the earlier ones."""
    size = draw(st.integers(2, 12))
    return {
        str(n): tuple(str(p) for p in draw(st.lists(st.integers(0, n - 1), max_size=3, unique=True))) if n else ()
        for n in range(size)
    }


def closure(graph, start):
    """Every commit on any path down, by recursion."""
    return {start}.union(*(closure(graph, parent) for parent in graph[start]))


@given(graphs(), st.data())
def test_bases_are_the_common_ancestors_below_which_no_other_is(graph, data):
    one, other = data.draw(st.sampled_from(sorted(graph))), data.draw(st.sampled_from(sorted(graph)))
    assert ancestors(graph, [one]) == closure(graph, one)
    common = closure(graph, one) & closure(graph, other)
    best = [c for c in common if not any(c != d and c in closure(graph, d) for d in common)]
    assert merge_bases(graph, one, other) == sorted(best)


def test_the_usual_shapes():
    line = {"a": (), "b": ("a",), "c": ("b",), "d": ("b",), "e": ("c", "d"), "f": ("d", "c"), "z": ()}
    assert merge_bases(line, "c", "d") == ["b"]
    assert merge_bases(line, "c", "a") == ["a"]
    assert merge_bases(line, "c", "z") == []
    assert merge_bases(line, "e", "f") == ["c", "d"]


def test_a_lost_commit_ends_the_walk():
    assert ancestors({"b": ("a",)}, ["b"]) == {"a", "b"}
