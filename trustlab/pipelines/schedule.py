"""The schedules of a workspace: which pipeline runs when, and what is due."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from trustlab.core.errors import NotFoundError, UsageError, did_you_mean
from trustlab.pipelines import catalog, journal
from trustlab.pipelines.cron import Schedule, as_utc
from trustlab.pipelines.journal import SCHEDULES

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Row

    from trustlab.core.workspace import Workspace

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A pipeline's schedule as it stands.

    Parameters
    ----------
    handled_until : datetime
        Ticks up to here are dealt with.
    problem : str or None
        Why it cannot come due, where the stored row was altered by other hands.
    """

    pipeline: str
    schedule: Schedule
    handled_until: datetime
    problem: str | None = None

    def next_tick(self, now: datetime) -> datetime | None:
        """Return the tick that a scheduler started at ``now`` runs first, which may have come already."""
        if self.problem:
            return None
        last = self.schedule.last_until(now)
        return last if last > self.handled_until else self.schedule.next_after(now)

    def to_dict(self, now: datetime) -> dict[str, Any]:
        """Return the schedule as JSON data."""
        tick = self.next_tick(now)
        return {
            "pipeline": self.pipeline,
            **self.schedule.to_dict(),
            "next": None if tick is None else tick.isoformat(),
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A tick to run.

    Parameters
    ----------
    tick : datetime
        The latest tick that has come.
    missed : int
        How many came before it unseen, at most 1,000 counted; they are not run one by one.
    """

    pipeline: str
    tick: datetime
    missed: int


def set_schedule(
    workspace: Workspace, pipeline: str, cron: str, timezone: str = "UTC", *, now: datetime | None = None
) -> Scheduled:
    """Run a pipeline by itself from now on, in place of any schedule it had.

    Parameters
    ----------
    cron : str
        Five fields; see `trustlab.pipelines.cron.Schedule`.
    timezone : str
        The zone that the fields are read in.

    Raises
    ------
    NotFoundError
        Where there is no such pipeline.
    UsageError
        Where the cron or the zone is not valid; nothing is stored then.
    """
    checked = Schedule.checked(cron, timezone)
    catalog.load(workspace, pipeline)
    with journal.writing(workspace) as connection:
        write(connection, pipeline, checked, as_utc(now or datetime.now(UTC)))
    return schedules(workspace, [pipeline])[0]


def write(connection: Connection, pipeline: str, schedule: Schedule, now: datetime) -> None:
    """Put a checked schedule in the place of any other; the caller's transaction decides whether it stays.

    The same schedule again changes nothing, so that a tick which is due stays due.
    """
    row = connection.execute(select(SCHEDULES).where(SCHEDULES.c.pipeline == pipeline)).one_or_none()
    if row is not None and Schedule(row.cron, row.timezone) == schedule:
        return
    connection.execute(delete(SCHEDULES).where(SCHEDULES.c.pipeline == pipeline))
    connection.execute(
        SCHEDULES.insert().values(
            pipeline=pipeline, cron=schedule.cron, timezone=schedule.timezone, created=now, handled_until=now
        )
    )


def remove_schedule(workspace: Workspace, pipeline: str) -> None:
    """Let a pipeline run by hand only; its revisions and runs stay.

    Raises
    ------
    NotFoundError
        Where it has no schedule.
    """
    with journal.writing(workspace) as connection:
        gone = connection.execute(delete(SCHEDULES).where(SCHEDULES.c.pipeline == pipeline))
    if gone.rowcount == 0:
        known = [found.pipeline for found in schedules(workspace)]
        listed = ", ".join(known) or "none"
        raise NotFoundError(
            f"a pipeline with a schedule must be named; got '{pipeline}', and scheduled are: {listed}."
            f"{did_you_mean(pipeline, known)}"
        )


def schedules(workspace: Workspace, of: Collection[str] | None = None) -> list[Scheduled]:
    """Return the schedules, by pipeline.

    Parameters
    ----------
    of : collection of str or None
        Only those of these pipelines; None for all.
    """
    query = select(SCHEDULES).order_by(SCHEDULES.c.pipeline)
    if of is not None:
        query = query.where(SCHEDULES.c.pipeline.in_(of))
    with journal.reading(workspace) as connection:
        return [_scheduled(row) for row in connection.execute(query)]


def due(workspace: Workspace, now: datetime) -> list[Due]:
    """Return the ticks to run at ``now``, one per pipeline at most.

    Ticks that were missed while no scheduler ran are coalesced: the latest runs once, and the schedule goes on from
    there. A schedule that other hands broke is left out, with a warning in the log, and stops no other.

    Parameters
    ----------
    now : datetime
        With a zone.
    """
    found = []
    for scheduled in schedules(workspace):
        if scheduled.problem:
            _log.warning("the schedule of %s is broken: %s", scheduled.pipeline, scheduled.problem)
            continue
        tick = scheduled.schedule.last_until(now)
        if tick > scheduled.handled_until:
            count = scheduled.schedule.count_between(scheduled.handled_until, tick)
            found.append(Due(pipeline=scheduled.pipeline, tick=tick, missed=max(count - 1, 0)))
    return sorted(found, key=lambda item: (item.tick, item.pipeline))


def _scheduled(row: Row[Any]) -> Scheduled:
    stored, problem = Schedule(row.cron, row.timezone), None
    try:
        Schedule.checked(row.cron, row.timezone)
    except UsageError as error:
        problem = error.message
    return Scheduled(pipeline=row.pipeline, schedule=stored, handled_until=row.handled_until, problem=problem)
