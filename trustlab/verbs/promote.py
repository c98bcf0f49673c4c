"""``trust promote``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional, Short
from trustlab.core.result import Outcome

if TYPE_CHECKING:
    from trustlab.pipelines.spec import Gate, Pipeline


@operation(
    "verb",
    "Promotion",
    records=True,
    example={"notebook": "weekly.ipynb", "name": "weekly", "parameters": {"rows": "3"}},
)
def promote(
    notebook: Annotated[PathLike, Positional()],
    name: Annotated[str, Format("pipeline")],
    parameters: Annotated[dict[str, str] | None, Short("p")] = None,
    cron: Annotated[str | None, Format("cron")] = None,
    timezone: str | None = None,
    gate: str | None = None,
    accept: list[str] | None = None,
    step: str | None = None,
    needs: list[str] | None = None,
    *,
    context: Context,
) -> Outcome:
    """Turn a notebook into a pipeline, or a step of one, that runs with other values and on a schedule.

    The notebook is copied for good, without its outputs. Promoting it again makes a new revision; the old ones stay.

    Parameters
    ----------
    notebook : path
        The notebook; its parameters are the assignments of the cell tagged 'parameters'.
    name : str
        The pipeline's name.
    parameters : map
        Values in place of the notebook's own, such as -p data=loans@main; JSON where it can be read so, else text.
    cron : str
        When it runs by itself: minute, hour, day of month, month, day of week, such as "0 6 * * MON".
    timezone : str
        The cron's time zone, such as Europe/Berlin; UTC where not given.
    gate : str
        The glued value that the steps after this one wait for, such as trust_status.
    accept : list
        The statuses that open the gate; pass and warn where not given.
    step : str
        Add this step to the pipeline, or replace it.
    needs : list
        The steps that this one comes after.
    """
    from pathlib import Path

    from trustlab.pipelines.promote import draft, keep

    if not isinstance(notebook, str | Path):
        raise UsageError(f"promote: notebook must be the path of a file; got {type(notebook).__name__}")
    made = draft(
        context.path(notebook),
        name=name,
        parameters=parameters,
        cron=cron,
        timezone=timezone,
        gate=_gate(gate, accept),
        step=step,
        needs=needs or (),
    )
    return _answer(keep(context.ensure_workspace(), made))


def _gate(glued: str | None, accept: list[str] | None) -> Gate | None:
    from trustlab.pipelines.spec import Gate, accepted

    if glued is None:
        if accept:
            raise UsageError("promote: accept must come with a gate; got accept alone", "Add: --gate trust_status")
        return None
    return Gate(glued, accepted(accept)) if accept else Gate(glued)


def _answer(made: Pipeline) -> Outcome:
    from trustlab.pipelines.shown import steps_graph, steps_table

    when = f", {made.schedule.cron} ({made.schedule.timezone})" if made.schedule else ""
    advice = [f"%trust pipeline run {made.name}"]
    if made.schedule:
        advice.append("trust scheduler start")
    return Outcome(
        payload={"pipeline": made.to_dict()},
        summary=f"{made.name}, revision {made.revision}: {counted(len(made.steps), 'step')}{when}",
        views=[steps_table(made), steps_graph(made)],
        advice=advice,
        value=made,
    )
