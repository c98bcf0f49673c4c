import pytest

from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.store.branches import branches, create_branch, delete_branch, repos
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.read import read
from trustlab.store.refs import resolve
from trustlab.store.tags import create_tag, delete_tag, tags
from trustlab.store.verify import verify


@pytest.fixture
def ids(store):
    return [commit(store, "r", [("a", str(n).encode())], message=str(n)).commit for n in range(4)]


def test_make_list_and_delete(store, ids):
    assert tags(store) == []
    made = create_tag(store, "v1.0", "r~1", message="as reported", author="Ann")
    assert (made.commit, made.author, made.message) == (ids[2], "Ann", "as reported")
    create_tag(store, "before", "r@v1.0~2")
    assert [(one.name, one.commit) for one in tags(store, "r")] == [("before", ids[0]), ("v1.0", ids[2])]
    assert tags(store)[1] == made
    assert delete_tag(store, "r", "v1.0") == ids[2]
    assert [one.name for one in tags(store, "r")] == ["before"]


def test_a_tag_stands_where_a_branch_may(store, ids):
    create_tag(store, "v1", "r~1")
    commit(store, "r", [("a", b"later")])
    assert resolve(store, "r@v1").id == ids[2]
    assert resolve(store, "r@v1~2").id == ids[0]
    assert read(store, "r@v1:a") == b"2"
    assert [one.message for one in log(store, "r@v1")] == ["2", "1", "0"]
    assert create_branch(store, "side", "r@v1") == ids[2]


def test_what_a_tag_reaches_outlives_its_branch(store, ids):
    create_tag(store, "v1", "r~1")
    delete_branch(store, "r", "main")
    assert gc(store).commits == 1
    assert repos(store) == ["r"]
    assert read(store, "r@v1:a") == b"2"
    assert [one.id for one in log(store, "r@v1")] == ids[2::-1]
    assert verify(store).ok
    assert verify(store, "r").commits == 3
    delete_tag(store, "r", "v1")
    assert gc(store).commits == 3
    assert repos(store) == []


def test_a_tag_whose_commit_is_lost_is_damage(store, ids):
    from sqlalchemy import text

    create_tag(store, "v1", "r")
    delete_branch(store, "r", "main")
    with store.write() as connection:
        connection.execute(text("delete from store_commits where id = :id"), {"id": ids[3]})
    for found in (verify(store), verify(store, "r")):
        assert [(one.kind, one.commits) for one in found.damages] == [("missing commit", (f"r@{ids[3]}",))]


def test_a_name_is_a_branch_or_a_tag(store, ids):
    create_tag(store, "v1", "r")
    with pytest.raises(ConflictError, match=r"'r@v1' exists$") as error:
        create_tag(store, "v1", "r~1")
    assert "delete the tag first" in error.value.hint
    with pytest.raises(ConflictError, match="exists, as a tag"):
        create_branch(store, "v1", "r")
    with pytest.raises(ConflictError, match="exists, as a tag"):
        commit(store, "r", [("a", b"9")], branch="v1")
    create_branch(store, "side", "r")
    with pytest.raises(ConflictError, match="exists, as a branch"):
        create_tag(store, "side", "r")
    # Another repo's names are its own.
    commit(store, "q", [("a", b"1")], branch="v1")
    assert [one.name for one in branches(store, "r")] == ["main", "side"]
    assert [(one.repo, one.name, one.commit) for one in tags(store)] == [("r", "v1", ids[3])]


def test_a_tag_called_like_a_commit_is_ambiguous_unless_it_is_that_commit(store, ids):
    create_tag(store, ids[0][:6], "r~2")
    with pytest.raises(ConflictError, match="is a tag too"):
        resolve(store, f"r@{ids[0][:6]}")
    assert resolve(store, f"r@{ids[0][:7]}").id == ids[0]
    create_tag(store, ids[1][:6], "r~2")
    assert resolve(store, f"r@{ids[1][:6]}").id == ids[1]


def test_a_tag_and_a_branch_of_one_name_are_ambiguous(store, ids):
    # Two processes on a database with many writers can make both at once.
    from sqlalchemy import text

    create_branch(store, "v1", "r")
    copy = "insert into store_tags select repo, 'v1', id, author, time, message from store_commits where id = :id"
    with store.write() as connection:
        connection.execute(text(copy), {"id": ids[0]})
    with pytest.raises(ConflictError, match=r"is a branch too.*is a tag too"):
        resolve(store, "r@v1")


@pytest.mark.parametrize(
    ("name", "at", "error", "message"),
    [
        ("a/b", "r", UsageError, "a tag's name"),
        ("main", "r", ConflictError, "must not be called 'main'"),
        ("v1", "r:a", UsageError, "whole version"),
        ("v1", "R", NotFoundError, "Did you mean 'r'"),
        ("v1", "r~9", NotFoundError, "only 3 commits"),
    ],
)
def test_what_cannot_be(store, ids, name, at, error, message):
    with pytest.raises(error, match=message):
        create_tag(store, name, at)
    assert tags(store) == []


def test_names_that_are_not_there(store, ids):
    create_tag(store, "v1.0", "r")
    with pytest.raises(NotFoundError, match=r"Did you mean 'v1.0'") as error:
        resolve(store, "r@v1.1")
    assert error.value.hint == "Branches of r: main. Tags of r: v1.0."
    with pytest.raises(NotFoundError, match=r"Did you mean 'v1.0'"):
        delete_tag(store, "r", "v1,0")
    with pytest.raises(NotFoundError):
        tags(store, "q")
    with pytest.raises(InputError, match="NUL"):
        create_tag(store, "v2", "r", message="\0")
