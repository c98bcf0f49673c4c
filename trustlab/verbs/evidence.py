"""``trust evidence``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional
from trustlab.core.result import Outcome
from trustlab.core.views import Matrix, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.checks.evidence import Evidence
    from trustlab.checks.points import Chapter
    from trustlab.core.views import View


@operation("verb", "Evidence", cost="instant", random=False, example={"audits": ["lender@1"]})
def evidence(
    audits: Annotated[list[str] | None, Format("address"), Positional()] = None, *, context: Context
) -> Outcome:
    """Show which audits speak to each principle and to Articles 9 to 15 and Annex IV of the EU AI Act, and every gap.

    Parameters
    ----------
    audits : list
        Models (lender, lender@2: their newest audit), runs of audits, or JSON files; where none is given, which checks
        would speak to each point.
    """
    from trustlab.checks.audits import find_audit

    if not audits:
        return _mapping()
    return _read({name: find_audit(name, context) for name in audits})


def _mapping() -> Outcome:
    """Return the mapping itself: the checks that would speak to each point."""
    from trustlab.checks.ai_act import SOURCE
    from trustlab.checks.evidence import CHAPTERS, GAP, NO_VERDICT, listed, speaking, table_of, unmapped
    from trustlab.checks.principles import PRINCIPLES
    from trustlab.core import registry

    checks = list(registry.of_kind("check"))
    chapters = (PRINCIPLES, *CHAPTERS)
    told = [
        {
            "chapter": chapter.number,
            "ref": point.ref,
            "asks": point.asks,
            "checks": speaking(point, checks),
            "records": list(point.records),
            "gap": point.gap or None,
        }
        for chapter in chapters
        for point in chapter.points
    ]
    views: list[View] = []
    for chapter in chapters:
        rows = [
            (one["ref"], one["asks"], listed([*point.checks, *point.records]), one["gap"])
            for one, point in zip((t for t in told if t["chapter"] == chapter.number), chapter.points, strict=True)
        ]
        views.append(table_of(chapter, ("point", "asks", "what speaks to it", GAP), rows))
    silent = [one for one in told if not one["checks"] and not one["records"]]
    left = unmapped(checks)
    return Outcome(
        payload={"source": SOURCE, "points": told, "unmapped": left},
        summary=f"{counted(len(told), 'point')}; nothing here speaks to {len(silent)} of them"
        + (f"; {counted(len(left), 'check')} speak to none: {listed(left)}" if left else ""),
        views=[*views, Text(name="note", title="How to read this", text=NO_VERDICT)],
        advice=["%trust evidence MODEL"],
    )


def _read(documents: Mapping[str, Mapping[str, Any]]) -> Outcome:
    """Return what some audits say to each point."""
    from trustlab.checks.ai_act import SOURCE
    from trustlab.checks.evidence import CHAPTERS, NO_VERDICT, WORDS, tables
    from trustlab.checks.evidence import evidence as evidence_of
    from trustlab.checks.principles import PRINCIPLES

    chapters = (PRINCIPLES, *CHAPTERS)
    found = {name: evidence_of(document, chapters) for name, document in documents.items()}
    first = next(iter(found.values()))
    views: list[View] = [_overview(found, chapters), *tables(found)]
    spoken = {name: sum(one.state not in {"gap", "not looked"} for one in of) for name, of in found.items()}
    said = ", ".join(f"{name} {n}" for name, n in spoken.items())
    return Outcome(
        payload={
            "source": SOURCE,
            "audits": {
                name: {
                    "run": document["provenance"].get("run"),
                    "status": document["status"],
                    "points": [one.to_dict() for one in found[name]],
                }
                for name, document in documents.items()
            },
            "words": dict(WORDS),
        },
        summary=f"Points with evidence, of {len(first)}: {said}",
        views=[*views, Text(name="note", title="How to read this", text=NO_VERDICT)],
    )


def _overview(found: Mapping[str, Sequence[Evidence]], chapters: Sequence[Chapter]) -> Matrix:
    """Return, for each chapter and audit, the share of its points that something speaks to."""
    rows = []
    for chapter in chapters:
        shares = []
        for of in found.values():
            own = [one.state not in {"gap", "not looked"} for one in of if one.chapter is chapter]
            shares.append(sum(own) / len(own))
        rows.append((chapter.number, *shares))
    return Matrix(
        name="overview",
        title="Share of the points that something speaks to",
        columns=("chapter", *found),
        rows=rows,
        caption="Also where it speaks against: this is how much was looked at, not how well it went.",
    )
