"""What changed between two audits, finding by finding."""

import numpy as np
import pytest

from trustlab.checks.changes import changes, other_facts
from trustlab.core.result import Result, Status, Threshold
from trustlab.stats.intervals import newcombe, wilson

CHECK = "fairness.error_rates"  # less is better


def finding(status, value=None, interval=None, check=CHECK, **fields):
    made = Result(status=status, value=value, interval=interval, id=check, title=check, **fields).to_dict()
    return {**made, "provenance": {"parameters": {}, **made["provenance"]}}


def audit(*results, **facts):
    return {"operation": "audit", "results": list(results), "provenance": {"run": "1", "seed": 0}, **facts}


def change(old, new):
    (found,) = changes(audit(*[old] if old else []), audit(*[new] if new else []))
    return found


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("pass", "warn", "worse"),
        ("warn", "fail", "worse"),
        ("pass", "error", "worse"),
        ("fail", "warn", "better"),
        ("error", "pass", "better"),
        ("skipped", "pass", "new"),
        ("not_applicable", "fail", "new"),
        ("warn", "not_applicable", "gone"),
        ("skipped", "not_applicable", "same"),
        ("pass", "pass", "same"),
    ],
)
def test_a_change_of_status_says_which_way(before, after, kind):
    assert change(finding(Status(before)), finding(Status(after))).kind == kind


def test_what_one_audit_alone_has_is_new_or_gone():
    assert change(None, finding(Status.PASS)).kind == "new"
    assert change(finding(Status.PASS), None).kind == "gone"
    assert change(None, finding(Status.SKIPPED)).kind == "same"


def test_a_number_that_moved_beyond_noise_is_a_change_and_one_within_is_none():
    one, two = wilson(100, 1000).at(()), wilson(160, 1000).at(())
    found = change(finding(Status.WARN, one.value, one[1:]), finding(Status.WARN, two.value, two[1:]))
    assert (found.kind, found.noise) == ("worse", False)
    assert tuple(found.difference) == pytest.approx(tuple(newcombe(160, 1000, 100, 1000).at(())))
    back = change(finding(Status.WARN, two.value, two[1:]), finding(Status.WARN, one.value, one[1:]))
    assert back.kind == "better"
    near = wilson(105, 1000).at(())
    found = change(finding(Status.PASS, one.value, one[1:]), finding(Status.WARN, near.value, near[1:]))
    assert (found.kind, found.noise) == ("worse", True)
    more = "performance.metrics"  # more is better
    sides = finding(Status.PASS, one.value, one[1:], more), finding(Status.PASS, two.value, two[1:], more)
    assert change(*sides).kind == "better"
    strange = finding(Status.PASS, one.value, one[1:], "acme.own"), finding(Status.PASS, two.value, two[1:], "acme.own")
    assert change(*strange).kind == "moved"


def test_nobody_can_say_without_intervals_and_units_must_agree():
    found = change(finding(Status.PASS, 1.0), finding(Status.PASS, 2.0))
    assert (found.kind, found.noise, found.difference.value) == ("same", None, 1.0)
    assert np.isnan(found.difference.lo)
    found = change(finding(Status.PASS, 1.0, unit="R2"), finding(Status.PASS, 2.0, unit="rows"))
    assert found.difference is None
    assert found.notes == ["measured in rows, before in R2"]
    same = finding(Status.PASS, 1.0, (0.5, 1.5))
    assert tuple(change(same, same).difference) == (0, 0, 0)


def test_limits_and_parameters_are_named():
    old = finding(Status.PASS, 0.2, (0.1, 0.3), threshold=Threshold(0.3, None, "a source"))
    new = finding(Status.WARN, 0.2, (0.1, 0.3), threshold=Threshold(0.15, None, "a source"))
    new["provenance"]["parameters"] = {"level": 0.9}
    found = change(old, new)
    assert found.kind == "worse"
    assert found.notes == ["the limit to warn was 0.3 and is 0.15", "asked with level 0.9, before none"]
    assert found.difference.value == 0


def test_the_worst_comes_first():
    old = audit(finding(Status.PASS, check="a.a"), finding(Status.FAIL, check="b.b"), finding(Status.PASS, check="c.c"))
    new = audit(finding(Status.WARN, check="a.a"), finding(Status.PASS, check="b.b"), finding(Status.FAIL, check="c.c"))
    assert [found.check for found in changes(old, new)] == ["c.c", "a.a", "b.b"]


def test_other_facts_are_named():
    old = audit(model={"name": "lender", "version": 1}, data={"commit": "a" * 40}, rows=10, policy="default")
    new = audit(model={"name": "lender", "version": 2}, data={"commit": "b" * 40}, rows=10, policy="strict")
    assert other_facts(old, new) == [
        ("version", "1", "2"),
        ("commit", "a" * 12, "b" * 12),
        ("policy", "default", "strict"),
    ]
    assert other_facts(old, old) == []
