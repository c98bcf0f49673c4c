"""Waivers: a fail stays a fail, and someone answers for it until a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from trustlab.checks.policy import load_policy
from trustlab.checks.waivers import marked, standing
from trustlab.core.result import Result, Status

CHECK, OTHER = "fairness.error_rates", "quality.schema"
DAY = dt.date(2027, 3, 31)
WAIVER = {"check": CHECK, "until": DAY, "owner": "Ada", "reason": "mended in April", "ticket": "R-12"}
LIMITS = {"groups": {"race=Green": {"fail": 0.3, "measure": "fnr"}, "race=Blue": {"fail": 0.3, "measure": "fnr"}}}


def policy(*waivers: dict[str, Any], **more: Any) -> Any:
    return load_policy({"checks": {CHECK: LIMITS}, "waivers": list(waivers), **more})


def finding(check: str, status: Status, headline: str | None = None, **lines: str) -> Result:
    told = {"headline": headline, "lines": [{"about": f"race={name}", "status": word} for name, word in lines.items()]}
    return Result(id=check, status=status, reason="said", provenance={"policy": told} if headline else {})


FAILS = [finding(CHECK, Status.FAIL), finding(OTHER, Status.PASS)]


@pytest.mark.parametrize(("day", "blocked"), [(0, []), (-400, []), (1, [CHECK])])
def test_it_holds_through_its_last_day_and_then_blocks_again(day: int, blocked: list[str]) -> None:
    results, found = marked(FAILS, policy(WAIVER), DAY + dt.timedelta(days=day))
    assert found.blocked_by == blocked
    assert results[0].status == Status.FAIL, "a waived fail is a fail"
    said = results[0].reason or ""
    if blocked:
        assert said == "[waiver expired on 2027-03-31, Ada] said"
        assert found.waivers[0]["state"] == "expired"
    else:
        assert said == "[waived until 2027-03-31 by Ada: mended in April] said"
        assert found.waivers[0]["state"] == "in force"
    row = results[0].view("waivers").rows[0]
    assert row == ("the whole check", "2027-03-31", "Ada", "mended in April", "R-12", found.waivers[0]["state"])
    assert results[1] == FAILS[1]


def test_without_waivers_every_fail_and_error_that_the_policy_names_blocks() -> None:
    failing = [finding(CHECK, Status.FAIL), finding(OTHER, Status.ERROR)]
    assert marked(failing, policy(), DAY)[1].blocked_by == [CHECK, OTHER]
    assert marked(failing, policy(blocks=["quality"]), DAY)[1].blocked_by == [OTHER]


def test_one_that_nothing_needs_is_listed_as_such() -> None:
    results, found = marked([finding(CHECK, Status.WARN)], policy(WAIVER), DAY)
    assert [(one["state"], one["status"]) for one in found.waivers] == [("not needed", "warn")]
    assert results[0].reason == "said"
    assert found.waived == {}


@pytest.mark.parametrize(
    ("result", "blocked"),
    [
        (finding(CHECK, Status.FAIL, "pass", Green="fail", Blue="pass"), False),
        (finding(CHECK, Status.FAIL, "warn", Green="fail", Blue="warn"), False),
        (finding(CHECK, Status.FAIL, "fail", Green="fail"), True),  # its own number fails as well
        (finding(CHECK, Status.FAIL, "pass", Green="fail", Blue="fail"), True),
        (finding(CHECK, Status.FAIL, "pass", Green="fail", Blue="error"), True),
        (finding(CHECK, Status.FAIL), True),
    ],
)
def test_a_groups_waiver_covers_that_group_alone(result: Result, blocked: bool) -> None:
    rules = policy({**WAIVER, "group": "race=Green"})
    results, found = marked([result], rules, DAY)
    assert found.blocked_by == ([CHECK] if blocked else [])
    if not blocked:
        assert (results[0].reason or "").startswith("[race=Green: waived until 2027-03-31 by Ada")


def test_two_waivers_cover_two_groups_and_one_expired_covers_none() -> None:
    both = finding(CHECK, Status.FAIL, "pass", Green="fail", Blue="fail")
    green, blue = ({**WAIVER, "group": f"race={name}"} for name in ("Green", "Blue"))
    assert marked([both], policy(green, blue), DAY)[1].blocked_by == []
    old = {**blue, "until": "2027-03-30"}
    results, found = marked([both], policy(green, old), DAY)
    assert found.blocked_by == [CHECK]
    assert [one["state"] for one in found.waivers] == ["in force", "expired"]
    assert (results[0].reason or "").startswith("[race=Blue: waiver expired on 2027-03-30, Ada]")


def test_it_reads_what_a_journal_holds() -> None:
    result = finding(CHECK, Status.FAIL, "pass", Green="fail").to_dict()
    assert standing(policy({**WAIVER, "group": "race=Green"}), [result], DAY).blocked_by == []
    assert standing(policy(), [result], DAY).blocked_by == [CHECK]
