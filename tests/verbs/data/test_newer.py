"""``trust data newer``: whether what was seen is still what its ref stands for."""

from __future__ import annotations

import pytest

from trustlab.core.errors import UsageError
from trustlab.core.execute import run


@pytest.fixture
def commits(playground):
    return [one["commit"] for one in run("data.log", {"ref": "loans"}).payload["commits"]]


def asked(*seen):
    return {one["asked"]: one for one in run("data.newer", {"seen": list(seen)}).payload["seen"]}


def test_a_branch_that_moved_is_told_with_what_came(commits):
    new, old = commits
    assert asked(f"loans={new}")["loans"]["newer"] is False
    run("data.commit", {"repo": "loans", "source": ["loans_later.csv"], "message": "November"})
    document = run("data.newer", {"seen": [f"loans={new[:8]}", f"loans@{old}={old}", f"loans@main~1={old}"]})
    found = {one["asked"]: one for one in document.payload["seen"]}
    assert document.payload["newer"] == 2
    assert (found["loans"]["newer"], found["loans"]["behind"], found["loans"]["message"]) == (True, 1, "November")
    assert found[f"loans@{old}"]["newer"] is False, "a commit stays what it is"
    assert found["loans@main~1"]["now"] == new
    assert document.summary == "2 refs of 3 moved since"
    assert document.advice[0] == f"%trust data diff loans@{new[:8]} loans"


def test_refs_that_are_gone_or_went_another_way(commits):
    new, old = commits
    run("data.branches", {"repo": "loans", "create": "try", "at": "loans"})
    assert asked(f"loans@try={old}")["loans@try"]["behind"] == 1
    run("data.branches", {"repo": "loans", "delete": "try"})
    gone = asked(f"loans@try={new}")["loans@try"]
    assert (gone["newer"], gone["now"]) == (False, None)
    assert "it has none" in gone["gone"]
    assert asked("nowhere@main=abcd")["nowhere@main"]["gone"].startswith("a repo must exist")
    assert asked("loans=0000")["loans"]["behind"] is None


@pytest.mark.parametrize("text", ["loans", "loans=", "=abcd", "loans=xyz9", "loans=abc"])
@pytest.mark.usefixtures("playground")
def test_what_is_no_ref_and_commit_is_refused(text):
    with pytest.raises(UsageError, match="seen must be REF=COMMIT"):
        run("data.newer", {"seen": [text]})
