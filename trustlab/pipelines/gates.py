"""What a step's glued values say about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import did_you_mean
from trustlab.core.result import Status
from trustlab.pipelines.spec import STATUS_SCRAP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.pipelines.spec import Gate


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a step whose cells all ran ends.

    Parameters
    ----------
    blocks : bool
        Whether the steps that need this one are skipped.
    """

    status: Status
    reason: str | None
    blocks: bool


def judge_step(gate: Gate | None, glued: Mapping[str, Any]) -> Verdict:
    """Return the verdict on a step from what it glued.

    Parameters
    ----------
    gate : Gate or None
        Without one nothing is blocked, but a status that the notebook glued as ``trust_status`` still counts as
        the step's: a failure is never shown as a pass.
    glued : mapping
        JSON values by name.
    """
    if gate is None:
        if STATUS_SCRAP not in glued:
            return Verdict(Status.PASS, None, blocks=False)
        found = read_status(glued[STATUS_SCRAP])
        if isinstance(found, Status):
            reason = None if found == Status.PASS else f"the notebook glued {STATUS_SCRAP} = {found}"
            return Verdict(found, reason, blocks=False)
        return Verdict(Status.ERROR, f"{STATUS_SCRAP} {found}", blocks=False)
    if gate.glued not in glued:
        near = did_you_mean(gate.glued, glued)
        reason = f"the gate looks at '{gate.glued}', and the notebook glued {', '.join(glued) or 'nothing'}.{near}"
        return Verdict(Status.ERROR, reason, blocks=True)
    found = read_status(glued[gate.glued])
    if not isinstance(found, Status):
        return Verdict(Status.ERROR, f"the gate looks at '{gate.glued}', which {found}", blocks=True)
    if found in gate.accept:
        reason = None if found == Status.PASS else f"the gate accepts {gate.glued} = {found}"
        return Verdict(found, reason, blocks=False)
    if waived := _by_leave(glued[gate.glued]):
        return Verdict(found, f"{gate.glued} is {found}, {waived}", blocks=False)
    reason = f"the gate accepts {' or '.join(gate.accept)}; {gate.glued} is {found}"
    return Verdict(Status.ERROR if found == Status.ERROR else Status.FAIL, reason, blocks=True)


def _by_leave(value: object) -> str | None:
    """Return by whose leave an audit's fail opens the gate: nothing blocks, and waivers are in force; else None."""
    if not isinstance(value, dict) or value.get("blocked_by") != [] or value.get("status") not in {"fail", "error"}:
        return None
    listed = [one for one in value.get("waivers") or () if isinstance(one, dict) and one.get("state") == "in force"]
    said = [f"{one.get('check')} until {one.get('until')} by {one.get('owner')}" for one in listed]
    return f"waived: {'; '.join(said)}" if said else None


def read_status(value: object) -> Status | str:
    """Return the status that a glued value states, or what is wrong with the value."""
    stated = value.get("status") if isinstance(value, dict) else value
    if isinstance(stated, str) and stated in set(Status):
        return Status(stated)
    return f"must be one of the six statuses or a document with a status; got {stated!r}"
