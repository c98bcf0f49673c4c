"""Which fails block promotion, and which of them someone answers for until a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Result, Status
from trustlab.core.views import Table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from trustlab.checks.rules import Policy, Waiver

BLOCKING = {Status.FAIL, Status.ERROR}  # what could not be looked at is no pass
IN_FORCE, EXPIRED, NOT_NEEDED = "in force", "expired", "not needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a policy makes of the findings of an audit on a day.

    Parameters
    ----------
    blocked_by : sequence of str
        The checks that block promotion.
    waived : mapping of str to sequence of Waiver
        By check: the waivers in force that cover its fail.
    waivers : sequence of mapping
        Every waiver as JSON data, with its ``state`` and what the check ended in.
    """

    blocked_by: Sequence[str]
    waived: Mapping[str, Sequence[Waiver]]
    waivers: Sequence[Mapping[str, Any]]


def standing(rules: Policy, results: Sequence[Mapping[str, Any]], today: dt.date) -> Standing:
    """Return what blocks and what is waived.

    Parameters
    ----------
    results : sequence of mapping
        Findings as JSON data: ``id``, ``status`` and ``provenance`` are read.
    """
    failing = {one["id"]: _failing(one) for one in results if one["status"] in BLOCKING}
    waived = {}
    for check, parts in failing.items():
        held = [one for one in rules.waivers if one.check == check and one.in_force(today)]
        covering = {one.group for one in held}
        if held and (None in covering or set(parts) <= covering):
            waived[check] = [one for one in held if one.group is None or one.group in parts]
    status = {one["id"]: str(one["status"]) for one in results}
    return Standing(
        blocked_by=[check for check in failing if rules.blocking(check) and check not in waived],
        waived=waived,
        waivers=[
            {**one.to_dict(), "state": _state(one, failing, today), "status": status.get(one.check)}
            for one in rules.waivers
        ],
    )


def _failing(result: Mapping[str, Any]) -> list[str | None]:
    """Return what in a finding fails: None for its own number, else the group, segment or baseline."""
    told = (result.get("provenance") or {}).get("policy") or {}
    lines = [line["about"] for line in told.get("lines", ()) if line["status"] in BLOCKING]
    own: list[str | None] = [None] if told.get("headline", result["status"]) in BLOCKING else []
    return [*own, *lines]


def _state(waiver: Waiver, failing: Mapping[str, Sequence[str | None]], today: dt.date) -> str:
    if not waiver.in_force(today):
        return EXPIRED
    parts = failing.get(waiver.check, ())
    needed = bool(parts) if waiver.group is None else waiver.group in parts
    return IN_FORCE if needed else NOT_NEEDED


def marked(results: Sequence[Result], rules: Policy, today: dt.date) -> tuple[list[Result], Standing]:
    """Return the findings with their waivers beside them, and what blocks. A waived fail stays a fail."""
    found = standing(rules, [told(result) for result in results], today)
    expired: dict[str, list[Waiver]] = {}
    for waiver in rules.waivers:
        if not waiver.in_force(today):
            expired.setdefault(waiver.check, []).append(waiver)
    return [_marked(one, found.waived.get(one.id, ()), expired.get(one.id, ())) for one in results], found


def told(result: Result) -> dict[str, Any]:
    """Return what of a finding `standing` reads."""
    return {"id": result.id, "status": result.status, "provenance": result.provenance}


def _marked(result: Result, held: Sequence[Waiver], expired: Sequence[Waiver]) -> Result:
    if result.status not in BLOCKING or not (held or expired):
        return result
    over = [] if held else expired
    said = "".join(
        [f"[{_about(one)}waived until {one.until:%Y-%m-%d} by {one.owner}: {one.reason}] " for one in held]
        + [f"[{_about(one)}waiver expired on {one.until:%Y-%m-%d}, {one.owner}] " for one in over]
    )
    table = Table(
        name="waivers",
        title="Waivers",
        columns=("about", "until", "owner", "reason", "ticket", "state"),
        rows=[
            (one.group or "the whole check", one.until.isoformat(), one.owner, one.reason, one.ticket, state)
            for listed, state in ((held, IN_FORCE), (expired, EXPIRED))
            for one in listed
        ],
    )
    return replace(result, reason=said + (result.reason or ""), views=[*result.views, table])


def _about(waiver: Waiver) -> str:
    return f"{waiver.group}: " if waiver.group else ""
