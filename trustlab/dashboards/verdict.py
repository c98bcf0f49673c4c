"""The verdict on a model, for who decides and knows no machine learning."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trustlab.core.counted import counted, listed
from trustlab.core.result import Status
from trustlab.dashboards import history, plain, provenance
from trustlab.dashboards.page import Page, Section, item
from trustlab.dashboards.record import dashboard
from trustlab.report import guide, words
from trustlab.report.families import SECTIONS
from trustlab.report.markup import Markup, el, join
from trustlab.report.parts import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.context import Context
    from trustlab.core.result import Document, Result
    from trustlab.report.parts import Medium

UNSEEN = "What could not be checked, and why"
UNJUDGED = "Looked at, but nobody has said how much is too much"
_OTHERS_NAMED = 8
_LINE = 4000


@dashboard("Can this model be used?", about="model")
def verdict(context: Context, about: str | None = None) -> Page:
    """The verdict on a model, for who decides: what failed, what passed, what nobody looked at, who answers for it."""
    workspace = context.workspace
    document = history.audit_of(workspace, about)
    own, known = provenance.name_of(document), list(history.audited(workspace))
    found = _by_status(document)
    loud = [
        Section(SECTIONS[status], partial(_told, found[status], document))
        for status in (Status.FAIL, Status.ERROR)
        if found[status]
    ]
    sections = [
        *loud,
        Section(SECTIONS[Status.WARN], partial(_told, found[Status.WARN], document)),
        Section(SECTIONS[Status.PASS], partial(_passed, found[Status.PASS])),
        Section(UNSEEN, partial(_unseen, found)),
    ]
    return Page(
        title="Can this model be used?",
        about=own,
        choices=known,
        status=document.status,
        sentence=words.opening(document),
        lead=[
            provenance.examined(document),
            *_leave(document),
            *provenance.moved_on(document, context),
            *_others(own, known, about),
        ],
        document=document,
        sections=sections,
        made=provenance.made(document, workspace),
    )


def _by_status(document: Document) -> dict[Status, list[Result]]:
    found: dict[Status, list[Result]] = {status: [] for status in Status}
    for result in document.sorted_results():
        found[words.of(result)].append(result)
    return found


def _leave(document: Document) -> list[str]:
    """Return who answers for checks that fail and are waived."""
    held = words.waived(document)
    every = document.payload.get("waivers") or ()
    standing = [one for one in every if one.get("state") == "in force" and one.get("check") in held]
    return [
        f"{one.get('owner')} answers for {one['check']} until {one.get('until')}: {one.get('reason')}"
        for one in standing
    ]


def _others(own: str, known: Sequence[str], about: str | None) -> list[str]:
    others = [name for name in known if name != own]
    if not others:
        return []
    named = listed(others, _OTHERS_NAMED)
    picked = "" if about else ", the one audited last"
    return [f"{counted(len(known), 'model')} were audited here. This page is about {own}{picked}; the others: {named}."]


def _told(results: Sequence[Result], document: Document, medium: Medium) -> Markup | None:
    """Return findings that did not pass: what failed with its picture and numbers, the others in a line each."""
    shown = results[: medium.limits.findings]
    parts = [_finding(result, document, medium) for result in shown]
    left = len(results) - len(shown)
    if not parts:
        return None
    brief: str | None = "tl-briefs"
    if words.of(results[0]) == Status.FAIL:
        at, brief = str(document.provenance.get("run") or "")[:8], None
        parts.append(
            el(
                "p",
                "What can be done about each, and the code behind it, is in the audit itself: ",
                el("code", medium.cut(f"trust runs {at} --html audit.html")),
                _class="tl-soft tl-screen",
            )
        )
    return el("div", *parts, el("p", f"and {words.number(left)} more in the audit") if left else None, _class=brief)


def _finding(result: Result, document: Document, medium: Medium) -> Markup:
    status = words.of(result)
    said = medium.cut(guide.plain(result), 600)
    held = words.waived(document).get(result.id)
    leave = (
        el("p", f"Someone answers for this until {held}.") if held and status in {Status.FAIL, Status.ERROR} else None
    )
    sentence = el("p", medium.cut(plain.told(result), 700)) if result.reason else None
    if status != Status.FAIL:
        number = " · ".join(filter(None, (words.headline(result), words.levels(result.threshold))))
        margin = [("Number", medium.cut(number)), ("Check", medium.cut(result.id))] if number else []
        return item(said, status, leave, sentence, margin=margin)
    margin = [*numbers(result, medium), ("In full", medium.cut(result.reason or "", 700))]
    return item(said, status, leave, sentence, plain.figure(result, medium), margin=margin)


def _passed(results: Sequence[Result], medium: Medium) -> Markup | None:
    """Return what passed as the questions that were asked, by family."""
    if not results:
        return None
    judged = [result for result in results if result.is_judged]
    rest = [result for result in results if not result.is_judged]
    groups = {**_families(judged), **({UNJUDGED: rest} if rest else {})}
    told = {_headed(name, members): [_question(one) for one in members] for name, members in groups.items()}
    return _lists(told, medium)


def _headed(name: str, results: Sequence[Result]) -> str:
    return f"{name[:1].upper()}{name[1:]} ({words.number(len(results))})"


def _families(results: Sequence[Result]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.family, []).append(result)
    return dict(sorted(found.items()))


def _question(result: Result) -> str:
    return guide.question(result) or result.title or result.id


def _unseen(found: Mapping[Status, Sequence[Result]], medium: Medium) -> Markup | None:
    """Return the questions that were not asked or do not arise, those with one reason together."""
    groups = {
        "Not looked at, though it could be": found[Status.SKIPPED],
        "Does not arise here, or too little was given to answer it": found[Status.NOT_APPLICABLE],
    }
    told = {_headed(heading, results): _reasoned(results) for heading, results in groups.items() if results}
    if not told:
        return el("p", "Nothing: every question was asked, and every one could be answered.")
    return join([el("p", "What was not looked at is not fine: it is not known."), _lists(told, medium)])


def _reasoned(results: Sequence[Result]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for result in results:
        # Its own name is no reason of its own: all that take minutes are left out for one and the same.
        reason = plain.told(result).replace(f": --only {result.id}", "") or "no reason was given"
        by_reason.setdefault(reason, []).append(_question(result))
    # The reason first: however many questions share it, it is not what is cut away.
    return [f"{reason[:1].upper()}{reason[1:]}: {' '.join(questions)}" for reason, questions in by_reason.items()]


def _lists(groups: Mapping[str, Sequence[str]], medium: Medium) -> Markup:
    parts = []
    for name, lines in groups.items():
        items = [el("li", medium.cut(line, _LINE)) for line in lines[: medium.limits.findings]]
        parts.append(el("div", el("h3", medium.cut(name)), el("ul", *items)))
    return el("div", *parts, _class="tl-columns")
