import pytest

from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run


@pytest.fixture
def filled(context):
    run("data.commit", {"repo": "deep", "source": [("a/b", b"1"), ("a/c/d", b"22"), ("z", b"333")]}, context)
    return context


def listed(document):
    return [(one["path"], one["type"], one["bytes"]) for one in document.payload["entries"]]


def test_repos_folders_and_files(filled):
    assert listed(run("data.ls", {}, filled)) == [("deep", "repo", None), ("loans", "repo", None)]
    assert listed(run("data.ls", {"ref": "deep"}, filled)) == [("a", "folder", None), ("z", "file", 3)]
    assert listed(run("data.ls", {"ref": "deep@main:a"}, filled)) == [("a/b", "file", 1), ("a/c", "folder", None)]


def test_pages_and_what_is_not_there(filled):
    page = run("data.ls", {"ref": "deep", "limit": 1, "offset": 1}, filled)
    assert listed(page) == [("z", "file", 3)]
    assert page.payload["total"] == 2
    with pytest.raises(NotFoundError, match="must hold 'b'"):
        run("data.ls", {"ref": "deep:b"}, filled)


def test_only_what_matches(filled):
    found = run("data.ls", {"matching": "REPO lo"}, filled)
    assert listed(found) == [("loans", "repo", None)]
    assert (found.payload["total"], found.summary) == (1, "the workspace: 1 entry of 2")
    assert listed(run("data.ls", {"ref": "deep", "matching": "folder"}, filled)) == [("a", "folder", None)]
