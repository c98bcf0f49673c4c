"""What was cut short is told, by whoever looks next, until it has been done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.unfinished import ENDED, STOPPED, begin, noting, unfinished
from trustlab.core.workspace import Workspace


def told(operation="train", started=None):
    moment = (started or datetime.now(UTC)).isoformat(timespec="milliseconds")
    return {"operation": operation, "title": operation.title(), "given": {"data": "loans@main"}, "started": moment}


@pytest.fixture
def workspace(tmp_path):
    return Workspace.make(tmp_path / ".trust")


def cut_short(workspace, error):
    begin(workspace)
    raise error


def names(workspace):
    return [(one["operation"], one["how"]) for one in unfinished(workspace)]


def test_while_it_runs_and_after_it_ended_there_is_nothing_to_tell(workspace):
    with noting("one", told()):
        begin(workspace)
        begin(workspace)
        assert [path.name for path in (workspace.root / "running").iterdir()] == ["one.json"]
        assert names(workspace) == []
    assert not (workspace.root / "running").exists()


def test_who_changes_nothing_leaves_no_trace(workspace):
    with noting("one", told()):
        pass
    begin(workspace)
    assert not (workspace.root / "running").exists()


def test_an_interrupt_is_told_until_the_same_is_done(workspace):
    def interrupted(operation):
        with pytest.raises(KeyboardInterrupt), noting(operation, told(operation)):
            cut_short(workspace, KeyboardInterrupt())

    interrupted("train")
    interrupted("audit")
    assert names(workspace) == [("audit", STOPPED), ("train", STOPPED)]
    with pytest.raises(ValueError), noting("two", told("train")):
        cut_short(workspace, ValueError())
    assert ("train", STOPPED) in names(workspace), "one that failed has not done it"
    with noting("three", told("train")):
        begin(workspace)
    assert names(workspace) == [("audit", STOPPED)]


def test_what_runs_inside_a_run_is_a_part_of_it(workspace):
    with pytest.raises(KeyboardInterrupt), noting("outer", told("demo")), noting("inner", told("train")):
        cut_short(workspace, KeyboardInterrupt())
    assert names(workspace) == [("demo", STOPPED)]


def test_old_torn_and_strange_notes(workspace):
    folder = workspace.root / "running"
    folder.mkdir()
    old = told(started=datetime.now(UTC) - timedelta(days=8))
    (folder / "old.json").write_text(json.dumps({**old, "how": STOPPED}))
    (folder / "torn.json").write_text('{"operation": "tr')
    (folder / "list.json").write_text("[]")
    (folder / "elsewhere.json").write_text(json.dumps({**told("audit"), "host": "far", "pid": 1}))
    (folder / "pid.json").write_text(json.dumps({**told("data.commit"), "host": os.uname().nodename, "pid": 2**22 + 1}))
    assert sorted(names(workspace)) == [("audit", ENDED), ("data.commit", ENDED)]


CODE = """
import time
from trustlab.core.unfinished import begin, noting
from trustlab.core.workspace import Workspace
with noting("one", {"operation": "train", "title": "Training", "given": {}, "started": "9999"}):
    begin(Workspace.find())
    print("begun", flush=True)
    time.sleep(60)
"""


def test_a_process_that_is_killed_is_told_and_one_that_works_is_not(workspace):
    command = [sys.executable, "-c", CODE]
    with subprocess.Popen(command, cwd=workspace.home, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begun\n"
        assert names(workspace) == []
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    deadline = time.monotonic() + 10
    while not names(workspace) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert names(workspace) == [("train", ENDED)]


def test_where_nothing_can_be_written_there_is_no_note(workspace, monkeypatch):
    (workspace.root / "running").write_text("in the way")
    with noting("one", told()):
        begin(workspace)
    assert unfinished(workspace) == []


@pytest.mark.usefixtures("playground")
def test_verbs_that_read_write_no_note():
    folder = Workspace.find().root / "running"
    kept = set(folder.iterdir()) if folder.exists() else set()
    seen = []

    def notice(_sentence):
        seen.append(set(folder.iterdir()) if folder.exists() else set())

    run("data.log", {"ref": "loans"}, Context(notice=notice))
    run("status", {}, Context(notice=notice))
    assert all(one == kept for one in [*seen, set(folder.iterdir()) if folder.exists() else set()])
