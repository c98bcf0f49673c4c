import random

import pytest
from sqlalchemy import select

from trustlab.core.errors import InputError
from trustlab.store.branches import delete_branch
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.lineage import Input, Key, inputs_of, walk
from trustlab.store.refs import resolve
from trustlab.store.schema import COMMITS, LINKS
from trustlab.store.verify import verify


def make(store, repo, text, *inputs, branch="main"):
    """Commit a text made from other commits, given as (repo, id)."""
    named = [{"repo": name, "commit": one, "role": "given"} for name, one in inputs]
    done = commit(store, repo, [("f", text.encode())], branch=branch, provenance={"inputs": named})
    return Key(repo, done.commit)


def start(store, key):
    return resolve(store, f"{key.repo}@{key.commit}")


def links(store):
    with store.read() as connection:
        return {tuple(row) for row in connection.execute(select(LINKS))}


def distances(found):
    return {node.key: node.distance for node in found.nodes}


def test_a_commit_and_its_links_are_there_together(store):
    a, b = make(store, "a", "a"), make(store, "b", "b")
    c = make(store, "c", "c", a, b, a)
    assert links(store) == {("c", c.commit, "a", a.commit), ("c", c.commit, "b", b.commit)}
    assert verify(store).ok


@pytest.mark.parametrize(
    "inputs",
    [
        "loans",
        [{"repo": "loans"}],
        [{"repo": "loans", "commit": "3f9c"}],
        [{"repo": "../loans", "commit": "0" * 64}],
        [{"repo": "loans", "commit": "0" * 64, "path": 3}],
        [{"repo": "loans", "commit": "0" * 64}, "second"],
        {"repo": "loans"},
    ],
)
def test_inputs_of_another_shape_leave_nothing_behind(store, inputs):
    with pytest.raises(InputError, match="inputs must be a list"):
        commit(store, "r", [("f", b"1")], provenance={"inputs": inputs})
    with store.read() as connection:
        assert connection.execute(select(COMMITS)).all() == []
    assert store.packs.names() == []
    assert links(store) == set()


def test_foreign_records_are_read_as_far_as_they_make_sense():
    good = {"repo": "loans", "commit": "a" * 64, "path": "x", "role": "read", "more": 1}
    assert inputs_of({"inputs": [good, 3, None, {"repo": "loans", "commit": 7}]}) == (
        Input(repo="loans", commit="a" * 64, path="x", role="read"),
    )
    assert inputs_of({"inputs": "text"}) == inputs_of({}) == ()


def test_a_walk_goes_up_and_down_and_not_to_siblings(store):
    a, b = make(store, "a", "a"), make(store, "b", "b")
    middle = make(store, "m", "m", a, b)
    sibling, below = make(store, "s", "s", a), make(store, "z", "z", middle, a)
    found = walk(store, start(store, middle), 5, 50)
    assert distances(found) == {middle: 0, a: -1, b: -1, below: 1}
    assert {(edge.source, edge.target) for edge in found.edges} == {
        (a, middle),
        (b, middle),
        (middle, below),
        (a, below),
    }
    assert {item.role for edge in found.edges for item in edge.inputs} == {"given"}
    assert sibling in distances(walk(store, start(store, a), 5, 50))
    assert (found.beyond_depth, found.beyond_limit) == (0, 0)


def test_history_is_not_lineage(store):
    first = make(store, "a", "1")
    second = make(store, "a", "2")
    assert distances(walk(store, start(store, first), 5, 50)) == {first: 0}
    assert distances(walk(store, start(store, second), 5, 50)) == {second: 0}


@pytest.mark.parametrize(("depth", "above", "below"), [(0, 0, 0), (1, 1, 1), (7, 7, 7), (12, 12, 12), (40, 15, 15)])
def test_a_chain_of_thirty_is_walked_as_far_as_asked(store, depth, above, below):
    chain = [make(store, "chain", "0")]
    for n in range(1, 31):
        chain.append(make(store, "chain", str(n), chain[-1]))
    found = walk(store, start(store, chain[15]), depth, 100)
    assert [key for key, _ in sorted(distances(found).items(), key=lambda item: item[1])] == chain[
        15 - above : 16 + below
    ]
    assert (found.beyond_depth, found.beyond_limit) == ((0, 0) if depth == 40 else (2, 0))
    hidden = {node.key: node.hidden for node in found.nodes if node.hidden}
    ends = {chain[15 - above]: 1, chain[15 + below]: 1} if depth else {chain[15]: 2}
    assert hidden == ({} if depth == 40 else ends)


def test_the_limit_keeps_the_nearest_and_newest_and_counts_the_rest(store):
    root = make(store, "root", "root")
    made = [make(store, f"r{n}", str(n), root) for n in range(12)]
    far = make(store, "far", "far", made[-1])
    found = walk(store, start(store, root), 5, 5)
    assert set(distances(found)) == {root, *made[-4:]}
    # Of what lies behind those that were left out nothing is known; the one behind the newest is.
    assert far not in distances(found)
    assert (found.beyond_limit, found.beyond_depth) == (9, 0)
    assert {node.key: node.hidden for node in found.nodes if node.hidden} == {root: 8, made[-1]: 1}


def test_what_gc_removed_is_shown_as_gone_and_its_own_links_go(store):
    raw = make(store, "raw", "raw")
    scratch = make(store, "raw", "scratch", raw, branch="scratch")
    kept = make(store, "kept", "kept", scratch)
    delete_branch(store, "raw", "scratch")
    assert gc(store).commits == 1
    assert links(store) == {("kept", kept.commit, "raw", scratch.commit)}
    found = walk(store, start(store, kept), 5, 50)
    nodes = {node.key: node for node in found.nodes}
    assert nodes[scratch].commit is None
    assert nodes[kept].commit is not None
    assert set(nodes) == {scratch, kept}
    assert [(edge.source, edge.target) for edge in found.edges] == [(scratch, kept)]
    assert distances(walk(store, start(store, raw), 5, 50)) == {raw: 0}
    assert verify(store).ok


def test_an_input_of_a_repo_that_is_not_here_is_gone_too(store):
    elsewhere = Key("elsewhere", "e" * 64)
    here = make(store, "here", "here", elsewhere)
    nodes = {node.key: node.commit for node in walk(store, start(store, here), 5, 50).nodes}
    assert nodes[elsewhere] is None


def test_records_that_name_each_other_do_not_catch_the_walk(store):
    """No commit can name one that is made later; damaged or forged links may say so all the same."""
    a = make(store, "a", "a")
    b = make(store, "b", "b", a)
    with store.write() as connection:
        row = {"repo": "a", "commit": a.commit, "input_repo": "b", "input_commit": b.commit}
        connection.execute(LINKS.insert(), [row])
    assert distances(walk(store, start(store, a), 100, 1000)) == {a: 0, b: 1}
    assert distances(walk(store, start(store, b), 100, 1000)).keys() == {a, b}


@pytest.mark.parametrize("seed", range(4))
def test_any_graph_is_walked_as_a_plain_search_would(store, seed):
    draw = random.Random(seed)
    keys, inputs = [], {}
    for n in range(20):
        chosen = draw.sample(keys, min(len(keys), draw.choice([0, 1, 1, 2, 3])))
        key = make(store, f"r{draw.randrange(4)}", str(n), *chosen)
        inputs[key] = set(chosen)
        keys.append(key)
    outputs = {key: {other for other in keys if key in inputs[other]} for key in keys}
    for begin in keys[::5]:
        for depth in (1, 2, 20):
            wanted = {begin: 0}
            for way, near in ((-1, inputs), (1, outputs)):
                front = {begin}
                for distance in range(1, depth + 1):
                    front = {there for here in front for there in near[here]} - wanted.keys()
                    wanted |= dict.fromkeys(front, way * distance)
            found = walk(store, start(store, begin), depth, 1000)
            assert distances(found) == wanted
            assert {(e.source, e.target) for e in found.edges} == {
                (source, target) for target in wanted for source in inputs[target] if source in wanted
            }
