"""Notebooks as promotion needs them: read safely, stripped, with a parameters cell that papermill finds."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, NotFoundError
from trustlab.pipelines import parameters as parameter_cells

if TYPE_CHECKING:
    from pathlib import Path

    from trustlab.pipelines.parameters import Parameter

FORMAT = 4
PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"
HOW_TO_TAG = (
    "Put the settings into one cell of plain assignments (such as n = 3) near the top, and tag that cell "
    "'parameters': in JupyterLab select it, open the property inspector at the right, and add the tag."
)


def read(path: Path) -> Any:
    """Read a notebook as format 4.5, every cell with an id.

    Parameters
    ----------
    path : Path
        A Jupyter notebook of a Python kernel, of format 3 or 4.

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    NotFoundError
        Where there is no such file.
    InputError
        Where the file is not JSON, not a notebook, or not one of Python.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"a notebook must be there to be read; got '{path}', which does not exist") from None
    except UnicodeDecodeError:
        raise InputError(f"'{path}' must be a notebook, JSON text in UTF-8; got other bytes") from None
    except OSError as error:
        raise InputError(f"'{path}' must be a file that can be read; got {error.strerror}") from None
    return parse(text, str(path))


def parse(text: str, name: str) -> Any:
    """Read a notebook from its text; ``name`` is what messages call it."""
    import nbformat
    import nbformat.reader

    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"'{name}' must be a notebook, JSON text; got text that is not JSON ({error})") from None
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int) or data["nbformat"] < 3:
        raise InputError(f"'{name}' must be a Jupyter notebook of format 3 or 4; got other JSON")
    try:
        node = nbformat.convert(nbformat.reader.reads(text), 4)
        _give_ids(node, anew=data["nbformat"] < FORMAT)
        nbformat.validate(node)
    except (nbformat.ValidationError, ValueError, KeyError, AttributeError, TypeError) as error:
        detail = " ".join(str(error).split())[:200]
        raise InputError(
            f"'{name}' must be a valid Jupyter notebook; got one that breaks its format: {detail}"
        ) from None
    language = node.metadata.get("kernelspec", {}).get("language") or "python"
    if str(language).lower() not in {"python", "ipython", "python3"}:
        raise InputError(f"'{name}' must be a notebook of a Python kernel; got one of {language}")
    return node


def parameters_at(node: Any, name: str) -> int | None:
    """Return where the parameters cell is: the tagged one, else the one that looks like it, else None.

    An untagged cell looks like it where it only assigns literals to names, and where nothing but imports, magics
    and text stands before it: the same look further down is an ordinary variable.

    Raises
    ------
    InputError
        Where several cells are tagged, or the tagged one is not Python.
    """
    tagged = [index for index, cell in enumerate(node.cells) if PARAMETERS_TAG in cell.metadata.get("tags", [])]
    if len(tagged) > 1:
        numbers = ", ".join(str(index + 1) for index in tagged)
        raise InputError(f"'{name}' must have one cell tagged 'parameters'; got cells {numbers}", HOW_TO_TAG)
    if tagged:
        cell = node.cells[tagged[0]]
        if cell.cell_type != "code" or parameter_cells.from_source(cell.source) is None:
            raise InputError(
                f"'{name}': cell {tagged[0] + 1}, tagged 'parameters', must be plain Python; got something else",
                HOW_TO_TAG,
            )
        return tagged[0]
    for index, cell in enumerate(node.cells):
        if cell.cell_type != "code":
            continue
        if parameter_cells.only_literals(cell.source):
            return index
        if not _is_preamble(cell.source):
            return None
    return None


def declared(node: Any, name: str) -> list[Parameter]:
    """Return the notebook's parameters.

    Raises
    ------
    InputError
        Where no cell is tagged ``parameters`` and none looks like it; the hint says how to tag one.
    """
    index = parameters_at(node, name)
    if index is None:
        raise InputError(
            f"'{name}' must have a parameters cell; got none tagged, and none that looks like it", HOW_TO_TAG
        )
    return parameter_cells.from_source(node.cells[index].source) or []


def prepare(node: Any, name: str) -> Any:
    """Return a copy fit to be kept: no outputs, no traces of earlier runs, the parameters cell tagged.

    The same notebook gives the same bytes whatever was executed in it.
    """
    import copy

    kept = copy.deepcopy(node)
    kept.cells = [cell for cell in kept.cells if INJECTED_TAG not in cell.metadata.get("tags", [])]
    for cell in kept.cells:
        for trace in ("execution", "papermill", "ExecuteTime"):
            cell.metadata.pop(trace, None)
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    index = parameters_at(kept, name)
    if index is not None:
        tags = kept.cells[index].metadata.get("tags", [])
        kept.cells[index].metadata["tags"] = [*tags, *([] if PARAMETERS_TAG in tags else [PARAMETERS_TAG])]
    for trace in ("papermill", "widgets", "signature"):
        kept.metadata.pop(trace, None)
    return kept


def dump(node: Any) -> bytes:
    """Return the notebook's bytes, the same for the same content."""
    import nbformat

    text: str = nbformat.writes(node, version=nbformat.NO_CONVERT)
    return (text.rstrip("\n") + "\n").encode()


def _give_ids(node: Any, *, anew: bool) -> None:
    """Give each cell an id by its place, where it has none of its own: random ids would change the digest."""
    node.nbformat, node.nbformat_minor = FORMAT, 5
    seen: set[str] = set()
    for index, cell in enumerate(node.cells):
        cell_id = cell.get("id")
        if anew or not isinstance(cell_id, str) or not cell_id or cell_id in seen:
            cell["id"] = cell_id = f"cell-{index + 1}"
        seen.add(cell_id)


def _is_preamble(source: str) -> bool:
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    if source.lstrip().startswith("%%"):
        return False
    try:
        body = ast.parse("\n".join(lines)).body
    except SyntaxError:
        return False
    return all(
        isinstance(statement, ast.Import | ast.ImportFrom)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in body
    )
