"""Pictures of views, one function per view kind: static SVG whose size does not depend on the rows audited."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from trustlab.core.views import Distribution, Graph, Image, Matrix, Rows, Series, View
from trustlab.report.curves import draw_series, drawable, is_number
from trustlab.report.graph import draw_graph
from trustlab.report.markup import Markup, el, join
from trustlab.report.rowplot import Point, Strip, draw_rows
from trustlab.report.svg import WIDTH, axis_width, category_axis, label, legend, rect, scale, svg, y_axis
from trustlab.report.tables import merged
from trustlab.report.words import number, short, view_title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_ROWS = 24
MAX_STRIPS = 3
MAX_BINS = 60
MAX_CELLS = 24
_PNG = b"\x89PNG\r\n\x1a\n"


def picture(view: View, image_bytes: int = 400_000) -> Markup | None:
    """Return the picture of a view, or None where its numbers make none.

    Parameters
    ----------
    view : View
        Any kind; a table has a picture where a column has an interval, a text has none.
    image_bytes : int
        An image larger than this is left to its words.
    """
    if isinstance(view, Image):
        return draw_image(view, image_bytes)
    draw = _PICTURES.get(view.kind)
    return draw(view) if draw else None


def point(value: Any, low: Any, high: Any) -> Point | None:
    """Return a number and its ends to draw, the ends None where they are no numbers; None where the value is none."""
    if not is_number(value):
        return None
    return (value, low, high) if is_number(low) and is_number(high) else (value, None, None)


def draw_image(view: Image, image_bytes: int = 400_000) -> Markup | None:
    """Return the PNG as an element; None where the bytes are no PNG, or too many."""
    try:
        raw = base64.b64decode(view.png, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not raw.startswith(_PNG) or len(raw) > image_bytes:
        return None
    source = f"data:image/png;base64,{base64.b64encode(raw).decode()}"
    return el("img", src=source, alt=short(view.alt, 400), _class="tl-img")


def draw_table(view: View) -> Markup | None:
    """Return points with intervals by row, for up to three columns that have an interval; None where none has."""
    if isinstance(view, Rows):
        return None
    rows = view.rows[:MAX_ROWS]
    strips: list[Strip] = []
    for column in merged(view.columns):
        if column.low is None or column.high is None or len(strips) == MAX_STRIPS:
            continue
        points = [point(row[column.at], row[column.low], row[column.high]) for row in rows]
        strips.append(Strip(view.columns[column.at], points))
    strips = [strip for strip in strips if any(strip.points)]
    if not strips:
        return None
    return draw_rows(view_title(view), _row_names(view, rows), strips, left_out=len(view.rows) - len(rows))


def _row_names(view: View, rows: Sequence[Sequence[Any]]) -> list[str]:
    texts = [at for at in range(len(view.columns)) if any(isinstance(row[at], str) for row in rows)][:2]
    if view.kind == "scalar":
        return ["" for _ in rows]
    if not texts:
        return [number(row[0]) for row in rows]
    # One feature's name before every group says nothing; two features' names tell the groups apart.
    if len(texts) == 2 and len({row[texts[0]] for row in view.rows}) == 1:
        texts = texts[1:]
    return [" · ".join(str(row[at]) for at in texts if row[at] is not None) for row in rows]


def draw_matrix(view: View) -> Markup | None:
    """Return a heat map with its numbers in the cells where they fit."""
    assert isinstance(view, Matrix)
    names, rows = list(view.columns[1 : MAX_CELLS + 1]), view.rows[:MAX_CELLS]
    values = [abs(cell) for row in rows for cell in row[1 : len(names) + 1] if is_number(cell)]
    if not values or not names:
        return None
    # Numbers beside the names, then up to the picture's width: cells share what is left.
    left = min(max(len(str(row[0])) for row in rows) * 6.6 + 12, 170)
    size = (WIDTH - left - 8) / len(names)
    tall = min(size, 34.0)
    top = 40 if view.column_axis else 24
    parts = (
        [label((left + WIDTH) / 2, 14, view.column_axis, anchor="middle", width=WIDTH - left, kind="tl-m")]
        if view.column_axis
        else []
    )
    parts.append(category_axis(names, [left + size * (at + 0.5) for at in range(len(names))], top - 19))
    for at, row in enumerate(rows):
        y = top + at * tall
        parts.append(label(left - 6, y + tall / 2 + 4, str(row[0]), anchor="end", width=left - 8))
        parts += [
            _heat(cell, max(values), left + to * size, y, size, tall) for to, cell in enumerate(row[1:][: len(names)])
        ]
    axes = f" {view.row_axis} by {view.column_axis}" if view.row_axis and view.column_axis else ""
    alt = f"{view_title(view)}. Heat map{axes}: {len(rows)} by {len(names)} cells, up to {number(max(values))} in size."
    return svg(top + len(rows) * tall + 8, alt, *parts)


def _heat(cell: Any, top: float, x: float, y: float, width: float, height: float) -> Markup:
    said = number(cell)
    if not is_number(cell):
        return join(
            [rect(x, y, width - 1, height - 1, "tl-k"), label(x + width / 2, y + height / 2 + 4, said, anchor="middle")]
        )
    # Nine steps of blue for positive, of orange for negative, as classes: styles in line would need a looser
    # policy for the page.
    step = min(int(9 * abs(cell) / top), 8) if top else 0
    kind = f"tl-{'q' if cell >= 0 else 'w'}{step}"
    ink = "tl-i" if kind == "tl-q8" else "tl-j"
    fits = len(said) * 6.6 < width - 2 and height >= 14
    box = rect(x, y, width - 1, height - 1, kind, None if fits else said)
    return join([box, label(x + width / 2, y + height / 2 + 4, said, anchor="middle", kind=ink) if fits else None])


def draw_distribution(view: View) -> Markup | None:
    """Return columns side by side, one per sample, over the bins in their order."""
    assert isinstance(view, Distribution)
    names, rows = list(view.columns[1:7]), view.rows[:MAX_BINS]
    shares = [float(cell) for row in rows for cell in row[1 : len(names) + 1] if is_number(cell)]
    if not shares:
        return None
    key, top = legend(names)
    bottom, right = top + 190, WIDTH - 8.0
    up = scale(shares, bottom, top, zero=True)
    left = max(46.0, axis_width(up))
    step = (right - left) / len(rows)
    bar = step * 0.84 / len(names)
    parts = [key, y_axis(up, left, right)]
    for at, row in enumerate(rows):
        for hue, cell in enumerate(row[1 : len(names) + 1]):
            if is_number(cell):
                x, y = left + step * (at + 0.08) + bar * hue, up(max(cell, 0.0))
                parts.append(rect(x, y, bar, bottom - y, f"tl-f{hue}", f"{row[0]}, {names[hue]}: {number(cell)}"))
    places = [left + step * (at + 0.5) for at in range(len(rows))]
    parts.append(category_axis([str(row[0]) for row in rows], places, bottom))
    alt = (
        f"{view_title(view)}. Shares of {', '.join(names)} over {number(len(rows))} bins, "
        f"from {number(min(shares))} to {number(max(shares))}."
    )
    return svg(bottom + 24, alt, *parts)


def draw_bars(view: View) -> Markup | None:
    """Return horizontal bars, which leave room for long names."""
    assert isinstance(view, Series)
    rows = view.rows
    columns = list(view.columns)
    at = columns.index(view.x) if view.x in columns else 0
    names = list(dict.fromkeys(str(row[at]) for row in rows))
    shown = names[:MAX_ROWS]
    strips = []
    for column in merged(columns):
        name = columns[column.at]
        if name not in view.y:
            continue
        ends = [end for end in (column.low, column.high) if end is not None]
        for group, members in _by_group(view, columns):
            cells = {
                str(row[at]): point(row[column.at], *([row[end] for end in ends] or [None, None])) for row in members
            }
            title = " ".join(part for part in (name if len(view.y) > 1 or not group else "", group) if part)
            strips.append(Strip(title, [cells.get(one) for one in shown]))
    strips = [strip for strip in strips if any(strip.points)][:6]
    if not strips:
        return None
    return draw_rows(
        view_title(view), shown, strips, bars=True, reference=drawable(view.reference), left_out=len(names) - len(shown)
    )


def _by_group(view: Series, columns: Sequence[str]) -> list[tuple[str, list[Sequence[Any]]]]:
    if view.group is None or view.group not in columns:
        return [("", list(view.rows))]
    at = columns.index(view.group)
    groups: dict[str, list[Sequence[Any]]] = {}
    for row in view.rows:
        groups.setdefault(str(row[at]), []).append(row)
    return list(groups.items())


def _series(view: View) -> Markup | None:
    assert isinstance(view, Series)
    return draw_bars(view) if view.mark == "bar" else draw_series(view)


def _graph(view: View) -> Markup | None:
    assert isinstance(view, Graph)
    return draw_graph(view)


_PICTURES: dict[str, Callable[[View], Markup | None]] = {
    "scalar": draw_table,
    "table": draw_table,
    "series": _series,
    "matrix": draw_matrix,
    "distribution": draw_distribution,
    "graph": _graph,
}
