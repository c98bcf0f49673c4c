"""``trust amend``."""

from __future__ import annotations

from typing import Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional
from trustlab.core.result import Outcome

NONE = "none"


@operation(
    "verb",
    "Policy change",
    cost="instant",
    random=False,
    example={"file": "own.yaml", "check": "fairness.error_rates", "fail": "1.5", "reason": "Agreed in March"},
)
def amend(
    file: Annotated[PathLike, Positional()],
    check: Annotated[str, Format("check"), Positional()],
    warn: str | None = None,
    fail: str | None = None,
    source: str | None = None,
    owner: str | None = None,
    reason: str | None = None,
    ask: bool | None = None,
    revision: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """Change what a policy's file says about one check; everything else in it stays, comments too.

    Parameters
    ----------
    file : path
        The policy; made where it is not there yet.
    check : str
        The check's id.
    warn : str
        The number at which the check warns; none takes the limit away. It stays as it is where not given.
    fail : str
        The number at which the check fails; none takes the limit away.
    source : str
        Where the limits come from.
    owner : str
        Who answers for them.
    reason : str
        Why they are so.
    ask : bool
        Whether the check is asked.
    revision : str
        What the file was when it was read, as ``trust policy`` names it, or new: refused where it has changed since.
    """
    from trustlab.checks.policy import known_checks
    from trustlab.checks.policy_edit import with_entry
    from trustlab.checks.policy_file import PolicyFile

    held = PolicyFile(context.path(str(file)), "amend", revision)
    words = {"source": source, "owner": owner, "reason": reason, "ask": ask}
    said: dict[str, Any] = {
        side: _limit(side, text) for side, text in (("warn", warn), ("fail", fail)) if text is not None
    } | {key: value for key, value in words.items() if value is not None}
    if not said:
        raise UsageError("amend: warn, fail, source, owner, reason or ask must be given; none came")
    if "." not in check or known_checks([check], "amend: check") != (check,):
        raise UsageError(f"amend: check must be a check's id; got the family {check!r}")
    before = held.policy
    held.change(with_entry(held.text, check, said))
    limits = {moment: one.to_dict()["checks"][check] for moment, one in (("before", before), ("after", held.policy))}
    return Outcome(
        payload={
            "file": str(file),
            "revision": held.revision,
            "check": check,
            **limits,
            "limits": held.policy.limits_digest(),
        },
        summary=f"{check}: {_told(limits['before'], limits['after'])}; written to {held.path.name}",
        advice=[f"%trust audit MODEL --policy {file}"],
    )


def _limit(side: str, text: str) -> float | int | None:
    import math

    if text.strip().lower() == NONE:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"amend: {side} must be a number, or none; got {text!r}")
    return int(number) if number.is_integer() and "." not in text else number


def _told(before: dict[str, Any], after: dict[str, Any]) -> str:
    parts = [
        f"{key} {_word(after.get(key))}, was {_word(before.get(key))}"
        for key in ("warn", "fail", "source", "owner", "reason", "ask")
        if before.get(key) != after.get(key)
    ]
    return "; ".join(parts) or "nothing changed"


def _word(value: Any) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
