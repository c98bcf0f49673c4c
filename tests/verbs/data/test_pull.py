from dataclasses import replace

import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.core.execute import run


@pytest.fixture
def fresh(context, tmp_path_factory):
    """Return a context in a folder elsewhere, with no workspace; the other one is at its ``context.folder``."""
    return replace(context, folder=tmp_path_factory.mktemp("fresh"))


def heads(context):
    return {
        (one["repo"], one["branch"]): one["commit"] for one in run("data.branches", {}, context).payload["branches"]
    }


def test_a_branch_comes_into_a_workspace_that_is_made(context, fresh):
    document = run("data.pull", {"ref": "loans", "remote": context.folder}, fresh)
    assert heads(fresh) == heads(context)
    assert (document.payload["commits"], document.payload["branches"][0]["state"]) == (2, "new")
    assert document.advice == ["%trust data log loans@main"]
    assert run("data.verify", {}, fresh).status == "pass"
    history = run("data.log", {"ref": "loans"}, fresh).payload
    assert history == run("data.log", {"ref": "loans"}, context).payload
    read = run("data.read", {"data": "loans@main"}, fresh).value
    assert read.equals(run("data.read", {"data": "loans@main"}, context).value)
    again = run("data.pull", {"ref": "loans", "remote": context.folder}, fresh)
    assert "loans@main here is at" in again.summary
    assert "nothing to send" in again.summary


def test_what_is_new_follows_and_what_is_ahead_stays(context, fresh):
    there = str(context.folder)
    run("data.pull", {"ref": "loans", "remote": there}, fresh)
    run("data.commit", {"repo": "loans", "source": [("a", b"theirs")]}, context)
    forward = run("data.pull", {"ref": "loans@main", "remote": there}, fresh)
    assert (forward.payload["commits"], forward.payload["branches"][0]["state"]) == (1, "forward")
    run("data.commit", {"repo": "loans", "source": [("a", b"mine")]}, fresh)
    mine = heads(fresh)
    ahead = run("data.pull", {"ref": "loans", "remote": there}, fresh)
    assert (ahead.payload["branches"][0]["state"], heads(fresh)) == ("ahead", mine)
    run("data.commit", {"repo": "loans", "source": [("a", b"theirs again")]}, context)
    with pytest.raises(ConflictError, match="must only move forward") as caught:
        run("data.pull", {"ref": "loans", "remote": there}, fresh)
    assert "--branch theirs" in caught.value.hint
    assert "trust data merge" in caught.value.hint
    assert heads(fresh) == mine
    run("data.pull", {"ref": "loans", "remote": there, "force": True}, fresh)
    assert heads(fresh) == heads(context)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"ref": "loan"}, NotFoundError, "Did you mean 'loans'"),
        ({"ref": "loans@mian"}, NotFoundError, "Did you mean 'main'"),
        ({"ref": "loans~1"}, UsageError, "no branch was given"),
        ({"remote": "nowhere"}, NotFoundError, "must be a folder that holds a workspace"),
        ({"branch": "a b"}, UsageError, "branch"),
    ],
)
def test_bad_input_is_named_and_makes_no_workspace(context, fresh, parameters, error, message):
    with pytest.raises(error, match=message):
        run("data.pull", {"ref": "loans", "remote": str(context.folder), **parameters}, fresh)
    assert not fresh.path(".trust").exists()
