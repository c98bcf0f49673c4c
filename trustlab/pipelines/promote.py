"""Turn a notebook into a step of a pipeline: copied for good, checked, perhaps scheduled."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import ConflictError, UsageError
from trustlab.pipelines import catalog, notebooks, schedule
from trustlab.pipelines import parameters as parameter_cells
from trustlab.pipelines.cron import Schedule
from trustlab.pipelines.spec import Pipeline, Step, checked_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.spec import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A promotion that has been checked as far as it can be without a workspace."""

    name: str
    step: Step
    content: bytes
    timing: Schedule | None
    adds: bool


def promote(
    workspace: Workspace,
    notebook_path: Path,
    *,
    name: str,
    parameters: Mapping[str, Any] | Sequence[str] | None = None,
    cron: str | None = None,
    timezone: str | None = None,
    gate: Gate | None = None,
    step: str | None = None,
    needs: Sequence[str] = (),
) -> Pipeline:
    """Make a notebook a pipeline, or a step of one: `draft`, then `keep`, which say the parameters and the errors."""
    made = draft(
        notebook_path,
        name=name,
        parameters=parameters,
        cron=cron,
        timezone=timezone,
        gate=gate,
        step=step,
        needs=needs,
    )
    return keep(workspace, made)


def draft(
    notebook_path: Path,
    *,
    name: str,
    parameters: Mapping[str, Any] | Sequence[str] | None = None,
    cron: str | None = None,
    timezone: str | None = None,
    gate: Gate | None = None,
    step: str | None = None,
    needs: Sequence[str] = (),
) -> Draft:
    """Read a notebook and check what is asked of it; nothing is written.

    Parameters
    ----------
    notebook_path : Path
        The notebook; it is read, never changed. Outputs are not kept.
    name : str
        The pipeline's name.
    parameters : mapping, sequence of ``key=value`` or None
        Values in place of the defaults in the notebook's parameters cell.
    cron : str or None
        When it runs by itself; None keeps the schedule that the pipeline has.
    timezone : str or None
        The cron's zone; UTC where None.
    gate : Gate or None
        What the step must have glued for those after it to run.
    step : str or None
        Adds a step to the pipeline, or replaces the step of that name. None makes the notebook the only step; in a
        pipeline of several it replaces the one that is named after the file.
    needs : sequence of str
        Steps that this one comes after.

    Returns
    -------
    Draft

    Raises
    ------
    NotFoundError
        Where there is no such file.
    InputError
        Where the file is no notebook, no parameters cell is found for the parameters given, or a name cannot be one.
    UsageError
        Where a parameter is unknown or does not fit, or the cron or its zone is not valid.
    """
    checked_name("pipeline", name)
    if cron is None and timezone is not None:
        raise UsageError(f"timezone must come with a cron; got {timezone!r} alone")
    timing = None if cron is None else Schedule.checked(cron, timezone or "UTC")
    node = notebooks.prepare(notebooks.read(notebook_path), notebook_path.name)
    content = notebooks.dump(node)
    made = Step(
        name=checked_name("step", step or re.sub(r"[^A-Za-z0-9._-]+", "-", notebook_path.stem).lstrip("._-")),
        notebook=catalog.name_notebook(content, notebook_path.name),
        parameters=_values(node, notebook_path.name, parameters),
        needs=tuple(needs),
        gate=gate,
    )
    return Draft(name=name, step=made, content=content, timing=timing, adds=step is not None or bool(needs))


def keep(workspace: Workspace, made: Draft) -> Pipeline:
    """Write a promotion: the notebook's copy first, then the new revision with its schedule, in one transaction.

    Older revisions and their notebooks stay. Promoting the same name again makes a new revision, unless nothing
    differs.

    Returns
    -------
    Pipeline
        The new revision, or the latest where nothing differs.

    Raises
    ------
    InputError
        Where a step that is needed is missing, or steps need each other in a circle.
    ConflictError
        Where it is not clear which of several steps the notebook replaces.
    """

    def build() -> Pipeline:
        return planned(catalog.find(workspace, made.name), made)

    def timed(connection: Connection, pipeline: Pipeline) -> None:
        if made.timing is not None:
            schedule.write(connection, pipeline.name, made.timing, pipeline.created)

    coming, latest = build(), catalog.find(workspace, made.name)
    catalog.keep_notebook(workspace, made.content, made.step.notebook)
    if latest is not None and same_steps(latest, coming):
        if made.timing is None:
            return latest
        schedule.set_schedule(workspace, made.name, made.timing.cron, made.timing.timezone)
        return catalog.load(workspace, made.name)
    return catalog.save_next(workspace, build, timed)


def _values(node: Any, name: str, parameters: Mapping[str, Any] | Sequence[str] | None) -> dict[str, Any]:
    return parameter_cells.read(parameters, notebooks.declared(node, name)) if parameters else {}


def same_steps(old: Pipeline, new: Pipeline) -> bool:
    """Return whether two revisions do the same."""
    # As text: in Python 1, 1.0 and True are equal, in a notebook they are not.
    return json.dumps(old.to_dict()["steps"]) == json.dumps(new.to_dict()["steps"])


def planned(latest: Pipeline | None, made: Draft) -> Pipeline:
    """Return the revision that a promotion would make of the latest one; nothing is written. `keep` says the errors."""
    step = made.step
    if latest is None:
        steps: tuple[Step, ...] = (step,)
    elif made.adds or latest.step(step.name) is not None:
        steps = latest.with_step(step)
    elif len(latest.steps) == 1:
        steps = (step,)
    else:
        names = ", ".join(old.name for old in latest.steps)
        raise ConflictError(
            f"pipeline {made.name} has several steps ({names}); it must be clear which one {step.notebook.file} is",
            "Say --step NAME: a name that is there replaces that step, another adds one.",
        )
    revision = 1 if latest is None else latest.revision + 1
    return Pipeline(name=made.name, steps=steps, created=datetime.now(UTC), revision=revision)
