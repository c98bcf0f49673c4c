"""``trust audit``: every check of the policy asked, judged, listed and remembered."""

from dataclasses import replace
from pathlib import Path

import pytest

from trustlab.core import journal, registry
from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.core.result import Document, Result, Status, worst
from trustlab.models.registry import Registry
from trustlab.testing.playground import loans

pytestmark = pytest.mark.usefixtures("playground")
PREDICTIONS = {"data": "loans.csv", "target": "approved", "prediction": "decision"}
FAIRNESS = [name for name in registry.of_kind("check") if name.startswith("fairness.")]


def audit(**parameters: object) -> Document:
    return run("audit", parameters, Context(progress=False))


def test_without_a_choice_every_check_is_asked_once() -> None:
    document = audit(**PREDICTIONS, sensitive="race")
    assert [result.id for result in document.results] == list(registry.of_kind("check"))
    assert document.status == worst(result.status for result in document.results)
    assert document.payload["counts"] == {
        str(status): sum(result.status == status for result in document.results) for status in Status
    }
    assert document.payload["rows"] == 400
    assert document.payload["policy"] == "default"
    assert document.payload["model"] is None
    assert document.summary == "predictions on loans.csv (400 rows), judged by the default limits, not by policy.yaml"
    Path("policy.yaml").unlink()
    assert audit(**PREDICTIONS, only=["quality.duplicates"]).summary == "predictions on loans.csv (400 rows)"
    Path("own.yaml").write_text("name: ours\n")
    own = audit(**PREDICTIONS, only=["quality.duplicates"], policy="own.yaml")
    assert own.summary == "predictions on loans.csv (400 rows), judged by the policy ours"


def test_the_table_by_group_is_a_hand_count() -> None:
    result = audit(**PREDICTIONS, sensitive="race", only=["fairness.error_rates"]).results[0]
    frame = loans(seed=ord("O"))
    table = result.view("by_group")
    rows = {row[1]: dict(zip(table.columns, row, strict=True)) for row in table.rows if row[0] == "race"}
    for group, part in frame.groupby("race"):
        row = rows[group]
        cells = {(t, p): int(((part["approved"] == t) & (part["decision"] == p)).sum()) for t in (0, 1) for p in (0, 1)}
        assert [row[name] for name in ("n", "tn", "fp", "fn", "tp")] == [
            len(part), cells[0, 0], cells[0, 1], cells[1, 0], cells[1, 1],
        ]  # fmt: skip
        assert row["fpr"] == pytest.approx(cells[0, 1] / (cells[0, 0] + cells[0, 1]))
        assert row["fnr"] == pytest.approx(cells[1, 0] / (cells[1, 0] + cells[1, 1]))
        assert row["fpr_lo"] < row["fpr"] < row["fpr_hi"]


@pytest.mark.parametrize(
    ("only", "skip", "asked", "skipped"),
    [
        (["fairness"], None, FAIRNESS, []),
        (["performance.metrics"], None, ["performance.metrics"], []),
        (
            ["fairness"],
            ["fairness.error_rates"],
            [one for one in FAIRNESS if one != "fairness.error_rates"],
            ["fairness.error_rates"],
        ),
    ],
)
def test_checks_are_chosen_by_id_or_family(
    only: list[str], skip: list[str] | None, asked: list[str], skipped: list[str]
) -> None:
    document = audit(**PREDICTIONS, sensitive="race", only=only, skip=skip)
    assert [result.id for result in document.results if result.status != Status.SKIPPED] == asked
    assert [result.id for result in document.results if result.status == Status.SKIPPED] == skipped
    for result in document.results:
        if result.id in skipped:
            assert (result.reason, result.value) == ("left out by request", None)


@pytest.mark.parametrize(("name", "word"), [("only", "fairnes"), ("skip", "quality.shcema")])
def test_a_choice_that_is_no_check_is_named(name: str, word: str) -> None:
    with pytest.raises(UsageError, match=f"{name} must name checks or families; got '{word}'. Did you mean"):
        audit(**PREDICTIONS, **{name: [word]})


def test_a_policy_sets_limits_and_what_blocks(tmp_path: Path) -> None:
    policy = tmp_path / "strict.yaml"
    limits = "{warn: 1.01, fail: 1.02, source: a test}"
    policy.write_text(
        f"name: strict\nonly: [fairness]\nblocks: [fairness.error_rates]\nchecks:\n"
        f"  fairness.error_rates: {limits}\n  fairness.selection_rate: {{warn: 0.99, fail: 0.98, source: a test}}\n"
    )
    document = audit(**PREDICTIONS, sensitive="race", policy=str(policy))
    by_id = {result.id: result for result in document.results}
    assert list(by_id) == FAIRNESS
    assert (document.payload["policy"], document.status) == ("strict", Status.FAIL)
    threshold = by_id["fairness.error_rates"].threshold
    assert threshold is not None
    assert (threshold.warn, threshold.fail, threshold.source) == (1.01, 1.02, "a test")
    assert by_id["fairness.error_rates"].status == Status.FAIL
    assert by_id["fairness.selection_rate"].status == Status.FAIL
    assert document.payload["blocked_by"] == ["fairness.error_rates"]
    assert audit(**PREDICTIONS, sensitive="race", policy=policy).payload["blocked_by"] == ["fairness.error_rates"]


def test_a_policy_that_is_not_there() -> None:
    with pytest.raises(NotFoundError, match=r"policy: no such file: .*nope\.yaml"):
        audit(**PREDICTIONS, policy="nope.yaml")


def test_a_check_that_raises_is_an_error_and_the_audit_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_anything: object) -> Result:
        raise ZeroDivisionError("our mistake")

    known = dict(registry.operations())
    sound = known["performance.metrics"]
    known["performance.broken"] = replace(sound, id="performance.broken", title="Broken", function=broken, own=())
    monkeypatch.setattr(registry, "operations", lambda: known)
    document = audit(**PREDICTIONS, only=["performance"])
    by_id = {result.id: result for result in document.results}
    assert by_id["performance.broken"].status == Status.ERROR
    assert by_id["performance.broken"].reason == "performance.broken could not finish: ZeroDivisionError: our mistake"
    assert by_id["performance.metrics"].status == Status.PASS
    assert document.status == Status.ERROR, "could not look is never fine"
    assert document.payload["counts"]["error"] == 1


def test_the_verdict_is_written_in_the_journal_and_beside_the_model() -> None:
    context = Context(progress=False)
    document = audit(model="lender", data="loans@main", sensitive="race", only=["fairness"])
    assert document.payload["model"] == {"name": "lender", "kind": "sklearn", "version": 1}
    assert document.summary is not None
    assert document.summary.startswith(f"lender v1 on loans@{document.payload['data']['commit'][:6]} (")
    assert "rows held out from training)" in document.summary
    found, _ = journal.read(context.workspace, limit=1)
    assert journal.document(context.workspace, found[0]["id"]) == document.to_dict()
    version = Registry(context.workspace).version("lender", 1)
    assert version.tags["trustlab.audit_status"] == str(document.status)


def test_predictions_alone_are_written_beside_no_model() -> None:
    before = Registry(Context().workspace).version("lender", 1).tags["trustlab.audit_status"]
    audit(**PREDICTIONS, only=["performance"])
    assert Registry(Context().workspace).version("lender", 1).tags["trustlab.audit_status"] == before


def test_the_next_commands_are_those_of_the_worst_findings() -> None:
    document = audit(**PREDICTIONS, sensitive="race")
    bad = [result for result in document.results if result.status in {Status.FAIL, Status.WARN}]
    offered = [line for result in bad for line in result.advice]
    assert len(document.advice) <= 3
    assert all(line in offered and line.startswith("%trust") for line in document.advice)
