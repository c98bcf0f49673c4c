import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import trustlab
from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError, InterruptedRunError, NotFoundError, UsageError
from trustlab.core.execute import run

CONTRACT = {"repo", "remote", "commits", "chunks", "bytes_sent", "bytes_skipped", "branches", "tags"}


def other(context, name):
    return replace(context, folder=context.path(name))


def heads(context):
    return {
        (one["repo"], one["branch"]): one["commit"] for one in run("data.branches", {}, context).payload["branches"]
    }


def test_a_branch_goes_to_a_new_workspace_and_then_only_what_is_new(context):
    newest, first = run("data.log", {"ref": "loans"}, context).payload["commits"]
    document = run("data.push", {"ref": "loans", "remote": "team", "create": True}, context).to_dict()
    assert document.keys() >= CONTRACT
    assert document["branches"] == [{"branch": "main", "before": None, "after": newest["commit"], "state": "new"}]
    assert (document["commits"], document["remote"]) == (2, "team")
    assert document["bytes_sent"] > newest["bytes"] + first["bytes"]
    there = run("data.log", {"ref": "loans"}, other(context, "team")).payload["commits"]
    assert there == [newest, first]
    assert run("data.verify", {}, other(context, "team")).status == "pass"
    again = run("data.push", {"ref": "loans@main", "remote": context.path("team")}, context)
    assert (again.payload["commits"], again.payload["bytes_sent"]) == (0, 0)
    assert again.payload["branches"][0]["before"] == newest["commit"]
    assert "already: nothing to send" in again.summary
    run("data.commit", {"repo": "loans", "source": [("loans.csv", b"n\n1\n")]}, context)
    forward = run("data.push", {"ref": "loans", "remote": "team"}, context)
    assert (forward.payload["commits"], forward.payload["chunks"]) == (1, 3)
    assert forward.payload["branches"][0]["state"] == "forward"


@pytest.mark.parametrize("verb", ["push", "pull"])
def test_the_rules_of_who_receives_are_asked(context, verb):
    """By a push they are the other side's, by a pull one's own; those of who sends do not count."""
    run("data.push", {"ref": "loans", "remote": "team", "create": True}, context)
    sender, receiver = (context, other(context, "team")) if verb == "push" else (other(context, "team"), context)
    asked = {"ref": "loans", "remote": "team"}
    run("data.rules", {"repo": "loans", "set": {"rows.min": "1000", "on_breach": "refuse"}}, sender)
    (context.path("x.csv")).write_text("n,word\n1,a\n")
    source = str(context.path("x.csv"))
    bad = run("data.commit", {"repo": "loans", "source": source, "path": "loans.csv", "ignore_rules": "few"}, sender)
    run("data.rules", {"repo": "loans", "set": {"rows.min": "3"}}, receiver)
    before = heads(receiver)
    with pytest.raises(InputError, match="must keep the rules of the repo there; it breaks 1") as caught:
        run(f"data.{verb}", asked, context)
    assert "on_breach=quarantine" in caught.value.hint
    assert heads(receiver) == before

    run("data.rules", {"repo": "loans", "set": {"on_breach": "quarantine"}}, receiver)
    done = run(f"data.{verb}", asked, context)
    assert done.status == "fail"
    assert done.payload["held"] == {"main": "quarantine"}
    assert done.payload["rules"]["main"]["breaches"]
    assert "stays as it was, 1 rule there would be broken" in done.summary
    assert heads(receiver) == {**before, ("loans", "quarantine"): bad.value}
    if verb == "pull":
        assert done.advice == ["%trust data merge loans@quarantine --into main --reason 'WHY'"]
    run("data.merge", {"source": "loans@quarantine", "reason": "seen"}, receiver)

    run("data.rules", {"repo": "loans", "set": {"rows.min": "1"}}, receiver)
    run("data.commit", {"repo": "loans", "source": source, "branch": "next", "ignore_rules": "few"}, sender)
    good = run(f"data.{verb}", {**asked, "ref": "loans@next"}, context)
    assert (good.payload["held"], good.payload["branches"][0]["state"]) == ({}, "new")


def test_a_diverged_branch_is_refused_with_the_way_out(context):
    run("data.push", {"ref": "loans", "remote": "team", "create": True}, context)
    run("data.commit", {"repo": "loans", "source": [("a", b"mine")]}, context)
    run("data.commit", {"repo": "loans", "source": [("a", b"theirs")]}, other(context, "team"))
    before = heads(other(context, "team"))
    with pytest.raises(ConflictError, match="must only move forward") as caught:
        run("data.push", {"ref": "loans", "remote": "team"}, context)
    assert before["loans", "main"][:12] in caught.value.message
    assert heads(context)["loans", "main"][:12] in caught.value.message
    for way in ("trust data pull loans team --branch theirs", "trust data merge", "--branch NAME", "--force"):
        assert way in caught.value.hint
    assert heads(other(context, "team")) == before
    run("data.push", {"ref": "loans", "remote": "team", "branch": "mine"}, context)
    assert heads(other(context, "team"))["loans", "mine"] == heads(context)["loans", "main"]
    run("data.pull", {"ref": "loans", "remote": "team", "branch": "theirs"}, context)
    assert heads(context)["loans", "theirs"] == before["loans", "main"]
    forced = run("data.push", {"ref": "loans", "remote": "team", "force": True}, context)
    assert forced.payload["branches"][0]["before"] == before["loans", "main"]
    assert "replaced" in forced.summary


def test_all_branches_go_together(context):
    run("data.branches", {"repo": "loans", "create": "side"}, context)
    document = run("data.push", {"ref": "loans", "remote": "team", "all": True, "create": True}, context)
    assert heads(other(context, "team")) == heads(context)
    assert len(document.views[0].rows) == 2
    assert "2 branches of loans in team, 2 moved" in document.summary


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"remote": "tem"}, NotFoundError, r"holds none\. Did you mean 'team'"),
        ({"remote": "nowhere/at/all"}, NotFoundError, "must be a folder that holds a workspace"),
        ({"remote": "loans.csv"}, NotFoundError, "must be a folder that holds a workspace"),
        ({"remote": "."}, UsageError, "is this one"),
        ({"remote": ".trust"}, UsageError, "is this one"),
        ({"remote": "s3://bucket/x"}, UsageError, "this is an address"),
        ({"remote": ""}, UsageError, "a folder or a name"),
        ({"remote": "a\0b"}, UsageError, "a folder or a name"),
        ({"ref": "loan"}, NotFoundError, "Did you mean 'loans'"),
        ({"ref": "loan", "remote": "new", "create": True}, NotFoundError, "Did you mean 'loans'"),
        ({"ref": "loans@mian", "remote": "new", "create": True}, NotFoundError, "Did you mean 'main'"),
        ({"ref": "loans~1", "remote": "new", "create": True}, UsageError, "no branch was given"),
        ({"ref": "loans:loans.csv"}, UsageError, "names a path"),
        ({"remote": "loans.csv", "create": True}, ConflictError, "remote 'loans.csv'"),
    ],
)
def test_bad_input_is_named_and_makes_no_workspace(context, parameters, error, message):
    run("data.push", {"ref": "loans", "remote": "team", "create": True}, context)
    with pytest.raises(error, match=message) as caught:
        run("data.push", {"ref": "loans", "remote": "team", **parameters}, context)
    assert not context.path("new").exists()
    if error is NotFoundError and "remote" in parameters and "create" not in parameters:
        assert "--create" in caught.value.hint


def test_ctrl_c_says_what_it_leaves(context, monkeypatch):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("trustlab.store.transfer.send", interrupted)
    with pytest.raises(InterruptedRunError, match="both sides are sound") as caught:
        run("data.push", {"ref": "loans", "remote": "team", "create": True}, context)
    assert "Do the same push again" in caught.value.hint
    assert heads(other(context, "team")) == {}


def test_a_real_ctrl_c_on_the_command_line(empty):
    """Thirty megabytes, interrupted as soon as the first have arrived; then the same again."""
    import random

    empty.path("big.bin").write_bytes(random.Random(0).randbytes(30_000_000))
    run("data.commit", {"repo": "big", "source": "big.bin"}, empty)
    script = (
        "import sys, time\n"
        "from trustlab.store import arrival, packs\n"
        "arrival.PART_BYTES = 1_000_000\n"
        "read = packs.LocalPacks.read\n"
        "packs.LocalPacks.read = lambda *place: time.sleep(0.005) or read(*place)\n"
        "from trustlab.surfaces.cli import main\n"
        "sys.exit(main(['data', 'push', 'big', 'team', '--create']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=empty.folder,
        env={**os.environ, "PYTHONPATH": str(Path(trustlab.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    packs = empty.path("team/.trust/objects")
    for _ in range(1000):
        if len(list(packs.glob("*/*.pack"))) > 3:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate()
    assert process.returncode not in (0, None), output
    assert "both sides are sound" in errors
    assert "Traceback" not in errors
    team = Context(folder=empty.path("team"), progress=False, notice=lambda _sentence: None)
    assert heads(team) == {}
    assert run("data.verify", {}, team).status == "pass"
    done = run("data.push", {"ref": "big", "remote": "team"}, empty)
    assert done.payload["bytes_sent"] < 29_000_000
    assert run("data.verify", {}, team).payload["bytes"] > 30_000_000
