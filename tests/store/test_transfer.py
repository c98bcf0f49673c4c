"""What one store brings to another: all that is asked for, only what is missing, and only forward."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from trustlab.core.errors import ConflictError, DamagedError, NotFoundError, UsageError
from trustlab.store import arrival, open_store
from trustlab.store import transfer as moving
from trustlab.store.branches import branches, create_branch, delete_branch
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.index import known, locate
from trustlab.store.log import log
from trustlab.store.objects import fetch
from trustlab.store.read import find, read
from trustlab.store.records import to_row
from trustlab.store.refs import resolve
from trustlab.store.schema import BRANCHES, COMMITS, LINKS, TAGS
from trustlab.store.sink import ChunkSink
from trustlab.store.transfer import DivergedError, transfer
from trustlab.store.trees import Entry, Extent, Tree, line_of, write_tree
from trustlab.store.verify import verify
from trustlab.store.walk import Marks, mark_tree


@pytest.fixture
def target(tmp_path):
    opened = open_store(tmp_path / "target")
    yield opened
    opened.close()


def heads(store):
    return {(one.repo, one.name): one.head for one in branches(store)}


def ids(store, ref):
    return [one.id for one in log(store, ref)]


def index_of(store):
    from trustlab.store.schema import CHUNKS

    with store.read() as connection:
        return {bytes(name) for name in connection.execute(select(CHUNKS.c.name)).scalars()}


def reached(store, ref):
    """Every object that a ref's history reaches, by the walk that gc trusts."""
    marks = Marks()
    for one in log(store, ref):
        mark_tree(store, one.tree, marks)
    return marks.names


def tag(store, name, ref):
    found = resolve(store, ref)
    with store.write() as connection:
        row = {"name": name, "commit": found.id, "author": "Ann", "time": found.time, "message": "m"}
        repo = connection.execute(select(COMMITS.c.repo).where(COMMITS.c.id == found.id)).scalar_one()
        connection.execute(insert(TAGS).values(repo=repo, **row))
    return found.id


def tags_of(store):
    with store.read() as connection:
        return {row.name: row.commit for row in connection.execute(select(TAGS))}


def once(action):
    """A progress callback that acts at its first call: in the midst of a transfer."""
    todo = [action]

    def tell(_done, _total, _what):
        if todo:
            todo.pop()()

    return tell


def test_a_branch_arrives_whole_and_under_the_same_ids(store, target, noise):
    first = commit(store, "r", [("a", noise(300_000)), ("d/b", b"b")], message="one", author="Ann")
    second = commit(store, "r", [("a", noise(300_000)), ("d/c", b"c")], message="two", provenance={"from": ["x", 1]})
    calls = []
    done = transfer(store, target, "r", progress=lambda *call: calls.append(call))
    assert [(move.branch, move.before, move.after, move.state) for move in done.branches] == [
        ("main", None, second.commit, "new")
    ]
    assert ids(target, "r") == [second.commit, first.commit] == ids(store, "r")
    assert [replace(one) for one in log(target, "r")] == log(store, "r")
    assert read(target, "r:a") == noise(300_000)
    assert read(target, "r~1:d/b") == b"b"
    assert verify(target).ok
    assert (done.commits, done.chunks) == (2, len(reached(store, "r")))
    assert index_of(target) == reached(store, "r")
    # The second version's copy of a needed no sending.
    assert done.bytes_skipped == 300_000
    assert calls[-1][0] == calls[-1][1] == done.bytes_sent > 300_002


def test_what_is_there_is_not_sent_again(store, target, noise):
    commit(store, "r", [("big", noise(4_000_000)), ("x", b"x")])
    transfer(store, target, "r")
    again = transfer(store, target, "r")
    assert (again.commits, again.chunks, again.bytes_sent, again.bytes_skipped) == (0, 0, 0, 0)
    assert again.branches[0].state == "same"
    edited = noise(4_000_000)[:20] + b"edit" + noise(4_000_000)[20:]
    commit(store, "r", [("big", edited), ("x", b"x")])
    done = transfer(store, target, "r")
    assert done.branches[0].state == "forward"
    assert done.bytes_sent < 300_000
    assert done.bytes_skipped > 3_700_000
    assert read(target, "r:big") == edited


@pytest.mark.parametrize("together", [True, False])
def test_what_is_kept_as_patches_here_is_so_there(store, target, noise, together):
    data = bytearray(noise(4_000_000))
    for version in range(3):
        data[version::50_000] = bytes(len(data[version::50_000]))
        commit(store, "r", [("table", bytes(data))])
        if not together:
            transfer(store, target, "r")
    transfer(store, target, "r")
    sizes = [sum(each.packs.size(pack) for pack in each.packs.names()) for each in (store, target)]
    assert sizes[0] < 5_000_000, "three versions in little more than one"
    assert sizes[1] < sizes[0] * 1.02
    assert read(target, "r") == data
    assert verify(target).ok
    gc(target)
    assert verify(target).ok


def test_chunks_of_another_repo_are_not_sent(store, target, noise):
    commit(target, "other", [("else", noise(2_000_000))])
    commit(store, "r", [("big", noise(2_000_000))])
    before = index_of(target)
    done = transfer(store, target, "r")
    assert done.chunks == len(reached(store, "r") - before) == 2  # a leaf and a root
    assert done.bytes_sent < 10_000
    assert read(target, "r") == noise(2_000_000)


def test_having_the_bytes_of_a_tree_is_not_having_what_it_names(store, target, noise, monkeypatch):
    # A short file gets lists of chunks as well.
    monkeypatch.setattr("trustlab.store.trees._INLINE", 8)
    commit(store, "r", [("data", noise(3_000_000))])
    tree = Tree(store, resolve(store, "r").tree)
    _, entry = find(store, "r")
    assert entry.level > 0
    parts = [tree.leaves[0][1], bytes.fromhex(resolve(store, "r").tree), *(extent.name for extent in entry.extents)]
    commit(target, "trap", [(f"f{n}", fetch(store, name)) for n, name in enumerate(parts)])
    with target.read() as connection:
        assert known(connection, parts[:2]) == set(parts[:2])
    transfer(store, target, "r")
    assert verify(target).ok
    assert read(target, "r") == noise(3_000_000)


def test_commits_go_to_the_branch_that_is_named(store, target):
    first = commit(store, "r", [("a", b"1")]).commit
    second = commit(store, "r", [("a", b"2")]).commit
    transfer(store, target, "r~1", branch="old")
    transfer(store, target, f"r@{second[:12]}", branch="new")
    assert heads(target) == {("r", "old"): first, ("r", "new"): second}
    with pytest.raises(UsageError, match="no branch was given") as caught:
        transfer(store, target, "r~1")
    assert "--branch" in caught.value.hint


@pytest.mark.parametrize(
    ("ref", "options", "error", "message"),
    [
        ("s", {}, NotFoundError, "a repo must exist; got 's'"),
        ("r@mian", {}, NotFoundError, "Did you mean 'main'"),
        ("r:a", {}, UsageError, "names a path"),
        ("r", {"branch": "a/b"}, UsageError, "branch"),
        ("r@main", {"every": True}, UsageError, "under their own names"),
        ("r", {"every": True, "branch": "b"}, UsageError, "under their own names"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(store, target, ref, options, error, message):
    commit(store, "r", [("a", b"1")])
    with pytest.raises(error, match=message):
        transfer(store, target, ref, **options)
    assert heads(target) == {}
    assert target.packs.names() == []


def test_branches_move_forward_only(store, target):
    commit(store, "r", [("a", b"base")])
    transfer(store, target, "r")
    theirs = commit(target, "r", [("a", b"theirs")]).commit
    # They are ahead: there is nothing to do, and nothing to undo.
    ahead = transfer(store, target, "r")
    assert (ahead.branches[0].state, ahead.branches[0].after, ahead.chunks) == ("ahead", theirs, 0)
    mine = commit(store, "r", [("a", b"mine")]).commit
    before = target.packs.names()
    with pytest.raises(DivergedError, match="must only move forward") as caught:
        transfer(store, target, "r")
    assert theirs[:12] in caught.value.message
    assert mine[:12] in caught.value.message
    assert "--force" in caught.value.hint
    assert heads(target) == {("r", "main"): theirs}
    assert target.packs.names() == before
    transfer(store, target, "r", branch="mine")
    forced = transfer(store, target, "r", force=True)
    assert (forced.branches[0].state, forced.branches[0].before) == ("replaced", theirs)
    assert heads(target) == {("r", "main"): mine, ("r", "mine"): mine}
    # By force a branch goes back as well.
    assert transfer(store, target, "r~1", branch="main", force=True).branches[0].state == "replaced"
    assert len(ids(target, "r")) == 1


def test_a_commit_that_comes_meanwhile_is_never_lost(store, target):
    commit(store, "r", [("a", b"base")])
    transfer(store, target, "r")
    commit(store, "r", [("a", b"mine")])
    with pytest.raises(DivergedError):
        transfer(store, target, "r", progress=once(lambda: commit(target, "r", [("a", b"theirs")])))
    assert read(target, "r") == b"theirs"
    assert len(ids(target, "r")) == 2
    commit(store, "r", [("a", b"mine again")])
    with pytest.raises(ConflictError, match="moved meanwhile"):
        transfer(store, target, "r", force=True, progress=once(lambda: commit(target, "r", [("a", b"theirs again")])))
    assert read(target, "r") == b"theirs again"
    assert verify(target).ok


def test_a_branch_that_is_made_meanwhile_is_never_lost(store, target):
    commit(store, "r", [("a", b"mine")])
    with pytest.raises(DivergedError):
        transfer(store, target, "r", progress=once(lambda: commit(target, "r", [("a", b"theirs")])))
    assert read(target, "r") == b"theirs"


def test_two_transfers_of_the_same_at_once_agree(store, target, noise):
    commit(store, "r", [("a", noise(500_000))])
    done = transfer(store, target, "r", progress=once(lambda: transfer(store, target, "r")))
    assert done.branches[0].state == "same"
    assert verify(target).ok
    assert len(target.packs.names()) == 1, "what came twice is kept once"


def test_a_gc_of_the_target_meanwhile_costs_time_only(store, target, noise, monkeypatch):
    monkeypatch.setattr(arrival, "PART_BYTES", 500_000)
    commit(store, "r", [("a", noise(3_000_000))])
    commit(target, "gone", [("a", noise(2_000_000))])
    delete_branch(target, "gone", "main")
    collected = []

    def collect(done, _total, _what):
        if done > 600_000 and not collected:
            collected.append(gc(target))

    done = transfer(store, target, "r", progress=collect)
    # The chunks of "gone" were there, and counted upon; and a part had arrived.
    assert collected[0].bytes > 2_400_000
    assert verify(target).ok
    assert read(target, "r") == noise(3_000_000)
    assert done.bytes_sent > 3_000_000


def test_what_an_earlier_attempt_sent_is_not_said_to_need_no_sending(store, target, noise):
    commit(store, "r", [("a", noise(500_000))])
    commit(target, "r", [("b", b"b")])
    delete_branch(target, "r", "main")

    def move():
        # A branch comes and goes: the first attempt cannot publish, the second finds all there.
        commit(target, "gone", [("x", b"x")])
        delete_branch(target, "gone", "main")
        gc(target)

    done = transfer(store, target, "r", progress=once(move))
    assert done.bytes_sent >= 500_000
    assert done.bytes_skipped == 0


def test_a_gc_just_before_the_end_is_noticed(store, target, noise, monkeypatch):
    commit(store, "r", [("a", noise(500_000))])
    commit(target, "gone", [("a", noise(500_000))])
    delete_branch(target, "gone", "main")
    real = moving.links_of
    collected = []

    def late(*arguments):
        if not collected:
            collected.append(gc(target).bytes)
        return real(*arguments)

    monkeypatch.setattr(moving, "links_of", late)
    transfer(store, target, "r")
    assert collected[0] > 500_000
    assert verify(target).ok
    assert read(target, "r") == noise(500_000)


def test_what_the_versions_before_share_is_not_even_read(store, target):
    files = {f"{n:05}": str(n).encode() for n in range(3000)}
    commit(store, "r", list(files.items()))
    transfer(store, target, "r")
    commit(store, "r", list({**files, "01500": b"edited"}.items()))
    reads = []

    class Counting:
        def __getattr__(self, name):
            return getattr(store.packs, name)

        def read(self, *place):
            reads.append(place)
            return store.packs.read(*place)

    assert transfer(replace(store, packs=Counting()), target, "r").chunks == 3  # the file, its leaf, the root
    assert len(reads) < 8


def test_a_commit_that_gc_takes_meanwhile_is_brought(store, target):
    commit(store, "r", [("a", b"1")])
    commit(store, "r", [("a", b"2")])
    transfer(store, target, "r")
    commit(store, "r", [("a", b"1")])
    transfer(store, target, "r", branch="side")
    commit(store, "r", [("a", b"3")])
    # The third commit is left in the target, reached by nothing, and has no chunk of its own.
    delete_branch(target, "r", "side")
    collected = []
    transfer(store, target, "r", progress=once(lambda: collected.append(gc(target))))
    assert (collected[0].commits, len(ids(target, "r"))) == (1, 4)
    assert verify(target).ok


def test_a_gc_of_the_source_meanwhile_is_no_damage(store, target, noise, monkeypatch):
    monkeypatch.setattr("trustlab.store.objects.BATCH", 1)
    commit(store, "r", [("a", b"keep")])
    commit(store, "r", [("a", noise(600_000))], branch="side")

    def vanish():
        delete_branch(store, "r", "side")
        gc(store)

    with pytest.raises(NotFoundError, match="side"):
        transfer(store, target, "r@side", progress=once(vanish))
    assert heads(target) == {}


def test_tags_and_links_come_along(store, target):
    made_from = {"inputs": [{"repo": "raw", "commit": "f" * 64}]}
    one = commit(store, "r", [("a", b"1")], provenance=made_from).commit
    commit(store, "r", [("a", b"2")], branch="side")
    assert tag(store, "first", "r") == one
    tag(store, "elsewhere", "r@side")
    link = {"repo": "r", "commit": one, "input_repo": "raw", "input_commit": "f" * 64}
    with store.write() as connection:
        # What only the table says, nobody has signed with a commit's id.
        for forged in ({"input_repo": "../x"}, {"input_commit": "e" * 64}, {"input_commit": "no id"}):
            connection.execute(insert(LINKS).values(**{**link, **forged}))
    done = transfer(store, target, "r")
    assert done.tags == ("first",)
    assert tags_of(target) == {"first": one}
    with target.read() as connection:
        assert [dict(row) for row in connection.execute(select(LINKS)).mappings()] == [link]
    # A tag alone is a reason to go.
    tag(store, "again", "r")
    again = transfer(store, target, "r")
    assert (again.tags, again.chunks, again.branches[0].state) == (("again",), 0, "same")
    with target.read() as connection:
        assert len(connection.execute(select(LINKS)).all()) == 1


def test_what_is_held_back_lands_beside_its_branch(store, target):
    first = commit(store, "r", [("a", b"1")]).commit
    transfer(store, target, "r")
    asked = []

    def admit(branch, new, old):
        asked.append((branch, new, old))
        return "held"

    bad = commit(store, "r", [("a", b"2")]).commit
    done = transfer(store, target, "r", admit=admit)
    assert asked == [("main", bad, first)]
    assert (done.held, heads(target)) == ({"main": "held"}, {("r", "main"): first, ("r", "held"): bad})
    # Once more it is there already; another one, of another history, waits beside it.
    assert transfer(store, target, "r", admit=admit).branches[0].state == "same"
    other = commit(store, "r", [("a", b"3")], branch="side").commit
    done = transfer(store, target, "r@side", admit=admit)
    assert (done.held, heads(target)["r", "held-2"]) == ({"side": "held-2"}, other)
    assert ("r", "side") not in heads(target)
    assert verify(target).ok


def test_a_tag_is_never_moved_silently(store, target):
    one = commit(store, "r", [("a", b"1")]).commit
    transfer(store, target, "r")
    tag(target, "v1", "r")
    two = commit(store, "r", [("a", b"2")]).commit
    tag(store, "v1", "r")
    with pytest.raises(ConflictError, match="a tag must name one commit") as caught:
        transfer(store, target, "r")
    assert one[:12] in caught.value.message
    assert two[:12] in caught.value.message
    assert (tags_of(target), heads(target)) == ({"v1": one}, {("r", "main"): one})
    transfer(store, target, "r", force=True)
    assert (tags_of(target), heads(target)) == ({"v1": two}, {("r", "main"): two})


def test_no_name_becomes_both_a_branch_and_a_tag(store, target):
    commit(store, "r", [("a", b"1")])
    transfer(store, target, "r")
    tag(target, "v1", "r")
    with pytest.raises(ConflictError, match="'v1' would be both") as caught:
        transfer(store, target, "r", branch="v1")
    assert "--branch" in caught.value.hint
    transfer(store, target, "r", branch="v2")
    tag(store, "v2", "r")
    with pytest.raises(ConflictError, match="'v2' would be both"):
        transfer(store, target, "r")
    assert tags_of(target).keys() == {"v1"}


def test_every_branch_of_a_repo_goes_or_none(store, target):
    commit(store, "r", [("a", b"base")])
    create_branch(store, "side", "r")
    commit(store, "r", [("a", b"side")], branch="side")
    commit(store, "r", [("a", b"tagged")], branch="gone")
    tagged = tag(store, "kept", "r@gone")
    delete_branch(store, "r", "gone")
    commit(store, "other", [("a", b"stays")])
    done = transfer(store, target, "r", every=True)
    assert heads(target) == {key: head for key, head in heads(store).items() if key[0] == "r"}
    assert {move.branch for move in done.branches} == {"main", "side"}
    assert tags_of(target) == {"kept": tagged}
    assert read(target, f"r@{tagged}") == b"tagged"
    before = heads(target)
    commit(store, "r", [("a", b"more")])
    commit(store, "r", [("a", b"mine")], branch="side")
    theirs = commit(target, "r", [("a", b"theirs")], branch="side").commit
    with pytest.raises(DivergedError, match="'r@side'"):
        transfer(store, target, "r", every=True)
    assert heads(target) == {**before, ("r", "side"): theirs}


def alter(store, name):
    with store.read() as connection:
        place = locate(connection, [name])[name]
    file = store.packs.path(place.pack)
    data = bytearray(file.read_bytes())
    data[place.offset] ^= 1
    file.write_bytes(data)
    store.packs.forget()


@pytest.mark.parametrize("what", ["chunk", "leaf", "root"])
def test_a_damaged_object_is_named_and_the_target_is_as_it_was(store, target, noise, what):
    commit(store, "r", [("a", b"sound")])
    transfer(store, target, "r")
    commit(store, "r", [("a", noise(500_000)), ("b", b"b")])
    tree = resolve(store, "r").tree
    name = {
        "chunk": find(store, "r:a")[1].extents[3].name,
        "leaf": Tree(store, tree).leaves[0][1],
        "root": bytes.fromhex(tree),
    }[what]
    alter(store, name)
    before = heads(target), target.packs.names(), index_of(target)
    with pytest.raises(DamagedError, match=name.hex()[:12]) as caught:
        transfer(store, target, "r")
    assert "no branch was moved" in caught.value.message
    assert "verify" in caught.value.hint
    assert (heads(target), target.packs.names(), index_of(target)) == before
    assert verify(target).ok


def test_an_altered_or_missing_record_is_named(store, target):
    first = commit(store, "r", [("a", b"1")]).commit
    commit(store, "r", [("a", b"2")])
    with store.write() as connection:
        connection.execute(update(COMMITS).where(COMMITS.c.id == first).values(message="forged"))
    with pytest.raises(DamagedError, match=first[:12]):
        transfer(store, target, "r")
    with store.write() as connection:
        connection.execute(COMMITS.delete().where(COMMITS.c.id == first))
    with pytest.raises(DamagedError, match=first[:12]):
        transfer(store, target, "r")
    assert heads(target) == {}


def forge(store, build, size=1):
    """Point r@main at a commit whose record is right and whose tree is what ``build`` puts."""
    commit(store, "r", [("a", b"1")])
    with ChunkSink(store) as sink:
        tree = build(sink)
        sink.finish()
        found = replace(resolve(store, "r"), tree=tree, bytes=size)
        found = replace(found, id=found.computed_id())
        with store.write() as connection:
            sink.index(connection)
            repo = connection.execute(select(BRANCHES.c.repo)).scalar_one()
            connection.execute(insert(COMMITS).values(to_row(found, repo)))
            connection.execute(update(BRANCHES).values(head=found.id))


def tree_of(path="a", length=1):
    def build(sink):
        return write_tree(
            sink, [line_of(Entry(path, length, executable=False, level=0, extents=[Extent(sink.put(b"1"), length)]))]
        ).name

    return build


def test_a_chunk_that_is_shorter_than_its_tree_says_is_refused(store, target):
    forge(store, tree_of(length=7), size=7)
    with pytest.raises(DamagedError, match="7 bytes long"):
        transfer(store, target, "r")
    assert heads(target) == {}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (tree_of(path="../outside"), "'..'"),
        (tree_of(path="/etc/x"), "absolute"),
        (tree_of(length=7), "count its tree"),
        (lambda sink: sink.put(b"no JSON").hex(), "one that trustlab wrote"),
        (lambda sink: sink.put(b"[]").hex(), "one that trustlab wrote"),
        (lambda sink: sink.put(b'{"format": 1}').hex(), "one that trustlab wrote"),
        (lambda sink: sink.put(b'{"format": 9}').hex(), "format"),
    ],
)
def test_a_forged_tree_is_refused(store, target, build, message):
    forge(store, build)
    with pytest.raises(DamagedError, match=message):
        transfer(store, target, "r")
    assert heads(target) == {}
    assert target.packs.names() == []


def test_what_arrives_is_hashed_again(store, target, noise, monkeypatch):
    commit(store, "r", [("a", noise(500_000))])
    real = arrival.fetch_many

    def swapped(source, names):
        for number, data in enumerate(real(source, names)):
            yield bytes(len(data)) if number == 3 else data

    monkeypatch.setattr(arrival, "fetch_many", swapped)
    with pytest.raises(DamagedError, match="must arrive as it was sent"):
        transfer(store, target, "r")
    assert target.packs.names() == []


CONTENTS = st.sampled_from([b"", b"x", b"y" * 70_000, bytes(range(256)) * 600, bytes(range(255)) * 900])
VERSIONS = st.lists(
    st.tuples(
        st.sampled_from(["main", "a", "b"]),
        st.dictionaries(st.sampled_from(["p", "q", "d/r", "d/e/s"]), CONTENTS, min_size=1),
    ),
    min_size=1,
    max_size=6,
)


def play(store, versions, start=0):
    """Commit the versions in turn; a branch that is new begins where main is."""
    for number, (branch, files) in enumerate(versions, start):
        there = {one.name for one in branches(store)}
        if branch not in there and "main" in there:
            create_branch(store, branch, "r")
        commit(store, "r", list(files.items()), branch=branch, message=str(number))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(earlier=VERSIONS, later=VERSIONS, strangers=st.lists(CONTENTS, max_size=2))
def test_push_and_pull_give_the_same_history_and_send_what_is_missing(earlier, later, strangers):
    with TemporaryDirectory() as folder:
        stores = [open_store(Path(folder) / name) for name in ("mine", "middle", "theirs")]
        with closing(stores[0]) as mine, closing(stores[1]) as middle, closing(stores[2]) as theirs:
            for number, content in enumerate(strangers):
                commit(middle, f"s{number}", [("any", content)])
            play(mine, earlier)
            transfer(mine, middle, f"r@{earlier[0][0]}")
            play(mine, later, start=len(earlier))
            for source, target in ((mine, middle), (middle, theirs)):
                names = [one.name for one in branches(source, "r")]
                missing = set().union(*(reached(source, f"r@{name}") for name in names)) - index_of(target)
                done = transfer(source, target, "r", every=True)
                assert done.chunks == len(missing)
                assert missing <= index_of(target)
                assert done.bytes_sent == sum(len(fetch(source, name)) for name in missing)
                assert transfer(source, target, "r", every=True).chunks == 0
            assert branches(theirs, "r") == branches(mine, "r")
            for one in branches(mine, "r"):
                assert log(theirs, f"r@{one.name}") == log(mine, f"r@{one.name}")
                for version in log(mine, f"r@{one.name}"):
                    for entry in Tree(mine, version.tree).entries():
                        ref = f"r@{version.id}:{entry.path}"
                        assert read(theirs, ref) == read(mine, ref)
            assert verify(middle).ok
            assert verify(theirs).ok
            assert gc(theirs).chunks == 0, "nothing came that no branch reaches"
