"""``trust policy``: the limits and who set them, as a file to start from."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from trustlab.checks.policy import load_policy
from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.core.result import Status


def test_the_default_names_every_check_with_its_limits() -> None:
    document = run("policy", {})
    checks = registry.of_kind("check")
    assert document.summary == f"Policy default: {len(checks)} checks"
    limits, text = document.views
    assert limits.column("check") == list(checks)
    for name, warn, fail, source in limits.rows:
        threshold = checks[str(name)].threshold
        assert source
        assert (warn, fail) == ((threshold.warn, threshold.fail) if threshold else (None, None))
    assert yaml.safe_load(text.to_dict()["text"]) == document.payload["policy"]


def test_its_text_is_a_policy_that_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(run("policy", {}).views[1].to_dict()["text"], encoding="utf-8")
    assert load_policy(file).to_dict() == run("policy", {}).payload["policy"]


def test_a_policy_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nchecks: {fairness.error_rates: {warn: 1.1, source: us}}\n")
    document = run("policy", {"file": "mine.yaml"}, Context(folder=tmp_path))
    shown = document.payload["policy"]
    assert shown["name"] == "mine"
    own = registry.get("fairness.error_rates").threshold
    assert own is not None
    assert shown["checks"]["fairness.error_rates"] == {
        "warn": 1.1, "fail": own.fail, "source": "us", "parameters": {},
    }  # fmt: skip
    with pytest.raises(NotFoundError, match=r"policy: no such file: .*other\.yaml"):
        run("policy", {"file": "other.yaml"}, Context(folder=tmp_path))


WAIVER = "{check: quality.schema, until: 2027-03-31, owner: Ada, reason: old export}"


def at(folder: Path, day: int = 1) -> Context:
    return Context(folder=folder, now=lambda: datetime(2027, 3, day, tzinfo=UTC))


def test_a_policy_is_checked_whole(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "name: bad\nonly: [fairnes]\nchecks:\n  quality.shema: {}\n  fairness.error_rates: {wran: 1}\n"
        "waivers: [{check: quality.schema, owner: Ada, reason: none}]\n"
    )
    document = run("policy", {"check": "bad.yaml"}, at(tmp_path))
    assert document.status == Status.FAIL
    said = [one["message"] for one in document.payload["problems"]]
    for word in (
        "Did you mean 'fairness'?",
        "Did you mean 'quality.schema'?",
        "Did you mean 'warn'?",
        "must say until",
    ):
        assert sum(word in one for one in said) == 1, word
    assert document.summary == "Policy bad: 4 problems"
    assert (document.payload["valid"], document.payload["limits"]) == (False, None)


def test_waivers_are_listed_with_what_is_left_of_them(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(f"name: mine\nwaivers: [{WAIVER}]\n")
    document = run("policy", {"check": "mine.yaml"}, at(tmp_path))
    assert (document.status, document.payload["valid"]) == (Status.PASS, True)
    assert next(v for v in document.views if v.name == "waivers").column("state") == ["in force, ends in 30 days"]
    shown = run("policy", {"file": "mine.yaml"}, at(tmp_path))
    assert shown.views[-1].column("owner") == ["Ada"]
    late = Context(folder=tmp_path, now=lambda: datetime(2027, 4, 1, tzinfo=UTC))
    document = run("policy", {"check": "mine.yaml"}, late)
    assert (document.status, document.summary) == (
        Status.WARN,
        "Policy mine: no problem; 1 expired waiver: quality.schema",
    )
    with pytest.raises(UsageError, match="check must stand alone"):
        run("policy", {"check": "mine.yaml", "write": "x.yaml"}, late)
