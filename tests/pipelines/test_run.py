from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from trustlab.core.errors import DamagedError, NotFoundError, UsageError
from trustlab.core.result import Status
from trustlab.pipelines import journal, lease, records, steps
from trustlab.pipelines.promote import promote
from trustlab.pipelines.run import run_pipeline
from trustlab.pipelines.spec import Gate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustlab.core.workspace import Workspace

    Write = Callable[..., Path]

GLUE = "import scrapbook as sb\nsb.glue('trust_status', 'pass')\nsb.glue('n', n)\nsb.glue('where', os.getcwd())"
FAIL = 'display({"application/scrapbook.scrap.text+json": {"name": "trust_status", "data": "fail", "encoder": "text", "version": 1}}, raw=True)'  # noqa: E501


def test_steps_run_in_order_and_a_closed_gate_skips_what_needs_it(
    workspace: Workspace, notebook: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(
        workspace,
        notebook("train.ipynb", "# Train", "import os", "n = 1", "print('hello')", GLUE),
        name="p",
        gate=Gate(),
    )
    promote(workspace, notebook("audit.ipynb", FAIL), name="p", needs=["train"], gate=Gate())
    promote(workspace, notebook("release.ipynb", "raise SystemError"), name="p", needs=["audit"])
    said: list[str] = []
    monkeypatch.setattr(steps, "QUIET_SECONDS", 0.0)
    record = run_pipeline(workspace, "p", parameters=["n=5"], trigger="manual", progress=said.append)
    assert (record.status, record.revision, record.running, record.parameters) == ("fail", 3, False, {"n": 5})
    assert [(step.name, step.status) for step in record.steps] == [
        ("train", "pass"),
        ("audit", "fail"),
        ("release", "skipped"),
    ]
    train = record.step("train")
    assert train.glued == {"trust_status": "pass", "n": 5, "where": str(workspace.home)}
    assert "step audit: the gate accepts pass or warn; trust_status is fail" in (record.reason or "")
    assert record.step("release").reason == "it needs audit"
    assert train.notebook is not None
    assert (workspace.root / train.notebook).exists()
    assert train.log is not None
    assert "hello" in (workspace.root / train.log).read_text()
    assert "p: step train (1 of 3)" in said
    assert "train: cell 1 of 6" in said
    assert [found.id for found in records.runs(workspace, "p")] == [record.id]
    assert records.last_runs(workspace)["p"] == records.find(workspace, record.id) == record


def test_an_error_in_a_cell_is_kept_with_its_place(workspace: Workspace, notebook: Write) -> None:
    cells = ("n = 1", "# text", "print('before')", "ratio = 1\nratio / (n - 2)", "print('after')")
    promote(workspace, notebook("bad.ipynb", *cells), name="p", parameters={"n": 2})
    record = run_pipeline(workspace, "p")
    step = record.step("bad")
    assert record.status == step.status == Status.ERROR
    assert step.error == records.CellError(
        cell=4, line=2, source="ratio / (n - 2)", kind="ZeroDivisionError", message="division by zero"
    )
    assert record.reason == "step bad: cell 4 raised ZeroDivisionError: division by zero"
    assert step.log is not None
    log = (workspace.root / step.log).read_text()
    assert "before" in log
    assert "ZeroDivisionError" in log
    assert "after" not in log


def test_bad_requests_write_no_run(workspace: Workspace, notebook: Write) -> None:
    promote(workspace, notebook("a.ipynb", "n = 1"), name="weekly")
    with pytest.raises(NotFoundError, match="Did you mean 'weekly'"):
        run_pipeline(workspace, "weakly")
    with pytest.raises(UsageError, match="Did you mean 'n'"):
        run_pipeline(workspace, "weekly", parameters=["N=1"])
    with pytest.raises(UsageError, match="'m' must be a parameter"):
        run_pipeline(workspace, "weekly", parameters={"m": 1})
    for path in (workspace.root / "pipelines" / "notebooks").iterdir():
        path.unlink()
    with pytest.raises(DamagedError, match="is gone"):
        run_pipeline(workspace, "weekly")
    assert records.runs(workspace) == []


@pytest.mark.parametrize(
    ("number", "reason"), [(signal.SIGKILL, "killed"), (signal.SIGTERM, "interrupted"), (signal.SIGINT, "interrupted")]
)
def test_a_run_that_is_stopped_does_not_stay_running(
    workspace: Workspace, notebook: Write, script: Callable[[str], list[str]], number: int, reason: str
) -> None:
    started = workspace.home / "started"
    code = f"import os, pathlib, time\npathlib.Path({str(started)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    promote(workspace, notebook("slow.ipynb", "n = 1", code), name="p")
    promote(workspace, notebook("next.ipynb", "n = 1"), name="p", needs=["slow"])
    run = (
        "from pathlib import Path\nfrom trustlab.core.errors import InterruptedRunError\n"
        "from trustlab.core.workspace import Workspace\nfrom trustlab.pipelines.run import run_pipeline\n"
        f"try:\n    run_pipeline(Workspace(Path({str(workspace.root)!r})), 'p')\n"
        "except InterruptedRunError:\n    sys.exit(7)\n"
    )
    process = subprocess.Popen(script(run))
    try:
        _wait(started.exists)
        (running,) = records.runs(workspace)
        assert (running.running, running.status, running.step("slow").status) == (True, None, None)
        process.send_signal(number)
        assert process.wait(20) == (-signal.SIGKILL if number == signal.SIGKILL else 7)
    finally:
        process.kill()
        process.wait()
    (record,) = records.runs(workspace)
    assert (record.status, record.running) == (Status.ERROR, False)
    assert (record.reason or "").startswith(reason)
    assert [(step.name, step.status) for step in record.steps] == [("slow", "error"), ("next", "skipped")]
    kernel = int(started.read_text())
    _wait(lambda: not _lives(kernel))


def test_a_run_of_another_machine_lives_as_long_as_its_lease(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lease.hold(workspace) as held:
        with journal.engine_of(workspace).begin() as connection:
            records.begin(connection, held, "p", "manual")
            connection.execute(update(journal.RUNS).values(host="elsewhere.example"))
        assert records.runs(workspace)[0].running
        monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)
        assert records.settle(workspace) == [held.run]
        assert records.finish(workspace, held.run, Status.PASS) is False
    assert records.find(workspace, held.run).reason == records.KILLED


def test_the_heartbeat_is_renewed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.02)

    def beat() -> object:
        with workspace.engine.connect() as connection:
            return connection.execute(journal.RUNS.select()).one().heartbeat

    with lease.hold(workspace) as held:
        with journal.engine_of(workspace).begin() as connection:
            records.begin(connection, held, "p", "manual")
        first = beat()
        with lease.beating(workspace, held.run):
            _wait(lambda: beat() != first)
        assert records.runs(workspace)[0].running
    assert not records.runs(workspace)[0].running


def _wait(done: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stream:  # noqa: PTH123 - a zombie that nobody reaps here is dead too
        return stream.read().rsplit(")", 1)[1].split()[0] != "Z"
