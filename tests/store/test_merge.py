import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.store import merge as merging
from trustlab.store.branches import create_branch, delete_branch
from trustlab.store.checkout import checkout
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.merge import merge
from trustlab.store.read import read
from trustlab.store.refs import resolve
from trustlab.store.threeway import Choice, MergeConflictError
from trustlab.store.trees import Tree
from trustlab.store.verify import verify

BASE = {"a": b"1", "b": b"1", "d/x": b"1", "gone": b"1"}


def put(store, files, branch="main", message=""):
    return commit(store, "r", list(files.items()), branch=branch, message=message).commit


def files(store, ref):
    found = resolve(store, ref)
    return {entry.path: read(store, f"r@{found.id}:{entry.path}") for entry in Tree(store, found.tree).entries()}


@pytest.fixture
def parted(store):
    """The branches main and side, which parted at BASE and each changed a path of its own."""
    put(store, BASE, message="base")
    create_branch(store, "side", "r")
    put(store, BASE | {"a": b"2"}, message="ours")
    put(store, {"a": b"1", "b": b"2", "d/x": b"1", "new": b"n"}, "side", "theirs")
    return store


def test_each_side_s_changes_come_together(parted):
    heads = resolve(parted, "r").id, resolve(parted, "r@side").id
    done = merge(parted, "r@side", author="Ann", provenance={"operation": "test"})
    assert (done.kind, done.ours, done.theirs) == ("merge", *heads)
    assert files(parted, "r") == {"a": b"2", "b": b"2", "d/x": b"1", "new": b"n"}
    made = resolve(parted, "r")
    assert (made.id, made.parents, made.author, made.message) == (done.commit, heads, "Ann", "Merge r@side into main")
    base = resolve(parted, "r~2").id
    assert made.provenance == {
        "operation": "test",
        "merge": {"source": "r@side", "commit": heads[1], "bases": [base]},
    }
    assert (made.files, made.bytes) == (4, 4)
    assert sorted(done.combined.changes) == ["b", "gone", "new"]
    # The first parent's line is the branch's own; what was merged hangs on the second.
    assert [one.message for one in log(parted, "r")] == ["Merge r@side into main", "ours", "base"]
    assert resolve(parted, f"r@{heads[1][:12]}~1").message == "base"
    assert resolve(parted, "r@side").id == heads[1]
    assert verify(parted).ok


def test_what_was_merged_in_outlives_its_branch(parted):
    theirs = resolve(parted, "r@side").id
    merge(parted, "r@side")
    delete_branch(parted, "r", "side")
    assert gc(parted).commits == 0
    assert read(parted, f"r@{theirs}:b") == b"2"
    assert verify(parted).ok


def test_no_file_is_read_or_written(store, noise, monkeypatch):
    big = noise(2_000_000)
    put(store, {"big": big, "a": b"1"})
    create_branch(store, "side", "r")
    put(store, {"big": big, "a": b"2"})
    put(store, {"big": big[::-1], "a": b"1"}, "side")
    sizes = []
    real = store.packs.read

    def spy(pack, offset, length):
        sizes.append(length)
        return real(pack, offset, length)

    monkeypatch.setattr(store.packs, "read", spy)
    assert merge(store, "r@side").bytes_added < 10_000
    assert max(sizes) < 10_000
    monkeypatch.undo()
    assert read(store, "r:big") == big[::-1]


def test_a_branch_without_changes_of_its_own_moves_along(store):
    put(store, BASE)
    create_branch(store, "side", "r")
    theirs = put(store, BASE | {"a": b"2"}, "side")
    done = merge(store, "r@side")
    assert (done.kind, done.commit, done.bytes_added) == ("fast_forward", theirs, 0)
    assert resolve(store, "r").id == theirs
    assert list(done.combined.changes) == ["a"]
    again = merge(store, "r@side")
    assert (again.kind, again.commit) == ("up_to_date", theirs)
    # An ancestor has nothing to bring either.
    assert merge(store, "r~1").kind == "up_to_date"
    assert merge(store, "r", "side").kind == "up_to_date"
    assert len(log(store, "r")) == 2


def test_a_merge_commit_can_be_asked_for(store):
    ours = put(store, BASE)
    create_branch(store, "side", "r")
    theirs = put(store, BASE | {"a": b"2"}, "side")
    done = merge(store, "r@side", fast_forward=False, message="by hand")
    assert (done.kind, resolve(store, "r").parents) == ("merge", (ours, theirs))
    assert resolve(store, "r").tree == resolve(store, "r@side").tree
    assert resolve(store, "r").message == "by hand"


def test_conflicts_are_named_and_nothing_is_changed(parted):
    put(parted, {"a": b"3", "b": b"1", "d/x/y": b"1"}, "side")
    put(parted, BASE | {"a": b"2", "gone": b"2", "d/x": b"2"})
    before = resolve(parted, "r").id
    with pytest.raises(ConflictError) as error:
        merge(parted, "r@side")
    assert isinstance(error.value, MergeConflictError)
    assert [one.path for one in error.value.conflicts] == ["a", "d/x", "d/x/y", "gone"]
    assert "'a' (changed in r@main, changed in r@side)" in error.value.message
    assert "'gone' (changed in r@main, removed in r@side)" in error.value.message
    assert "'d/x/y' cannot stand beside 'd/x'" in error.value.message
    assert "--ours" in error.value.hint
    assert resolve(parted, "r").id == before
    looked = merge(parted, "r@side", preview=True)
    assert (looked.commit, [one.path for one in looked.combined.conflicts]) == (None, ["a", "d/x", "d/x/y", "gone"])
    assert resolve(parted, "r").id == before


def test_how_a_conflict_was_resolved_is_kept(parted):
    put(parted, {"a": b"3", "b": b"1"}, "side")
    put(parted, BASE | {"a": b"2", "gone": b"2"})
    done = merge(parted, "r@side", choice=Choice(theirs=["a"], take="ours"))
    assert files(parted, "r") == {"a": b"3", "b": b"1", "gone": b"2"}
    told = resolve(parted, "r").provenance["merge"]
    assert told["chosen"] == {"ours": [], "theirs": ["a"], "take": "ours"}
    assert told["resolved"] == done.combined.resolved == {"a": "theirs", "gone": "ours"}
    # Merged is merged: the same again is nothing, and later changes start from here.
    assert merge(parted, "r@side").kind == "up_to_date"
    put(parted, {"a": b"3", "b": b"5"}, "side")
    merge(parted, "r@side")
    assert files(parted, "r") == {"a": b"3", "b": b"5", "gone": b"2"}


def test_sides_that_merged_each_other_win_nothing_silently(store):
    # Each took a conflict its own way; by one of the two bases alone, either side would seem to be unchanged.
    put(store, {"a": b"0"})
    create_branch(store, "side", "r")
    one, other = put(store, {"a": b"1"}), put(store, {"a": b"2"}, "side")
    merge(store, f"r@{other}", choice=Choice(take="ours"))
    merge(store, f"r@{one}", "side", choice=Choice(take="ours"))
    with pytest.raises(MergeConflictError, match="'a'") as error:
        merge(store, "r@side")
    assert [found.path for found in error.value.conflicts] == ["a"]
    looked = merge(store, "r@side", preview=True)
    assert looked.bases == tuple(sorted((one, other)))


def test_histories_without_a_common_commit(store):
    put(store, {"a": b"1", "same": b"s"})
    put(store, {"b": b"1", "same": b"s"}, "side")
    assert merge(store, "r@side").bases == ()
    assert files(store, "r") == {"a": b"1", "b": b"1", "same": b"s"}


def test_a_mode_is_a_change_too(store, tmp_path):
    for name in ("tool", "text"):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / name).write_bytes(b"x")
    commit(store, "r", tmp_path / "data")
    create_branch(store, "side", "r")
    (tmp_path / "data" / "text").write_bytes(b"y")
    commit(store, "r", tmp_path / "data")
    (tmp_path / "data" / "text").write_bytes(b"x")
    (tmp_path / "data" / "tool").chmod(0o755)
    commit(store, "r", tmp_path / "data", branch="side")
    merge(store, "r@side")
    checkout(store, "r", tmp_path / "out")
    assert (tmp_path / "out/tool").stat().st_mode & 0o100
    assert (tmp_path / "out/text").read_bytes() == b"y"


def test_another_commit_that_comes_first_is_merged_with(parted, monkeypatch):
    real, waiting = merging.combine, [{"a": b"2", "b": b"1", "d/x": b"9", "gone": b"1"}, BASE | {"a": b"7"}]

    def meddle(*arguments):
        found = real(*arguments)
        if waiting:
            put(parted, waiting.pop(0))
        return found

    monkeypatch.setattr(merging, "combine", meddle)
    done = merge(parted, "r@side")
    assert files(parted, "r") == {"a": b"7", "b": b"2", "d/x": b"1", "new": b"n"}
    assert resolve(parted, "r").parents[0] == resolve(parted, "r~1").id == done.ours
    assert len(log(parted, "r")) == 5
    assert verify(parted).ok


def test_a_source_that_a_gc_removes_meanwhile_is_named(parted, monkeypatch):
    real, left = merging.combine, [1]

    def meddle(*arguments):
        found = real(*arguments)
        if left:
            left.pop()
            put(parted, {"k": b"k"}, "extra")
            delete_branch(parted, "r", "extra")
            delete_branch(parted, "r", "side")
            create_branch(parted, "side", "r~1")
            assert gc(parted).chunks
        return found

    theirs = resolve(parted, "r@side").id
    monkeypatch.setattr(merging, "combine", meddle)
    with pytest.raises(NotFoundError, match="gc has removed it"):
        merge(parted, f"r@{theirs}")
    assert verify(parted).ok
    assert [one.message for one in log(parted, "r")] == ["ours", "base"]


@pytest.mark.parametrize(
    ("source", "into", "error", "message"),
    [
        ("r@sied", "main", NotFoundError, "Did you mean 'side'"),
        ("r@side", "mian", NotFoundError, "Did you mean 'main'"),
        ("r@side:a", "main", UsageError, "whole version"),
        ("q@side", "main", NotFoundError, "a repo must exist"),
        ("r@side", "a/b", UsageError, "a branch's name"),
    ],
)
def test_what_cannot_be(parted, source, into, error, message):
    with pytest.raises(error, match=message):
        merge(parted, source, into)


def test_four_processes_merge_and_commit_at_once(store, spawn):
    put(store, {f"f{n}": b"0" for n in range(4)})
    for n in range(4):
        create_branch(store, f"b{n}", "r")
    script = """
import sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.commit import commit
from trustlab.store.merge import merge
store, n = open_store(Path(sys.argv[1])), sys.argv[2]
files = {f"f{k}": b"0" for k in range(4)}
for turn in range(5):
    commit(store, "r", list((files | {f"f{n}": f"{n}{turn}".encode()}).items()), branch=f"b{n}")
    merge(store, f"r@b{n}", fast_forward=False)
"""
    running = [spawn(script, store.root, n) for n in range(4)]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert files(store, "r") == {f"f{n}": f"{n}4".encode() for n in range(4)}
    merges = log(store, "r")
    assert len(merges) == 1 + 20
    assert all(len(one.parents) == 2 for one in merges[:-1])
    assert [one.parents[0] for one in merges[:-1]] == [one.id for one in merges[1:]]
    assert verify(store).ok
