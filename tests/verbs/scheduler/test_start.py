from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.execute import run
from trustlab.pipelines.schedule import set_schedule

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_due_runs_once(tmp_path: Path) -> None:
    context = Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)
    nbformat.write(new_notebook(cells=[new_code_cell("n = 1"), new_code_cell("1 / n")]), tmp_path / "weekly.ipynb")
    run("promote", {"notebook": "weekly.ipynb", "name": "weekly"}, context)
    assert run("scheduler.start", {"once": True}, context).payload["runs"] == []
    set_schedule(context.workspace, "weekly", "0 6 * * MON", now=datetime.now(UTC) - timedelta(days=21))
    document = run("scheduler.start", {"once": True}, context).to_dict()
    (made,) = document["runs"]
    assert (made["status"], made["trigger"], document["status"]) == ("pass", "schedule", "pass")
    assert run("scheduler.start", {"once": True}, context).payload["runs"] == []


def test_a_poll_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="poll must be"):
        run("scheduler.start", {"poll": 0}, Context(folder=tmp_path, progress=False))
