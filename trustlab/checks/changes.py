"""What changed between two audits: findings that became worse or better, are new or gone, and what may be noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.result import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.stats.intervals import Interval

Kind = Literal["worse", "new", "gone", "better", "moved", "same"]
KINDS: tuple[Kind, ...] = ("worse", "new", "gone", "better", "moved", "same")
LOOKED = (Status.PASS, Status.WARN, Status.ERROR, Status.FAIL)  # from the best to the worst
UNSEEN = {Status.SKIPPED, Status.NOT_APPLICABLE, None}
FACTS = {  # what must be alike for a change to be the model's, and how it is called
    ("model", "name"): "model",
    ("model", "version"): "version",
    ("data", "name"): "data",
    ("data", "commit"): "commit",
    ("data", "digest"): "content of the data",
    ("rows",): "rows",
    ("policy",): "policy",
    ("limits",): "limits",
    ("provenance", "seed"): "seed",
    ("provenance", "trustlab"): "trustlab",
}
SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One check in both audits.

    Parameters
    ----------
    check, title : str
        Its id, and how it is called.
    kind : {'worse', 'new', 'gone', 'better', 'moved', 'same'}
        By the status; where that stayed, by the number where it moved beyond noise (``moved`` where the check's better
        direction is not known). ``new`` and ``gone`` are checks that one audit alone has looked at.
    before, after : str or None
        The statuses.
    old, new : float or None
        The headline numbers.
    difference : Interval or None
        New less old, from both intervals; None where the numbers cannot be compared.
    noise : bool or None
        Whether the difference could be noise; None where nobody can say.
    notes : sequence of str
        What else changed: limits, parameters, unit.
    """

    check: str
    title: str
    kind: Kind
    before: str | None
    after: str | None
    old: float | None
    new: float | None
    difference: Interval | None
    noise: bool | None
    notes: Sequence[str]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return a change for each check of either audit, the worst first.

    Parameters
    ----------
    old, new : mapping
        Documents of audits, as JSON data.
    """
    before = {result["id"]: result for result in old["results"]}
    after = {result["id"]: result for result in new["results"]}
    found = [_change(check, before.get(check), after.get(check)) for check in dict.fromkeys([*after, *before])]
    return sorted(found, key=lambda change: (KINDS.index(change.kind), -_rank(change.after)))


def other_facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what else differs between two audits: the model, the data, the policy …, each as it was and as it is."""
    found = []
    for path, name in FACTS.items():
        was, now = _at(old, path), _at(new, path)
        if was != now:
            found.append((name, _word(was), _word(now)))
    return found


def _change(check: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Change:
    known = old or new or {}
    before, after = (result["status"] if result else None for result in (old, new))
    numbers = [result["value"] if result else None for result in (old, new)]
    difference, notes = None, []
    if old is not None and new is not None:
        notes = _notes(old, new)
        if old["unit"] == new["unit"]:
            difference = difference_between(old, new)
    noise = None if difference is None or difference.lo != difference.lo else difference.lo <= 0 <= difference.hi
    return Change(
        check=check,
        title=str(known.get("title") or check),
        kind=_kind(check, before, after, difference, noise),
        before=before,
        after=after,
        old=numbers[0],
        new=numbers[1],
        difference=difference,
        noise=noise,
        notes=notes,
    )


def _kind(check: str, before: str | None, after: str | None, difference: Interval | None, noise: bool | None) -> Kind:
    from trustlab.core import registry

    if before in UNSEEN or after in UNSEEN:
        return "same" if before in UNSEEN and after in UNSEEN else "new" if before in UNSEEN else "gone"
    if _rank(before) != _rank(after):
        return "worse" if _rank(after) > _rank(before) else "better"
    if difference is None or noise is not False:
        return "same"
    record = registry.of_kind("check").get(check)
    if record is None:
        return "moved"
    return "worse" if (difference.value > 0) == (record.better == "lower") else "better"


def difference_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> Interval | None:
    """Return new less old by square-and-add; ends NaN where an interval is missing.

    The two numbers are taken as independent. On the same rows they are not, as a rule they move together, and the
    interval is then wider than it must be: what it calls no noise is none.
    """
    import numpy as np

    from trustlab.stats.intervals import Interval

    if old["value"] is None or new["value"] is None:
        return None
    value = float(new["value"] - old["value"])
    if value == 0 and old["interval"] == new["interval"]:
        return Interval(0.0, 0.0, 0.0)
    ends = [*(old["interval"] or (None, None)), *(new["interval"] or (None, None))]
    if any(end is None for end in ends):
        return Interval(value, float("nan"), float("nan"))
    down = float(np.hypot(new["value"] - ends[2], ends[1] - old["value"]))
    up = float(np.hypot(ends[3] - new["value"], old["value"] - ends[0]))
    return Interval(value, value - down, value + up)


def _notes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    was, now = (result["threshold"] or {} for result in (old, new))
    notes = [
        f"the limit to {side} was {_word(was.get(side))} and is {_word(now.get(side))}"
        for side in ("warn", "fail")
        if was.get(side) != now.get(side)
    ]
    was, now = (result["provenance"].get("parameters", {}) for result in (old, new))
    notes += [
        f"asked with {name} {_word(now.get(name))}, before {_word(was.get(name))}"
        for name in dict.fromkeys([*was, *now])
        if was.get(name) != now.get(name)
    ]
    if old["unit"] != new["unit"]:
        notes.append(f"measured in {_word(new['unit'])}, before in {_word(old['unit'])}")
    return notes


def _rank(status: str | None) -> int:
    return LOOKED.index(Status(status)) if status is not None and Status(status) in LOOKED else -1


def _at(document: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = document
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _word(value: Any) -> str:
    if value is None:
        return "none"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    hexadecimal = len(text) >= 40 and all(letter in "0123456789abcdef" for letter in text)
    return text[:SHORT] if hexadecimal else text
