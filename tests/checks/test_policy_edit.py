"""A policy's text is changed in place: what is not asked for stays, to the letter."""

import pytest
import yaml

from trustlab.checks.policy import load_policy
from trustlab.checks.policy_edit import revision_of, with_entry, with_waiver, without_waiver
from trustlab.checks.policy_text import policy_text
from trustlab.core.errors import InputError

CHECK = "fairness.selection_rate"
FORMS = {
    "empty": "",
    "only words": "schema: 1\nname: mine\n",
    "no end of line": "name: mine",
    "no entry": "name: mine\nchecks:\n  # what we think of rates\n  fairness.error_rates:\n    fail: 2\n",
    "empty checks": "checks:\nname: mine\n",
    "null checks": "checks: null\nname: mine\n",
    "flow": "checks: {fairness.error_rates: {fail: 2}}\n",
    "empty flow": "checks: {}\nname: mine\n",
    "entry without words": f"checks:\n  {CHECK}:\n  fairness.error_rates: {{fail: 2}}\n",
    "entry in a flow": f"checks:\n  {CHECK}: {{warn: 1.2}}  # as agreed\n",
    "entry in a block": f"checks:\n  {CHECK}:\n    # why\n    fail: 1.25 # four fifths\n    owner: Ada\n# the end\n",
    "quoted": f'checks:\n  "{CHECK}":\n      "fail": 9\n      owner: "Ada: risk"\n',
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_every_way_of_writing_takes_the_change_and_keeps_the_rest(text: str) -> None:
    said = {"warn": 1.25, "fail": None, "owner": "Risk: 'us', # all", "reason": "naïve\nsecond line"}
    changed = with_entry(text, CHECK, said)
    before, after = yaml.safe_load(text) or {}, yaml.safe_load(changed)
    entry = after["checks"].pop(CHECK)
    assert {key: entry[key] for key in said} == said
    assert (after["checks"] or None) == ({k: v for k, v in (before.get("checks") or {}).items() if k != CHECK} or None)
    assert {k: v for k, v in after.items() if k != "checks"} == {k: v for k, v in before.items() if k != "checks"}
    for line in text.splitlines():
        if "#" in line:
            assert line.partition("#")[2] in changed


def test_one_number_changes_one_line() -> None:
    text = policy_text(load_policy(None))
    changed = with_entry(text, CHECK, {"fail": 1.5})
    differing = [line for line in changed.splitlines() if line not in text.splitlines()]
    assert [line.strip() for line in differing] == ["fail: 1.5"]
    assert len(changed.splitlines()) == len(text.splitlines())


WAIVER = {"check": CHECK, "until": "2030-01-31", "owner": "Risk: 'us', # all", "reason": "naïve\nsecond line"}
ITEM = "check: quality.duplicates\n    until: 2029-01-01\n    owner: Ada\n    reason: |\n      one\n      two\n"
LISTS = {
    "none": "name: mine\n",
    "no end of line": "name: mine",
    "nothing": "",
    "empty": "waivers:\nname: mine # me\n",
    "null": "waivers: null\nname: mine\n",
    "empty flow": "waivers: []\nname: mine\n",
    "flow": "waivers: [{check: quality.missing, until: 2029-01-01, owner: A, reason: b}]  # all\nname: mine\n",
    "block": f"waivers:\n  # why\n  - {ITEM}# the end\nname: mine\n",
    "block at the margin": "waivers:\n- check: a.b # mine\n  until: 2029-01-01\n  owner: A\n  reason: c\nname: mine\n",
    "two": f"name: mine\nwaivers:\n  - {ITEM}  # the other\n  - {{check: quality.missing, owner: B}}",
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_every_list_of_waivers_takes_one_more_and_lets_it_go(text: str) -> None:
    before = yaml.safe_load(text) or {}
    there = before.get("waivers") or []
    more = with_waiver(text, WAIVER)
    assert yaml.safe_load(more)["waivers"] == [WAIVER, *there]
    less = yaml.safe_load(without_waiver(more, 0)) or {}
    assert (less.get("waivers") or []) == there
    rest = {key: value for key, value in before.items() if key != "waivers"}
    assert {key: value for key, value in less.items() if key != "waivers"} == rest
    for place in range(len(there)):
        fewer = without_waiver(text, place)
        assert (yaml.safe_load(fewer)["waivers"] or []) == [*there[:place], *there[place + 1 :]]
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            assert line in more


def test_an_entry_behind_an_alias_is_refused() -> None:
    text = f"checks:\n  fairness.error_rates: &same {{fail: 2}}\n  {CHECK}: *same\n"
    with pytest.raises(InputError, match="changed in place"):
        with_entry(text, CHECK, {"fail": 3})


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(InputError, match="must be a mapping"):
        with_entry("- a\n", CHECK, {"fail": 3})


def test_a_revision_names_the_content() -> None:
    assert revision_of(b"a") != revision_of(b"b")
    assert revision_of(b"a") == revision_of(b"a")
