"""Pipelines and their runs as words, tables and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.views import Graph, Table, Text

if TYPE_CHECKING:
    from trustlab.core.views import View
    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.records import RunRecord
    from trustlab.pipelines.spec import Pipeline

LOG_CHARACTERS = 20_000


def steps_table(pipeline: Pipeline) -> Table:
    """Return the steps as rows, in the order in which they run."""
    rows: list[tuple[Any, ...]] = [
        (
            step.name,
            step.notebook.file,
            ", ".join(f"{key}={value}" for key, value in step.parameters.items()),
            ", ".join(step.needs),
            f"{step.gate.glued}: {' or '.join(step.gate.accept)}" if step.gate else None,
        )
        for step in pipeline.order()
    ]
    return Table(name="steps", title="Steps", columns=("step", "notebook", "parameters", "needs", "gate"), rows=rows)


def steps_graph(pipeline: Pipeline) -> Graph:
    """Return which step comes after which; the label is the gate between them."""
    gates = {step.name: step.gate.glued if step.gate else "" for step in pipeline.steps}
    rows = [(need, step.name, gates[need]) for step in pipeline.steps for need in step.needs]
    nodes = {step.name: step.name for step in pipeline.steps}
    return Graph(name="graph", title="Order", columns=("source", "target", "label"), rows=rows, nodes=nodes)


def describe(pipeline: Pipeline, tick: dict[str, Any] | None, last: RunRecord | None) -> dict[str, Any]:
    """Return a pipeline with its next tick and its last run, as JSON data.

    Parameters
    ----------
    tick : dict or None
        Its schedule as ``Scheduled.to_dict`` gives it.
    last : RunRecord or None
        Its latest run.
    """
    return {
        **pipeline.to_dict(),
        "next": tick["next"] if tick else None,
        "problem": tick["problem"] if tick else None,
        "last_run": last.to_dict() if last else None,
    }


def sentence(record: RunRecord) -> str:
    """Return how a run ended, in one line."""
    if record.status is None:
        return f"{record.pipeline}: run {record.id} is running"
    taken = f" after {record.seconds:.1f} s" if record.seconds is not None else ""
    why = f": {record.reason}" if record.reason else ""
    return f"{record.pipeline}: {record.status}{taken}{why}"


def run_views(workspace: Workspace, record: RunRecord, only: str | None = None) -> list[View]:
    """Return a run's steps as a table, and the end of the log of each step that did not pass, or of one step alone."""
    rows: list[tuple[Any, ...]] = [
        (
            step.name,
            step.status or "running",
            step.reason,
            ", ".join(f"{key}={value}" for key, value in step.glued.items() if not isinstance(value, dict | list)),
            step.notebook,
        )
        for step in record.steps
    ]
    views: list[View] = [
        Table(name="steps", title="Steps", columns=("step", "status", "reason", "glued", "notebook"), rows=rows)
    ]
    for step in record.steps:
        path = workspace.root / step.log if step.log else None
        wanted = step.status != "pass" if only is None else step.name == only
        if path is None or not wanted or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")[-LOG_CHARACTERS:]
        views.append(Text(name=f"log_{step.name}", title=f"Log of {step.name}, its end", text=text))
    return views
