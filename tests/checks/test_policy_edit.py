"""A policy's text is changed in place: what is not asked for stays, to the letter."""

import pytest
import yaml

from trustlab.checks.policy import load_policy
from trustlab.checks.policy_edit import revision_of, with_entry
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
