import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.store.branches import branches, create_branch, delete_branch, repos
from trustlab.store.commit import commit
from trustlab.store.log import log


def test_make_list_and_delete(store):
    assert repos(store) == []
    assert branches(store) == []
    first = commit(store, "r", [("a", b"1")], message="one")
    commit(store, "r", [("a", b"2")], message="two")
    commit(store, "q", [("a", b"1")])
    assert create_branch(store, "side", "r~1") == first.commit
    found = branches(store, "r")
    assert [(one.name, one.message, one.files, one.bytes) for one in found] == [
        ("main", "two", 1, 1),
        ("side", "one", 1, 1),
    ]
    assert repos(store) == ["q", "r"]
    assert [(one.repo, one.name) for one in branches(store)] == [("q", "main"), ("r", "main"), ("r", "side")]
    commit(store, "r", [("b", b"1")], branch="side", message="three")
    assert [one.message for one in log(store, "r@side")] == ["three", "one"]
    assert [one.message for one in log(store, "r")] == ["two", "one"]
    delete_branch(store, "r", "side")
    assert [one.name for one in branches(store, "r")] == ["main"]


def test_what_cannot_be(store):
    commit(store, "r", [("a", b"1")])
    with pytest.raises(ConflictError, match="exists"):
        create_branch(store, "main", "r")
    with pytest.raises(UsageError, match="branch"):
        create_branch(store, "a/b", "r")
    with pytest.raises(NotFoundError, match="Did you mean 'r'"):
        create_branch(store, "side", "R")
    with pytest.raises(NotFoundError, match="Did you mean 'main'"):
        delete_branch(store, "r", "mian")
    with pytest.raises(NotFoundError):
        branches(store, "q")
