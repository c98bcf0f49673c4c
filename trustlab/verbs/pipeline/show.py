"""``trust pipeline show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional, Range
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.spec import Pipeline

MAX_PAGE = 500


@operation("verb", "Pipeline", read_only=True, writes_with=("notebook",), example={"name": "weekly"})
def show(
    name: Annotated[str, Format("pipeline"), Positional()],
    run: str | None = None,
    step: str | None = None,
    notebook: PathLike = None,
    limit: Annotated[int, Range(1, MAX_PAGE)] = 20,
    offset: Annotated[int, Range(0)] = 0,
    *,
    context: Context,
) -> Outcome:
    """Show a pipeline: its steps, revisions, next tick and runs; or one of its runs with its logs.

    Parameters
    ----------
    name : str
        The pipeline.
    run : str
        The beginning of a run's id: how each step went, what it glued, where it failed.
    step : str
        One step of that run: its log's end, however it ended.
    notebook : path
        Copy the notebook that the run's step executed to this file; the run keeps its own.
    limit : int
        At most so many runs.
    offset : int
        Leave out so many of the newest.
    """
    from trustlab.pipelines import catalog, records
    from trustlab.pipelines.executed import copy_notebook, step_of
    from trustlab.pipelines.shown import run_views, sentence

    workspace = context.workspace
    pipeline = catalog.load(workspace, name)
    if run is None:
        if step is not None or notebook is not None:
            raise UsageError("pipeline.show: step and notebook must come with a run; got them alone")
        return _overview(workspace, pipeline, limit, offset)
    record = records.find(workspace, run)
    if record.pipeline != name:
        raise UsageError(f"pipeline.show: run must be one of {name}; {record.id} is one of {record.pipeline}")
    told: dict[str, Any] = {"run": record.to_dict()}
    if notebook is not None:
        copy_notebook(workspace, step_of(record, step), context.path(str(notebook)))
        told["notebook"] = str(notebook)
    views = run_views(workspace, record, None if step is None else step_of(record, step).name)
    return Outcome(payload=told, summary=sentence(record), views=views)


def _overview(workspace: Workspace, pipeline: Pipeline, limit: int, offset: int) -> Outcome:
    from datetime import UTC, datetime

    from trustlab.pipelines import catalog, records
    from trustlab.pipelines.schedule import schedules
    from trustlab.pipelines.shown import describe, steps_graph, steps_table

    name, now = pipeline.name, datetime.now(UTC)
    tick = next((item.to_dict(now) for item in schedules(workspace, [name])), None)
    found = records.runs(workspace, name, limit=limit, offset=offset)
    rows = [
        (item.id, item.status or "running", item.trigger, item.started, item.seconds, item.reason) for item in found
    ]
    columns = ("run", "status", "trigger", "started", "seconds", "reason")
    return Outcome(
        payload={
            "pipeline": describe(pipeline, tick, records.last_runs(workspace).get(name)),
            "revisions": [{"revision": r.revision, "created": r.created} for r in catalog.revisions(workspace, name)],
            "runs": [item.to_dict() for item in found],
            "total": records.count(workspace, name),
        },
        summary=f"{name}, revision {pipeline.revision}: {counted(len(pipeline.steps), 'step')}",
        views=[
            steps_table(pipeline),
            steps_graph(pipeline),
            Table(name="runs", title="Runs", columns=columns, rows=rows, units={"seconds": "s"}),
        ],
        advice=[f"%trust pipeline run {name}"],
    )
