"""A document as text for a terminal: the verdict, then the worst first, then what to type next."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

from trustlab.core.result import Status
from trustlab.core.views import Graph, Image, Text
from trustlab.report import words
from trustlab.report.digest import digest
from trustlab.report.marks import mark
from trustlab.report.recorded import shown
from trustlab.report.tables import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustlab.core.result import Document, Result
    from trustlab.core.views import View
    from trustlab.report.digest import Digest

MAX_ROWS = 100
MORE = "Every finding with its numbers: the same with --verbose, or --html FILE"
_MAX_TEXT_LINES = 40
_GAP = "  "

# The nearest colours of the 256-colour palette to words.COLOUR, which every terminal of the last twenty years knows.
_ANSI: dict[Status, int] = {
    Status.PASS: 36,
    Status.WARN: 172,
    Status.FAIL: 166,
    Status.NOT_APPLICABLE: 246,
    Status.SKIPPED: 74,
    Status.ERROR: 175,
}


def to_text(
    document: Document,
    width: int = 100,
    *,
    colour: bool = False,
    everything: bool = False,
    program: str = "%trust",
    again: str | None = None,
) -> str:
    """Return the document as aligned text.

    Of many findings those that passed or did not look are counted by family; what failed, warned or could not run is
    always listed.

    Parameters
    ----------
    document : Document
        What to show.
    width : int
        Columns of the terminal; a table that needs more is left wide rather than broken.
    colour : bool
        Write ANSI colours; the caller knows whether someone looks at them.
    everything : bool
        List every finding; however many there are.
    program : str
        What is typed before a verb: ``trust`` in a shell.
    again : str or None
        What to type to see this document again.

    Returns
    -------
    str
        Lines without a final line break.
    """
    width = max(width, 40)
    document = shown(document)
    lines = _head(document, width, colour)
    found = digest(document, everything=everything)
    margin = max((len(_family(result)) for result in document.results), default=0)
    for result in found.said:
        lines += _result(result, margin, width, colour)
    lines += _counted(found, width, colour)
    views = list(document.views)
    if len(document.results) == 1:
        # One finding is the whole answer: what it shows is what was asked for.
        views += document.results[0].views
    for view in views:
        lines += ["", *view_lines(view, width)]
    advice = list(dict.fromkeys([*document.advice, *(line for result in found.said[:3] for line in result.advice)]))
    if found.left:
        advice.append(f"{again} --verbose   lists every finding, from the record" if again else MORE)
    text = "\n".join([*lines, *_next(advice, width)]).rstrip()
    return text if program == "%trust" else text.replace("%trust ", f"{program} ")


def _painted(text: str, status: Status, colour: bool) -> str:
    return f"\x1b[38;5;{_ANSI[status]}m{text}\x1b[0m" if colour else text


def _head(document: Document, width: int, colour: bool) -> list[str]:
    title = words.subject(document)
    took = words.seconds(document) if document.results else ""
    verdict = words.verdict(document)
    right = verdict + (f"{_GAP}{took}" if took else "")
    painted = _painted(verdict, document.status, colour) + right[len(verdict) :]
    room = width - cells(title) - cells(right)
    if room >= len(_GAP):
        return [title + " " * room + painted]
    if cells(right) <= width:
        return [*textwrap.wrap(title, width), painted]
    told = textwrap.wrap(right, width, break_on_hyphens=False)
    return [*textwrap.wrap(title, width), *(_painted(line, document.status, colour) for line in told)]


def _family(result: Result) -> str:
    return words.short(result.family, 14)


def _result(result: Result, margin: int, width: int, colour: bool) -> list[str]:
    status = words.of(result)
    indent = " " * (margin + 3)
    levels = words.levels(result.threshold) if status in {Status.WARN, Status.FAIL} else ""
    said = words.sentence(result) + (f"{_GAP}[{levels}]" if levels else "")
    wrapped = textwrap.wrap(said, width, initial_indent=indent, subsequent_indent=indent) or [indent]
    shown = mark(result)
    icon = _painted(shown.icon, shown.colour, colour)
    return [f"{icon} {_family(result):<{margin}} {wrapped[0][len(indent) :]}", *wrapped[1:]]


def _counted(found: Digest, width: int, colour: bool) -> list[str]:
    """Return a line for each status: how many findings of each family ended so."""
    lines = []
    margin = max((len(words.WORD[status]) for status in found.counted), default=0)
    for status, families in found.counted.items():
        # A family stays with its number, and the dot with what it ends.
        counts = " ·~".join(f"{words.short(family, 14)} {n}" for family, n in families.items())
        counts = counts.replace(" ", "\xa0").replace("~", " ")
        said = f"{words.WORD[status]:<{margin}}".replace(" ", "\xa0") + f"  {counts}"
        first, *rest = textwrap.wrap(said, width - 2, subsequent_indent=" " * (margin + 2))
        lines += [f"{_painted(words.ICON[status], status, colour)} {first}", *(f"  {line}" for line in rest)]
    return [line.replace("\xa0", " ") for line in lines]


def _next(advice: Sequence[str], width: int) -> list[str]:
    if not advice:
        return []
    lines: list[str] = []
    for item in map(words.visible, advice):
        # What is typed stays on a line of its own, to be copied; a sentence may break.
        typed = item.startswith(("%", "trust "))
        lines += [item] if typed else textwrap.wrap(item, width - 7) or [""]
    return ["", *(f"{'     ' if at else 'Next:'}{_GAP}{line}" for at, line in enumerate(lines))]


def cells(text: str) -> int:
    """Return how many terminal cells ``text`` takes: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * max(width - cells(text), 0)
    return space + text if right else text + space


def view_lines(view: View, width: int = 100, max_rows: int = MAX_ROWS) -> list[str]:
    """Return one view as lines of text: its title, its body by kind, and how to read it."""
    body = _BODIES.get(view.kind, _table)(view, width, max_rows)
    caption = textwrap.wrap(words.visible(view.caption), width) if view.caption else []
    return [words.view_title(view), *body, *caption]


def _table(view: View, width: int, max_rows: int) -> list[str]:
    read = readable(view, max_rows)
    if not read.rows:
        return ["  (no rows)"]
    table = [read.headers, *read.rows]
    limits = _limits([max(cells(row[at]) for row in table) for at in range(len(read.headers))], width)
    table = [[words.short(cell, limit) for cell, limit in zip(row, limits, strict=True)] for row in table]
    widths = [max(cells(row[at]) for row in table) for at in range(len(read.headers))]
    lines = [
        _GAP + _GAP.join(_padded(cell, widths[at], read.numeric[at]) for at, cell in enumerate(row)).rstrip()
        for row in table
    ]
    lines.insert(1, _GAP + _GAP.join("─" * width for width in widths))
    return [*lines, f"  {words.more_rows(read.left_out)}"] if read.left_out else lines


def _limits(wanted: Sequence[int], width: int) -> list[int]:
    """Return how wide each column may be: half the page, and the widest what the others leave."""
    limit = max(width // 2, 20)
    kept = [min(want, limit) for want in wanted]
    widest = max(range(len(wanted)), key=lambda at: wanted[at])
    kept[widest] = max(limit, width - len(_GAP) * len(wanted) - (sum(kept) - kept[widest]))
    return kept


def _scalar(view: View, width: int, max_rows: int) -> list[str]:
    read = readable(view, max_rows)
    return [f"  {'  '.join(row)}" for row in read.rows] or _table(view, width, max_rows)


def _image(view: View, width: int, max_rows: int) -> list[str]:  # noqa: ARG001 - one signature for every kind
    assert isinstance(view, Image)
    return textwrap.wrap(f"(picture) {words.visible(view.alt)}", width, initial_indent=_GAP, subsequent_indent=_GAP)


def _text(view: View, width: int, max_rows: int) -> list[str]:  # noqa: ARG001 - one signature for every kind
    assert isinstance(view, Text)
    lines = words.visible(view.text, lines=True).split("\n")
    more = len(lines) - _MAX_TEXT_LINES
    kept = [f"  {line}".rstrip() for line in lines[:_MAX_TEXT_LINES]]
    return [*kept, f"  and {words.number(more)} more lines in the JSON"] if more > 0 else kept


def _graph(view: View, width: int, max_rows: int) -> list[str]:  # noqa: ARG001 - one signature for every kind
    assert isinstance(view, Graph)
    names = {**{str(row[0]): str(row[0]) for row in view.rows}, **{str(row[1]): str(row[1]) for row in view.rows}}
    names.update({node: label or node for node, label in view.nodes.items()})
    lines = []
    for source, target, *label in view.rows[:max_rows]:
        arrow = f"  {words.visible(names[str(source)])} → {words.visible(names[str(target)])}"
        lines.append(arrow + (f"  ({words.visible(label[0])})" if label and label[0] else ""))
    more = len(view.rows) - max_rows
    if more > 0:
        lines.append(f"  {words.more_rows(more)}")
    linked = {str(end) for row in view.rows for end in row[:2]}
    return lines + [f"  {words.visible(names[node])}" for node in view.nodes if node not in linked][:max_rows]


_BODIES: dict[str, Callable[[View, int, int], list[str]]] = {
    "scalar": _scalar,
    "image": _image,
    "text": _text,
    "graph": _graph,
}
