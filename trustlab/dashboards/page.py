"""The page of a dashboard: a sentence, sections below it, who made what; drawn for a file and for a notebook alike."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.dashboards.style import story_css
from trustlab.report import words
from trustlab.report.budget import Limits, fitted
from trustlab.report.markup import Markup, el, join
from trustlab.report.parts import Medium, facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from trustlab.core.result import Document, Status

MAX_BYTES = 1_900_000
LIVE_BYTES = 900_000
PROGRAM = "trust"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page under its heading; ``draw`` gives None where there is nothing to say."""

    heading: str
    draw: Callable[[Medium], Markup | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one stakeholder reads.

    Parameters
    ----------
    title : str
        The question that it answers.
    about : str or None
        The model or repo that it is about; None where there is none.
    choices : sequence of str
        Those that a page could be about.
    status : Status or None
        The verdict, where there is one.
    sentence : str
        The first sentence: who reads nothing else still knows.
    lead : sequence of str
        The paragraphs below it.
    document : Document
        What it rests on.
    sections : sequence of Section
        In their order.
    made : sequence of (str, str)
        Who, when, on what, and how to verify it, as names and texts.
    """

    title: str
    about: str | None
    choices: Sequence[str]
    status: Status | None
    sentence: str
    lead: Sequence[str]
    document: Document
    sections: Sequence[Section]
    made: Sequence[tuple[str, str]] = ()


def to_html(page: Page) -> str:
    """Return the page as one file under 2 MB: no server, no script, and nothing that is fetched."""
    style = story_css(notebook=False)

    def whole(limits: Limits) -> str:
        title = " · ".join(filter(None, (page.about, page.title)))
        head = el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", http_equiv="Content-Security-Policy", content=_policy(style)),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("title", words.short(title, 120)),
            el("style", Markup(style)),
        )
        body = el("body", *_parts(page, limits), _class="trustlab tl-story")
        return f"<!DOCTYPE html>\n{el('html', head, body, lang='en')}\n"

    return fitted(whole, MAX_BYTES)


def fragment(page: Page, only: str | None = None) -> str:
    """Return the page as HTML for inside a notebook's page.

    Parameters
    ----------
    only : str or None
        The heading of the one section to show; all of them where None.
    """
    style = story_css(notebook=True)

    def inset(limits: Limits) -> str:
        parts = _parts(page, limits, only)
        return el("div", el("style", Markup(style)), *parts, _class="trustlab tl-story")

    return fitted(inset, LIVE_BYTES)


def _policy(style: str) -> str:
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{hashed}'; img-src data:; base-uri 'none'; form-action 'none'"


def _parts(page: Page, limits: Limits, only: str | None = None) -> list[Markup]:
    medium = Medium(limits, place=lambda drawn: drawn, document=page.document, anchors=False, program=PROGRAM)
    head = el(
        "header",
        el("p", medium.cut(page.title), _class="tl-soft"),
        el("h1", medium.cut(page.sentence, 400)),
        *(el("p", medium.cut(one, 1000)) for one in page.lead),
        _class=f"tl-top tl-{page.status}" if page.status else "tl-top",
    )
    made = facts([(medium.cut(name), medium.cut(text, 500)) for name, text in page.made])
    foot = el("footer", el("h2", "Who, when, on what"), made) if made is not None else None
    shown = [section for section in page.sections if only in (None, section.heading)]
    drawn = [_section(section, medium) for section in shown]
    return [head, el("main", *drawn), join([foot])]


def _section(section: Section, medium: Medium) -> Markup | None:
    drawn = section.draw(medium)
    return el("section", el("h2", section.heading), drawn) if drawn else None


def item(said: str, status: Status, *main: Markup | str | None, margin: Iterable[tuple[str, str]] = ()) -> Markup:
    """Return one thing that is told: in the main column in plain words, its numbers in the margin."""
    badge = el("span", f"{words.ICON[status]} {words.WORD[status]}", _class=f"tl-badge tl-few tl-{status}")
    beside = facts(margin)
    return el(
        "article",
        el("div", el("h3", badge, " ", said), *main),
        el("aside", beside, aria_label="Numbers") if beside else None,
        _class="tl-item",
    )


def paragraphs(*said: str) -> Callable[[Medium], Markup | None]:
    """Return what draws plain paragraphs."""
    return lambda medium: join([el("p", medium.cut(one, 1000)) for one in said])


def bullets(lines: Iterable[str], medium: Medium) -> Markup:
    """Return lines as a list, as many as fit, the rest counted."""
    every = list(lines)
    shown = [el("li", medium.cut(one, 600)) for one in every[: medium.limits.findings]]
    left = len(every) - len(shown)
    return el("ul", *shown, el("li", f"and {words.number(left)} more") if left > 0 else None)
