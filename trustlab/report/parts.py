"""The parts that a page and a notebook's output share: a finding, a view, a table, a list of facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Document, Result, Status
from trustlab.core.views import Image, Text, View
from trustlab.report import guide, words
from trustlab.report.code import code
from trustlab.report.marks import mark
from trustlab.report.markup import Markup, el, join
from trustlab.report.pictures import picture
from trustlab.report.rowplot import draw_headline
from trustlab.report.tables import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from trustlab.report.budget import Limits
    from trustlab.report.code import Code

_MAX_ADVICE = 8
_MAX_MEANING = 1600
_MAX_FACTS = 40


@dataclass(frozen=True, slots=True)
class Medium:
    """Where the parts go: how much fits, and how a picture is put there.

    Parameters
    ----------
    limits : Limits
        What is shown at most.
    place : callable
        How a picture is put there.
    document : Document
        What the findings belong to.
    anchors : bool
        Whether rows can be linked to and filtered, by a page's script.
    program : str
        What its reader types before a verb.
    on_copy : str
        The script of a button that copies, for a place without the page's script; a constant of this package.
    """

    limits: Limits
    place: Callable[[Markup], Markup]
    document: Document
    anchors: bool = True
    program: str = "%trust"
    on_copy: str = ""

    def cut(self, text: object, width: int | None = None) -> str:
        """Return a sentence or cell at the length that fits, commands as this medium's reader types them."""
        said = words.short(text, width or self.limits.cell)
        return said if self.program == "%trust" else said.replace("%trust ", f"{self.program} ")

    def draw(self, subject: View | Result) -> Markup | None:
        """Return the picture of a view, or of a result's number, as this medium shows it; None where it shows none."""
        if not self.limits.pictures:
            return None
        drawn = picture(subject, self.limits.image) if isinstance(subject, View) else draw_headline(subject)
        return self.place(drawn) if drawn is not None else None


def finding(result: Result, medium: Medium) -> Markup:
    """Return one result as a line that opens in place; what failed is open already."""
    status, shown = words.of(result), mark(result)
    title, sentence = medium.cut(result.title or result.id), medium.cut(result.reason or words.WORD[status])
    summary = el(
        "summary",
        el("span", f"{shown.icon} {shown.word}", _class=f"tl-badge tl-{shown.colour}"),
        el("span", el("b", title), " ", sentence, _class="tl-says"),
    )
    return el(
        "details",
        summary,
        el("div", _body(result, medium), _class="tl-body"),
        _class=f"tl-finding tl-{status}",
        open=status == Status.FAIL,
        id=medium.cut(result.id) if medium.anchors else None,
        data_status=status if medium.anchors else None,
        data_family=medium.cut(result.family) if medium.anchors else None,
    )


def _body(result: Result, medium: Medium) -> Markup:
    views = list(result.views[: medium.limits.views])
    lead, at = _lead(views, result, medium)
    beside = facts(numbers(result, medium))
    more = [lead_table(view, medium) if index == at else show(view, medium) for index, view in enumerate(views)]
    left = len(result.views) - len(views)
    return join(
        [
            el("div", lead, beside, _class="tl-split") if lead or beside else None,
            guidance(result, medium),
            *more,
            el("p", f"and {left} more views in the JSON", _class="tl-soft") if left else None,
            origin(result, medium),
        ]
    )


def guidance(result: Result, medium: Medium) -> Markup:
    """Return what a finding means and what to do about it."""
    judged, (question, answer) = words.meaning(result), guide.explanation(result)
    means = [el("p", medium.cut(judged))] if judged else []
    if question or answer:
        means.append(el("p", el("b", medium.cut(question)), " ", medium.cut(answer, _MAX_MEANING)))
    return join(
        [
            join([el("h3", "What this means"), *means]) if means else None,
            _advice("What to do", guide.advice(medium.document, result), medium),
        ]
    )


def origin(result: Result, medium: Medium) -> Markup:
    """Return what a finding rests on: publications, the code that made it, parameters and inputs."""
    cited = [el("li", medium.cut(one)) for one in guide.references(result)[:_MAX_ADVICE]]
    # What holds for the whole document stands at its foot, once.
    whole = medium.document.provenance
    own = {
        key: value
        for key, value in result.provenance.items()
        if key not in {"references", "operation"} and (len(medium.document.results) == 1 or value != whole.get(key))
    }
    return join(
        [
            join([el("h3", "Reference"), el("ul", *cited)]) if cited else None,
            made_by(code(medium.document, result), medium),
            provenance(own, medium),
        ]
    )


def made_by(made: Code | None, medium: Medium) -> Markup | None:
    """Return the code that gives this again, folded, each with its button to copy; None where it is not known."""
    if made is None:
        return None
    parts = []
    for name, said in made.lines(medium.program):
        # Without a script the button could do nothing, so the page's script shows it.
        button = None
        if medium.anchors or medium.on_copy:
            about = {"aria_label": f"Copy the code, {name}", "onclick": medium.on_copy or None}
            button = el("button", "Copy", type="button", _class="tl-copy", hidden=not medium.on_copy, **about)
        parts.append(el("div", el("span", name, _class="tl-soft"), el("pre", said), button, _class="tl-code"))
    return _fold("The code that made this", *parts)


def _lead(views: list[View], result: Result, medium: Medium) -> tuple[Markup | None, int | None]:
    """Return the first picture there is and which view it shows; the result's own number where no view has one."""
    for at, view in enumerate(views):
        if drawn := medium.draw(view):
            title = el("p", el("b", medium.cut(words.view_title(view))))
            return el("figure", title, drawn, caption(view, medium)), at
    drawn = medium.draw(result)
    return (el("figure", drawn) if drawn else None), None


def numbers(result: Result, medium: Medium) -> list[tuple[str, str]]:
    """Return a finding's number, interval, n and limits as names and texts."""
    low, high = result.interval or (None, None)
    level = f"{100 * result.level:g}% interval" if result.level else "Interval"
    value = words.number(result.value) if result.value is not None else ""
    ends = ""
    if low is not None and high is not None:
        # The same decimals as in the sentence: the interval is cut out of it.
        ends = words.between(result.value, low, high).partition("(")[2].rstrip(")")
    pairs = [
        ("Value", value),
        ("of", medium.cut(words.with_unit("", result.unit).strip()) if value else ""),
        (level, ends),
        ("n", words.number(result.n) if result.n is not None else ""),
        ("p-value", words.p_text(result.p_value).removeprefix("p ")),
        ("Limits", medium.cut(words.levels(result.threshold) or "none set")),
        ("Who says so", medium.cut(result.threshold.source if result.threshold else "")),
        ("Check", medium.cut(result.id)),
    ]
    return [(name, text) for name, text in pairs if text]


def facts(pairs: Iterable[tuple[str, str]]) -> Markup | None:
    """Return names and values as a list, the headline value large; None where there are none."""
    parts = []
    for name, text in pairs:
        parts += [el("dt", name), el("dd", text, _class="tl-big" if name == "Value" else None)]
    return el("dl", *parts) if parts else None


def advised(line: str, medium: Medium) -> Markup:
    """Return one piece of advice, as code where it is something to type."""
    cut = medium.cut(line, _MAX_MEANING)
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
        return join([el("h3", title), _text(view, medium), caption(view, medium)])
    drawn = medium.draw(view)
    if isinstance(view, Image) and drawn is None:
        drawn = el("p", f"Picture: {medium.cut(view.alt)}")
    rows = table(view, medium) if view.columns else None
    if drawn is not None and rows is not None:
        rows = _fold(f"Table, {words.number(len(view.rows))} {'row' if len(view.rows) == 1 else 'rows'}", rows)
    figure = el("figure", drawn, caption(view, medium)) if drawn is not None else caption(view, medium)
    return join([el("h3", title), figure, rows])


def lead_table(view: View, medium: Medium) -> Markup | None:
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


def caption(view: View, medium: Medium) -> Markup | None:
    """Return how to read a view, or None where nothing is said about it."""
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
