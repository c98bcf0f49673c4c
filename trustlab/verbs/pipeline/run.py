"""``trust pipeline run``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Short
from trustlab.core.result import Outcome


@operation("verb", "Pipeline run", cost="minutes", records=True, example={"name": "weekly"})
def run(
    name: Annotated[str, Format("pipeline"), Positional()],
    parameters: Annotated[dict[str, str] | None, Short("p")] = None,
    *,
    context: Context,
) -> Outcome:
    """Run a pipeline now: its steps in order through papermill, until the end or a gate that does not open.

    Parameters
    ----------
    name : str
        The pipeline.
    parameters : map
        Values for this run alone, such as -p data=loans@main; each goes to the steps that have such a parameter.
    """
    from trustlab.pipelines.run import run_pipeline
    from trustlab.pipelines.shown import run_views, sentence

    workspace = context.workspace
    notice = context.notice if context.progress or context.on_progress else None
    record = run_pipeline(workspace, name, parameters=parameters, progress=notice)
    return Outcome(
        payload={"run": record.to_dict(), "folder": str(workspace.root / "runs" / record.id)},
        status=record.status,
        summary=sentence(record),
        views=run_views(workspace, record),
        advice=[f"%trust pipeline show {name} --run {record.id}"],
        value=record,
    )
