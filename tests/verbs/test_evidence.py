"""``trust evidence``: what speaks to each point, in which audit, and what does not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run
from trustlab.report.html import to_html
from trustlab.report.json import to_json
from trustlab.report.markdown import to_markdown
from trustlab.report.notebook import fragment
from trustlab.report.terminal import to_text

if TYPE_CHECKING:
    from trustlab.core.result import Document

pytestmark = pytest.mark.usefixtures("playground")
CONTEXT = Context(progress=False)


@pytest.fixture
def audit() -> Document:
    told = {"model": "lender", "data": "loans@main", "sensitive": "race"}
    return run("audit", {**told, "only": ["fairness", "performance.metrics"]}, CONTEXT)


def test_it_reads_the_newest_audit_and_counts_what_speaks(audit: Document) -> None:
    document = run("evidence", {"audits": ["lender@1"]}, CONTEXT)
    (found,) = document.payload["audits"].values()
    assert (found["run"], found["status"]) == (audit.provenance["run"], str(audit.status))
    points = {one["ref"]: one for one in found["points"]}
    assert set(points["13(3)(b)(v)"]["findings"]) == {r.id for r in audit.results if r.id.startswith("fairness.")}
    assert points["13(3)(b)(iv)"]["state"] == "not looked"
    assert points["14(4)(e)"]["state"] == "gap"
    assert points["11(1)"]["records"][-1] == "lender version 1, with its lineage"
    spoken = sum(one["state"] not in {"gap", "not looked"} for one in found["points"])
    assert document.summary == f"Points with evidence, of {len(points)}: lender@1 {spoken}"
    overview = dict(document.views[0].rows)
    assert overview["Article 12"] == 1.0
    assert 0 < overview["Article 14"] < 1


def test_audits_stand_side_by_side_and_may_be_files(audit: Document) -> None:
    Path("other.json").write_text(json.dumps(audit.to_dict()))
    document = run("evidence", {"audits": ["lender@1", "other.json"]}, CONTEXT)
    table = next(view for view in document.views if view.name == "article_15")
    assert list(table.columns)[2:4] == ["lender@1", "other.json"]
    assert table.column("lender@1") == table.column("other.json")
    with pytest.raises(NotFoundError, match="no audit is called"):
        run("evidence", {"audits": ["nobody"]}, CONTEXT)


def test_without_an_audit_it_shows_the_mapping() -> None:
    document = run("evidence", {}, CONTEXT)
    assert document.payload["unmapped"] == []
    refs = [one["ref"] for one in document.payload["points"]]
    assert len(refs) == len(set(refs)) == len(document.payload["points"])
    silent = [one for one in document.payload["points"] if not one["checks"] and not one["records"]]
    assert all(one["gap"] for one in silent)
    assert document.summary == f"{len(refs)} points; nothing here speaks to {len(silent)} of them"


def test_an_audit_holds_its_principles_and_its_page_has_the_section(audit: Document) -> None:
    assert [one["principle"] for one in audit.payload["principles"]][:2] == ["privacy and security", "human focus"]
    assert next(one["article"] for one in audit.payload["articles"]) == "Article 9"
    page = to_html(audit)
    for said in (
        "five principles and to the EU AI Act",
        "Evidence is no verdict",
        "Article 15: Accuracy",
        "13(3)(b)(v)",
    ):
        assert said in page
    single = run("performance.metrics", {"model": "lender", "data": "loans@main"}, CONTEXT)
    assert "EU AI Act" not in to_html(single)


def test_no_rendering_says_that_anything_is_as_the_law_wants_it(audit: Document) -> None:
    documents = [audit, run("evidence", {"audits": ["lender"]}, CONTEXT), run("evidence", {}, CONTEXT)]
    for document in documents:
        for text in (
            to_text(document, 200),
            to_html(document),
            to_markdown(document),
            to_json(document),
            fragment(document),
        ):
            assert not re.search(r"complian(t|ce)", text, re.IGNORECASE)
