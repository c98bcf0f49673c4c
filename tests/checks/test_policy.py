"""The policy: limits with their sources, strict about what it does not know."""

from pathlib import Path

import pytest
import yaml

from trustlab.checks.policy import Policy, Rule, covers, known_checks, load_policy
from trustlab.core import registry
from trustlab.core.errors import InputError, NotFoundError, TrustlabError, UsageError
from trustlab.core.result import Threshold

ERROR_RATES = registry.get("fairness.error_rates")
SELECTION = registry.get("fairness.selection_rate")


def rule(check: str = "fairness.error_rates", **entry: object) -> Rule:
    return load_policy({"checks": {check: entry}}).rule(check)


def test_nothing_is_the_default_policy() -> None:
    assert load_policy(None) == Policy()
    assert Policy().rule("fairness.error_rates") == Rule()
    assert Policy().blocking("quality.schema"), "every fail blocks where the policy names none"


def test_limits_of_ones_own() -> None:
    assert rule(warn=1.1, fail=1.5, source="our board").threshold == Threshold(1.1, 1.5, "our board")
    assert rule(warn=1.1, fail=1.5, reason="small samples").threshold == Threshold(1.1, 1.5, "small samples")


def test_a_side_that_is_left_out_keeps_the_checks_own_and_null_takes_it_away() -> None:
    own = ERROR_RATES.threshold
    assert own is not None
    assert own.warn is not None
    kept = rule(fail=own.warn + 1, source="us").threshold
    assert kept == Threshold(own.warn, own.warn + 1, "us")
    assert rule(warn=None, fail=9, source="us").threshold == Threshold(None, 9, "us")
    assert rule(source="us").threshold == Threshold(own.warn, own.fail, "us")


def test_a_limit_without_a_source_says_whose_it_is_and_what_it_replaces() -> None:
    own = ERROR_RATES.threshold
    assert own is not None
    found = rule(warn=5, fail=None).threshold
    assert found is not None
    assert found.source == f"this policy's own limit (the check's: warn {own.warn:g}, fail {own.fail:g})"
    unchanged = rule(warn=own.warn, fail=own.fail).threshold
    assert unchanged == own, "the same limits keep their source"


def test_warn_comes_before_fail_whichever_way_is_better() -> None:
    assert SELECTION.better == "higher"
    assert rule("fairness.selection_rate", warn=0.9, fail=0.7).threshold is not None
    with pytest.raises(UsageError, match=r"warn must be reached before fail.*got warn 0\.7 and fail 0\.9"):
        rule("fairness.selection_rate", warn=0.7, fail=0.9)
    with pytest.raises(UsageError, match="warn must be reached before fail"):
        rule(warn=2, fail=1)


def test_a_checks_own_parameters() -> None:
    assert rule(parameters={"level": 0.9}) == Rule(parameters={"level": 0.9})
    with pytest.raises(UsageError, match=r"no key is called 'lvel'\. Did you mean 'level'\?"):
        rule(parameters={"lvel": 0.9})
    with pytest.raises(UsageError, match="level must be a number"):
        rule(parameters={"level": "high"})


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"chekcs": {}}, UsageError, "policy: no key is called 'chekcs'. Did you mean 'checks'?"),
        ({"checks": {"fairness.error_rate": {}}}, UsageError, "Did you mean 'fairness.error_rates'?"),
        (
            {"checks": {"fairness.error_rates": {"wran": 1}}},
            UsageError,
            "policy: fairness.error_rates: no key is called 'wran'. Did you mean 'warn'?",
        ),
        ({"checks": {"fairness.error_rates": {"warn": "1.2"}}}, UsageError, "warn must be a number; got '1.2'"),
        ({"checks": {"fairness.error_rates": {"warn": True}}}, UsageError, "warn must be a number; got True"),
        ({"checks": {"fairness.error_rates": {"fail": float("nan")}}}, UsageError, "fail must be a number; got nan"),
        ({"checks": {"fairness.error_rates": 3}}, InputError, "policy: fairness.error_rates must be a mapping"),
        ({"checks": ["fairness"]}, InputError, "policy: checks must be a mapping; got list"),
        ({"only": ["fairnes"]}, UsageError, "policy: only must name checks or families; got 'fairnes'"),
        ({"skip": "fairness"}, UsageError, "policy: skip must be a list of checks or families; got 'fairness'"),
        ({"blocks": ["nothing"]}, UsageError, "policy: blocks must name"),
        ({"schema": 2}, UsageError, "policy: schema must be 1; got 2"),
        (["checks"], InputError, "a policy must be a mapping of keys; got list"),
    ],
)
def test_what_it_does_not_know_is_refused(given: object, error: type[TrustlabError], message: str) -> None:
    with pytest.raises(error) as caught:
        load_policy(given)
    assert message in caught.value.message


def test_it_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("name: lending\nowner: risk\nonly: [fairness]\nblocks: [fairness.error_rates]\n")
    for policy in (load_policy("policy.yaml", file), load_policy(file)):
        assert (policy.name, policy.owner, policy.only) == ("lending", "risk", ("fairness",))
        assert policy.blocking("fairness.error_rates")
        assert not policy.blocking("fairness.selection_rate")
    with pytest.raises(NotFoundError, match="no such file"):
        load_policy("none.yaml", tmp_path / "none.yaml")
    file.write_text("name: [unclosed")
    with pytest.raises(InputError, match="must be valid YAML"):
        load_policy(file)
    file.write_text("")
    with pytest.raises(InputError, match="a policy must be a mapping of keys; got NoneType"):
        load_policy(file)


def test_what_is_shown_reads_back_as_the_same_limits() -> None:
    shown = yaml.safe_load(yaml.safe_dump(Policy().to_dict(), allow_unicode=True))
    policy = load_policy(shown)
    for name, record in registry.of_kind("check").items():
        assert shown["checks"][name]["source"], name
        if record.threshold is not None:
            assert policy.rule(name).threshold == record.threshold, name


def test_a_family_covers_its_checks() -> None:
    assert covers(["fairness"], "fairness.error_rates")
    assert covers(["fairness.error_rates"], "fairness.error_rates")
    assert not covers(["fair", "fairness.selection_rate"], "fairness.error_rates")
    assert known_checks(["fairness", "quality.schema"], "only") == ("fairness", "quality.schema")
    assert known_checks(None, "only") == ()
