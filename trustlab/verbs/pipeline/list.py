"""``trust pipeline list``."""

from __future__ import annotations

from typing import Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.result import Outcome
from trustlab.core.views import Table

COLUMNS = ("pipeline", "revision", "steps", "schedule", "next", "last run", "status")


@operation("verb", "Pipelines", example={})
def list_pipelines(*, context: Context) -> Outcome:
    """List the pipelines: their steps, when each runs next, and how its last run ended."""
    from datetime import UTC, datetime

    from trustlab.pipelines import catalog, records
    from trustlab.pipelines.schedule import schedules
    from trustlab.pipelines.shown import describe

    workspace, now = context.workspace, datetime.now(UTC)
    ticks = {found.pipeline: found.to_dict(now) for found in schedules(workspace)}
    last = records.last_runs(workspace)
    found = [
        describe(pipeline, ticks.get(pipeline.name), last.get(pipeline.name))
        for pipeline in catalog.pipelines(workspace)
    ]
    return Outcome(
        payload={"pipelines": found},
        summary=counted(len(found), "pipeline"),
        views=[Table(name="pipelines", title="Pipelines", columns=COLUMNS, rows=[_row(item) for item in found])],
        advice=[] if found else ["%trust promote NOTEBOOK --name NAME"],
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
