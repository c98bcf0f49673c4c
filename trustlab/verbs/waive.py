"""``trust waive``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError, UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.checks.rules import Policy

COLUMNS = ("check", "group", "until", "owner", "reason", "ticket")


@operation(
    "verb",
    "Waiver",
    cost="instant",
    random=False,
    example={
        "file": "own.yaml",
        "check": "fairness.error_rates",
        "until": "2030-01-31",
        "owner": "Risk",
        "reason": "The new data come in January",
    },
)
def waive(
    file: Annotated[PathLike, Positional()],
    check: Annotated[str, Format("check"), Positional()],
    until: str | None = None,
    owner: str | None = None,
    reason: str | None = None,
    group: str | None = None,
    ticket: str | None = None,
    end: bool = False,
    revision: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """Let somebody answer for a check's fail until a day, in a policy's file; or end that. All else in it stays.

    A fail that is waived stays a fail and is shown as one; it does not stand in the way of a promotion.

    Parameters
    ----------
    file : path
        The policy; made where it is not there yet.
    check : str
        The check's id.
    until : str
        The last day on which it holds, such as 2030-01-31.
    owner : str
        Who answers for it.
    reason : str
        Why it may be so.
    group : str
        The group or segment with limits of its own, or baseline, that it is about; the whole check where not given.
    ticket : str
        Where it is followed.
    end : bool
        Take the waiver of this check, and of this group, out of the policy.
    revision : str
        What the file was when it was read, as ``trust policy`` names it, or new: refused where it has changed since.
    """
    from trustlab.checks.policy_edit import with_waiver, without_waiver
    from trustlab.checks.policy_file import PolicyFile

    held = PolicyFile(context.path(str(file)), "waive", revision)
    given = {"until": until, "owner": owner, "reason": reason, "ticket": ticket}
    place = _place(held.policy, check, group)
    if end:
        if told := [name for name, value in given.items() if value is not None]:
            raise UsageError(f"waive: end takes a waiver away, and nothing is said of it then; got {', '.join(told)}")
        if place is None:
            raise _unknown(held.policy, check, group)
        held.change(without_waiver(held.text, place))
        summary = f"{_subject(check, group)}: nobody answers for its fail any more; written to {held.path.name}"
    else:
        if missing := [name for name in ("until", "owner", "reason") if not given[name]]:
            raise UsageError(f"waive: until, owner and reason must be given; missing: {', '.join(missing)}")
        text = held.text if place is None else without_waiver(held.text, place)
        said = {"check": check, "group": group, **given}
        held.change(with_waiver(text, {name: value for name, value in said.items() if value is not None}))
        summary = f"{_subject(check, group)}: {owner} answers for its fail until {until}; written to {held.path.name}"
    waivers = [one.to_dict() for one in held.policy.waivers]
    rows = [tuple(one.get(name) for name in COLUMNS) for one in waivers]
    return Outcome(
        payload={"file": str(file), "revision": held.revision, "check": check, "waivers": waivers},
        summary=summary,
        views=[Table(name="waivers", title="Waivers", columns=COLUMNS, rows=rows)],
        advice=[f"%trust audit MODEL --policy {file}"],
    )


def _place(policy: Policy, check: str, group: str | None) -> int | None:
    found = (at for at, one in enumerate(policy.waivers) if (one.check, one.group) == (check, group))
    return next(found, None)


def _subject(check: str, group: str | None) -> str:
    return check if group is None else f"{check} for {group}"


def _unknown(policy: Policy, check: str, group: str | None) -> NotFoundError:
    known: list[Any] = [_subject(one.check, one.group) for one in policy.waivers]
    wanted = _subject(check, group)
    return NotFoundError(
        f"waive: end must name a waiver of the policy; got {wanted}.{did_you_mean(wanted, known)}",
        hint=f"It waives {', '.join(known)}." if known else "It waives nothing.",
    )
