"""What a finding means and what to do about it: from the check's own documentation, and honest where there is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Status
from trustlab.report import words
from trustlab.report.code import code, known

if TYPE_CHECKING:
    from trustlab.core.result import Document, Result

ADVICE = "What to do"
PLAIN = "In plain words"
_HEADING = re.compile(r"^(?P<name>[A-Z][^\n]*)\n-{3,}[ \t]*\n", re.MULTILINE)

# For a check whose documentation gives no advice, such as a plug-in's: what its family calls for.
_BY_FAMILY: dict[str, str] = {
    "quality": "Look at the rows or columns in the table, mend them at their source, commit and audit again.",
    "performance": "Compare with a simpler model, more rows and other features before the figures are relied on.",
    "segments": "Look at the rows of the worst segment first: are there too few, or is a feature missing?",
    "fairness": "Look at the group that fares worst: its size, its labels and the features that stand for it.",
    "robustness": "Train on rows changed in this way, or check inputs before the model is asked.",
    "privacy": "Give out less than exact probabilities, fit less closely, and leave out columns that name people.",
    "reliability": "Hand unsure answers to a person until this is mended, and do not quote the probabilities.",
    "explanation": "Do not show explanations to others before this is understood.",
    "drift": "Find when the change began, and audit the model on the newer rows.",
}


def explanation(result: Result) -> tuple[str, str]:
    """Return the check's question, and how it is answered, from its documentation; empty where they are not known."""
    record = known(result.id)
    if record is None or record.kind == "verb":
        return "", ""
    return record.summary, _plain(_HEADING.split(record.doc)[0].partition("\n\n")[2])


def meaning(result: Result) -> list[str]:
    """Return what a finding means: what its status says about its number, then what the number is."""
    return [said for said in (words.meaning(result), *explanation(result)) if said]


def plain(result: Result) -> str:
    """Return what a finding that did not pass means, for who knows no machine learning, from the check's documentation.

    A check that does not say it, such as a plug-in's, is named by its title and its question.
    """
    record = known(result.id)
    if said := _section(record.doc, PLAIN) if record is not None else "":
        return said
    title = words.visible(result.title or result.id)
    return f"{title}: {question(result)}" if question(result) else title


def question(result: Result) -> str:
    """Return the question that a check asks; empty where it is not known."""
    return explanation(result)[0]


def todo(result: Result) -> str:
    """Return the advice of the check's documentation, or its family's where it gives none."""
    record = known(result.id)
    own = _section(record.doc, ADVICE) if record is not None else ""
    return own or _BY_FAMILY.get(result.family, "")


def advice(document: Document | None, result: Result) -> list[str]:
    """Return what to do about a finding, commands as something to type; never empty for a check."""
    status = words.of(result)
    own, general = list(result.advice), todo(result)
    made = code(document, result) if document is not None else None
    if status == Status.NOT_APPLICABLE:
        return [*own, "Nothing, or give what it needs, if the question matters here."]
    if status == Status.SKIPPED:
        return [*own, *([made.magic] if made else ["Ask for it by its name."])]
    if status == Status.ERROR:
        return [*own, "Run it alone to see what stopped it:", *([f"{made.magic} --debug"] if made else [])]
    if status == Status.PASS and general:
        limits = result.threshold
        judged = limits is None or limits.warn is not None or limits.fail is not None
        opening = "Nothing now. If it did not pass" if judged else "If this is not as you want it"
        return [*own, f"{opening}: {_begun(general)}"]
    return [*own, *([general] if general else [])]


def references(result: Result) -> list[str]:
    """Return the publications that a finding rests on."""
    told = result.provenance.get("references")
    if isinstance(told, list | tuple) and told:
        return [str(one) for one in told]
    record = known(result.id)
    return list(record.references) if record is not None else []


def of_document(document: Document) -> dict[str, dict[str, Any]]:
    """Return what the page of a document says beside each finding's numbers, by the finding's id, as JSON data."""
    return {result.id: _told(document, result) for result in document.results}


def _told(document: Document, result: Result) -> dict[str, Any]:
    made = code(document, result)
    return {
        "meaning": meaning(result),
        "advice": advice(document, result),
        "references": references(result),
        "code": made.magic if made else None,
    }


def _section(doc: str, name: str) -> str:
    parts = _HEADING.split(doc)
    return next((_plain(body) for title, body in zip(parts[1::2], parts[2::2], strict=True) if title == name), "")


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "").split())


def _begun(sentence: str) -> str:
    """Return a sentence to go on after a colon."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence
