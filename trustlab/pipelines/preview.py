"""What a notebook offers to a promotion: its parameters, the data it names, and what can be said before it is made."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from trustlab.pipelines import notebooks
from trustlab.pipelines import parameters as parameter_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trustlab.pipelines.parameters import Parameter
    from trustlab.pipelines.spec import Pipeline, Step

REF = re.compile(r"(trust://)?[A-Za-z0-9][\w.-]*@[A-Za-z0-9][\w./~-]*(:[^\s:]+)?")
FILE = re.compile(r"[^\n]{1,200}\.(csv|parquet|tsv|json|jsonl|feather|arrow|xlsx)")


def parameters_cell(node: Any, name: str) -> dict[str, Any] | None:
    """Return where the parameters are, and whether the cell says so by its tag; None where there is none."""
    at = notebooks.parameters_at(node, name)
    return None if at is None else _cell(node, at)


def candidate(node: Any) -> dict[str, Any] | None:
    """Return the first cell that assigns names, which could be tagged where no cell is the parameters' own."""
    for at, cell in enumerate(node.cells):
        if cell.cell_type == "code" and parameter_cells.from_source(cell.source):
            return _cell(node, at)
    return None


def _cell(node: Any, at: int) -> dict[str, Any]:
    cell = node.cells[at]
    tagged = notebooks.PARAMETERS_TAG in cell.metadata.get("tags", [])
    return {"number": at + 1, "id": cell.get("id"), "tagged": tagged, "source": cell.source}


def data_named(node: Any, declared: Sequence[Parameter]) -> list[dict[str, Any]]:
    """Return the refs and data files that the notebook's code names, each with its cell and the parameter it is.

    What is no parameter is the same at every run, whatever the schedule.
    """
    by_default = {one.default: one.name for one in declared if isinstance(one.default, str)}
    found: dict[str, dict[str, Any]] = {}
    for number, cell in enumerate(node.cells, 1):
        if cell.cell_type != "code":
            continue
        for text in _texts(cell.source):
            kind = "ref" if REF.fullmatch(text) else "file" if FILE.fullmatch(text) else None
            if kind is not None and text not in found:
                found[text] = {"text": text, "kind": kind, "cell": number, "parameter": by_default.get(text)}
    return list(found.values())


def _texts(source: str) -> Iterator[str]:
    """Return the texts in a cell: its string literals, and the words of its magics."""
    magics = [line for line in source.splitlines() if line.lstrip().startswith(("%", "!"))]
    for line in magics:
        yield from re.findall(r"[^\s'\"=]+", line)
    python = "\n".join("" if line in magics else line for line in source.splitlines())
    try:
        tree = ast.parse(python)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def parameters_told(declared: Sequence[Parameter], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters as JSON data, each with the value that the step is going to have."""
    return [{**one.to_dict(), "value": given.get(one.name, one.default)} for one in declared]


def changes(latest: Pipeline | None, coming: Pipeline, step: Step, same: bool) -> list[str]:
    """Return what a promotion does, as sentences in the order in which it does it."""
    copied = f"Copy {step.notebook.file} for good, without its outputs; the file itself is not changed"
    if same:
        return [f"Nothing new: revision {coming.revision - 1} of {coming.name} holds this notebook and these values"]
    if latest is None:
        return [copied, f"Make the pipeline {coming.name} with one step, {step.name}"]
    what = "Replace" if latest.step(step.name) is not None or len(coming.steps) == len(latest.steps) else "Add"
    steps = ", ".join(one.name for one in coming.order())
    kept = f"Make revision {coming.revision} of {coming.name} ({steps}); revision {latest.revision} stays"
    return [copied, f"{what} the step {step.name}", kept]
