from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from trustlab.core.errors import NotFoundError, UsageError
from trustlab.pipelines import catalog, schedule
from trustlab.pipelines.journal import SCHEDULES
from trustlab.pipelines.promote import promote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustlab.core.workspace import Workspace

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)


@pytest.fixture
def pipeline(workspace: Workspace, notebook: Callable[..., Path]) -> str:
    return promote(workspace, notebook("a.ipynb", "n = 1"), name="weekly").name


def test_a_malformed_cron_is_never_stored(workspace: Workspace, pipeline: str) -> None:
    for cron, zone in [("0 6 * * FUNDAY", "UTC"), ("0 6 * * MON", "Berlin/Europe")]:
        with pytest.raises(UsageError):
            schedule.set_schedule(workspace, pipeline, cron, zone)
    assert schedule.schedules(workspace) == []
    schedule.set_schedule(workspace, pipeline, "0 6 * * MON")
    with pytest.raises(UsageError):
        schedule.set_schedule(workspace, pipeline, "nonsense")
    assert catalog.load(workspace, pipeline).schedule == schedule.Schedule("0 6 * * MON")


def test_only_a_pipeline_can_be_scheduled(workspace: Workspace, pipeline: str) -> None:
    with pytest.raises(NotFoundError, match=f"Did you mean '{pipeline}'"):
        schedule.set_schedule(workspace, "weekley", "0 6 * * MON")
    assert schedule.schedules(workspace) == []


def test_nothing_is_due_before_the_tick_and_one_thing_at_it(workspace: Workspace, pipeline: str) -> None:
    found = schedule.set_schedule(workspace, pipeline, "0 6 * * MON", now=MONDAY - timedelta(days=1))
    assert found.next_tick(MONDAY - timedelta(hours=1)) == MONDAY
    assert schedule.due(workspace, MONDAY - timedelta(seconds=1)) == []
    assert schedule.due(workspace, MONDAY) == [schedule.Due(pipeline=pipeline, tick=MONDAY, missed=0)]


def test_missed_ticks_are_run_once(workspace: Workspace, pipeline: str) -> None:
    found = schedule.set_schedule(workspace, pipeline, "0 6 * * MON", now=MONDAY - timedelta(days=1))
    late = MONDAY + timedelta(days=15)
    last = MONDAY + timedelta(days=14)
    assert schedule.due(workspace, late) == [schedule.Due(pipeline=pipeline, tick=last, missed=2)]
    assert found.next_tick(late) == last


def test_the_same_schedule_again_keeps_what_is_due(workspace: Workspace, pipeline: str) -> None:
    schedule.set_schedule(workspace, pipeline, "0 6 * * MON", now=MONDAY - timedelta(days=1))
    schedule.set_schedule(workspace, pipeline, "0  6 * * MON", now=MONDAY + timedelta(hours=1))
    assert [item.tick for item in schedule.due(workspace, MONDAY + timedelta(hours=2))] == [MONDAY]


def test_the_zone_is_kept(workspace: Workspace, pipeline: str) -> None:
    schedule.set_schedule(workspace, pipeline, "0 6 * * *", "Asia/Tokyo", now=MONDAY)
    (found,) = schedule.schedules(workspace)
    assert found.schedule.timezone == "Asia/Tokyo"
    assert found.next_tick(MONDAY) == datetime(2026, 11, 2, 21, tzinfo=UTC)


def test_removing_stops_it_and_removing_nothing_is_an_error(workspace: Workspace, pipeline: str) -> None:
    schedule.set_schedule(workspace, pipeline, "0 6 * * MON", now=MONDAY - timedelta(days=1))
    schedule.remove_schedule(workspace, pipeline)
    assert schedule.due(workspace, MONDAY) == []
    assert catalog.load(workspace, pipeline).schedule is None
    with pytest.raises(NotFoundError, match="scheduled are: none"):
        schedule.remove_schedule(workspace, pipeline)


def test_a_schedule_broken_by_other_hands_stops_no_other(
    workspace: Workspace, pipeline: str, notebook: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    other = promote(workspace, notebook("b.ipynb", "n = 1"), name="other").name
    for name in (pipeline, other):
        schedule.set_schedule(workspace, name, "0 6 * * MON", now=MONDAY - timedelta(days=1))
    with workspace.engine.begin() as connection:
        connection.execute(update(SCHEDULES).where(SCHEDULES.c.pipeline == pipeline).values(cron="rubbish"))
    assert [item.pipeline for item in schedule.due(workspace, MONDAY)] == [other]
    assert "rubbish" in caplog.text
    broken = next(found for found in schedule.schedules(workspace) if found.pipeline == pipeline)
    assert broken.to_dict(MONDAY)["next"] is None
    assert "five fields" in (broken.problem or "")
