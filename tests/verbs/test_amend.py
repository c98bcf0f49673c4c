"""``trust amend``: a change is checked before it is written, and a stale one is refused."""

from pathlib import Path
from typing import Any

import pytest

from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError, TrustlabError, UsageError
from trustlab.core.execute import run
from trustlab.core.result import Document

CHECK = "fairness.error_rates"


def amend(folder: Path, **given: Any) -> Document:
    return run("amend", {"file": "policy.yaml", "check": CHECK, **given}, Context(folder=folder))


def test_a_first_change_makes_a_file_that_an_audit_takes(tmp_path: Path) -> None:
    document = amend(tmp_path, fail="1.4", owner="Risk", reason="Agreed in March", revision="new")
    own = registry.get(CHECK).threshold
    assert own is not None
    shown = run("policy", {"file": "policy.yaml"}, Context(folder=tmp_path)).payload
    entry = shown["policy"]["checks"][CHECK]
    assert (entry["warn"], entry["fail"], entry["owner"]) == (own.warn, 1.4, "Risk")
    assert shown["revision"] == document.payload["revision"]
    assert shown["limits"] == document.payload["limits"]
    assert document.payload["before"]["fail"] == own.fail
    assert f"fail 1.4, was {own.fail:g}" in (document.summary or "")
    assert run("policy", {"check": "policy.yaml"}, Context(folder=tmp_path)).payload["valid"]


def test_a_stale_change_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    seen = amend(tmp_path, fail="1.4").payload["revision"]
    amend(tmp_path, fail="1.5", revision=seen)
    with pytest.raises(ConflictError, match="somebody has changed it since"):
        amend(tmp_path, fail="1.6", revision=seen)
    with pytest.raises(ConflictError, match="somebody has changed it since"):
        amend(tmp_path, fail="1.6", revision="new")
    assert "fail: 1.5" in (tmp_path / "policy.yaml").read_text()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "must be given; none came"),
        ({"fail": "much"}, "fail must be a number, or none; got 'much'"),
        ({"fail": "nan"}, "fail must be a number"),
        ({"check": "fairness.error_rate", "fail": "1"}, "Did you mean 'fairness.error_rates'"),
        ({"check": "fairness", "fail": "1"}, "got the family 'fairness'"),
        ({"warn": "3", "fail": "2"}, "warn must be reached before fail"),
    ],
)
def test_a_bad_change_writes_nothing(tmp_path: Path, given: dict[str, Any], words: str) -> None:
    with pytest.raises(TrustlabError) as caught:
        amend(tmp_path, **given)
    assert words in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_policy_with_a_problem_is_not_made_worse(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("chekcs: {}\n")
    with pytest.raises(UsageError, match="no key is called 'chekcs'"):
        amend(tmp_path, fail="1.4")
    assert (tmp_path / "policy.yaml").read_text() == "chekcs: {}\n"


def test_a_limit_is_taken_away(tmp_path: Path) -> None:
    amend(tmp_path, warn="none", fail="none", ask=False)
    entry = run("policy", {"file": "policy.yaml"}, Context(folder=tmp_path)).payload["policy"]["checks"][CHECK]
    assert (entry["warn"], entry["fail"], entry["ask"]) == (None, None, False)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="must be valid YAML"):
        amend(tmp_path, fail="1.4")
