"""A document as one self-contained page: no network, readable without a script, printable, small at any size."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from trustlab.report import words
from trustlab.report.budget import Limits, fitted
from trustlab.report.code import code
from trustlab.report.evidence import evidence_section
from trustlab.report.families import controls, overview, sections
from trustlab.report.json import fingerprint
from trustlab.report.markup import Markup, el, join
from trustlab.report.parts import Medium, advised, document_views, facts, made_by, told
from trustlab.report.recorded import shown
from trustlab.report.script import SCRIPT
from trustlab.report.style import report_css

if TYPE_CHECKING:
    from trustlab.core.result import Document

MAX_BYTES = 1_900_000


def to_html(document: Document, *, program: str = "%trust") -> str:
    """Return the document as one HTML file.

    Parameters
    ----------
    document : Document
        What to show.
    program : str
        What is typed before a verb where the page is read: ``trust`` in a shell.

    Returns
    -------
    str
        A page under 2 MB: where the full one would be larger, tables and pictures are cut in stated steps.
    """
    document = shown(document)
    mark = fingerprint(document)

    def page(limits: Limits) -> str:
        return _page(Medium(limits, place=lambda drawn: drawn, document=document, program=program), mark)

    return fitted(page, MAX_BYTES)


def _page(medium: Medium, mark: str) -> str:
    document = medium.document
    style = report_css(notebook=False)
    title = f"{words.ICON[document.status]} {medium.cut(document.title or document.operation)}"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(style, SCRIPT)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("style", Markup(style)),
    )
    body = el(
        "body",
        _header(document, medium),
        el(
            "main",
            overview(document, medium),
            controls(document, medium),
            sections(document, medium),
            _views(document, medium),
            evidence_section(document, medium),
        ),
        _footer(document, medium, mark),
        el("script", Markup(SCRIPT)),
        _class="trustlab",
    )
    return f"<!DOCTYPE html>\n{el('html', head, body, lang='en')}\n"


def _policy(style: str, script: str) -> str:
    """Return a policy under which only this style sheet and this script count, and nothing is fetched."""
    hashed = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashed[0]}'; script-src 'sha256-{hashed[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _header(document: Document, medium: Medium) -> Markup:
    started = str(document.provenance.get("started") or "")[:16].replace("T", " ")
    when = " · ".join(
        filter(None, (medium.cut(document.title or document.operation), started, words.seconds(document)))
    )
    summary = document.summary if document.results else None
    advice = [advised(line, medium) for line in list(document.advice)[:8]]
    return el(
        "header",
        el("p", when, _class="tl-soft"),
        el("h1", medium.cut(words.opening(document))),
        el("p", words.verdict(document), _class="tl-verdict"),
        el("p", medium.cut(summary)) if summary else None,
        el("p", "Next: ", join(advice, "  ")) if advice else None,
    )


def _views(document: Document, medium: Medium) -> Markup | None:
    views = document_views(document, medium)
    if not views:
        return None
    heading = el("h2", "In detail") if document.results else None
    return join([heading, *views])


def _footer(document: Document, medium: Medium, mark: str) -> Markup:
    pairs = [*told(document.provenance, medium), ("JSON fingerprint", f"sha256:{mark}")]
    return el("footer", el("h2", "Who, when, on what"), made_by(code(document), medium), facts(pairs))
