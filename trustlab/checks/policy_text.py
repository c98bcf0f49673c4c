"""A policy as a file for people: families in order, each check with its question, its direction and its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core import registry

if TYPE_CHECKING:
    from trustlab.checks.rules import Policy

# In the order in which an audit's questions build on each other; families of others follow.
FAMILIES = (
    "quality", "performance", "segments", "fairness", "robustness", "privacy", "reliability", "explanation",
)  # fmt: skip
WIDTH = 110
HOW = """\
# What an audit asks, and where it stops. Check this file: trust policy --check FILE
#   only, skip      ids or families that are asked, or left out
#   blocks          ids or families whose fail blocks promotion; empty for all
#   baseline        an audit to be no worse than: MODEL@champion, or a JSON file; checks say no_worse_than: MARGIN
#   waivers         fails that someone answers for until a day:
#                     - {check: fairness.error_rates, until: 2027-03-31, owner: WHO, reason: WHY, ticket: NUMBER}
# An entry of a check may hold warn, fail, source, owner, reason, ask (true or false), parameters, no_worse_than, and
#   groups          {race=Green: {fail: 0.3, measure: fnr, owner: WHO, reason: WHY}}
#   segments        {"age < 25": {warn: 0.1, fail: 0.2}}
"""


def policy_text(policy: Policy) -> str:
    """Return the policy as YAML with comments, which ``load_policy`` reads as the same policy."""
    told = policy.to_dict()
    checks = told.pop("checks")
    parts = [HOW, _yaml(told), "checks:\n"]
    families = dict.fromkeys(name.split(".")[0] for name in checks)
    for family in sorted(
        families, key=lambda name: (FAMILIES.index(name) if name in FAMILIES else len(FAMILIES), name)
    ):
        own = {name: entry for name, entry in checks.items() if name.split(".")[0] == family}
        parts.append(f"\n  # {family}: {len(own)} {'check' if len(own) == 1 else 'checks'}\n")
        parts += [_entry(name, entry) for name, entry in own.items()]
    return "".join(parts)


def _entry(name: str, entry: dict[str, Any]) -> str:
    record = registry.of_kind("check")[name]
    slow = ", takes minutes" if record.cost == "minutes" else ""
    lines = _yaml({name: entry}).splitlines()
    comment = f"  # {' '.join(record.summary.split())} ({record.better} is better{slow})\n"
    return comment + "".join(f"  {line}\n" for line in lines)


def _yaml(data: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=WIDTH)
