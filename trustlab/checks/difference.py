"""What changed between two audits, as a finding's words, table and picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.counted import counted
from trustlab.core.result import Outcome, Status
from trustlab.core.views import Series, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.checks.changes import Change
    from trustlab.core.context import Context
    from trustlab.core.views import View

NAMED = 3


def outcome(before: Mapping[str, Any], after: Mapping[str, Any]) -> Outcome:
    """Return what changed between two audits' documents."""
    from trustlab.checks.changes import changes, other_facts
    from trustlab.core.views import clean

    found, facts = changes(before, after), other_facts(before, after)
    payload = {
        "before": _label(before),
        "after": _label(after),
        "changes": clean([_row(change) for change in found if change.kind != "same"]),
        "differs": [dict(zip(("what", "before", "after"), fact, strict=True)) for fact in facts],
    }
    return Outcome(payload=payload, status=_status(found), summary=sentence(found, facts), views=views_of(found, facts))


def added(made: Outcome, before: Mapping[str, Any], context: Context) -> Outcome:
    """Return an audit's outcome with what changed since an earlier audit."""
    from dataclasses import replace
    from importlib.metadata import version

    from trustlab.checks.changes import changes, other_facts

    told = {"seed": context.seed, "trustlab": version("trustlab")}
    after = {"results": [result.to_dict() for result in made.results], **made.payload, "provenance": told}
    found, facts = changes(before, after), other_facts(before, after)
    since = {"audit": before["provenance"]["run"], "changes": [_row(c) for c in found if c.kind != "same"]}
    return replace(
        made,
        payload={**made.payload, "since": since},
        summary=f"{made.summary}; since {before['provenance']['started'][:10]} {sentence(found, facts)}",
        views=[*made.views, *views_of(found, facts)],
    )


def sentence(found: Sequence[Change], facts: Sequence[tuple[str, str, str]]) -> str:
    """Return the difference in a sentence, the worst first."""
    worse = [change.title.lower() for change in found if change.kind == "worse"]
    more = f" and {len(worse) - NAMED} more" if len(worse) > NAMED else ""
    parts = [f"worse: {', '.join(worse[:NAMED])}{more}"] if worse else ["nothing became worse"]
    for kind, word in (("better", "better"), ("new", "looked at now only"), ("gone", "looked at before only")):
        if count := sum(change.kind == kind for change in found):
            parts.append(f"{counted(count, 'check')} {word}")
    noisy = sum(change.noise is True and change.kind in {"worse", "better"} for change in found)
    if noisy:
        parts.append(f"{noisy} of these changes could be noise")
    if facts:
        parts.append(f"other {', '.join(name for name, _, _ in facts)}")
    return "; ".join(parts)


def views_of(found: Sequence[Change], facts: Sequence[tuple[str, str, str]]) -> list[View]:
    """Return how many checks changed which way, which they are, and what else differs."""
    from trustlab.checks.changes import KINDS

    counts = [(kind, sum(change.kind == kind for change in found)) for kind in KINDS]
    rows = [tuple(_row(change).values()) for change in found if change.kind != "same"]
    columns = tuple(_row(found[0])) if found else ("check",)
    same = sum(change.kind == "same" for change in found)
    views: list[View] = [
        Series(
            name="counts",
            title="Checks by change",
            columns=("change", "checks"),
            rows=[row for row in counts if row[1]],
            x="change",
            y=("checks",),
            mark="bar",
        ),
        Table(
            name="changes",
            title="Changes",
            columns=columns,
            rows=rows,
            caption=f"{counted(same, 'check')} the same. difference: after less before, with the ends that both "
            "intervals give; could_be_noise where these reach 0, empty where an interval is missing.",
        ),
    ]
    if facts:
        title = "What else differs"
        views.append(Table(name="differs", title=title, columns=("what", "before", "after"), rows=facts))
    return views


def _row(change: Change) -> dict[str, Any]:
    ends = change.difference or (None, None, None)
    return {
        "check": change.check,
        "change": change.kind,
        "before": change.before,
        "after": change.after,
        "value_before": change.old,
        "value_after": change.new,
        "difference": ends[0],
        "difference_lo": ends[1],
        "difference_hi": ends[2],
        "could_be_noise": change.noise,
        "note": "; ".join(change.notes),
    }


def _status(found: Sequence[Change]) -> Status:
    if any(change.after == Status.FAIL and change.before != Status.FAIL for change in found):
        return Status.FAIL
    return Status.WARN if any(change.kind in {"worse", "gone"} for change in found) else Status.PASS


def _label(document: Mapping[str, Any]) -> dict[str, Any]:
    told = document["provenance"]
    return {
        "audit": told["run"],
        "when": told["started"],
        "model": document.get("model"),
        "data": (document.get("data") or {}).get("name"),
        "policy": document.get("policy"),
        "verdict": document["status"],
    }
