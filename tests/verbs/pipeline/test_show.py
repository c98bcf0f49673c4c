from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.pipelines import journal, lease, records

if TYPE_CHECKING:
    from pathlib import Path

    from trustlab.core.context import Context


def recorded(context: Context, pipeline: str) -> str:
    """Write a run down without running anything: its process is gone as soon as this returns."""
    workspace = context.workspace
    with lease.hold(workspace) as held, journal.engine_of(workspace).begin() as connection:
        records.begin(connection, held, pipeline, "manual")
    return held.run


def test_a_pipeline_is_shown_with_its_steps_revisions_and_runs(context: Context) -> None:
    made = recorded(context, "weekly")
    document = run("pipeline.show", {"name": "weekly"}, context).to_dict()
    assert document["pipeline"]["steps"][0]["notebook"]["file"] == "weekly.ipynb"
    assert [item["revision"] for item in document["revisions"]] == [1]
    assert [(item["id"], item["status"]) for item in document["runs"]] == [(made, "error")]
    assert [view["name"] for view in document["views"]] == ["steps", "graph", "runs"]
    assert run("pipeline.show", {"name": "weekly", "offset": 1}, context).payload["runs"] == []


def test_one_run_is_shown_by_the_beginning_of_its_id(context: Context) -> None:
    made = recorded(context, "weekly")
    document = run("pipeline.show", {"name": "weekly", "run": made[:-2]}, context).to_dict()
    assert document["run"]["id"] == made
    assert "killed" in document["summary"]


def test_a_run_of_another_pipeline_is_refused(context: Context) -> None:
    other = recorded(context, "other")
    with pytest.raises(UsageError, match="is one of other"):
        run("pipeline.show", {"name": "weekly", "run": other}, context)
    with pytest.raises(NotFoundError, match="none does"):
        run("pipeline.show", {"name": "weekly", "run": "nothing"}, context)


def test_a_steps_log_and_its_notebook_are_at_hand(context: Context, tmp_path: Path) -> None:
    failed = run("pipeline.run", {"name": "weekly", "parameters": {"n": "0"}}, context).payload["run"]["id"]
    asked = {"name": "weekly", "run": failed}
    document = run("pipeline.show", {**asked, "step": "weekly", "notebook": "look.ipynb"}, context)
    assert "ZeroDivisionError" in document.views[1].to_dict()["text"]
    assert document.payload["run"]["steps"][0]["error"]["cell"] == 2
    assert "ZeroDivisionError" in (tmp_path / "look.ipynb").read_text()
    again = run("pipeline.show", {**asked, "notebook": "look.ipynb"}, context)
    assert again.payload["notebook"] == "look.ipynb"
    (tmp_path / "look.ipynb").write_text("mine")
    with pytest.raises(ConflictError, match="holds something else"):
        run("pipeline.show", {**asked, "notebook": "look.ipynb"}, context)
    assert (tmp_path / "look.ipynb").read_text() == "mine"
    with pytest.raises(NotFoundError, match="Did you mean 'weekly'"):
        run("pipeline.show", {**asked, "step": "weekli"}, context)
    assert run("pipeline.show", {"name": "weekly"}, context).payload["total"] == 1


def test_a_run_that_executed_nothing_says_so(context: Context) -> None:
    made = recorded(context, "weekly")
    with pytest.raises(NotFoundError, match="did not come so far"):
        run("pipeline.show", {"name": "weekly", "run": made, "notebook": "look.ipynb"}, context)
    with pytest.raises(UsageError, match="must come with a run"):
        run("pipeline.show", {"name": "weekly", "step": "weekly"}, context)
