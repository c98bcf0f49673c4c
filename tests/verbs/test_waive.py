"""``trust waive``: somebody answers for a fail until a day, in the policy's own text."""

from pathlib import Path
from typing import Any

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, NotFoundError, TrustlabError
from trustlab.core.execute import run
from trustlab.core.result import Document

CHECK = "fairness.error_rates"
SAID = {"until": "2030-01-31", "owner": "Risk", "reason": "The new data come in January"}


def waive(folder: Path, **given: Any) -> Document:
    return run("waive", {"file": "policy.yaml", "check": CHECK, **given}, Context(folder=folder))


def test_a_waiver_is_written_renewed_and_ended(tmp_path: Path) -> None:
    first = waive(tmp_path, **SAID, ticket="R-7", revision="new")
    assert first.payload["waivers"] == [{"check": CHECK, **SAID, "ticket": "R-7"}]
    shown = run("policy", {"file": "policy.yaml"}, Context(folder=tmp_path)).payload
    assert shown["policy"]["waivers"] == first.payload["waivers"]
    assert shown["revision"] == first.payload["revision"]
    run("amend", {"file": "policy.yaml", "check": CHECK, "fail": "1.4", "reason": "Agreed"}, Context(folder=tmp_path))
    again = waive(tmp_path, **{**SAID, "until": "2030-02-28"})
    assert [one["until"] for one in again.payload["waivers"]] == ["2030-02-28"]
    other = waive(tmp_path, **{**SAID, "check": "quality.duplicates"})
    assert len(other.payload["waivers"]) == 2
    ended = waive(tmp_path, end=True)
    assert [one["check"] for one in ended.payload["waivers"]] == ["quality.duplicates"]
    assert "fail: 1.4" in (tmp_path / "policy.yaml").read_text()
    waive(tmp_path, check="quality.duplicates", end=True)
    assert run("policy", {"check": "policy.yaml"}, Context(folder=tmp_path)).payload["valid"]


def test_a_fail_that_is_waived_blocks_nothing(playground: Path) -> None:
    check = "fairness.selection_rate"
    asked = {
        "data": "loans.csv",
        "target": "approved",
        "prediction": "decision",
        "sensitive": ["race"],
        "only": [check],
    }
    run("amend", {"file": "own.yaml", "check": check, "warn": "none", "fail": "1.01"})
    asked |= {"policy": "own.yaml"}
    bare = run("audit", asked)
    assert (bare.status, bare.payload["blocked_by"]) == ("fail", [check])
    run("waive", {"file": "own.yaml", "check": check, **SAID})
    document = run("audit", asked)
    assert (document.status, document.payload["blocked_by"]) == ("fail", [])
    assert [one["state"] for one in document.payload["waivers"]] == ["in force"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "missing: until, owner, reason"),
        ({**SAID, "owner": ""}, "missing: owner"),
        ({**SAID, "until": "tomorrow"}, "until"),
        ({**SAID, "check": "fairness.error_rate"}, "Did you mean 'fairness.error_rates'"),
        ({**SAID, "group": "sex=women"}, "group must be one that the policy limits"),
        ({"end": True}, "end must name a waiver of the policy"),
        ({"end": True, "owner": "Risk"}, "nothing is said of it then; got owner"),
    ],
)
def test_a_bad_waiver_writes_nothing(tmp_path: Path, given: dict[str, Any], words: str) -> None:
    with pytest.raises(TrustlabError) as caught:
        waive(tmp_path, **given)
    assert words in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_stale_waiver_is_refused(tmp_path: Path) -> None:
    seen = waive(tmp_path, **SAID).payload["revision"]
    waive(tmp_path, **{**SAID, "owner": "Ada"})
    with pytest.raises(ConflictError, match="somebody has changed it since"):
        waive(tmp_path, **SAID, revision=seen)


def test_the_nearest_waiver_is_named(tmp_path: Path) -> None:
    waive(tmp_path, **SAID)
    with pytest.raises(NotFoundError, match=r"Did you mean 'fairness\.error_rates'"):
        waive(tmp_path, check="fairness.error_rate", end=True)
