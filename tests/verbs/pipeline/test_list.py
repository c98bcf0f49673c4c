from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run

if TYPE_CHECKING:
    from pathlib import Path


def test_pipelines_are_listed_with_their_next_tick(context: Context) -> None:
    (found,) = run("pipeline.list", {}, context).to_dict()["pipelines"]
    assert (found["name"], found["last_run"], found["problem"]) == ("weekly", None, None)
    tick = datetime.fromisoformat(found["next"])
    assert (tick.weekday(), tick.hour, tick > datetime.now(UTC)) == (0, 6, True)


def test_none_is_an_empty_list_that_says_what_to_do(tmp_path: Path) -> None:
    context = Context(folder=tmp_path, progress=False)
    run("init", {}, context)
    document = run("pipeline.list", {}, context)
    assert document.payload["pipelines"] == []
    assert document.advice == ["%trust promote NOTEBOOK --name NAME"]


def test_outside_a_workspace_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no workspace"):
        run("pipeline.list", {}, Context(folder=tmp_path, progress=False))


def test_a_part_and_what_matches(context: Context) -> None:
    notebook = next(context.path(".").glob("*.ipynb"))
    run("promote", {"notebook": notebook.name, "name": "another"}, context)
    page = run("pipeline.list", {"limit": 1, "offset": 1}, context).payload
    assert ([found["name"] for found in page["pipelines"]], page["total"]) == (["weekly"], 2)
    assert run("pipeline.list", {"matching": "ANOTH"}, context).payload["total"] == 1
    assert run("pipeline.list", {"matching": "weekly pass"}, context).payload["total"] == 0
    run("pipeline.run", {"name": "another"}, context)
    found = run("pipeline.list", {"matching": "pass"}, context).payload
    assert ([one["name"] for one in found["pipelines"]], found["total"]) == (["another"], 1)
