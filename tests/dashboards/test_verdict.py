"""The dashboard shows the latest audit of each model, and nothing that runs."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run
from trustlab.core.workspace import Workspace
from trustlab.dashboards.verdict import latest_audits, page

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")


def audit(only: str) -> str:
    parameters = {"model": "lender", "data": "loans@main", "sensitive": "race", "only": [only]}
    return str(run("audit", parameters, Context(progress=False)).provenance["run"])


def test_the_newest_audit_of_a_model_wins(playground: Path) -> None:
    audit("fairness.selection_rate")
    newest = audit("performance.metrics")
    documents = latest_audits(Workspace.find())
    assert [document.provenance["run"] for document in documents] == [newest]


def test_a_document_survives_the_journal(playground: Path) -> None:
    from trustlab.core import journal
    from trustlab.core.result import document_from_dict

    data = journal.document(Workspace.find(), audit("fairness.error_rates"))
    assert document_from_dict(data).to_dict() == data


def test_the_page_has_a_tab_per_model_with_the_verdict_in_words(playground: Path) -> None:
    audit("fairness.selection_rate")
    tabs = page(Workspace.find())
    assert list(tabs.titles) == ["lender"]
    assert "Selection rate" in tabs.children[0].value
    assert "<script" not in tabs.children[0].value


def test_an_unknown_model_is_said(playground: Path) -> None:
    with pytest.raises(NotFoundError, match="nobody has no audit"):
        latest_audits(Workspace.find(), "nobody")
