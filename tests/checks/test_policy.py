"""The policy: limits with their sources, strict about what it does not know."""

from pathlib import Path

import pytest
import yaml

from trustlab.checks.policy import Policy, Rule, covers, known_checks, load_policy, read_policy
from trustlab.checks.rules import Limit
from trustlab.core import registry
from trustlab.core.errors import InputError, NotFoundError, TrustlabError, UsageError
from trustlab.core.result import Threshold

WAIVER = {"check": "quality.schema", "until": "2027-03-31", "owner": "risk", "reason": "old export"}
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
    told = rule(warn=1.1, fail=1.5, source="our board", reason="small samples", owner="risk")
    assert told.threshold == Threshold(1.1, 1.5, "our board; small samples (owner: risk)")
    assert (told.source, told.reason, told.owner) == ("our board", "small samples", "risk")


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
        (
            {"checks": {"fairness.error_rates": {"groups": {"race=Green": {"fial": 1}}}}},
            UsageError,
            "policy: fairness.error_rates: groups: race=Green: no key is called 'fial'. Did you mean 'fail'?",
        ),
        (
            {"checks": {"quality.schema": {"groups": {"race=Green": {"fail": 1}}}}},
            UsageError,
            "policy: quality.schema: groups must be left out: this check has no groups",
        ),
        (
            {"checks": {"fairness.error_rates": {"groups": {"Green": {"fail": 1}}}}},
            UsageError,
            "a group must be written as column=value",
        ),
        (
            {"checks": {"fairness.error_rates": {"groups": {"race=Green": {"measure": "fnr"}}}}},
            UsageError,
            "groups: race=Green must say warn or fail; it says measure",
        ),
        (
            {"checks": {"fairness.error_rates": {"groups": {"race=Green": {"fail": 0.2, "measure": "odd"}}}}},
            UsageError,
            "must say better: lower or higher; it is not known for 'odd'",
        ),
        (
            {"checks": {"fairness.error_rates": {"groups": {"a=b": {"warn": 0.3, "fail": 0.2, "measure": "fnr"}}}}},
            UsageError,
            "warn must be reached before fail, and lower is better here",
        ),
        (
            {"checks": {"performance.metrics": {"segments": {"age <": {"fail": 0.2}}}}},
            UsageError,
            "expression 'age <': cannot be read",
        ),
        ({"checks": {"performance.metrics": {"ask": "no"}}}, UsageError, "ask must be true or false; got 'no'"),
        ({"checks": {"performance.metrics": {"owner": 3}}}, UsageError, "owner must be a text; got 3"),
        (
            {"checks": {"performance.metrics": {"no_worse_than": 0.1}}},
            UsageError,
            "policy: baseline must name the audit",
        ),
        ({"checks": {"performance.metrics": {"no_worse_than": -1}}}, UsageError, "no_worse_than must be at least 0"),
        ({"baseline": "lender@champion"}, UsageError, "policy: baseline must be used by a check"),
        ({"waivers": {"check": "quality.schema"}}, InputError, "policy: waivers must be a list; got dict"),
        ({"waivers": [{**WAIVER, "utnil": 1}]}, UsageError, "no key is called 'utnil'. Did you mean 'until'?"),
        ({"waivers": [{**WAIVER, "check": "quality.shema"}]}, UsageError, "Did you mean 'quality.schema'?"),
        ({"waivers": [{**WAIVER, "until": "next year"}]}, UsageError, "until must be a day, such as 2027-03-31"),
        ({"waivers": [{**WAIVER, "owner": " "}]}, UsageError, "owner must be a text; got ' '"),
        (
            {"waivers": [{**WAIVER, "group": "race=Green"}]},
            UsageError,
            "group must be one that the policy limits in quality.schema; got 'race=Green'; it has none",
        ),
        *(
            (
                {"waivers": [{k: v for k, v in WAIVER.items() if k != key}]},
                UsageError,
                f"policy: waiver 1 must say {key}",
            )
            for key in ("check", "until", "owner", "reason")
        ),
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


FULL = {
    "name": "full",
    "baseline": "lender@champion",
    "checks": {
        "fairness.error_rates": {
            "fail": 1.5,
            "owner": "risk",
            "groups": {"race=Green": {"fail": 0.3, "measure": "fnr", "owner": "ada", "reason": "promised"}},
            "segments": {"age < 25": {"warn": 1.2, "fail": 1.4}},
        },
        "performance.metrics": {"no_worse_than": 0.02, "ask": True},
    },
    "waivers": [{**WAIVER, "check": "fairness.error_rates", "group": "race=Green", "ticket": 12}],
}


def test_groups_segments_margins_and_waivers_are_kept() -> None:
    policy = load_policy(FULL)
    group, segment = policy.rule("fairness.error_rates").limits
    assert (group.about, group.kind, group.measure, group.better) == ("race=Green", "group", "fnr", "lower")
    assert group.threshold == Threshold(None, 0.3, "promised (owner: ada)")
    assert (segment.about, segment.kind, segment.measure, segment.better) == ("age < 25", "segment", None, "lower")
    assert policy.rule("performance.metrics").no_worse_than == 0.02
    assert [(one.check, one.group, one.ticket) for one in policy.waivers] == [
        ("fairness.error_rates", "race=Green", "12")
    ]


def test_what_is_shown_reads_back_with_all_its_parts() -> None:
    shown = yaml.safe_load(yaml.safe_dump(load_policy(FULL).to_dict(), allow_unicode=True))
    again = load_policy(shown)
    assert again.to_dict() == shown
    for check in FULL["checks"]:  # type: ignore[attr-defined] # it is a mapping
        assert again.rule(check).limits == load_policy(FULL).rule(check).limits
    assert again.limits_digest() == load_policy(FULL).limits_digest()


def edited(**entry: object) -> Policy:
    checks = {**FULL["checks"], "fairness.error_rates": {**FULL["checks"]["fairness.error_rates"], **entry}}  # type: ignore[index,dict-item]
    return load_policy({**FULL, "checks": checks})


def test_the_digest_is_of_what_judges_and_of_nothing_else() -> None:
    digest = load_policy(FULL).limits_digest()
    for same in (edited(owner="another"), edited(reason="why"), load_policy({**FULL, "waivers": []})):
        assert same.limits_digest() == digest
    other = {"race=Green": {"fail": 0.31, "measure": "fnr"}}
    for differs in (
        edited(groups=other),
        edited(segments={}),
        edited(fail=1.6),
        load_policy({**FULL, "baseline": "x"}),
    ):
        assert differs.limits_digest() != digest


def test_every_problem_is_found_at_once() -> None:
    given = {"chekcs": 1, "only": ["nothing"], "checks": {"quality.shema": {}, "fairness.error_rates": {"wran": 1}}}
    _, problems = read_policy({**given, "waivers": [{"check": "quality.schema"}]})
    said = [one.message for one in problems]
    assert [any(word in one for one in said) for word in ("chekcs", "only", "shema", "wran", "waiver 1")] == [True] * 5


def test_a_key_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("checks:\n  quality.schema: {warn: 1}\n  quality.schema: {warn: 2}\n")
    with pytest.raises(InputError, match=r"'quality\.schema' must stand once; it stands in lines 2 and 3"):
        load_policy(file)


def test_what_takes_minutes_is_asked_where_the_policy_says_so() -> None:
    slow = next(record for record in registry.of_kind("check").values() if record.cost == "minutes")
    assert not Policy().will_ask(slow)
    assert Policy().will_ask(slow, [slow.id])
    assert load_policy({"checks": {slow.id: {}}}).will_ask(slow)
    assert not load_policy({"checks": {slow.id: {"ask": False}}}).will_ask(slow)
    assert not load_policy(Policy().to_dict()).will_ask(slow), "the default policy, written out, asks what it asked"
    assert not load_policy({"checks": {"fairness.error_rates": {"ask": False}}}).will_ask(ERROR_RATES)


def test_a_limit_takes_its_direction_from_the_limits_where_they_show_it() -> None:
    told = {"warn": 0.5, "fail": 0.4, "measure": "selection_rate"}
    (limit,) = rule("fairness.selection_rate", groups={"race=Green": told}).limits
    assert isinstance(limit, Limit)
    assert limit.better == "higher"
