from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.execute import run

if TYPE_CHECKING:
    from trustlab.core.context import Context


def test_a_run_ends_with_the_worst_of_its_steps(context: Context) -> None:
    document = run("pipeline.run", {"name": "weekly", "parameters": {"n": "0"}}, context).to_dict()
    assert document["status"] == document["run"]["status"] == "error"
    assert "ZeroDivisionError" in document["summary"]
    steps, log = document["views"]
    assert steps["rows"][0][:2] == ["weekly", "error"]
    assert "ZeroDivisionError" in log["text"]
    (listed,) = run("pipeline.list", {}, context).payload["pipelines"]
    assert listed["last_run"] == document["run"]


def test_bad_requests_are_refused(context: Context) -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'weekly'"):
        run("pipeline.run", {"name": "weekli"}, context)
    with pytest.raises(UsageError, match="'m' must be a parameter"):
        run("pipeline.run", {"name": "weekly", "parameters": {"m": "0"}}, context)
