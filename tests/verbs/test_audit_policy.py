"""An audit by a policy of one's own: baselines, waivers and what promotion makes of them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run
from trustlab.core.result import Document, Status
from trustlab.models.registry import Registry
from trustlab.pipelines.gates import judge_step
from trustlab.pipelines.spec import Gate
from trustlab.report import words
from trustlab.report.html import to_html
from trustlab.report.markdown import to_markdown
from trustlab.report.report import Report
from trustlab.report.terminal import to_text

pytestmark = pytest.mark.usefixtures("playground")
DAY = dt.datetime(2027, 3, 31, 23, tzinfo=dt.UTC)
CHECKS = {"performance.metrics": {"warn": 0.999, "fail": 0.999, "source": "a test"}}
WAIVER = {"check": "performance.metrics", "until": DAY.date(), "owner": "Ada", "reason": "a newer one is being trained"}


def written(*waivers: dict[str, Any], **more: Any) -> str:
    given = {"name": "mine", "owner": "risk", "only": ["performance.metrics"], "checks": CHECKS}
    Path("mine.yaml").write_text(yaml.safe_dump({**given, "waivers": list(waivers), **more}))
    return "mine.yaml"


def around(days: int = 0) -> Context:
    return Context(progress=False, now=lambda: DAY + dt.timedelta(days=days))


def audit(policy: str, days: int = 0, **more: Any) -> Document:
    return run("audit", {"model": "lender", "data": "loans@main", "policy": policy, **more}, around(days))


def test_a_waived_fail_is_a_fail_that_blocks_nothing_and_every_surface_shows_it() -> None:
    document = audit(written(WAIVER))
    assert document.status == Status.FAIL
    assert document.payload["blocked_by"] == []
    (waiver,) = document.payload["waivers"]
    assert (waiver["state"], waiver["until"], waiver["owner"]) == ("in force", "2027-03-31", "Ada")
    assert document.payload["policy_owner"] == "risk"
    beside = "waived until 2027-03-31 by Ada: a newer one is being trained"
    for text in (to_text(document, 400), to_html(document), json.dumps(document.to_dict())):
        assert beside in text
    assert "waived until 2027" in to_markdown(document).replace("\\", "")
    assert "1 failed (1 waived)" in words.verdict(document)
    assert words.opening(document) == (
        "This model may be used only by leave: one of one check failed, and someone answers for it until 2027-03-31."
    )


def test_the_day_after_it_blocks_again_and_is_named() -> None:
    document = audit(written(WAIVER), days=1)
    assert document.payload["blocked_by"] == ["performance.metrics"]
    assert [one["state"] for one in document.payload["waivers"]] == ["expired"]
    assert "waiver expired on 2027-03-31, Ada" in to_text(document, 400)
    assert "waived)" not in words.verdict(document)
    assert words.opening(document).startswith("This model should not be used yet")


def test_promotion_goes_by_the_waivers_of_today() -> None:
    policy = written(WAIVER)
    audit(policy)
    chosen = run("model.choose", {"models": ["lender@1"], "policy": policy}, around())
    (row,) = chosen.payload["candidates"]
    assert (row["verdict"], row["failed"], row["waived"]) == ("eligible by waiver", 1, "performance.metrics")
    assert chosen.payload["champion"] == "lender@1"
    late = run("model.choose", {"models": ["lender@1"], "policy": policy}, around(1))
    assert (late.payload["champion"], late.payload["candidates"][0]["verdict"]) == (None, "blocked")


def test_a_waiver_needs_no_new_audit_and_a_limit_does() -> None:
    audit(written())
    later = run("model.choose", {"models": ["lender@1"], "policy": written(WAIVER)}, around())
    assert later.payload["champion"] == "lender@1"


def test_a_gate_opens_for_a_waived_fail_alone() -> None:
    gate = Gate()
    for days, blocks in ((0, False), (1, True)):
        verdict = judge_step(gate, {"trust_status": Report(audit(written(WAIVER), days)).verdict})
        assert (verdict.status, verdict.blocks) == (Status.FAIL, blocks)
        assert ("waived: performance.metrics until 2027-03-31 by Ada" in str(verdict.reason)) != blocks
    unwaived = {"status": "fail", "blocked_by": [], "waivers": []}
    assert judge_step(gate, {"trust_status": unwaived}).blocks, "a fail that no one answers for stays shut"


def test_a_baseline_is_the_newest_audit_of_the_champion() -> None:
    lax = {"performance.metrics": {"warn": None, "fail": None, "source": "a test", "no_worse_than": 0.05}}
    Registry(Context().workspace).set_champion("lender", 1)
    policy = written(checks=lax, baseline="lender@champion")
    document = audit(policy)
    table = document.results[0].view("policy_limits")
    (row,) = (dict(zip(table.columns, one, strict=True)) for one in table.rows)
    assert (row["about"], row["status"]) == ("baseline", "pass")
    assert abs(row["value"]) < 1e-12, "the model against its own audit"
    constant = {"data": "loans.csv", "target": "approved", "derive": ["guess = income * 0 + 1"], "prediction": "guess"}
    worse = run("audit", {**constant, "policy": policy}, around())
    assert worse.status == Status.FAIL
    assert "lender@1" in str(worse.results[0].reason)
    Path("audit.json").write_text(json.dumps(document.to_dict()))
    by_file = run("audit", {**constant, "policy": written(checks=lax, baseline="audit.json")}, around())
    assert by_file.status == Status.FAIL
    with pytest.raises(NotFoundError, match="no audit of lendr@2"):
        audit(written(checks=lax, baseline="lendr@2"))
