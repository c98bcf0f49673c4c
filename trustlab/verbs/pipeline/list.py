"""``trust pipeline list``."""

from __future__ import annotations

from typing import Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Outcome
from trustlab.core.views import Table

MAX_PAGE = 500
COLUMNS = ("pipeline", "revision", "steps", "schedule", "next", "last run", "status")


@operation("verb", "Pipelines", read_only=True, random=False, example={})
def list_pipelines(
    limit: Annotated[int, Range(1, MAX_PAGE)] = 500,
    offset: Annotated[int, Range(0)] = 0,
    matching: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """List the pipelines: their steps, when each runs next, and how its last run ended.

    Parameters
    ----------
    limit : int
        At most so many.
    offset : int
        Leave out so many of the first, by name.
    matching : str
        Only pipelines that have all of these words in their name, cron, or the status or reason of their last run.
    """
    from datetime import UTC, datetime

    from trustlab.pipelines import catalog, records
    from trustlab.pipelines.schedule import schedules
    from trustlab.pipelines.shown import describe

    workspace, now = context.workspace, datetime.now(UTC)
    chosen, total = catalog.page(workspace, limit=limit, offset=offset, matching=matching)
    names = {pipeline.name for pipeline in chosen}
    ticks = {found.pipeline: found.to_dict(now) for found in schedules(workspace, names)}
    last = records.last_runs(workspace, sorted(names))
    found = [describe(pipeline, ticks.get(pipeline.name), last.get(pipeline.name)) for pipeline in chosen]
    return Outcome(
        payload={"pipelines": found, "total": total},
        summary=counted(total, "pipeline") + (f" with {matching!r}" if matching else ""),
        views=[Table(name="pipelines", title="Pipelines", columns=COLUMNS, rows=[_row(item) for item in found])],
        advice=[] if total or matching else ["%trust promote NOTEBOOK --name NAME"],
    )


def _row(item: dict[str, Any]) -> tuple[Any, ...]:
    last, timing = item["last_run"], item["schedule"]
    return (
        item["name"],
        item["revision"],
        ", ".join(step["name"] for step in item["steps"]),
        f"{timing['cron']} ({timing['timezone']})" if timing else None,
        item["problem"] or item["next"],
        last["started"] if last else None,
        (last["status"] or last["state"]) if last else None,
    )
