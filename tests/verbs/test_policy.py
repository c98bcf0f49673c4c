"""``trust policy``: the limits and who set them, as a file to start from."""

from pathlib import Path

import pytest
import yaml

from trustlab.checks.policy import load_policy
from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run


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
