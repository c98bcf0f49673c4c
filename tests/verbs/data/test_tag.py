import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.core.execute import run


def names(document):
    return [(one["repo"], one["tag"]) for one in document.payload["tags"]]


def test_naming_listing_and_deleting(context):
    made = run("data.tag", {"ref": "loans~1", "name": "v1", "message": "as reported", "author": "Ann"}, context)
    assert names(made) == [("loans", "v1")]
    (tag,) = made.payload["tags"]
    first = run("data.show", {"ref": "loans~1"}, context).payload["commit"]
    assert (tag["commit"], tag["message"], tag["author"]) == (first, "as reported", "Ann")
    assert f"loans@v1 is {first[:12]}" in made.summary
    run("data.tag", {"ref": "loans", "name": "v2"}, context)
    assert names(run("data.tag", {"ref": "loans"}, context)) == names(run("data.tag", {}, context))
    gone = run("data.tag", {"ref": "loans", "delete": "v1"}, context)
    assert names(gone) == [("loans", "v2")]
    assert "deleted loans@v1" in gone.summary


def test_a_tag_is_read_shown_and_listed_as_a_branch_is(context):
    run("data.tag", {"ref": "loans~1", "name": "v1"}, context)
    run("data.tag", {"ref": "loans~1", "name": "v0"}, context)
    assert len(run("data.read", {"data": "loans@v1"}, context).value) == 3
    shown = run("data.show", {"ref": "loans@v1"}, context).to_dict()
    assert (shown["message"], shown["tags"]) == ("September", ["v0", "v1"])
    assert ["tags", "v0, v1"] in shown["views"][0]["rows"]
    history = run("data.log", {"ref": "loans"}, context).to_dict()
    assert [one["tags"] for one in history["commits"]] == [[], ["v0", "v1"]]
    table = history["views"][0]
    assert [row[table["columns"].index("tags")] for row in table["rows"]] == ["", "v0, v1"]
    assert run("data.show", {"ref": "loans"}, context).payload["tags"] == []


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"name": "v1"}, UsageError, "ref is needed"),
        ({"delete": "v1"}, UsageError, "ref is needed"),
        ({"ref": "loans@main"}, UsageError, "name is needed"),
        ({"ref": "loans@main", "delete": "v1"}, UsageError, "deleted from a repo"),
        ({"ref": "loans", "name": "v1", "delete": "v1"}, UsageError, "one of name and delete"),
        ({"ref": "loans", "name": "main"}, ConflictError, "must not be called 'main'"),
        ({"ref": "loans", "name": "a/b"}, UsageError, "a tag's name"),
        ({"ref": "loans", "delete": "v1"}, NotFoundError, "must have a tag 'v1'"),
        ({"ref": "lions"}, NotFoundError, "Did you mean 'loans'"),
        ({"ref": "loans@mian", "name": "v1"}, NotFoundError, "Did you mean 'main'"),
    ],
)
def test_what_cannot_be(context, parameters, error, message):
    with pytest.raises(error, match=message):
        run("data.tag", parameters, context)
    assert names(run("data.tag", {}, context)) == []
