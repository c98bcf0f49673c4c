"""Limits for groups and segments, and margins to a baseline: judged as the finding itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trustlab.checks.limits import BASELINE, VIEW, Parts, judge_further
from trustlab.checks.policy import load_policy
from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.core.result import Result, Status
from trustlab.models.subject import Subject
from trustlab.testing.playground import loans

CONTEXT = Context(progress=False)
ROWS = 2000


@pytest.fixture(scope="module")
def subject() -> Subject:
    frame = loans(ROWS, seed=3)
    told = {"target": "approved", "prediction": "decision", "score": "score", "sensitive": "race"}
    return Subject.load(data=frame, **told, context=CONTEXT)


def judged(subject: Subject, check: str, entry: dict[str, Any], reference: Any = None, **policy: Any) -> Result:
    rules = load_policy({"checks": {check: entry}, **policy})
    record, rule = registry.get(check), rules.rule(check)
    found = evaluate(
        record, dict.fromkeys(record.bundles, subject), CONTEXT, parameters=rule.parameters, threshold=rule.threshold
    )
    return judge_further(record, found, rules, Parts(subject), CONTEXT, reference)


def lines(result: Result) -> dict[str, dict[str, Any]]:
    view = result.view(VIEW)
    return {str(row[0]): dict(zip(view.columns, row, strict=True)) for row in view.rows}


FINE = {"warn": None, "fail": 9}  # a limit of the check's own that nothing reaches


def test_a_groups_own_rate_is_judged_with_its_interval(subject: Subject) -> None:
    frame = subject.dataset.frame
    positive = frame[(frame["race"] == "Green") & (frame["approved"] == 1)]
    fnr = float((positive["decision"] == 0).mean())
    assert fnr > 0.05
    told = {"measure": "fnr", "owner": "risk", "reason": "promised"}
    for limit, status in ((fnr / 2, Status.FAIL), (fnr - 0.005, Status.WARN), (fnr + 0.2, Status.PASS)):
        result = judged(subject, "fairness.error_rates", {**FINE, "groups": {"race=Green": {"fail": limit, **told}}})
        line = lines(result)["race=Green"]
        assert (line["measure"], line["status"], result.status) == ("fnr", str(status), status)
        assert line["value"] == pytest.approx(fnr)
        assert line["value_lo"] < fnr < line["value_hi"]
        assert (line["owner"], line["reason"]) == ("risk", "promised")
        assert result.provenance["policy"]["lines"] == [{"about": "race=Green", "status": str(status)}]
        if status != Status.PASS:
            assert result.reason is not None
            assert f"race=Green: fnr {fnr:.3g}" in result.reason
    assert (line["warn"], line["fail"]) == (None, pytest.approx(fnr + 0.2))


def test_a_check_without_a_table_by_group_is_asked_again_on_the_rows(subject: Subject) -> None:
    from sklearn.metrics import accuracy_score, balanced_accuracy_score

    frame = subject.dataset.frame
    inside = frame[frame["age"] < 25]
    own = balanced_accuracy_score(inside["approved"], inside["decision"])
    result = judged(subject, "performance.metrics", {"segments": {"age < 25": {"fail": own + 0.2}}})
    line = lines(result)["age < 25"]
    assert line["value"] == pytest.approx(own)
    assert (line["n"], line["status"], result.status) == (len(inside), "fail", Status.FAIL)
    named = {"fail": 0.1, "measure": "accuracy"}
    line = lines(judged(subject, "performance.metrics", {"groups": {"region=north": named}}))["region=north"]
    north = frame[frame["region"] == "north"]
    assert line["value"] == pytest.approx(accuracy_score(north["approved"], north["decision"]))
    assert line["status"] == "pass"


def test_the_headline_of_a_group_check_is_asked_within_a_segment(subject: Subject) -> None:
    limits = {"segments": {"age >= 30": {"fail": 50}}}
    line = lines(judged(subject, "fairness.error_rates", {**FINE, **limits}))["age >= 30"]
    inside = (subject.dataset.frame["age"] >= 30).to_numpy()
    record = registry.get("fairness.error_rates")
    alone = evaluate(record, {"subject": subject.take(np.flatnonzero(inside))}, CONTEXT)
    assert line["value"] == pytest.approx(alone.value)


def test_the_users_segments_are_judged_by_name_or_expression(subject: Subject) -> None:
    entry = {"segments": {"age < 25": {"fail": -1}, "north": {"fail": 0.9}}}
    entry["parameters"] = {"segments": {"north": "region == 'north'"}}  # type: ignore[assignment]
    result = judged(subject, "segments.user_defined", entry)
    found = lines(result)
    assert (found["age < 25"]["status"], found["north"]["status"]) == ("fail", "pass"), result.reason
    table = result.view("segments")
    assert table.column("segment") == ["north", "age < 25"]
    assert found["north"]["value"] == table.rows[0][table.columns.index("difference")]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"groups": {"race=Gren": {"fail": 0.3, "measure": "fnr"}}}, "no row has race = 'Gren'. Did you mean 'Green'?"),
        ({"groups": {"rase=Green": {"fail": 0.3, "measure": "fnr"}}}, "Did you mean 'race'?"),
        ({"groups": {"race=Green": {"fail": 0.3}}}, "the policy must say measure for race=Green: fpr, fnr, ppv"),
        (
            {"groups": {"race=Green": {"fail": 0.3, "measure": "frn", "better": "lower"}}},
            "measure must be one of fpr, fnr, ppv, selection_rate; got 'frn'. Did you mean 'fpr'?",
        ),
        ({"segments": {"aeg < 25": {"fail": 3}}}, "Did you mean 'age'?"),
        ({"segments": {"age": {"fail": 3}}}, "a segment must be true or false for each row"),
    ],
)
def test_a_limit_that_cannot_be_looked_at_is_an_error_and_named(
    subject: Subject, entry: dict[str, Any], said: str
) -> None:
    result = judged(subject, "fairness.error_rates", {**FINE, **entry})
    assert result.status == Status.ERROR
    assert result.reason is not None
    assert said in result.reason
    assert [line["status"] for line in lines(result).values()] == ["error"]


def test_a_finding_that_did_not_look_is_no_pass_because_its_groups_are_fine(subject: Subject) -> None:
    one = subject.take(np.flatnonzero((subject.dataset.frame["race"] == "Green").to_numpy()))
    limit = {"race=Green": {"fail": 0.99, "measure": "fnr"}}
    result = judged(one, "fairness.error_rates", {"groups": limit})
    assert (lines(result)["race=Green"]["status"], result.status) == ("pass", Status.NOT_APPLICABLE)
    result = judged(one, "fairness.error_rates", {"groups": {"race=Green": {"fail": 0.001, "measure": "fnr"}}})
    assert result.status == Status.FAIL


def reference(value: float | None, interval: tuple[float, float] | None, unit: str | None = None) -> dict[str, Any]:
    found = Result(id="performance.metrics", status=Status.PASS, value=value, interval=interval, unit=unit)
    return {"results": [found.to_dict()], "model": {"name": "lender", "version": 1}, "data": {}, "rows": 3}


@pytest.mark.parametrize(
    ("ahead", "half", "margin", "status"),
    [
        (0.3, 0.02, 0.05, "fail"),  # surely worse by more than the margin
        (0.3, 0.4, 0.05, "warn"),  # worse, and it could be noise
        (0.03, 0.02, 0.05, "pass"),  # within the margin
        (-0.1, 0.02, 0.0, "pass"),  # better than the reference
        (0.3, None, 0.05, "warn"),  # nobody can say what is noise
    ],
)
def test_worse_than_the_baseline_beyond_noise_fails(
    subject: Subject, ahead: float, half: float | None, margin: float, status: str
) -> None:
    own = evaluate(registry.get("performance.metrics"), {"subject": subject}, CONTEXT)
    assert own.value is not None
    there = own.value + ahead
    other = reference(there, None if half is None else (there - half, there + half), own.unit)
    result = judged(subject, "performance.metrics", {"no_worse_than": margin}, other, baseline="lender@1")
    line = lines(result)[BASELINE]
    assert line["status"] == status
    assert line["value"] == pytest.approx(ahead)
    assert "lender@1, which was audited on other rows" in str(line["note"])
    assert result.status == (Status(status) if status != "pass" else own.status)


def test_a_baseline_that_has_no_like_number_is_named(subject: Subject) -> None:
    entry = {"no_worse_than": 0.1}
    for other, status in ((reference(None, None), "not_applicable"), (reference(0.7, None, "euros"), "error")):
        result = judged(subject, "performance.metrics", entry, other, baseline="lender@1")
        assert lines(result)[BASELINE]["status"] == status
        assert "baseline" in (result.reason or "")


def test_a_rule_without_further_limits_changes_nothing_but_says_who(subject: Subject) -> None:
    result = judged(subject, "performance.metrics", {"owner": "risk", "reason": "agreed"})
    assert result.provenance["policy"] == {"owner": "risk", "reason": "agreed"}
    assert result.threshold is not None
    assert result.threshold.source.endswith("; agreed (owner: risk)") or "owner: risk" in result.threshold.source
    plain = judged(subject, "performance.metrics", {})
    assert "policy" not in plain.provenance


def test_its_views_are_small_and_the_picture_stands_before_its_table(subject: Subject) -> None:
    limits = {f"region={name}": {"fail": 0.9, "measure": "accuracy", "better": "higher"} for name in ("north", "south")}
    views = [view.name for view in judged(subject, "performance.metrics", {"groups": limits}).views]
    assert views.index("policy_lines") == views.index(VIEW) - 1
