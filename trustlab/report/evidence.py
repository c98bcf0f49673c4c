"""An audit's section on the five principles and the EU AI Act: what speaks to each point, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.report.markup import Markup, el, join
from trustlab.report.parts import table

if TYPE_CHECKING:
    from trustlab.core.result import Document
    from trustlab.report.parts import Medium

OPERATION = "audit"


def evidence_section(document: Document, medium: Medium) -> Markup | None:
    """Return the section, a folded table for each article; None for what is no audit or has no room for tables.

    Parameters
    ----------
    document : Document
        An audit, also one that a journal kept: the points are read from its findings, not stored.
    medium : Medium
        Where it goes.
    """
    if document.operation != OPERATION or not document.results or not medium.limits.rows:
        return None
    from trustlab.checks.ai_act import SOURCE
    from trustlab.checks.evidence import CHAPTERS, NO_VERDICT, evidence, tables
    from trustlab.checks.principles import PRINCIPLES

    told = {**document.payload, "provenance": document.provenance}
    told["results"] = [{"id": result.id, "status": result.status} for result in document.results]
    found = {"this audit": evidence(told, (PRINCIPLES, *CHAPTERS))}
    principles, *chapters = tables(found)
    folded = [
        el("details", el("summary", medium.cut(one.title)), table(one, medium), _class="tl-more tl-point")
        for one in chapters
    ]
    return el(
        "div",  # no section: the filter hides those in which no finding is left
        el("h2", "What this says to the five principles and to the EU AI Act"),
        el("p", NO_VERDICT),
        table(principles, medium),
        el("p", f"Articles and annex: {SOURCE}; the words are ours.", _class="tl-soft"),
        join(folded),
        _class="tl-evidence",
    )
