"""``trust schedule``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from datetime import datetime

    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.schedule import Scheduled

COMING = 3


@operation("verb", "Schedule", records=True, example={"pipeline": "weekly", "cron": "0 6 * * MON"})
def schedule(
    pipeline: Annotated[str | None, Format("pipeline"), Positional()] = None,
    cron: Annotated[str | None, Format("cron")] = None,
    timezone: str | None = None,
    remove: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Say when a pipeline runs by itself, take that back, or show what runs when.

    ``trust scheduler start`` runs what is due. Ticks that pass while no scheduler runs are made up for by one run.

    Parameters
    ----------
    pipeline : str
        The pipeline; all of them where not given.
    cron : str
        Minute, hour, day of month, month, day of week, such as "0 6 * * MON"; only shows where not given.
    timezone : str
        The cron's time zone, such as Europe/Berlin; UTC where not given.
    remove : bool
        Let the pipeline run by hand only.
    """
    from datetime import UTC, datetime

    from trustlab.pipelines.schedule import remove_schedule, set_schedule

    workspace, now = context.workspace, datetime.now(UTC)
    if (cron is not None or remove) and pipeline is None:
        raise UsageError("schedule: pipeline must be named for its schedule to change; nothing came")
    if cron is not None and remove:
        raise UsageError("schedule: cron or remove must be given, not both; got both")
    if cron is None and timezone is not None:
        raise UsageError(f"schedule: timezone must come with a cron; got {timezone!r} alone")
    if pipeline is not None and remove:
        remove_schedule(workspace, pipeline)
        return Outcome(payload={"schedules": []}, summary=f"{pipeline} runs by hand only")
    if pipeline is not None and cron is not None:
        set_schedule(workspace, pipeline, cron, timezone or "UTC", now=now)
    found = _found(workspace, pipeline)
    rows = [_row(item, now) for item in found]
    columns = ("pipeline", "cron", "timezone", "next", "problem")
    return Outcome(
        payload={"schedules": [item.to_dict(now) for item in found]},
        summary=counted(len(found), "schedule") if pipeline is None else _sentence(pipeline, found, now),
        views=[Table(name="schedules", title="Schedules", columns=columns, rows=rows)],
        advice=["trust scheduler start"] if found else [],
    )


def _found(workspace: Workspace, pipeline: str | None) -> list[Scheduled]:
    from trustlab.pipelines import catalog
    from trustlab.pipelines.schedule import schedules

    if pipeline is not None:
        catalog.load(workspace, pipeline)
    return schedules(workspace, None if pipeline is None else [pipeline])


def _row(item: Scheduled, now: datetime) -> tuple[str | None, ...]:
    data = item.to_dict(now)
    return tuple(data[key] for key in ("pipeline", "cron", "timezone", "next", "problem"))


def _sentence(pipeline: str, found: list[Scheduled], now: datetime) -> str:
    from itertools import islice

    if not found:
        return f"{pipeline} runs by hand only"
    if found[0].problem:
        return f"{pipeline} cannot come due: {found[0].problem}"
    ticks = islice(found[0].schedule.ticks_after(now), COMING)
    return f"{pipeline} runs next at " + ", ".join(tick.isoformat(timespec="minutes") for tick in ticks)
