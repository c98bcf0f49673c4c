"""``trust pipeline draft``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional, Short
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.core.views import View
    from trustlab.pipelines.promote import Draft
    from trustlab.pipelines.spec import Pipeline

TICKS = 3
SHOWN = ("name", "type", "default", "value")


@operation(
    "verb",
    "Promotion, looked at first",
    read_only=True,
    random=False,
    example={"notebook": "weekly.ipynb", "name": "weekly", "cron": "0 6 * * MON"},
)
def draft(
    notebook: Annotated[PathLike, Positional()],
    name: Annotated[str, Format("pipeline")],
    parameters: Annotated[dict[str, str] | None, Short("p")] = None,
    cron: Annotated[str | None, Format("cron")] = None,
    timezone: str | None = None,
    step: str | None = None,
    needs: list[str] | None = None,
    *,
    context: Context,
) -> Outcome:
    """Say what promoting a notebook would do, with its parameters, its data and its next ticks; nothing is written.

    Parameters
    ----------
    notebook : path
        The notebook.
    name : str
        The pipeline's name.
    parameters : map
        Values in place of the notebook's own, such as -p data=loans@main.
    cron : str
        When it would run by itself: minute, hour, day of month, month, day of week.
    timezone : str
        The cron's time zone, such as Europe/Berlin; UTC where not given.
    step : str
        The step to add or to replace.
    needs : list
        The steps that it comes after.
    """
    from trustlab.pipelines import catalog, notebooks, preview
    from trustlab.pipelines import promote as promotion

    path = context.path(str(notebook))
    node = notebooks.read(path)
    asked = {"cron": cron, "timezone": timezone, "step": step, "needs": needs or ()}
    made = promotion.draft(path, name=name, parameters=parameters, **asked)  # type: ignore[arg-type] # by name
    workspace = context.workspace_or_none
    latest = None if workspace is None else catalog.find(workspace, name)
    coming = promotion.planned(latest, made)
    cell = preview.parameters_cell(node, path.name)
    declared = notebooks.declared(node, path.name) if cell else []
    same = latest is not None and promotion.same_steps(latest, coming)
    told: dict[str, Any] = {
        "cell": cell,
        "candidate": None if cell else preview.candidate(node),
        "how_to_tag": None if cell else notebooks.HOW_TO_TAG,
        "parameters": preview.parameters_told(declared, made.step.parameters),
        "data": preview.data_named(node, declared),
        "changes": [*preview.changes(latest, coming, made.step, same), *_timed(made, context)],
    }
    return Outcome(
        payload={"pipeline": coming.to_dict(), **told},
        summary=f"{name} would have {counted(len(coming.steps), 'step')} and take "
        f"{counted(len(told['parameters']), 'parameter')}",
        views=_views(told, coming),
        advice=[f"%trust promote {notebook} --name {name}"],
    )


def _timed(made: Draft, context: Context) -> list[str]:
    from itertools import islice

    if made.timing is None:
        return []
    ticks = ", ".join(f"{tick:%Y-%m-%d %H:%M}" for tick in islice(made.timing.ticks_after(context.now()), TICKS))
    return [f"Let it run by itself at {made.timing.cron} ({made.timing.timezone}), while a scheduler runs: {ticks} UTC"]


def _views(told: dict[str, Any], coming: Pipeline) -> list[View]:
    from trustlab.pipelines.shown import steps_table

    rows = [
        tuple(str(one[key]) if isinstance(one[key], list | dict) else one[key] for key in SHOWN)
        for one in told["parameters"]
    ]
    data = [(one["text"], one["cell"], one["parameter"]) for one in told["data"]]
    return [
        Table(name="changes", title="What would happen", columns=("change",), rows=[(one,) for one in told["changes"]]),
        Table(name="parameters", title="Parameters", columns=SHOWN, rows=rows),
        Table(name="data", title="Data that it names", columns=("data", "cell", "parameter"), rows=data),
        steps_table(coming),
    ]
