"""``trust diff`` and ``trust audit --diff``."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError
from trustlab.core.execute import run
from trustlab.core.result import Document
from trustlab.testing.playground import loans

pytestmark = pytest.mark.usefixtures("playground")
SHIFTED = {"data": "loans.csv", "target": "approved", "only": ["performance.metrics"]}


def asked(operation: str, /, **parameters: object) -> Document:
    return run(operation, parameters, Context(progress=False))


def changed(document: Document) -> dict[str, dict[str, object]]:
    return {change["check"]: change for change in document.payload["changes"]}


def test_an_audit_differs_from_itself_by_nothing() -> None:
    document = asked("diff", old="lender@1", new="lender@1")
    assert (document.status, document.payload["changes"], document.payload["differs"]) == ("pass", [], [])
    assert document.summary == "nothing became worse"


def test_a_worse_model_and_more_checks(playground: Path) -> None:
    frame = loans(seed=3)
    good = asked("audit", **SHIFTED, prediction="decision")
    frame["decision"] = frame["decision"].sample(frac=1, random_state=0).to_numpy()
    frame.to_csv(playground / "loans.csv", index=False)
    bad = asked("audit", **{**SHIFTED, "only": ["performance.metrics", "quality.schema"]}, prediction="decision")
    document = asked("diff", old=good.to_dict(), new=bad.to_dict())
    found = changed(document)
    assert found["performance.metrics"]["change"] == "worse"
    assert found["performance.metrics"]["could_be_noise"] is False
    assert found["performance.metrics"]["difference_hi"] < 0
    assert found["quality.schema"]["change"] == "new"
    assert document.status in {"warn", "fail"}
    assert document.summary is not None
    assert document.summary.startswith("worse: performance; 1 check looked at now only; other ")
    assert "content of the data" in [fact["what"] for fact in document.payload["differs"]]
    assert sum(document.views[0].column("checks")) == 2  # type: ignore[arg-type]
    back = asked("diff", old=bad.to_dict(), new=good.to_dict())
    assert changed(back)["performance.metrics"]["change"] == "better"
    assert changed(back)["quality.schema"]["change"] == "gone"
    assert back.status == "warn"


def test_the_newest_audit_of_the_same_model_is_the_other(playground: Path) -> None:
    with pytest.raises(NotFoundError):
        asked("diff", old="lender@1")
    first = asked("runs", operation="audit").payload["runs"][0]["id"]
    asked("audit", model="lender@1", data="loans@main", policy="policy.yaml", rows="all")
    document = asked("diff", old=first[:10])
    assert document.payload["before"]["audit"] == first
    assert document.payload["after"]["audit"] != first
    assert [fact["what"] for fact in document.payload["differs"]] == ["rows"]
    predictions = asked("audit", **SHIFTED, prediction="decision").to_dict()
    with pytest.raises(InputError, match="new must be given"):
        asked("diff", old=predictions)


def test_an_audit_shows_what_changed_since() -> None:
    document = asked("audit", model="lender@1", data="loans@main", only=["performance"], diff="lender@1")
    assert document.status == asked("audit", model="lender@1", data="loans@main", only=["performance"]).status
    since = {change["check"]: change["change"] for change in document.payload["since"]["changes"]}
    assert since["performance.train_test_gap"] == "new"
    assert "performance.metrics" not in since
    assert [view.name for view in document.views] == ["counts", "changes", "differs"]
    assert document.summary is not None
    assert "nothing became worse" in document.summary
    with pytest.raises(NotFoundError, match="no audit of lender@9"):
        asked("audit", model="lender@1", data="loans@main", diff="lender@9")
