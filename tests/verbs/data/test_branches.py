import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.core.execute import run


def names(document):
    return [one["branch"] for one in document.payload["branches"]]


def test_listing_making_and_deleting(context):
    assert names(run("data.branches", {}, context)) == ["main"]
    made = run("data.branches", {"repo": "loans", "create": "trial", "at": "loans~1"}, context)
    assert names(made) == ["main", "trial"]
    assert [one["message"] for one in made.payload["branches"]] == ["October", "September"]
    gone = run("data.branches", {"repo": "loans", "delete": "trial"}, context)
    assert names(gone) == ["main"]
    assert "deleted loans@trial" in gone.summary


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"create": "x"}, UsageError, "repo is needed"),
        ({"repo": "loans", "create": "x", "delete": "y"}, UsageError, "one of create and delete"),
        ({"repo": "loans", "at": "loans"}, UsageError, "at goes with create"),
        ({"repo": "loans", "create": "x", "at": "other"}, UsageError, "a ref of 'loans'"),
        ({"repo": "loans", "create": "main"}, ConflictError, "exists"),
        ({"repo": "loans", "delete": "mian"}, NotFoundError, "Did you mean 'main'"),
        ({"repo": "lions"}, NotFoundError, "Did you mean 'loans'"),
    ],
)
def test_what_cannot_be(context, parameters, error, message):
    with pytest.raises(error, match=message):
        run("data.branches", parameters, context)


def test_a_part_and_what_matches(context):
    for name in ("trial", "later"):
        run("data.branches", {"repo": "loans", "create": name, "at": "loans~1"}, context)
    page = run("data.branches", {"repo": "loans", "limit": 1, "offset": 1}, context)
    assert (names(page), page.payload["total"]) == (["main"], 3)
    found = run("data.branches", {"matching": "september TRI"}, context)
    assert (names(found), found.payload["total"]) == (["trial"], 1)
