import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.store.branches import create_branch
from trustlab.store.commit import commit
from trustlab.store.refs import Ref, parse, resolve


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("loans", Ref("loans")),
        ("loans@main", Ref("loans", "main")),
        ("loans@main~2", Ref("loans", "main", 2)),
        ("loans~1", Ref("loans", None, 1)),
        ("loans@3f9c", Ref("loans", "3f9c")),
        ("loans:a/b.csv", Ref("loans", None, 0, "a/b.csv")),
        ("loans@main~2:a:b@c~1", Ref("loans", "main", 2, "a:b@c~1")),
    ],
)
def test_grammar(text, ref):
    assert parse(text) == ref
    assert str(ref) == text


@pytest.mark.parametrize(
    "text", ["", "@main", "loans@", "loans@main~", "loans@main~x", "loans@a@b", "lo ans", "a/b@main"]
)
def test_what_is_not_a_ref_is_refused(text):
    with pytest.raises(UsageError):
        parse(text)


@pytest.fixture
def ids(store):
    return [commit(store, "loans", [("a", str(n).encode())], message=str(n)).commit for n in range(4)]


def test_refs_resolve(store, ids):
    assert resolve(store, "loans").id == ids[3]
    assert resolve(store, "loans@main~2").id == ids[1]
    assert resolve(store, f"loans@{ids[2]}").id == ids[2]
    assert resolve(store, f"loans@{ids[2][:16]}~1:a").message == "1"


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("loan", "Did you mean 'loans'"),
        ("loans@mian", "Did you mean 'main'"),
        ("loans@main~4", "only 3 commits"),
        ("loans@0000000000000000", "none"),
    ],
)
def test_unknown_refs_are_named(store, ids, ref, message):
    with pytest.raises(NotFoundError, match=message):
        resolve(store, ref)


def test_an_id_that_several_commits_begin_with_is_listed(store, ids):
    from sqlalchemy import text

    with store.write() as connection:
        for n in (1, 2):
            copy = (
                "insert into store_commits select repo, :id, parent, parents, tree, author, time, message, provenance,"
                " files, bytes from store_commits where id = :old"
            )
            connection.execute(text(copy), {"id": "abcd" + str(n) * 60, "old": ids[0]})
    with pytest.raises(ConflictError, match=r"abcd111.*abcd222"):
        resolve(store, "loans@abcd")
    assert resolve(store, "loans@abcd2").id == "abcd" + "2" * 60


def test_a_branch_called_like_a_commit_is_ambiguous_unless_it_is_that_commit(store, ids):
    create_branch(store, ids[0][:6], "loans~2")
    with pytest.raises(ConflictError, match="is a branch too"):
        resolve(store, f"loans@{ids[0][:6]}")
    create_branch(store, ids[1][:6], "loans~2")
    assert resolve(store, f"loans@{ids[1][:6]}").id == ids[1]
