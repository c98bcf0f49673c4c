"""Every check is judged by its policy: a limit decides over a check's own test, and without one nothing fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from trustlab.checks.policy import load_policy
from trustlab.checks.policy_text import policy_text
from trustlab.checks.rules import Policy
from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.core.result import LOOKED, Result, Status, Threshold, judge, limits_for
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustlab.core.operation import Operation

CHECKS = list(registry.of_kind("check").values())
CONTEXT = Context(progress=False, notice=lambda _: None)
TESTED = [Status.PASS, Status.WARN, Status.FAIL]

pytestmark = pytest.mark.filterwarnings("ignore")  # third parties' warnings are theirs


def entry(record: Operation, warn: float | None, fail: float | None) -> Any:
    return load_policy({"checks": {record.id: {"warn": warn, "fail": fail}}}).rule(record.id).threshold


def asked(record: Operation) -> Result:
    names = {parameter.name for parameter in record.own}
    given = {key: value for key, value in record.example.items() if key in names}
    subject = Subject.load(**{k: v for k, v in record.example.items() if k not in names}, context=CONTEXT)
    return evaluate(record, dict.fromkeys(record.bundles, subject), CONTEXT, parameters=given)


def answering(result: Result) -> Callable[..., Result]:
    return lambda **_: result


@pytest.mark.parametrize("record", CHECKS, ids=lambda record: record.id)
def test_a_limit_of_the_policy_moves_the_status(record: Operation, playground: Path) -> None:
    found = asked(record)
    if found.value is None:  # its example has nothing to look at: any number will do
        found = replace(found, value=1.0)
    ends = [float(end) for end in (found.value, *(found.interval or ())) if end is not None]
    below, above = min(ends) - 1 - abs(min(ends)), max(ends) + 1 + abs(max(ends))
    strict, loose = (below, above) if record.better == "lower" else (above, below)

    for tested in (None, *TESTED):  # whatever a test of the check's own would say
        told = replace(
            record, function=answering(replace(found, status=tested)), bundles={}, own=(), takes_context=None
        )
        for limits, status in (
            (entry(record, strict, strict), Status.FAIL),
            (entry(record, strict, None), Status.WARN),
            (entry(record, loose, loose), Status.PASS),
        ):
            judged = evaluate(told, {}, CONTEXT, threshold=limits)
            assert judged.status == status, (tested, limits)
            if tested is not None and TESTED.index(tested) > TESTED.index(status):
                assert f"own test would say {tested}" in str(judged.reason)
        unlimited = evaluate(told, {}, CONTEXT, threshold=Threshold(None, None, "no limit at all"))
        if record.threshold is None or (record.threshold.warn, record.threshold.fail) != (None, None):
            assert unlimited.status == Status.PASS
        assert unlimited.status != Status.FAIL or (unlimited.threshold and unlimited.threshold.fail is not None)


@pytest.mark.parametrize("record", CHECKS, ids=lambda record: record.id)
def test_nothing_fails_without_a_limit_to_fail(record: Operation) -> None:
    told = replace(
        record,
        function=lambda **_: Result(status=Status.FAIL, value=1.0),
        bundles={},
        own=(),
        takes_context=None,
    )
    limits = record.threshold or Threshold(None, None, "none")
    expected = Status.WARN if limits.fail is None else Status.FAIL
    assert evaluate(told, {}, CONTEXT).status == expected
    own = replace(told, function=lambda **_: Result(status=Status.FAIL, value=1.0, threshold=Threshold(1, 0.5, "data")))
    assert evaluate(own, {}, CONTEXT).status == Status.FAIL, "a limit that depends on the data is one"


def test_the_default_policy_as_a_file_judges_as_the_default_policy(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(policy_text(Policy()), encoding="utf-8")
    rules = load_policy(file)
    for record in CHECKS:
        stated = rules.rule(record.id).threshold
        assert stated is None or record.threshold is None or not stated.differs(record.threshold)
        told = replace(
            record, function=lambda **_: Result(status=Status.PASS, value=1e9), bundles={}, own=(), takes_context=None
        )
        assert evaluate(told, {}, CONTEXT, threshold=stated).status == Status.PASS, "its own test stands"


def test_a_limit_that_depends_on_the_data_keeps_the_side_that_the_policy_leaves() -> None:
    own, declared = Threshold(0.5, 0.5, "a guess"), Threshold(None, None, "by a test")
    assert limits_for(own, declared, None) == own
    assert limits_for(None, declared, None) == declared
    assert limits_for(own, declared, Threshold(0.8, None, "mine")) == Threshold(0.8, 0.5, "mine")
    assert limits_for(own, declared, Threshold(None, None, "by a test")) == own
    assert limits_for(None, declared, Threshold(0.8, None, "mine")) == Threshold(0.8, None, "mine")


def test_limits_turned_round_are_both_kept() -> None:
    turned = Threshold(0.4, 0.5, "higher is better, so 0.5 is the stricter")
    assert judge(Result(value=0.45, interval=(0.43, 0.47)), turned, "higher").status == Status.FAIL
    assert judge(Result(value=0.6), turned, "higher").status == Status.PASS


def test_what_was_not_looked_at_is_judged_by_no_limit() -> None:
    for status in set(Status) - LOOKED:
        found = judge(Result(status=status, value=9.0), Threshold(0, 0, "mine"), "lower", by_limits=True)
        assert found.status == status
    assert judge(Result(status=Status.WARN), Threshold(0, 0, "mine"), "lower", by_limits=True).status == Status.WARN
