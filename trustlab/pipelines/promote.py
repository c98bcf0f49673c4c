"""Turn a notebook into a step of a pipeline: copied for good, checked, perhaps scheduled."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import ConflictError
from trustlab.pipelines import catalog, notebooks, schedule
from trustlab.pipelines import parameters as parameter_cells
from trustlab.pipelines.cron import Schedule
from trustlab.pipelines.spec import Gate, Notebook, Pipeline, Step, checked_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from trustlab.core.workspace import Workspace


def promote(
    workspace: Workspace,
    notebook_path: Path,
    *,
    name: str,
    parameters: Mapping[str, Any] | Sequence[str] | None = None,
    cron: str | None = None,
    timezone: str = "UTC",
    gate: Gate | None = None,
    step: str | None = None,
    needs: Sequence[str] = (),
) -> Pipeline:
    """Make a notebook a pipeline, or a step of one.

    Everything is checked first; then the notebook's copy is written, and the new revision with its schedule becomes
    visible in one transaction. Older revisions and their notebooks stay.

    Parameters
    ----------
    notebook_path : Path
        The notebook; it is read, never changed. Outputs are not kept.
    name : str
        The pipeline's name. Promoting the same name again makes a new revision, unless nothing differs.
    parameters : mapping, sequence of ``key=value`` or None
        Values in place of the defaults in the notebook's parameters cell.
    cron : str or None
        When it runs by itself; None keeps the schedule that the pipeline has.
    timezone : str
        The cron's zone.
    gate : Gate or None
        What the step must have glued for those after it to run.
    step : str or None
        Adds a step to the pipeline, or replaces the step of that name. None makes the notebook the only step; in a
        pipeline of several it replaces the one that is named after the file.
    needs : sequence of str
        Steps that this one comes after.

    Returns
    -------
    Pipeline
        The new revision, or the latest where nothing differs.

    Raises
    ------
    InputError
        Where the file is no notebook, no parameters cell is found for the parameters given, or a step that is
        needed is missing.
    UsageError
        Where a parameter is unknown or does not fit, or the cron is not valid.
    ConflictError
        Where it is not clear which of several steps the notebook replaces.
    """
    checked_name("pipeline", name)
    timing = None if cron is None else Schedule.checked(cron, timezone)
    node = notebooks.prepare(notebooks.read(notebook_path), notebook_path.name)
    values = _values(node, notebook_path.name, parameters)
    content = notebooks.dump(node)
    step_name = checked_name("step", step or re.sub(r"[^A-Za-z0-9._-]+", "-", notebook_path.stem).lstrip("._-"))

    def build(notebook: Notebook) -> Pipeline:
        made = Step(name=step_name, notebook=notebook, parameters=values, needs=tuple(needs), gate=gate)
        return _next_revision(catalog.find(workspace, name), name, made, adds=step is not None or bool(needs))

    def timed(connection: Connection, pipeline: Pipeline) -> None:
        if timing is not None:
            schedule.write(connection, pipeline.name, timing, pipeline.created)

    build(Notebook(notebook_path.name, "0" * 64))  # what is wrong with the graph shows before a file is written
    notebook = catalog.keep_notebook(workspace, content, notebook_path.name)
    latest = catalog.find(workspace, name)
    if latest is not None and _same_steps(latest, build(notebook)):
        if timing is None:
            return latest
        schedule.set_schedule(workspace, name, timing.cron, timing.timezone)
        return catalog.load(workspace, name)
    return catalog.save_next(workspace, lambda: build(notebook), timed)


def _values(node: Any, name: str, parameters: Mapping[str, Any] | Sequence[str] | None) -> dict[str, Any]:
    return parameter_cells.read(parameters, notebooks.declared(node, name)) if parameters else {}


def _same_steps(old: Pipeline, new: Pipeline) -> bool:
    # As text: in Python 1, 1.0 and True are equal, in a notebook they are not.
    return json.dumps(old.to_dict()["steps"]) == json.dumps(new.to_dict()["steps"])


def _next_revision(latest: Pipeline | None, name: str, step: Step, *, adds: bool) -> Pipeline:
    if latest is None:
        steps: tuple[Step, ...] = (step,)
    elif adds or latest.step(step.name) is not None:
        steps = latest.with_step(step)
    elif len(latest.steps) == 1:
        steps = (step,)
    else:
        names = ", ".join(old.name for old in latest.steps)
        raise ConflictError(
            f"pipeline {name} has several steps ({names}); it must be clear which one {step.notebook.file} is",
            "Say --step NAME: a name that is there replaces that step, another adds one.",
        )
    revision = 1 if latest is None else latest.revision + 1
    return Pipeline(name=name, steps=steps, created=datetime.now(UTC), revision=revision)
