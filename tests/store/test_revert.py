import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.store import revert as reverting
from trustlab.store.branches import create_branch
from trustlab.store.commit import commit
from trustlab.store.log import log
from trustlab.store.merge import merge
from trustlab.store.read import read
from trustlab.store.refs import resolve
from trustlab.store.revert import return_to, revert
from trustlab.store.tags import create_tag
from trustlab.store.threeway import Choice, MergeConflictError
from trustlab.store.trees import Tree
from trustlab.store.verify import verify


def put(store, files, branch="main", message=""):
    return commit(store, "r", list(files.items()), branch=branch, message=message).commit


def files(store, ref):
    found = resolve(store, ref)
    return {entry.path: read(store, f"r@{found.id}:{entry.path}") for entry in Tree(store, found.tree).entries()}


@pytest.fixture
def line(store):
    return [
        put(store, {"a": b"1", "b": b"1"}, message="one"),
        put(store, {"a": b"2", "b": b"1", "c": b"1"}, message="two"),
        put(store, {"a": b"2", "b": b"2", "c": b"1"}, message="three"),
    ]


def test_one_commit_is_undone_and_later_ones_stay(store, line):
    done = revert(store, "r~1", author="Ann", provenance={"operation": "test"})
    assert (done.branch, done.undone, done.created) == ("main", line[1], True)
    assert files(store, "r") == {"a": b"1", "b": b"2"}
    made = resolve(store, "r")
    assert (made.id, made.parents, made.author) == (done.commit, (line[2],), "Ann")
    assert made.message == f"Revert {line[1][:12]}: two"
    assert made.provenance == {"operation": "test", "revert": {"commit": line[1], "parent": line[0]}}
    assert [one.id for one in log(store, "r")][1:] == line[::-1]
    assert verify(store).ok
    # What is undone already is not undone again.
    again = revert(store, f"r@{line[1]}")
    assert (again.created, again.commit) == (False, done.commit)
    # And a revert can be reverted.
    revert(store, "r")
    assert files(store, "r") == {"a": b"2", "b": b"2", "c": b"1"}


def test_the_first_commit_is_undone_to_the_version_before_any(store, line):
    with pytest.raises(MergeConflictError, match="'a'") as error:
        revert(store, f"r@{line[0]}")
    assert [one.path for one in error.value.conflicts] == ["a", "b"]
    revert(store, f"r@{line[0]}", choice=Choice(theirs=["b"], take="ours"))
    assert files(store, "r") == {"a": b"2", "c": b"1"}


def test_what_changed_since_is_a_conflict(store, line):
    put(store, {"a": b"3", "b": b"2"})
    with pytest.raises(MergeConflictError) as error:
        revert(store, f"r@{line[1]}")
    assert [(one.path, one.ours, one.theirs) for one in error.value.conflicts] == [("a", "changed", "changed")]
    assert f"the version before {line[1][:12]}" in error.value.message
    assert len(log(store, "r")) == 4
    done = revert(store, f"r@{line[1]}", choice=Choice(theirs=["a"]), message="undo it")
    assert files(store, "r") == {"a": b"1", "b": b"2"}
    told = resolve(store, "r").provenance["revert"]
    assert (told["resolved"], told["chosen"]["theirs"], done.created) == ({"a": "theirs"}, ["a"], True)


def test_a_merge_needs_to_know_to_which_parent(store, line):
    create_branch(store, "side", "r")
    put(store, {"a": b"2", "b": b"2", "c": b"1", "d": b"1"}, "side")
    put(store, {"a": b"9", "b": b"2", "c": b"1"})
    merge(store, "r@side")
    with pytest.raises(UsageError, match="is a merge of 2 versions") as error:
        revert(store, "r")
    assert "--parent 1" in error.value.hint
    with pytest.raises(UsageError, match="one of the 2"):
        revert(store, "r", parent=3)
    revert(store, "r", parent=2)
    assert files(store, "r") == {"a": b"2", "b": b"2", "c": b"1", "d": b"1"}
    revert(store, "r~1", parent=1)
    assert files(store, "r") == {"a": b"2", "b": b"2", "c": b"1"}


def test_the_branch_is_the_one_named_or_main(store, line):
    create_branch(store, "side", "r~1")
    assert revert(store, "r@side").branch == "side"
    assert files(store, "r@side") == {"a": b"1", "b": b"1"}
    create_tag(store, "v2", "r~1")
    with pytest.raises(ConflictError, match="must be in the history of 'r@side'"):
        revert(store, f"r@{line[2]}", branch="side")
    assert revert(store, "r@v2").branch == "main"
    assert files(store, "r") == {"a": b"1", "b": b"2"}


def test_an_earlier_version_comes_back_as_a_new_one(store, line):
    create_tag(store, "v1", "r~2")
    done = return_to(store, "r@main", "r@v1", author="Ann")
    assert (done.created, done.undone, done.bytes_added) == (True, line[0], 0)
    made = resolve(store, "r")
    assert (made.parents, made.tree, made.message) == ((line[2],), resolve(store, "r@v1").tree, "Return to r@v1")
    assert made.provenance == {"revert": {"to": line[0]}}
    assert (made.files, made.bytes) == (2, 2)
    assert [one.id for one in log(store, "r")][1:] == line[::-1]
    assert not return_to(store, "r", "r@v1").created
    return_to(store, "r", f"r@{line[2]}", message="forth")
    assert files(store, "r") == {"a": b"2", "b": b"2", "c": b"1"}
    assert verify(store).ok


def test_another_commit_that_comes_first_stays(store, line, monkeypatch):
    real, left = reverting.combine, [1]

    def meddle(*arguments):
        found = real(*arguments)
        if left:
            left.pop()
            put(store, {"a": b"2", "b": b"7", "c": b"1"}, message="between")
        return found

    monkeypatch.setattr(reverting, "combine", meddle)
    revert(store, "r~1")
    assert files(store, "r") == {"a": b"1", "b": b"7"}
    assert [one.message for one in log(store, "r", 2)][1] == "between"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda store: revert(store, "r:a"), UsageError, "whole version"),
        (lambda store: revert(store, "r", parent=2), UsageError, "one of the 1"),
        (lambda store: revert(store, "r@man"), NotFoundError, "Did you mean 'main'"),
        (lambda store: revert(store, "r", branch="mian"), NotFoundError, "Did you mean 'main'"),
        (lambda store: return_to(store, "r~1", "r~2"), UsageError, "must be a branch"),
        (lambda store: return_to(store, "r", "q"), UsageError, "its own repo"),
        (lambda store: return_to(store, "r", "r:a"), UsageError, "whole version"),
        (lambda store: return_to(store, "r", "r~9"), NotFoundError, "only 2 commits"),
        (lambda store: return_to(store, "r@mian", "r"), NotFoundError, "Did you mean 'main'"),
    ],
)
def test_what_cannot_be(store, line, call, error, message):
    with pytest.raises(error, match=message):
        call(store)
    assert [one.id for one in log(store, "r")] == line[::-1]


FILES = st.dictionaries(st.sampled_from("abcd"), st.sampled_from([b"1", b"2", b"3"]), min_size=1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FILES, min_size=2, max_size=5), st.data())
def test_undoing_the_newest_ones_in_turn_leads_back(store, contents, data):
    name = f"p{data.draw(st.integers(0, 10**9))}"
    for one in contents:
        commit(store, name, list(one.items()))
    history = log(store, name)
    for one in history[:-1]:
        revert(store, f"{name}@{one.id}", branch="main")
    assert resolve(store, name).tree == history[-1].tree
