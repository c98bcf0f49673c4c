"""The policy as a file: grouped by family, commented, and read back as the same policy; and its published schema."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from trustlab.checks import entries, policy
from trustlab.checks.policy import Policy, load_policy, read_policy
from trustlab.checks.policy_text import FAMILIES, policy_text
from trustlab.core import registry
from trustlab.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

WAIVER = {"check": "quality.schema", "until": "2027-03-31", "owner": "Ada", "reason": "old export"}
LIMITS = {"groups": {"race=Green": {"fail": 0.3, "measure": "fnr"}}, "segments": {"age < 25": {"fail": 2}}}


def test_it_reads_back_as_the_same_policy() -> None:
    own = load_policy({"name": "own", "checks": {"fairness.error_rates": LIMITS}, "waivers": [WAIVER]})
    for given in (Policy(), own):
        assert yaml.safe_load(policy_text(given)) == given.to_dict()
        assert load_policy(yaml.safe_load(policy_text(given))).to_dict() == given.to_dict()


def test_families_stand_together_in_their_order_with_each_checks_question() -> None:
    lines = policy_text(Policy()).splitlines()
    heads = [line.split("# ")[1] for line in lines if line.startswith("  # ") and line.endswith(" checks")]
    assert [head.split(":")[0] for head in heads][: len(FAMILIES)] == list(FAMILIES)
    counts = {head.split(":")[0]: int(head.split()[1]) for head in heads}
    checks = registry.of_kind("check")
    assert counts == {family: sum(record.family == family for record in checks.values()) for family in counts}
    at = lines.index("  fairness.error_rates:")
    assert lines[at - 1].startswith("  # Do people of different groups meet the same errors? (lower is better")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (resources.files("trustlab.core") / "schema" / "policy-v1.json").read_text("utf-8")
    )
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def test_the_schema_knows_the_keys_that_the_reader_knows(schema: dict[str, Any]) -> None:
    parts = schema["$defs"]
    assert set(schema["properties"]) == set(policy.POLICY_KEYS)
    assert set(parts["check"]["properties"]) == set(entries.CHECK_KEYS)
    assert set(parts["limit"]["properties"]) == set(entries.LIMIT_KEYS)
    assert set(parts["waiver"]["properties"]) == set(entries.WAIVER_KEYS)


GOOD = [
    {},
    {"checks": {"fairness.error_rates": LIMITS}},
    {"checks": {"quality.schema": None}, "waivers": [WAIVER]},
    {"checks": {"performance.metrics": {"no_worse_than": 0, "warn": None}}, "baseline": "lender@champion"},
]
BAD = [
    {"chekcs": {}},
    {"schema": 2},
    {"only": "fairness"},
    {"checks": {"quality.schema": {"wran": 1}}},
    {"checks": {"quality.schema": {"warn": "1"}}},
    {"checks": {"quality.schema": {"ask": "no"}}},
    {"checks": {"fairness.error_rates": {"groups": {"Green": {"fail": 1}}}}},
    {"checks": {"fairness.error_rates": {"groups": {"a==b": {"fail": 1}}}}},
    {"checks": {"fairness.error_rates": {"groups": {"race=Green": {"measure": "fnr"}}}}},
    {"checks": {"fairness.error_rates": {"groups": {"race=Green": {"fail": 1, "better": "more"}}}}},
    {"checks": {"performance.metrics": {"no_worse_than": -1}}, "baseline": "x"},
    {"waivers": {}},
    *({"waivers": [{k: v for k, v in WAIVER.items() if k != key}]} for key in WAIVER),
    {"waivers": [{**WAIVER, "until": "soon"}]},
    {"waivers": [{**WAIVER, "owner": ""}]},
]


@pytest.mark.parametrize(("given", "fine"), [*((one, True) for one in GOOD), *((one, False) for one in BAD)])
def test_schema_and_reader_agree(schema: dict[str, Any], given: dict[str, Any], fine: bool) -> None:
    _, problems = read_policy(given)
    assert (not problems) is fine, problems
    assert jsonschema.Draft202012Validator(schema).is_valid(given) is fine


def test_the_default_policy_is_valid(schema: dict[str, Any]) -> None:
    jsonschema.validate(json.loads(json.dumps(Policy().to_dict())), schema)


def test_aliases_that_lead_back_are_refused_in_words_and_others_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("checks: &all\n  fairness.error_rates: *all\n", "utf-8")
    with pytest.raises(UsageError, match="no key is called"):
        load_policy(path)
    bomb = "\n".join(["a0: &a0 [x]", *(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, 25))])
    path.write_text(f"{bomb}\n", "utf-8")
    with pytest.raises(UsageError, match="no key is called 'a0'"):
        load_policy(path)
