"""The parts that a page and a notebook's output share: a finding, a view, a table, a list of facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Document, Result, Status
from trustlab.core.views import Image, Text, View
from trustlab.report import words
from trustlab.report.budget import Limits, TooLargeError
from trustlab.report.markup import Markup, el, join
from trustlab.report.pictures import picture
from trustlab.report.rowplot import draw_headline
from trustlab.report.tables import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


SECTIONS: dict[Status, str] = {
    Status.FAIL: "What failed",
    Status.ERROR: "What could not be computed",
    Status.WARN: "What deserves care",
    Status.PASS: "What was checked and passed",
    Status.SKIPPED: "What was not looked at",
    Status.NOT_APPLICABLE: "What does not apply here, and why",
}

_MAX_ADVICE = 8
_MAX_FACTS = 40


@dataclass(frozen=True, slots=True)
class Medium:
    """Where the parts go: how much fits, and how a picture is put there."""

    limits: Limits
    place: Callable[[Markup], Markup]
    anchors: bool = True

    def cut(self, text: object) -> str:
        """Return a sentence or cell at the length that fits."""
        return words.short(text, self.limits.cell)

    def draw(self, subject: View | Result) -> Markup | None:
        """Return the picture of a view, or of a result's number, as this medium shows it; None where it shows none."""
        if not self.limits.pictures:
            return None
        drawn = picture(subject, self.limits.image) if isinstance(subject, View) else draw_headline(subject)
        return self.place(drawn) if drawn is not None else None


def sections(document: Document, medium: Medium) -> Markup:
    """Return the findings, worst first, under a heading per status."""
    results = document.sorted_results()
    shown, rest = results[: medium.limits.findings], results[medium.limits.findings :]
    parts: list[Markup] = []
    room = medium.limits.size
    for status, heading in SECTIONS.items():
        members = []
        for result in shown:
            if words.of(result) == status:
                members.append(finding(result, medium))
                room -= len(members[-1])
            if room < 0:
                raise TooLargeError
        if members:
            parts.append(el("section", el("h2", heading), *members))
    if rest:
        parts.append(el("p", f"and {words.number(len(rest))} more results in the JSON", _class="tl-soft"))
    return join(parts)


def finding(result: Result, medium: Medium) -> Markup:
    """Return one result as a line that opens in place; what failed is open already."""
    status = words.of(result)
    title, sentence = medium.cut(result.title or result.id), medium.cut(result.reason or words.WORD[status])
    summary = el(
        "summary",
        el("span", f"{words.ICON[status]} {words.WORD[status]}", _class=f"tl-badge tl-{status}"),
        el("span", el("b", title), " ", sentence, _class="tl-says"),
    )
    return el(
        "details",
        summary,
        el("div", _body(result, medium), _class="tl-body"),
        _class=f"tl-finding tl-{status}",
        open=status == Status.FAIL,
        id=medium.cut(result.id) if medium.anchors else None,
        data_words=" ".join(map(medium.cut, (status, words.WORD[status], result.id, result.title))).lower()
        if medium.anchors
        else None,
    )


def _body(result: Result, medium: Medium) -> Markup:
    views = list(result.views[: medium.limits.views])
    lead, at = _lead(views, result, medium)
    numbers = facts(_numbers(result, medium))
    more = [_lead_table(view, medium) if index == at else show(view, medium) for index, view in enumerate(views)]
    left = len(result.views) - len(views)
    return join(
        [
            el("div", lead, numbers, _class="tl-split") if lead or numbers else None,
            _said("What this means", words.meaning(result)),
            _advice("What to do", result.advice, medium),
            *more,
            el("p", f"and {left} more views in the JSON", _class="tl-soft") if left else None,
            provenance(result.provenance, medium),
        ]
    )


def _lead(views: list[View], result: Result, medium: Medium) -> tuple[Markup | None, int | None]:
    """Return the first picture there is and which view it shows; the result's own number where no view has one."""
    for at, view in enumerate(views):
        if drawn := medium.draw(view):
            title = el("p", el("b", medium.cut(words.view_title(view))))
            return el("figure", title, drawn, _caption(view, medium)), at
    drawn = medium.draw(result)
    return (el("figure", drawn) if drawn else None), None


def _numbers(result: Result, medium: Medium) -> list[tuple[str, str]]:
    low, high = result.interval or (None, None)
    level = f"{100 * result.level:g}% interval" if result.level else "Interval"
    value = words.with_unit(words.number(result.value), result.unit) if result.value is not None else ""
    ends = ""
    if low is not None and high is not None:
        # The same decimals as in the sentence: the interval is cut out of it.
        ends = words.between(result.value, low, high).partition("(")[2].rstrip(")")
    pairs = [
        ("Value", value),
        (level, ends),
        ("n", words.number(result.n) if result.n is not None else ""),
        ("p-value", words.p_text(result.p_value).removeprefix("p ")),
        ("Limits", medium.cut(words.limits(result.threshold))),
        ("Check", medium.cut(result.id)),
    ]
    return [(name, text) for name, text in pairs if text]


def facts(pairs: Iterable[tuple[str, str]]) -> Markup | None:
    """Return names and values as a list, the headline value large; None where there are none."""
    parts = []
    for name, text in pairs:
        parts += [el("dt", name), el("dd", text, _class="tl-big" if name == "Value" else None)]
    return el("dl", *parts) if parts else None


def _said(heading: str, sentence: str) -> Markup | None:
    return join([el("h3", heading), el("p", sentence)]) if sentence else None


def advised(line: str, medium: Medium) -> Markup:
    """Return one piece of advice, as code where it is something to type."""
    cut = medium.cut(line)
    return el("code", cut) if cut.startswith(("%", "trust ")) else Markup(el("span", cut))


def _advice(heading: str, lines: Iterable[str], medium: Medium) -> Markup | None:
    every = list(lines)
    items = [el("li", advised(line, medium)) for line in every[:_MAX_ADVICE]]
    items += [el("li", f"and {len(every) - _MAX_ADVICE} more in the JSON")] if len(every) > _MAX_ADVICE else []
    return join([el("h3", heading), el("ul", *items)]) if items else None


def show(view: View, medium: Medium) -> Markup:
    """Return one view: its title, its picture, how to read it, and its table one click away."""
    title = medium.cut(words.view_title(view))
    if isinstance(view, Text):
        return join([el("h3", title), _text(view, medium), _caption(view, medium)])
    drawn = medium.draw(view)
    if isinstance(view, Image) and drawn is None:
        drawn = el("p", f"Picture: {medium.cut(view.alt)}")
    rows = table(view, medium) if view.columns else None
    if drawn is not None and rows is not None:
        rows = _fold(f"Table, {words.number(len(view.rows))} {'row' if len(view.rows) == 1 else 'rows'}", rows)
    figure = el("figure", drawn, _caption(view, medium)) if drawn is not None else _caption(view, medium)
    return join([el("h3", title), figure, rows])


def _lead_table(view: View, medium: Medium) -> Markup | None:
    """Return what is left of the view whose picture already stands at the top: its table."""
    if not view.columns:
        return None
    said = f"{medium.cut(words.view_title(view))}, table, {words.number(len(view.rows))} rows"
    return _fold(said, table(view, medium))


def _text(view: Text, medium: Medium) -> Markup:
    kept = words.visible(view.text[: medium.limits.text], lines=True)
    left = len(view.text) - medium.limits.text
    more = el("p", f"and {words.number(left)} more characters in the JSON", _class="tl-soft") if left > 0 else None
    return join([el("pre", kept), more])


def _caption(view: View, medium: Medium) -> Markup | None:
    return el("figcaption" if view.kind != "text" else "p", medium.cut(view.caption)) if view.caption else None


def _fold(said: str, *inside: Markup) -> Markup:
    return el("details", el("summary", said), *inside, _class="tl-more")


def table(view: View, medium: Medium) -> Markup:
    """Return a view's rows as a table, cut at what fits, with the rest counted."""
    shown = readable(view, medium.limits.rows, medium.limits.columns, medium.limits.cell)
    if not view.rows:
        return el("p", "No rows.", _class="tl-soft")
    sides = ["tl-right" if right else None for right in shown.numeric]
    head = [
        el("th", medium.cut(name), scope="col", _class=side) for name, side in zip(shown.headers, sides, strict=True)
    ]
    rows = [
        el("tr", *(el("td", medium.cut(cell), _class=side) for cell, side in zip(row, sides, strict=True)))
        for row in shown.rows
    ]
    notes = [words.more_rows(shown.left_out)] if shown.left_out else []
    if shown.columns_left_out:
        notes.append(f"and {words.number(shown.columns_left_out)} more columns in the JSON")
    return join(
        [
            el("div", el("table", el("thead", el("tr", *head)), el("tbody", *rows)), _class="tl-scroll", tabindex=0),
            el("p", "; ".join(notes), _class="tl-soft") if notes else None,
        ]
    )


def provenance(values: Mapping[str, Any], medium: Medium) -> Markup | None:
    """Return where a number comes from, folded: parameters, inputs, seed, references."""
    listed = facts(told(values, medium))
    return _fold("Where this comes from", listed) if listed else None


def told(values: Mapping[str, Any], medium: Medium) -> list[tuple[str, str]]:
    """Return nested facts as names and texts at the length that fits, those beyond a page's worth counted."""
    every = flat(values)
    pairs = [(medium.cut(name), medium.cut(text)) for name, text in every[:_MAX_FACTS]]
    return [*pairs, ("…", f"and {len(every) - _MAX_FACTS} more in the JSON")] if len(every) > _MAX_FACTS else pairs


def document_views(document: Document, medium: Medium) -> list[Markup]:
    """Return the document's own views, those beyond the limit counted."""
    shown = [show(view, medium) for view in document.views[: medium.limits.views]]
    left = len(document.views) - len(shown)
    return [*shown, el("p", f"and {left} more views in the JSON", _class="tl-soft")] if left else shown


def flat(values: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Return nested facts as lines, ``inputs · data · commit``; empty ones are left out."""
    lines: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{above} · {key}" if above else str(key)
        if isinstance(value, dict):
            lines += flat(value, name)
        elif isinstance(value, list | tuple):
            lines += [(name, "; ".join(map(str, value[:20])))] if value else []
        elif isinstance(value, int | float) and not isinstance(value, bool):
            # Seeds and counts are looked up, not read: no separators.
            lines.append((name, f"{value}"))
        elif value is not None and value != "":
            lines.append((name, str(value)))
    return lines
