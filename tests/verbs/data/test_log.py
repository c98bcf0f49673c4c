import pytest

from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.execute import run


def test_newest_first(context):
    document = run("data.log", {"ref": "loans@main"}, context).to_dict()
    assert [one["message"] for one in document["commits"]] == ["October", "September"]
    assert document["commits"][0].keys() >= {"commit", "parents", "author", "time", "message", "files", "bytes"}
    assert document["views"][0]["rows"][1][0] == document["commits"][1]["commit"][:12]
    assert not document["more"]
    assert [one["path"] for one in document["commits"]] == ["loans.csv", "loans.csv"]
    run("data.commit", {"repo": "many", "source": [("a", b"1"), ("b", b"2")]}, context)
    assert run("data.log", {"ref": "many"}, context).payload["commits"][0]["path"] is None


def test_a_limit_says_that_there_is_more(context):
    document = run("data.log", {"ref": "loans", "limit": 1}, context).to_dict()
    assert [one["message"] for one in document["commits"]] == ["October"]
    assert document["more"]


@pytest.mark.parametrize(
    ("ref", "error", "message"),
    [
        ("loan", NotFoundError, "Did you mean 'loans'"),
        ("loans@mian", NotFoundError, "Did you mean 'main'"),
        ("loans@", UsageError, "a ref must be"),
        (5, UsageError, "a ref must be"),
    ],
)
def test_unknown_refs(context, ref, error, message):
    with pytest.raises(error, match=message):
        run("data.log", {"ref": ref}, context)


def test_without_a_workspace(empty):
    with pytest.raises(NotFoundError, match="no workspace"):
        run("data.log", {"ref": "loans"}, empty)


def test_a_part_of_the_history_and_what_matches(context):
    page = run("data.log", {"ref": "loans", "limit": 1, "offset": 1}, context)
    assert [one["message"] for one in page.payload["commits"]] == ["September"]
    assert (page.payload["total"], page.payload["more"]) == (2, False)
    assert page.summary == "loans: 1 version of 2"
    run("data.tag", {"ref": "loans~1", "name": "quarter"}, context)
    for words, messages in {"ANN oct": ["October"], "quarter": ["September"], "ann september": []}.items():
        found = run("data.log", {"ref": "loans", "matching": words}, context).payload
        assert [one["message"] for one in found["commits"]] == messages
        assert found["total"] == len(messages)
    assert run("data.log", {"ref": "loans", "offset": 9}, context).payload["commits"] == []
