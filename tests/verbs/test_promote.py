from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.core.execute import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def context(tmp_path: Path) -> Context:
    cells = [new_code_cell("data = 'x'\nn = 1"), new_code_cell("print(n)")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "quickstart.ipynb")
    return Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)


def test_a_notebook_becomes_a_scheduled_pipeline(context: Context) -> None:
    parameters = {
        "notebook": "quickstart.ipynb",
        "name": "lender-weekly",
        "parameters": {"data": "loans@main", "n": "3"},
        "cron": "0 6 * * MON",
        "gate": "trust_status",
        "accept": ["pass"],
    }
    document = run("promote", parameters, context).to_dict()
    assert document["status"] == "pass"
    made = document["pipeline"]
    assert (made["name"], made["revision"], made["schedule"]) == (
        "lender-weekly",
        1,
        {"cron": "0 6 * * MON", "timezone": "UTC"},
    )
    (step,) = made["steps"]
    assert step["parameters"] == {"data": "loans@main", "n": 3}
    assert step["gate"] == {"glued": "trust_status", "accept": ["pass"]}
    assert [view["name"] for view in document["views"]] == ["steps", "graph"]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"parameters": {"dta": "x"}}, UsageError, "Did you mean 'data'"),
        ({"notebook": "absent.ipynb"}, NotFoundError, "does not exist"),
        ({"notebook": 5}, UsageError, "path of a file; got int"),
        ({"timezone": "Europe/Berlin"}, UsageError, "must come with a cron"),
        ({"accept": ["pass"]}, UsageError, "accept must come with a gate"),
        ({"gate": "s", "accept": ["passs"]}, InputError, "Did you mean 'pass'"),
        ({"cron": "monday"}, UsageError, "five fields"),
    ],
)
def test_a_bad_request_promotes_nothing(
    context: Context, change: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run("promote", {"notebook": "quickstart.ipynb", "name": "p", **change}, context)
    assert context.workspace_or_none is None
