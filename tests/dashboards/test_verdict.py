"""The verdict page says what the audit found, who stands for it, and what it does not know."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run
from trustlab.core.result import Document, Result, Status, Threshold, document_from_dict
from trustlab.core.workspace import Workspace
from trustlab.dashboards import history
from trustlab.dashboards.catalog import get
from trustlab.dashboards.page import Page, fragment, to_html
from trustlab.report import guide
from trustlab.testing.playground import loans

HOSTILE = "<img src=x onerror=alert(1)>"
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),
    pytest.mark.usefixtures("playground"),
]


def page(about: str | None = None) -> Page:
    return get("verdict").build(Context(progress=False), about)


def audit(*only: str, model: str = "lender", data: str = "loans@main", **more: object) -> str:
    parameters = {"model": model, "data": data, "sensitive": "race", "only": list(only), **more}
    return str(run("audit", parameters, Context(progress=False)).provenance["run"])


def biased() -> str:
    """Audit predictions that treat one group worse."""
    rows = loans(2000, seed=3)
    rows["decision"] = (rows["score"] - 0.25 * (rows["race"] == "Green") >= 0.5).astype(int)
    rows.to_csv("biased.csv", index=False)
    asked = {"data": "biased.csv", "target": "approved", "prediction": "decision", "sensitive": "race"}
    return str(run("audit", {**asked, "only": ["fairness", "quality"]}, Context(progress=False)).provenance["run"])


def text(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", markup))


def test_what_failed_stands_in_plain_words_with_one_picture_and_its_numbers_in_the_margin() -> None:
    document = document_from_dict(journal.document(Workspace.find(), biased()))
    failed = [result for result in document.results if result.status == Status.FAIL]
    made = page()
    assert made.sentence.startswith("This model should not be used yet: ")
    assert made.sentence.endswith(" checks failed.")
    written = to_html(made)
    articles = re.findall(r"<article.*?</article>", written, re.DOTALL)
    failing = [one for one in articles if "tl-fail" in one]
    assert len(failing) == len(failed) > 1
    for result, article in zip(failed, failing, strict=True):
        main, _, margin = article.partition("<aside")
        assert guide.plain(result) in text(main)
        assert main.count("<svg") == 1
        assert not re.search(r"\b(FPR|FNR|TPR|fpr|fnr|tpr)\b", text(main))
        assert result.id in margin
        assert "Limits" in margin


def test_what_was_not_looked_at_and_what_passed_are_questions_with_reasons() -> None:
    audit("quality.missing", "fairness.regression")
    written = text(to_html(page()))
    assert "What was checked and passed" in written
    assert "How much is missing, and does what is missing tell the answer?" in written
    unseen = written.partition("What could not be checked, and why")[2]
    assert "Are numbers predicted equally well" in unseen
    assert "Serves regression tasks; this one is binary: Are numbers predicted" in unseen
    assert "What was not looked at is not fine" in unseen


def test_what_has_no_limit_has_passed_nothing() -> None:
    audit("fairness.metrics", "quality.missing")
    passed = text(to_html(page())).partition("What was checked and passed")[2].partition("What could not be")[0]
    judged, _, shown = passed.partition("Looked at, but nobody has said how much is too much (1)")
    assert "How much is missing" in judged
    assert "What do the usual fairness metrics say?" in shown


def test_who_trained_audited_and_approved_it_on_which_data_and_how_to_verify() -> None:
    at = audit("performance.metrics")
    told = dict(page("lender").made)
    commit = run("data.log", {"ref": "loans@main"}).payload["commits"][0]["commit"]
    author = Context().author
    assert told["Trained"].startswith(f"by {author}, ")
    assert "on 303 rows of loans@main, version" in told["Trained"]
    assert told["Audited"].startswith(f"by {author}, ")
    assert at[:8] in told["Audited"]
    assert told["Approved"].startswith(f"put in use by {author}, ")
    assert told["Approved"].endswith(": no reason was written down")
    assert told["Data's fingerprint"] == f"blake3:{commit}"
    # As the page says: the whole audit, written again, shows the same fingerprint at its foot.
    from trustlab.report.html import to_html as report

    again = report(run("runs", {"run": at[:8]}))
    assert told["Audit's fingerprint"] in again
    assert f"trust runs {at[:8]} --html" in told["To verify"]


def test_what_changed_since_is_said() -> None:
    audit("performance.metrics")
    assert not [line for line in page().lead if "Since then" in line or "newer version" in line]
    loans(seed=9).to_csv("loans.csv", index=False)
    run("data.commit", {"repo": "loans", "source": "loans.csv", "message": "later"})
    training = {"data": "loans@main", "target": "approved", "name": "lender", "recipe": "logistic"}
    run("train", training, Context(progress=False))
    run("model.champion", {"model": "lender@2"})
    made = page("lender@1")
    assert [line for line in made.lead if "1 newer version of this model was trained, up to 2" in line]
    assert [line for line in made.lead if "The data have 1 newer version since then" in line]
    assert "since" in dict(made.made)["Approved"]
    assert "version 2 is in use instead" in dict(made.made)["Approved"]


def test_of_several_models_the_one_audited_last_is_shown_and_the_others_are_named() -> None:
    audit("performance.metrics")
    biased()
    made = page()
    assert made.about == "biased.csv"
    assert list(made.choices) == ["biased.csv", "lender"]
    assert "2 models were audited here. This page is about biased.csv, the one audited last; the others: lender." in (
        made.lead
    )
    told = dict(made.made)
    assert told["Trained"] == "not known: only its predictions were given"
    assert re.fullmatch("[0-9a-f]{64}", told["Data's fingerprint"])
    assert told["Data"] == "biased.csv, not a kept version"
    assert page("lender").about == "lender"


def test_the_newest_audit_of_a_model_wins() -> None:
    audit("fairness.selection_rate")
    newest = audit("performance.metrics")
    assert page().document.provenance["run"] == newest
    assert history.audited(Workspace.find())["lender"] == newest


def test_a_document_survives_the_journal() -> None:
    data = journal.document(Workspace.find(), audit("fairness.error_rates"))
    assert document_from_dict(data).to_dict() == data


def test_an_unknown_model_is_told_the_nearest() -> None:
    with pytest.raises(NotFoundError, match=r"'lendr' must have been audited.*Did you mean 'lender'\?"):
        page("lendr")
    with pytest.raises(NotFoundError, match="'lender@7' must have been audited"):
        page("lender@7")


def test_where_nothing_was_audited_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    run("init", {"yes": True})
    with pytest.raises(NotFoundError, match="nothing was audited in this workspace yet") as caught:
        page()
    assert caught.value.hint == "trust audit MODEL --data DATA"


def test_who_answers_for_a_waived_failure_is_named() -> None:
    at = biased()
    document = document_from_dict(journal.document(Workspace.find(), at))
    failed = [result.id for result in document.results if result.status in {Status.FAIL, Status.ERROR}]
    waivers = "".join(
        f"  - {{check: {check}, owner: Ada, until: 2099-12-31, reason: known since spring}}\n" for check in failed
    )
    Path("waived.yaml").write_text(f"name: waived\nowner: Risk\nwaivers:\n{waivers}")
    asked = {"data": "biased.csv", "target": "approved", "prediction": "decision", "sensitive": "race"}
    run("audit", {**asked, "only": ["fairness", "quality"], "policy": "waived.yaml"}, Context(progress=False))
    made = page()
    assert made.sentence.startswith("This model may be used only by leave: ")
    assert f"Ada answers for {failed[0]} until 2099-12-31: known since spring" in made.lead
    assert dict(made.made)["Audited"].endswith("policy waived, owned by Risk")
    assert to_html(made).count("Someone answers for this until 2099-12-31.") == len(failed)


class Elements(HTMLParser):
    """Which elements and attributes a page has, and its text."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        assert dict(attrs).get("src", "data:").startswith("data:")


def test_whatever_stands_in_an_audit_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.report.conftest import HOSTILE as CORPUS
    from tests.report.conftest import views_of

    results = [
        Result(
            id=f"{CORPUS}.{status}",
            title=CORPUS,
            status=status,
            reason=CORPUS,
            value=2.0,
            interval=(1.5, 3.0),
            unit=CORPUS,
            threshold=Threshold(1, 1, CORPUS),
            views=views_of(CORPUS)[at:],
        )
        for at, status in enumerate(Status)
    ]
    waiver = {"check": results[0].id, "state": "in force", "until": CORPUS, "owner": CORPUS, "reason": CORPUS}
    document = Document(
        operation="audit",
        title=CORPUS,
        status=Status.FAIL,
        results=results,
        payload={
            "model": {"name": CORPUS, "version": 1, "kind": CORPUS},
            "data": {"name": CORPUS, "source": "commit", "commit": CORPUS},
            "rows": 3,
            "policy": CORPUS,
            "policy_owner": CORPUS,
            "waivers": [waiver],
        },
        summary=CORPUS,
        views=[],
        advice=[CORPUS],
        provenance={"run": CORPUS, "started": CORPUS, "author": CORPUS},
    )
    monkeypatch.setattr(history, "audit_of", lambda *_: document)
    monkeypatch.setattr(history, "audited", lambda _: {CORPUS: "1", "other" + CORPUS: "2"})
    monkeypatch.setattr(history, "trainings", lambda *_: {})
    monkeypatch.setattr(history, "decisions", lambda *_: [])
    made = page()
    for written in (to_html(made), fragment(made)):
        found = Elements(written)
        assert "script" not in found.tags
        assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
        assert "onerror" not in found.attributes
        assert not set("\x1b\0\u202e\udc80") & set(written)
        assert "&lt;img src=x onerror=alert(1)&gt;" in written


def test_a_name_that_holds_markup_is_text() -> None:
    document = journal.document(Workspace.find(), biased())
    spoiled = json.loads(json.dumps(document).replace("Green", HOSTILE).replace("biased.csv", HOSTILE))
    spoiled["provenance"] |= {"author": HOSTILE, "run": "e" * 32, "started": "2099-01-01T00:00:00+00:00"}
    spoiled["policy_owner"] = HOSTILE
    journal.write(Workspace.find(), document_from_dict(spoiled))
    made = page()
    assert made.about == HOSTILE
    for written in (to_html(made), fragment(made)):
        assert "<img src=x" not in written
        assert "&lt;img src=x" in written
