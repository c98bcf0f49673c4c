from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.execute import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def context(tmp_path: Path) -> Context:
    nbformat.write(new_notebook(cells=[new_code_cell("n = 1")]), tmp_path / "weekly.ipynb")
    made = Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)
    run("promote", {"notebook": "weekly.ipynb", "name": "weekly"}, made)
    return made


def schedules(context: Context) -> list[dict[str, object]]:
    return run("schedule", {}, context).to_dict()["schedules"]


def test_a_schedule_is_set_shown_and_removed(context: Context) -> None:
    assert run("schedule", {"pipeline": "weekly"}, context).summary == "weekly runs by hand only"
    document = run("schedule", {"pipeline": "weekly", "cron": "0 6 * * MON", "timezone": "Europe/Berlin"}, context)
    assert "weekly runs next at" in (document.summary or "")
    (found,) = schedules(context)
    assert (found["cron"], found["timezone"]) == ("0 6 * * MON", "Europe/Berlin")
    run("schedule", {"pipeline": "weekly", "remove": True}, context)
    assert schedules(context) == []


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"pipeline": "weekly", "cron": "0 6 * * FUNDAY"}, UsageError, "day of week must be"),
        ({"pipeline": "weekly", "cron": "0 6 * * *", "timezone": "Berlin"}, UsageError, "timezone"),
        ({"pipeline": "weekly", "cron": "0 6 * * *", "remove": True}, UsageError, "not both"),
        ({"pipeline": "weekly", "timezone": "Europe/Berlin"}, UsageError, "must come with a cron"),
        ({"cron": "0 6 * * *"}, UsageError, "pipeline must be named"),
        ({"pipeline": "weekli", "cron": "0 6 * * *"}, NotFoundError, "Did you mean 'weekly'"),
        ({"pipeline": "weekly", "remove": True}, NotFoundError, "scheduled are: none"),
    ],
)
def test_a_bad_request_stores_nothing(
    context: Context, parameters: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run("schedule", parameters, context)
    assert schedules(context) == []
