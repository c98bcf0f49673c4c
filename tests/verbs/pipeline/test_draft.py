"""``trust pipeline draft``: what a promotion would do, before it does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from trustlab.core.context import Context
from trustlab.core.errors import InputError, UsageError
from trustlab.core.execute import run

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<img src=x onerror=alert(1)>"


def write(folder: Path, *sources: str) -> Context:
    cells = [new_markdown_cell(text) if text.startswith("# ") else new_code_cell(text) for text in sources]
    nbformat.write(new_notebook(cells=cells), folder / "weekly.ipynb")
    return Context(folder=folder, progress=False, notice=lambda _sentence: None)


def draft(context: Context, **given: Any) -> dict[str, Any]:
    return run("pipeline.draft", {"notebook": "weekly.ipynb", "name": "weekly", **given}, context).to_dict()


def test_nothing_is_written_and_everything_is_told(tmp_path: Path) -> None:
    context = write(
        tmp_path,
        "# Weekly",
        "import pandas as pd",
        "data = 'loans@main'\nn = 3",
        "frame = pd.read_csv('old.csv')\n%trust audit lender --data loans@v2",
    )
    told = draft(context, parameters={"n": "5"}, cron="0 6 * * MON")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["weekly.ipynb"]
    assert (told["cell"]["number"], told["cell"]["tagged"], told["candidate"]) == (3, False, None)
    assert [(one["name"], one["type"], one["default"], one["value"]) for one in told["parameters"]] == [
        ("data", "str", "loans@main", "loans@main"),
        ("n", "int", 3, 5),
    ]
    assert [(one["text"], one["kind"], one["cell"], one["parameter"]) for one in told["data"]] == [
        ("loans@main", "ref", 3, "data"),
        ("loans@v2", "ref", 4, None),
        ("old.csv", "file", 4, None),
    ]
    assert "Make the pipeline weekly with one step, weekly" in told["changes"]
    assert told["changes"][-1].startswith("Let it run by itself at 0 6 * * MON (UTC), while a scheduler runs: ")
    assert told["pipeline"]["revision"] == 1


def test_a_second_promotion_says_what_it_replaces(tmp_path: Path) -> None:
    context = write(tmp_path, "n = 3", "print(n)")
    run("promote", {"notebook": "weekly.ipynb", "name": "weekly"}, context)
    assert draft(context)["changes"] == ["Nothing new: revision 1 of weekly holds this notebook and these values"]
    changed = draft(context, parameters={"n": "4"})["changes"]
    assert changed[1:] == ["Replace the step weekly", "Make revision 2 of weekly (weekly); revision 1 stays"]
    added = draft(context, step="more", needs=["weekly"])
    assert added["changes"][1] == "Add the step more"
    assert [step["name"] for step in added["pipeline"]["steps"]] == ["weekly", "more"]
    assert run("pipeline.show", {"name": "weekly"}, context).payload["pipeline"]["revision"] == 1


def test_without_a_parameters_cell_the_first_assignments_are_offered(tmp_path: Path) -> None:
    context = write(tmp_path, "import os\nprint(os.name)", f"rows = 3\nname = {HOSTILE!r}\nprint(rows)")
    told = draft(context)
    assert (told["cell"], told["parameters"]) == (None, [])
    assert told["candidate"]["number"] == 2
    assert HOSTILE in told["candidate"]["source"]
    assert "tag that cell 'parameters'" in told["how_to_tag"]


def test_a_notebook_without_assignments_has_nothing_to_offer(tmp_path: Path) -> None:
    told = draft(write(tmp_path, "print(1)"))
    assert (told["cell"], told["candidate"], told["data"]) == (None, None, [])


def test_what_promote_refuses_is_refused_here_too(tmp_path: Path) -> None:
    context = write(tmp_path, "n = 3")
    with pytest.raises(UsageError, match="n must be a whole number"):
        draft(context, parameters={"n": "many"})
    with pytest.raises(UsageError, match="five fields"):
        draft(context, cron="daily")
    (tmp_path / "weekly.ipynb").write_text("{")
    with pytest.raises(InputError, match="must be a notebook"):
        draft(context)
