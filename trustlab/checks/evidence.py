"""What an audit has to say to each point of the five principles and of the EU AI Act, and what nothing here speaks to.

Evidence is no verdict on the law: which points apply, and whether they are met, is for people to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trustlab.checks.ai_act import ARTICLES
from trustlab.checks.annex_iv import ANNEX_IV
from trustlab.checks.principles import PRINCIPLES
from trustlab.checks.rules import covers
from trustlab.core.result import SEVERITY, Status
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from trustlab.checks.points import Chapter, Point

State = Literal["fails", "errors", "warns", "passes", "record", "not looked", "gap"]
NAMED = 4
GAP = "nothing here speaks to"
NO_VERDICT = (
    "Evidence is no verdict: which points apply to a system, and whether they are met, is for people to judge. "
    "Most points ask for more than numbers can show."
)
CHAPTERS: tuple[Chapter, ...] = (*ARTICLES, ANNEX_IV)
WORDS: dict[State, str] = {
    "fails": "evidence, and it fails",
    "errors": "could not be computed",
    "warns": "evidence, with warnings",
    "passes": "evidence within the limits",
    "record": "on record",
    "not looked": "not looked at in this audit",
    "gap": "nothing here speaks to this",
}
STATES: dict[Status, State] = {
    Status.FAIL: "fails",
    Status.ERROR: "errors",
    Status.WARN: "warns",
    Status.PASS: "passes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an audit says to one point.

    Parameters
    ----------
    findings : mapping of str to str
        Status by check, the worst first; of the checks that speak to the point and are in the audit.
    records : sequence of str
        What of the audit's own record speaks to it.
    """

    chapter: Chapter
    point: Point
    state: State
    findings: Mapping[str, str]
    records: Sequence[str]

    def counts(self) -> dict[str, int]:
        """Return how many checks ended in each status, the worst first."""
        found = [str(status) for status in SEVERITY]
        return {word: n for word in found if (n := sum(word == status for status in self.findings.values()))}

    def to_dict(self) -> dict[str, Any]:
        """Return the evidence as JSON data."""
        return {
            "chapter": self.chapter.number,
            "ref": self.point.ref,
            "asks": self.point.asks,
            "state": self.state,
            "findings": dict(self.findings),
            "records": list(self.records),
            "gap": self.point.gap or None,
        }


def _run(document: Mapping[str, Any]) -> str | None:
    told = document.get("provenance") or {}
    when, who = str(told.get("started") or "")[:10], told.get("author")
    return f"run of {when} by {who}, seed {told.get('seed')}" if when and who else None


def _data(document: Mapping[str, Any]) -> str | None:
    data = document.get("data") or {}
    mark = data.get("commit") or data.get("digest")
    return f"data {data.get('name')}, {document.get('rows')} rows, {str(mark)[:12]}" if mark else None


def _model(document: Mapping[str, Any]) -> str | None:
    model = document.get("model") or {}
    return f"{model.get('name')} version {model['version']}, with its lineage" if model.get("version") else None


def _policy(document: Mapping[str, Any]) -> str | None:
    name, owner = document.get("policy"), document.get("policy_owner")
    return f"limits with sources, policy {name}" + (f", owner {owner}" if owner else "") if name else None


def _waivers(document: Mapping[str, Any]) -> str | None:
    listed = document.get("waivers") or ()
    return f"{len(listed)} waivers with owner, reason and last day" if listed else None


RECORDS: dict[str, Callable[[Mapping[str, Any]], str | None]] = {
    "run": _run,
    "data": _data,
    "model": _model,
    "policy": _policy,
    "waivers": _waivers,
}


def speaking(point: Point, checks: Iterable[str]) -> list[str]:
    """Return which of ``checks`` speak to a point."""
    return [check for check in checks if covers(point.checks, check)]


def unmapped(checks: Iterable[str]) -> list[str]:
    """Return the checks that speak to no principle, or to no point of the Act."""
    everything = [list(PRINCIPLES.points), [point for chapter in CHAPTERS for point in chapter.points]]
    return [check for check in checks if not all(any(speaking(p, [check]) for p in points) for points in everything)]


def evidence(document: Mapping[str, Any], chapters: Iterable[Chapter] = CHAPTERS) -> list[Evidence]:
    """Return what an audit's document, as JSON data, says to each point of some chapters, in their order."""
    order = [str(status) for status in SEVERITY]
    results = sorted(document["results"], key=lambda result: order.index(result["status"] or "error"))
    statuses = {str(result["id"]): str(result["status"] or "error") for result in results}
    return [_of(chapter, point, statuses, document) for chapter in chapters for point in chapter.points]


def _of(chapter: Chapter, point: Point, statuses: Mapping[str, str], document: Mapping[str, Any]) -> Evidence:
    findings = {check: statuses[check] for check in speaking(point, statuses)}
    records = [said for name in point.records if (said := RECORDS[name](document))]
    return Evidence(
        chapter=chapter,
        point=point,
        state=_state(list(findings.values()), records, may_look=bool(point.checks)),
        findings=findings,
        records=records,
    )


def _state(statuses: Sequence[str], records: Sequence[str], *, may_look: bool) -> State:
    for status, state in STATES.items():
        if str(status) in statuses:
            return state
    return "record" if records else "not looked" if may_look else "gap"


def summary(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the keys that an audit's document holds: the principles, and the Act's articles with their counts."""
    principles = [
        {"principle": one.point.ref, "state": one.state, "checks": one.counts(), "gap": one.point.gap}
        for one in evidence(document, [PRINCIPLES])
    ]
    found = evidence(document)
    articles = [_chapter(chapter, [one for one in found if one.chapter is chapter]) for chapter in CHAPTERS]
    return {"principles": principles, "articles": articles}


def _chapter(chapter: Chapter, found: Sequence[Evidence]) -> dict[str, Any]:
    states = [one.state for one in found]
    return {
        "article": chapter.number,
        "title": chapter.title,
        "state": next(state for state in WORDS if state in states),
        "points": len(found),
        "with_evidence": sum(state not in {"gap", "not looked"} for state in states),
        "not_looked": states.count("not looked"),
        "gaps": sum(bool(one.point.gap) for one in found),
    }


def tables(found: Mapping[str, Sequence[Evidence]]) -> list[Table]:
    """Return a table for each chapter: its points, what each audit says to them, and what nothing here speaks to."""
    first = next(iter(found.values()))
    made = []
    for chapter in dict.fromkeys(one.chapter for one in first):
        rows = [
            (one.point.ref, one.point.asks, *(told(of[at]) for of in found.values()), one.point.gap or None)
            for at, one in enumerate(first)
            if one.chapter is chapter
        ]
        made.append(table_of(chapter, ("point", "asks", *found, GAP), rows))
    return made


def table_of(chapter: Chapter, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """Return a chapter's table."""
    name = chapter.number.lower().replace(" ", "_")
    title = chapter.title if chapter is PRINCIPLES else f"{chapter.number}: {chapter.title}"
    return Table(name=name, title=title, columns=columns, rows=rows)


def told(one: Evidence) -> str:
    """Return what an audit says to a point, in a few words: the state, the checks that make it, what is on record."""
    counts = ", ".join(f"{n} {word.replace('_', ' ')}" for word, n in one.counts().items())
    worst = [check for check, status in one.findings.items() if status in {"fail", "error"}]
    named = f": {listed(worst)}" if worst else ""
    return "; ".join(filter(None, (f"{WORDS[one.state]}{named}", counts, *one.records)))


def listed(names: Sequence[str]) -> str:
    """Return some names in a line, those beyond a few counted."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
