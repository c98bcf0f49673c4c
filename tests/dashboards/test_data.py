"""The data's story: versions, what changed, whether the rules hold, and honest words where nobody looked."""

import re
from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run
from trustlab.core.result import Status
from trustlab.dashboards.catalog import get
from trustlab.dashboards.page import Page, to_html
from trustlab.testing.playground import loans

pytestmark = pytest.mark.usefixtures("playground")
HOSTILE = "<img src=x onerror=alert(1)>"


def page(about: str | None = None) -> Page:
    return get("data").build(Context(progress=False), about)


def test_versions_authors_and_changes_are_told_with_pictures() -> None:
    made = page()
    assert made.sentence == "loans has two versions, and nobody has written down what its data must be like."
    assert made.status == Status.SKIPPED, "nothing checked is not fine"
    written = to_html(made)
    article = re.search(r'<article class="tl-told">.*?</article>', written, re.DOTALL)
    assert article
    assert "October" in article[0]
    assert article[0].count("<svg") == 2
    assert "September" in written
    assert "There are no rules, so nothing was checked" in written
    told = dict(made.made)
    head = run("data.log", {"ref": "loans"}).payload["commits"][0]["commit"]
    assert told["Fingerprint"] == f"blake3:{head}"


def test_rules_are_asked_of_each_version() -> None:
    run("data.rules", {"repo": "loans", "infer": "loans@main", "apply": True})
    made = page("loans")
    assert made.sentence == "loans has two versions, and the newest one keeps its rules."
    assert made.status == Status.PASS
    rows = loans(seed=4)
    rows["income"] = -1e9
    rows.to_csv("loans.csv", index=False)
    run("data.rules", {"repo": "loans", "clear": True})
    run("data.commit", {"repo": "loans", "source": "loans.csv", "message": HOSTILE})
    run("data.rules", {"repo": "loans", "infer": "loans@main~1", "apply": True})
    made = page("loans")
    assert made.sentence == "loans has three versions, and the newest one breaks its rules."
    assert made.status == Status.FAIL
    written = to_html(made)
    assert re.search(r"\d of the newest 3 versions breaks? the rules", written)
    assert "<img src=x" not in written
    assert "&lt;img src=x" in written


def test_what_audits_said_of_quality_is_told_version_by_version() -> None:
    assert "No audit has asked about the quality" in to_html(page())
    asked = {"target": "approved", "prediction": "decision", "only": ["quality.missing", "quality.duplicates"]}
    run("audit", {"data": "loans@main", **asked}, Context(progress=False))
    once = to_html(page()).partition("What audits said of its quality")[2].partition("<h2>")[0]
    assert "<svg" not in once
    assert re.search(r'<td class="tl-right">2</td></tr>', once), "both passed"
    run("audit", {"data": "loans@main~1", **asked}, Context(progress=False))
    twice = to_html(page()).partition("What audits said of its quality")[2].partition("<h2>")[0]
    assert twice.count("<svg") == 1
    assert twice.count("<tr>") == 3


def test_one_version_has_not_changed_yet_and_others_are_named() -> None:
    Path("new.csv").write_text("a\n1\n")
    run("data.commit", {"repo": "new", "source": "new.csv", "message": "first"})
    made = page()
    assert made.about == "new"
    assert "There are 2 repos here. This page is about new, the one changed last; the others: loans." in made.lead
    assert "There is one version only, so nothing has changed yet." in to_html(made)


def test_an_unknown_repo_and_an_empty_workspace_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match=r"'loan' must be a repo.*Did you mean 'loans'\?"):
        page("loan")
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    run("init", {"yes": True})
    with pytest.raises(NotFoundError, match="no data were committed in this workspace yet"):
        page()
