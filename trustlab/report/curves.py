"""Curves and clouds of points over a number, a date or a category, with bands for their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.report.markup import Markup, el, join
from trustlab.report.svg import (
    WIDTH,
    Scale,
    axis_width,
    category_axis,
    label,
    legend,
    levels,
    line,
    marker,
    scale,
    svg,
    x_axis,
    y_axis,
)
from trustlab.report.words import between, moment, number, view_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.views import Series

MAX_CURVES = 6
MAX_POINTS = 300
DODGE = 7.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: its name, and per point x, y and the interval's ends."""

    name: str
    points: list[tuple[Any, float | None, float | None, float | None]]


def draw_series(view: Series) -> Markup | None:
    """Return lines (with bands) or points (with bars); None where there is nothing to draw."""
    every = curves(view)
    shown = every[:MAX_CURVES]
    heights = [end for curve in shown for point in curve.points for end in point[1:] if end is not None]
    if not heights:
        return None
    key, top = legend([curve.name for curve in shown])
    bottom, right = top + 220, WIDTH - 10.0
    up = scale([*heights, *drawable(view.reference).values()], bottom, top + 6)
    left = max(52.0, axis_width(up))
    xs = [point[0] for curve in shown for point in curve.points]
    names: list[str] = []
    if all(is_number(x) for x in xs):
        across = scale(xs, left, right, pad=0.02)
        axis = x_axis(across, bottom, top + 6, view.x)
    else:
        names = list(dict.fromkeys(str(x) for x in xs))
        said = readable_times(names)
        across = Scale(0, max(len(names) - 1, 1), left + 14, right - 14)
        axis = category_axis(said, [across(at) for at in range(len(names))], bottom)
        axis = join(
            [axis, label((left + right) / 2, bottom + 31, view.x, anchor="middle", width=right - left, kind="tl-m")]
        )
    parts = [key, y_axis(up, left, right), axis]
    place = {name: at for at, name in enumerate(names)}
    for hue, curve in enumerate(shown):
        # Bars of several curves over one name stand side by side, so that none hides another.
        aside = (hue - (len(shown) - 1) / 2) * DODGE if names and view.mark == "point" else 0.0
        points = [(across(place[str(x)] if names else x) + aside, y, low, high) for x, y, low, high in curve.points]
        parts.append(_cloud(points, up, hue, curve) if view.mark == "point" else _line(points, up, hue))
    parts.append(levels(drawable(view.reference), up, upright=False, near=left, far=right))
    more = len(every) - len(shown)
    if more > 0:
        parts.append(label(left, bottom + 47, f"{number(more)} more curves are not drawn", kind="tl-m"))
    alt = (
        f"{view_title(view)}. {', '.join(curve.name for curve in shown)} over {view.x}, "
        f"from {number(min(heights))} to {number(max(heights))}."
    )
    return svg(bottom + (54 if more > 0 else 38), alt, *parts)


def curves(view: Series) -> list[Curve]:
    """Return the curves of a series: one per y column and group, thinned evenly where they are long."""
    columns = {name: at for at, name in reversed(list(enumerate(view.columns)))}
    if view.x not in columns:
        return []
    groups: dict[str, list[Sequence[Any]]] = {}
    for row in view.rows:
        groups.setdefault(str(row[columns[view.group]]) if view.group in columns else "", []).append(row)
    found = []
    for name in view.y:
        if name not in columns:
            continue
        ends = (columns.get(f"{name}_lo"), columns.get(f"{name}_hi"))
        for group, rows in groups.items():
            step = math.ceil(len(rows) / MAX_POINTS)
            points = [(row[columns[view.x]], _or_none(row[columns[name]]), *_ends(row, ends)) for row in rows[::step]]
            points = [point for point in points if point[0] is not None]
            title = " ".join(part for part in (name if len(view.y) > 1 or not group else "", group) if part)
            found.append(Curve(title, points))
    return found


def readable_times(names: Sequence[str]) -> list[str]:
    """Return names for an axis: where all are times, their day, or their clock where all are of one day."""
    told = [moment(name) for name in names]
    if not names or not all(told):
        return list(names)
    days = [said[:10] for said in told]
    if len(set(days)) == 1:
        return [said[11:19] for said in told]
    return days if len(set(days)) == len(days) else [said[:16] for said in told]


def drawable(reference: Mapping[str, Any]) -> dict[str, float]:
    """Return the reference levels that are numbers."""
    return {str(name): float(level) for name, level in reference.items() if is_number(level)}


def is_number(value: Any) -> bool:
    """Return whether a cell is a number that can be drawn."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _or_none(value: Any) -> float | None:
    return float(value) if is_number(value) else None


def _ends(row: Sequence[Any], ends: tuple[int | None, int | None]) -> tuple[float | None, float | None]:
    low, high = (_or_none(row[end]) if end is not None else None for end in ends)
    return (low, high) if low is not None and high is not None else (None, None)


Placed = tuple[float, float | None, float | None, float | None]


def _line(points: Sequence[Placed], up: Scale, hue: int) -> Markup:
    # A gap in the numbers is a gap in the line: joining across it would claim what nobody measured.
    runs: list[list[Placed]] = [[]]
    for point in points:
        if point[1] is None:
            runs.append([])
        else:
            runs[-1].append(point)
    parts: list[Markup] = []
    for run in filter(None, runs):
        bounded = [point for point in run if point[2] is not None]
        if len(bounded) > 1:
            there = [f"{x:.1f},{up(high):.1f}" for x, _, _, high in bounded if high is not None]
            back = [f"{x:.1f},{up(low):.1f}" for x, _, low, _ in reversed(bounded) if low is not None]
            parts.append(el("polygon", points=" ".join([*there, *back]), _class=f"tl-b{hue}"))
        path = " ".join(f"{x:.1f},{up(y):.1f}" for x, y, _, _ in run if y is not None)
        parts.append(el("polyline", points=path, _class=f"tl-l{hue}"))
        if len(run) <= 24:
            parts += [marker(x, up(y), hue) for x, y, _, _ in run if y is not None]
    return join(parts)


def _cloud(points: Sequence[Placed], up: Scale, hue: int, curve: Curve) -> Markup:
    parts = []
    for (x, y, low, high), (at, *_) in zip(points, curve.points, strict=True):
        if y is None:
            continue
        if low is not None and high is not None:
            parts.append(line(x, up(low), x, up(high), f"tl-s{hue}"))
        said = at if isinstance(at, str) else number(at)
        parts.append(marker(x, up(y), hue, f"{said}, {curve.name}: {between(y, low, high)}"))
    return join(parts)
