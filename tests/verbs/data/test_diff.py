import pytest

from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run


def test_files_that_differ(context):
    after = context.path("loans.csv").stat().st_size
    document = run("data.diff", {"before": "loans~1", "after": "loans"}, context).to_dict()
    (change,) = document["changed"]
    assert change["path"] == "loans.csv"
    assert change["bytes_before"] < change["bytes_after"] == after
    assert document["added"] == document["removed"] == []
    assert document["views"][0]["rows"] == [["changed", "loans.csv", change["bytes_before"], after]]
    assert document["before"]["commit"] != document["after"]["commit"]


def test_one_ref_is_compared_with_the_version_before_it(context):
    run("data.commit", {"repo": "loans", "source": [("new", b"1")]}, context)
    one = run("data.diff", {"before": "loans@main"}, context).payload
    assert one["before"]["ref"] == "loans@main~1"
    assert [change["path"] for change in one["added"]] == ["new"]
    assert [change["path"] for change in one["removed"]] == ["loans.csv"]
    assert run("data.diff", {"before": "loans~1"}, context).payload["before"]["ref"] == "loans~2"


def test_no_difference_and_no_such_version(context):
    document = run("data.diff", {"before": "loans", "after": "loans@main"}, context)
    assert "no difference" in document.summary
    assert document.views == []
    with pytest.raises(NotFoundError, match="only 1 commits"):
        run("data.diff", {"before": "loans~1"}, context)
