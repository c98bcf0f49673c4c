from __future__ import annotations

import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from trustlab.core.errors import UsageError
from trustlab.pipelines import lease, records, schedule, scheduler
from trustlab.pipelines.journal import TICKS
from trustlab.pipelines.promote import promote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustlab.core.workspace import Workspace

    Write = Callable[..., Path]

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
HEAD = (
    "from datetime import UTC, datetime\nfrom pathlib import Path\nimport time\n"
    "from trustlab.core.workspace import Workspace\nfrom trustlab.pipelines import scheduler\n"
)


def scheduled(workspace: Workspace, path: Path, name: str) -> None:
    promote(workspace, path, name=name)
    schedule.set_schedule(workspace, name, "0 6 * * MON", now=MONDAY - timedelta(days=1))


def lose_notebooks(workspace: Workspace) -> None:
    for path in (workspace.root / "pipelines" / "notebooks").iterdir():
        path.unlink()


def ticks(workspace: Workspace) -> list[tuple[str, datetime]]:
    with workspace.engine.connect() as connection:
        return [(row.pipeline, row.tick) for row in connection.execute(select(TICKS).order_by(TICKS.c.pipeline))]


def test_a_broken_pipeline_does_not_stop_the_others(workspace: Workspace, notebook: Write) -> None:
    scheduled(workspace, notebook("a.ipynb", "n = 1"), "a-broken")
    lose_notebooks(workspace)
    scheduled(workspace, notebook("b.ipynb", "n = 2"), "b-good")
    made = scheduler.run_due(workspace, MONDAY + timedelta(minutes=1))
    assert [(record.pipeline, record.status, record.trigger, record.tick) for record in made] == [
        ("a-broken", "error", "schedule", MONDAY),
        ("b-good", "pass", "schedule", MONDAY),
    ]
    assert "is gone" in (made[0].reason or "")
    assert scheduler.run_due(workspace, MONDAY + timedelta(minutes=2)) == []
    assert len(records.runs(workspace)) == 2


def test_schedulers_that_race_run_a_tick_once(
    workspace: Workspace, notebook: Write, script: Callable[[str], list[str]]
) -> None:
    names = [f"p{number}" for number in range(8)]
    for name in names:
        scheduled(workspace, notebook(f"{name}.ipynb", f"n = '{name}'"), name)
    lose_notebooks(workspace)  # a run that ends at once, so that the race is for the claims
    begin = time.time() + 4
    code = HEAD + (
        f"workspace = Workspace(Path({str(workspace.root)!r}))\n"
        f"while time.time() < {begin}: pass\n"
        "made = scheduler.run_due(workspace, datetime(2026, 11, 2, 6, 1, tzinfo=UTC))\n"
        "print(len(made))\n"
    )
    command = script(code)  # written once: a racer may be reading it already
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    counts = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    assert all(racer.returncode == 0 for racer in racers)
    assert sum(counts) == len(names)
    assert ticks(workspace) == [(name, MONDAY) for name in names]
    found = records.runs(workspace)
    assert sorted(record.pipeline for record in found) == names
    assert sorted(path.name for path in (workspace.root / "runs").iterdir()) == sorted(record.id for record in found)


def test_an_older_tick_is_not_claimed_after_a_newer(workspace: Workspace, notebook: Write) -> None:
    scheduled(workspace, notebook("a.ipynb", "n = 1"), "p")
    (stale,) = schedule.due(workspace, MONDAY)
    (newer,) = schedule.due(workspace, MONDAY + timedelta(days=7))
    with lease.hold(workspace) as first, lease.hold(workspace) as second, lease.hold(workspace) as third:
        assert scheduler.claim(workspace, newer, first)
        assert not scheduler.claim(workspace, stale, second)
        assert not scheduler.claim(workspace, newer, third)
    assert ticks(workspace) == [("p", newer.tick)]


def test_a_schedule_that_was_removed_meanwhile_is_not_run(workspace: Workspace, notebook: Write) -> None:
    scheduled(workspace, notebook("a.ipynb", "n = 1"), "p")
    (item,) = schedule.due(workspace, MONDAY)
    schedule.remove_schedule(workspace, "p")
    with lease.hold(workspace) as held:
        assert not scheduler.claim(workspace, item, held)
    assert ticks(workspace) == []


def test_once_runs_what_is_due_and_returns(workspace: Workspace, notebook: Write) -> None:
    scheduled(workspace, notebook("a.ipynb", "n = 1"), "p")
    lose_notebooks(workspace)
    said: list[str] = []
    (record,) = scheduler.start(workspace, once=True, progress=said.append)
    assert (record.pipeline, record.status, said) == ("p", "error", ["p: error"])
    assert scheduler.start(workspace, once=True) == []


def test_a_poll_of_nothing_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="above 0"):
        scheduler.start(workspace, poll=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_cleanly(
    workspace: Workspace, notebook: Write, script: Callable[[str], list[str]], number: int
) -> None:
    scheduled(workspace, notebook("a.ipynb", "n = 1"), "p")
    lose_notebooks(workspace)
    code = HEAD + (
        f"workspace = Workspace(Path({str(workspace.root)!r}))\n"
        "made = scheduler.start(workspace, poll=30, progress=lambda sentence: print(sentence, flush=True))\n"
        "print('ended', len(made))\n"
    )
    process = subprocess.Popen(script(code), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "p: error\n"
    process.send_signal(number)
    assert process.communicate(timeout=20)[0] == "ended 1\n"
    assert process.returncode == 0
