"""One audit on a worker: what ends the process ends it for that model alone."""

import os
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.fleet import makers
from trustlab.core.context import Context
from trustlab.core.errors import InputError
from trustlab.fleet import records, task
from trustlab.fleet.entries import Entry, read_entries
from trustlab.fleet.task import Terms

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", ""), str(Path.cwd())))
    )
    return makers.workspace(tmp_path)


def enrolled(context: Context, kind: str | None) -> Entry:
    assert context.folder is not None
    (entry,) = read_entries(makers.lines(makers.models(context.folder, 1, kind)), {}, context)
    records.enrol(context.workspace, [entry], again=False)
    return entry


def audited(entry: Entry, context: Context, **terms: Any) -> dict[str, Any]:
    return task.audited(asdict(entry), asdict(Terms(folder=str(context.folder), **terms)))


def died_once(entry: Entry, context: Context) -> None:
    """Leave what a worker leaves that dies in the middle: a try that began and never ended."""
    assert records.begin(context.workspace, entry.key) == (1, None)


@pytest.mark.parametrize(("kind", "how"), [("Exits", "status 7"), ("Killed", "signal SIGKILL")])
def test_a_model_that_ends_its_process_is_an_error_of_its_own(context: Context, kind: str, how: str) -> None:
    entry = enrolled(context, kind)
    died_once(entry, context)
    verdict = audited(entry, context, tries=2)
    assert verdict["status"] == "error"
    assert how in verdict["error"]
    assert "tried 2 times" in verdict["error"]
    assert audited(entry, context, tries=2) == verdict, "the verdict is found again"


def test_a_model_whose_worker_was_killed_is_audited_after_all(context: Context) -> None:
    entry = enrolled(context, None)
    died_once(entry, context)
    verdict = audited(entry, context)
    assert (verdict["status"], verdict["error"]) == ("pass", None)
    assert audited(entry, context)["run"] == verdict["run"], "a task that runs twice works once"


def test_a_model_that_raises_is_no_dead_process(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    assert context.folder is not None
    monkeypatch.syspath_prepend(str(context.folder))
    entry = enrolled(context, "Raises")
    verdict = audited(entry, context)
    assert verdict["status"] == "error"
    assert "a fault of its own" in str(verdict)


def test_a_process_that_takes_too_much_memory_is_stopped(context: Context) -> None:
    entry = enrolled(context, "Hungry")
    died_once(entry, context)
    verdict = audited(entry, context, tries=2, memory=1_500_000_000)
    assert "needed more than 1.5 GB, and was stopped" in verdict["error"]


def test_a_process_of_its_own_ends_with_who_started_it(context: Context) -> None:
    entry = enrolled(context, "Slow")
    died_once(entry, context)
    seen: list[int] = []

    def watch() -> None:
        for _ in range(200):
            seen.extend(child.pid for child in psutil.Process().children() if "alone" in " ".join(child.cmdline()))
            time.sleep(0.05)
            if seen:
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    audited(entry, context)
    watcher.join()
    assert seen
    assert not psutil.pid_exists(seen[0])


def test_another_workspace_is_named(context: Context, tmp_path: Path) -> None:
    entry = enrolled(context, None)
    other = makers.workspace(tmp_path / "other")
    with pytest.raises(InputError, match="must work in the fleet's workspace"):
        audited(entry, other)


def test_a_worker_says_why_it_cannot(context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trustlab.core.version import VERSION

    assert task.unreachable(str(context.folder), VERSION) is None
    assert "0.0.0" in str(task.unreachable(str(context.folder), "0.0.0"))
    monkeypatch.setenv("TRUSTLAB_HOME", str(tmp_path / "nowhere"))
    assert "set TRUSTLAB_HOME there" in str(task.unreachable(str(context.folder), VERSION))


def test_a_stop_by_request_is_not_held_against_a_model(context: Context) -> None:
    entry = enrolled(context, None)
    died_once(entry, context)
    records.release(context.workspace, [entry.key])
    assert records.begin(context.workspace, entry.key) == (1, None)


def test_a_stop_within_an_audit_stops_the_fleet_and_leaves_no_verdict(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert context.folder is not None
    monkeypatch.syspath_prepend(str(context.folder))
    entry = enrolled(context, "Stopped")
    with pytest.raises(KeyboardInterrupt):
        audited(entry, context)
    records.release(context.workspace, [entry.key])
    assert records.begin(context.workspace, entry.key) == (1, None)


def test_a_policy_that_the_worker_does_not_see_travels_along(context: Context) -> None:
    assert context.folder is not None
    entry = enrolled(context, None)
    (context.folder / "policy.yaml").unlink()
    verdict = audited(entry, context)
    assert [check["id"] for check in verdict["checks"]] == ["fairness.selection_rate", "performance.metrics"]
