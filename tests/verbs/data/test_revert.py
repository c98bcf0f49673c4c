import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.core.execute import run


def test_the_newest_version_is_undone(context):
    ids = [one["commit"] for one in run("data.log", {"ref": "loans"}, context).payload["commits"]]
    done = run("data.revert", {"ref": "loans", "author": "Ann"}, context)
    assert (done.payload["undone"], done.payload["created"]) == (ids[0], True)
    assert done.payload["changes"] == {"added": [], "removed": [], "changed": ["loans.csv"]}
    assert len(run("data.read", {"data": "loans"}, context).value) == 3
    history = run("data.log", {"ref": "loans"}, context).payload["commits"]
    assert [one["commit"] for one in history] == [done.value, *ids]
    assert (history[0]["author"], history[0]["message"]) == ("Ann", f"Revert {ids[0][:12]}: October")
    assert history[0]["provenance"]["operation"] == "data.revert"
    again = run("data.revert", {"ref": f"loans@{ids[0]}"}, context)
    assert (again.payload["created"], again.value) == (False, done.value)
    assert "is left to undo" in again.summary


def test_an_earlier_version_comes_back(context):
    done = run("data.revert", {"ref": "loans@main", "to": "loans@main~1", "message": "back"}, context)
    assert len(run("data.read", {"data": "loans"}, context).value) == 3
    shown = run("data.show", {"ref": "loans"}, context).payload
    assert (shown["commit"], shown["message"]) == (done.value, "back")
    again = run("data.revert", {"ref": "loans", "to": "loans~2"}, context)
    assert (again.payload["created"], "nothing was added" in again.summary) == (False, True)


def test_the_only_version_cannot_be_undone_to_an_empty_one(context):
    made = run("data.commit", {"repo": "one", "source": [("a", b"1")]}, context).value
    with pytest.raises(ConflictError, match="at least one file"):
        run("data.revert", {"ref": "one"}, context)
    assert run("data.show", {"ref": "one"}, context).payload["commit"] == made


def test_what_changed_since_is_named_until_a_side_is_said(context):
    with pytest.raises(ConflictError, match=r"'loans.csv' \(changed in loans@main, removed in the version before"):
        run("data.revert", {"ref": "loans~1"}, context)
    kept = run("data.revert", {"ref": "loans~1", "ours": ["*.csv"]}, context).payload
    assert (kept["created"], kept["resolved"]) == (False, {"loans.csv": "ours"})


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"ref": "loans@mian"}, NotFoundError, "Did you mean 'main'"),
        ({"ref": "loans", "to": "loans~1", "parent": 1}, UsageError, "parent does not go with to"),
        ({"ref": "loans", "to": "loans~1", "take": "ours"}, UsageError, "take does not go with to"),
        ({"ref": "loans~1", "to": "loans"}, UsageError, "must be a branch"),
        ({"ref": "loans", "parent": 2}, UsageError, "one of the 1"),
        ({"ref": "loans", "parent": 0}, UsageError, "at least 1"),
    ],
)
def test_what_cannot_be(context, parameters, error, message):
    with pytest.raises(error, match=message):
        run("data.revert", parameters, context)
    assert len(run("data.log", {"ref": "loans"}, context).payload["commits"]) == 2
