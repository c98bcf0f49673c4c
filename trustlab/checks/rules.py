"""What a policy holds: a rule for each check, limits for groups and segments, margins to a baseline, waivers."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - a dataclass's annotation that tools resolve
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core import registry
from trustlab.core.result import Threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trustlab.core.operation import Operation
    from trustlab.core.result import Direction

SCHEMA = 1
BASELINE = "baseline"  # how a waiver names the comparison with the reference model

# Which way the measures of tables by group are better; what is in neither needs the policy's word.
LOWER = frozenset(
    {
        "fpr",
        "fnr",
        "fdr",
        "for",
        "error_rate",
        "error",
        "ece",
        "brier",
        "log_loss",
        "mae",
        "rmse",
        "short",
        "difference",
    }
)
HIGHER = frozenset(
    {"tpr", "tnr", "ppv", "npv", "precision", "recall", "accuracy", "f1", "consistency", "covered", "r2", "roc_auc"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The limits of one group or one segment.

    Parameters
    ----------
    about : str
        ``race=Green``, or an expression over the columns.
    measure : str or None
        The column of the check's table by group that is judged; the check's own number where None.
    better : {'lower', 'higher'} or None
        Which way the measure is better; as the measure or the check has it where None.
    source, owner, reason : str or None
        Who says so, who answers for it, and why.
    """

    about: str
    kind: Literal["group", "segment"]
    threshold: Threshold
    measure: str | None = None
    better: Direction | None = None
    source: str | None = None
    owner: str | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as JSON data, without what is not said."""
        said = {
            "warn": self.threshold.warn,
            "fail": self.threshold.fail,
            "measure": self.measure,
            "better": self.better,
            "source": self.source,
            "owner": self.owner,
            "reason": self.reason,
        }
        return {key: value for key, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One check's entry in a policy.

    Parameters
    ----------
    threshold : Threshold or None
        The limits; the check's own where None.
    parameters : mapping
        The check's own parameters, where they differ from its defaults.
    ask : bool or None
        Whether the check is asked; where None, as `Policy.will_ask` says.
    source, owner, reason : str or None
        Who says so, who answers for it, and why.
    limits : sequence of Limit
        Of groups and segments.
    no_worse_than : float or None
        By how much, in the unit of the check's number, it may be worse than the baseline's.
    """

    threshold: Threshold | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    ask: bool | None = None
    source: str | None = None
    owner: str | None = None
    reason: str | None = None
    limits: Sequence[Limit] = ()
    no_worse_than: float | None = None

    def subjects(self) -> list[str]:
        """Return what a waiver of this check can be about, besides the whole check."""
        return [*(limit.about for limit in self.limits), *([BASELINE] if self.no_worse_than is not None else [])]

    def said(self) -> dict[str, Any]:
        """Return what the entry says beyond limits and parameters, as JSON data."""
        plain = {key: getattr(self, key) for key in ("owner", "reason", "ask", "no_worse_than")}
        for key, kind in (("groups", "group"), ("segments", "segment")):
            plain[key] = {limit.about: limit.to_dict() for limit in self.limits if limit.kind == kind} or None
        return {key: value for key, value in plain.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A fail that someone answers for until a day.

    Parameters
    ----------
    until : datetime.date
        The last day on which it holds.
    group : str or None
        The group, segment or baseline that it is about; the whole check where None.
    """

    check: str
    until: dt.date
    owner: str
    reason: str
    ticket: str | None = None
    group: str | None = None

    def in_force(self, today: dt.date) -> bool:
        """Return whether it still holds."""
        return today <= self.until

    def to_dict(self) -> dict[str, Any]:
        """Return the waiver as JSON data, the form that a policy holds."""
        said = {
            "check": self.check,
            "group": self.group,
            "until": self.until.isoformat(),
            "owner": self.owner,
            "reason": self.reason,
            "ticket": self.ticket,
        }
        return {key: value for key, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an audit asks and where it stops.

    Parameters
    ----------
    name, owner : str
        Who answers for the limits.
    only, skip : sequence of str
        Ids or families; an empty ``only`` asks every check.
    blocks : sequence of str
        Ids or families whose fail blocks promotion; empty for all.
    baseline : str or None
        The audit of the reference model: ``lender@champion``, or a JSON file.
    rules : mapping of str to Rule
        By check id.
    waivers : sequence of Waiver
        In the order of the file.
    """

    name: str = "default"
    owner: str | None = None
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    blocks: Sequence[str] = ()
    baseline: str | None = None
    rules: Mapping[str, Rule] = field(default_factory=dict)
    waivers: Sequence[Waiver] = ()

    def rule(self, check: str) -> Rule:
        """Return the rule of a check."""
        return self.rules.get(check, Rule())

    def asks(self, check: str) -> bool:
        """Return whether an audit by this policy asks ``check``, however long it takes."""
        return (not self.only or covers(self.only, check)) and not covers(self.skip, check)

    def will_ask(self, record: Operation, named: Sequence[str] = ()) -> bool:
        """Return whether a check is asked where nobody leaves it out.

        A check that is named is; else the policy's word holds; else one that takes minutes is asked only where the
        policy has an entry for it.
        """
        if record.id in (*named, *self.only):
            return True
        said = self.rule(record.id).ask
        return said if said is not None else record.cost != "minutes" or record.id in self.rules

    def blocking(self, check: str) -> bool:
        """Return whether a fail of ``check`` blocks promotion."""
        return not self.blocks or covers(self.blocks, check)

    def limits_digest(self) -> str:
        """Return a hash of all that decides how numbers are judged: equal for policies that judge alike.

        Who set a limit, and waivers, are not in it: neither changes a finding.
        """
        import hashlib
        import json

        told = {"baseline": self.baseline, "checks": {name: _judging(entry) for name, entry in self._checks().items()}}
        text = json.dumps(told, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the policy with every check's limits as JSON data, the form that ``load_policy`` reads."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "owner": self.owner,
            "only": list(self.only),
            "skip": list(self.skip),
            "blocks": list(self.blocks),
            "baseline": self.baseline,
            "waivers": [waiver.to_dict() for waiver in self.waivers],
            "checks": self._checks(),
        }

    def _checks(self) -> dict[str, dict[str, Any]]:
        checks = {}
        for name, record in registry.of_kind("check").items():
            rule = self.rule(name)
            limits = rule.threshold or record.threshold or Threshold(None, None, "shown, not judged")
            entry = {**limits.to_dict(), "parameters": dict(rule.parameters), **rule.said()}
            if rule.source is not None:
                entry["source"] = rule.source
            if not self.will_ask(record):
                entry["ask"] = False
            checks[name] = entry
        return checks


def _judging(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an entry decides how its check is judged."""
    words = {"source", "owner", "reason", "ask"}
    kept = {key: value for key, value in entry.items() if key not in words}
    for key in ("groups", "segments"):
        if key in kept:
            kept[key] = {
                about: {name: value for name, value in limit.items() if name not in words}
                for about, limit in kept[key].items()
            }
    return kept


def known_direction(measure: str | None) -> Direction | None:
    """Return which way a measure of a table by group is better, where that is beyond dispute."""
    return "lower" if measure in LOWER else "higher" if measure in HIGHER else None


def covers(names: Iterable[str], check: str) -> bool:
    """Return whether ``names`` (ids or families) include ``check``."""
    return any(name in (check, check.split(".")[0]) for name in names)
