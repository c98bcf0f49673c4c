from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_output

from trustlab.core.errors import InputError, NotFoundError
from trustlab.pipelines import notebooks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]


def change(path: Path, edit: Callable[[dict], None]) -> Path:
    data = json.loads(path.read_text())
    edit(data)
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"nbformat": 4, "cells": [{"cell_type": "code"}]}',
        '{"nbformat": 2}',
        '{"nbformat": "4"}',
        '{"nbformat": 99}',
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(text)
    with pytest.raises(InputError, match="notebook"):
        notebooks.read(path)


def test_bytes_and_folders_and_absent_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b.ipynb").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        notebooks.read(tmp_path / "b.ipynb")
    with pytest.raises(InputError, match="can be read"):
        notebooks.read(tmp_path)
    with pytest.raises(NotFoundError, match="does not exist"):
        notebooks.read(tmp_path / "absent.ipynb")


def test_another_language_is_refused(notebook: Write) -> None:
    path = notebook("r.ipynb", "x <- 3")
    spec = {"name": "ir", "display_name": "R", "language": "R"}
    with pytest.raises(InputError, match="Python kernel; got one of R"):
        notebooks.read(change(path, lambda data: data["metadata"].update(kernelspec=spec)))


def test_a_notebook_without_cell_ids_is_read_the_same_each_time(notebook: Write) -> None:
    def without_ids(data: dict) -> None:
        data["nbformat_minor"] = 2
        for cell in data["cells"]:
            del cell["id"]

    path = change(notebook("old.ipynb", "n = 3", "print(n)"), without_ids)
    first, second = (notebooks.dump(notebooks.prepare(notebooks.read(path), "old")) for _ in range(2))
    assert first == second
    nbformat.validate(nbformat.reads(first.decode(), as_version=4))


def test_the_tagged_cell_is_the_one_that_papermill_finds(notebook: Write) -> None:
    path = notebook("n.ipynb", "a = 1", "n = 3\nname = 'x'")
    change(path, lambda data: data["cells"][1]["metadata"].update(tags=["parameters"]))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    change(path, lambda data: data["metadata"].update(kernelspec=kernel))
    found = notebooks.declared(notebooks.read(path), path.name)
    theirs = papermill.inspect_notebook(str(path))
    assert [item.name for item in found] == list(theirs) == ["n", "name"]


@pytest.mark.parametrize(
    ("cells", "index"),
    [
        (["# Title", "import os", "%load_ext trustlab", "n = 3", "print(n)"], 3),
        (["%load_ext trustlab\nimport os", "n = 3"], 1),
        (["import os", "print(1)", "n = 3"], None),
        (["%%bash\nls", "n = 3"], None),
        (["import os"], None),
    ],
)
def test_an_untagged_cell_is_proposed_only_at_the_top(notebook: Write, cells: list[str], index: int | None) -> None:
    assert notebooks.parameters_at(notebooks.read(notebook("n.ipynb", *cells)), "n") == index


def test_where_there_is_none_the_hint_says_how_to_tag_one(notebook: Write) -> None:
    with pytest.raises(InputError, match="must have a parameters cell") as caught:
        notebooks.declared(notebooks.read(notebook("n.ipynb", "print(1)")), "n.ipynb")
    assert "property inspector" in (caught.value.hint or "")


def test_two_tagged_cells_or_a_tagged_magic_are_refused(notebook: Write) -> None:
    def tag_all(data: dict) -> None:
        for cell in data["cells"]:
            cell["metadata"]["tags"] = ["parameters"]

    two = notebooks.read(change(notebook("two.ipynb", "n = 1", "m = 2"), tag_all))
    with pytest.raises(InputError, match="got cells 1, 2"):
        notebooks.parameters_at(two, "two")
    magic = notebooks.read(change(notebook("magic.ipynb", "%trust status"), tag_all))
    with pytest.raises(InputError, match="plain Python"):
        notebooks.parameters_at(magic, "magic")


def test_what_is_kept_does_not_depend_on_what_was_executed(notebook: Write) -> None:
    node = notebooks.read(notebook("n.ipynb", "n = 3", "print(n)"))
    clean = notebooks.dump(notebooks.prepare(node, "n"))
    node.cells[1].outputs = [new_output("stream", text="3")]
    node.cells[1].execution_count = 7
    node.cells[1].metadata["execution"] = {"iopub.execute_input": "2026"}
    node.metadata["papermill"] = {"parameters": {"n": 9}}
    node.cells.insert(1, new_code_cell("n = 9", metadata={"tags": ["injected-parameters"]}))
    before = nbformat.writes(node)
    kept = notebooks.prepare(node, "n")
    assert notebooks.dump(kept) == clean
    assert nbformat.writes(node) == before
    assert kept.cells[0].metadata["tags"] == ["parameters"]


def test_json_too_deep_to_read_is_refused() -> None:
    with pytest.raises(InputError, match="text that is not JSON"):
        notebooks.parse("[" * 100_000, "deep.ipynb")


def test_a_language_that_is_no_word_is_refused() -> None:
    kernel = {"name": "x", "display_name": "x", "language": 3}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": []}
    with pytest.raises(InputError, match="Python kernel; got one of 3"):
        notebooks.parse(json.dumps(notebook), "odd.ipynb")
