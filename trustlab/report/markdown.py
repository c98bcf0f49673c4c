"""A document as short Markdown, for a pull request, a ticket or a model card's page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trustlab.core.result import Status
from trustlab.core.views import Image, Text
from trustlab.report import words
from trustlab.report.digest import digest, listed
from trustlab.report.marks import mark
from trustlab.report.recorded import shown
from trustlab.report.tables import readable

if TYPE_CHECKING:
    from trustlab.core.result import Document, Result
    from trustlab.core.views import View

_MAX_ROWS = 20
_MAX_TEXT = 2000
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~$@-])")
_NOT_RUN = frozenset({Status.NOT_APPLICABLE, Status.SKIPPED})


def escaped(text: object) -> str:
    """Return ``text`` as Markdown that reads as that text: no tag, link, mention, heading or table cell comes of it."""
    plain = words.visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A bare address would become a link where Markdown is extended; a zero-width joiner after its scheme stops that.
    plain = re.sub(r"(?i)\b(https?|ftp|mailto|www)(?=[:.])", "\\1\u200d", plain)
    return _MARKS.sub(r"\\\1", plain)


def to_markdown(document: Document, *, everything: bool = False) -> str:
    """Return the document as Markdown: the verdict, one line per finding worst first, and the document's own tables.

    Parameters
    ----------
    document : Document
        What to show.
    everything : bool
        List every finding; of many, those that passed or were not asked are counted otherwise.

    Returns
    -------
    str
        Markdown with pipe tables, ending in a line break.
    """
    document = shown(document)
    results = document.sorted_results()
    found = digest(document, everything=everything)
    parts = [f"## {escaped(words.opening(document))}", escaped(words.verdict(document))]
    told = [_line(result) for result in found.said if words.of(result) not in _NOT_RUN]
    untold = [_line(result) for result in found.said if words.of(result) in _NOT_RUN]
    for status, families in found.counted.items():
        count = words.number(sum(families.values()))
        untold.append(f"- {words.ICON[status]} {count} {words.WORD[status]}: {escaped(listed(families))}")
    parts += ["\n".join(lines) for lines in (told, untold) if lines]
    views = [*document.views, *(results[0].views if len(results) == 1 else ())]
    for view in views:
        parts += [f"### {escaped(words.view_title(view))}", _body(view)]
        parts += [escaped(view.caption)] if view.caption else []
    if document.advice:
        parts.append("Next: " + " · ".join(_code(line) for line in document.advice))
    return "\n\n".join(parts) + "\n"


def _line(result: Result) -> str:
    number = words.headline(result)
    limits = words.limits(result.threshold)
    notes = "; ".join(filter(None, (number, words.p_text(result.p_value), limits if number else "")))
    said = f"- {escaped(mark(result).icon)} **{escaped(result.id or result.title)}** {escaped(words.sentence(result))}"
    return said + (f" ({escaped(notes)})" if notes else "")


def _code(text: str) -> str:
    plain = words.visible(text)
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", plain)), default=0))
    return f"{fence} {plain} {fence}" if len(fence) > 1 else f"`{plain}`"


def _body(view: View) -> str:
    if isinstance(view, Image):
        return f"Picture: {escaped(view.alt)}"
    if isinstance(view, Text):
        cut = words.visible(view.text[:_MAX_TEXT], lines=True)
        return "\n".join(f"    {line}" for line in cut.split("\n"))
    cells = readable(view, _MAX_ROWS)
    if not cells.rows:
        return "No rows."
    rule = ["---:" if right else ":---" for right in cells.numeric]
    rows = [[escaped(cell) for cell in row] for row in [cells.headers, *cells.rows]]
    lines = [f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]]]
    more = f"\n\n{words.more_rows(cells.left_out)}" if cells.left_out else ""
    return "\n".join(lines) + more
