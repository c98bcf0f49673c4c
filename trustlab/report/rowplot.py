"""Numbers by row: points or bars with their intervals, names at the left, one shared scale below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.core.views import clean
from trustlab.report.markup import Markup, join
from trustlab.report.svg import CHARACTER, WIDTH, Scale, label, legend, levels, line, marker, rect, scale, svg, x_axis
from trustlab.report.words import between, limits, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.result import Result

Point = tuple[float, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Strip:
    """One column of the rows: per row its number with the interval's ends, or None."""

    name: str
    points: Sequence[Point | None]


def draw_rows(
    title: str,
    names: Sequence[str],
    strips: Sequence[Strip],
    *,
    bars: bool = False,
    reference: Mapping[str, float] | None = None,
    left_out: int = 0,
) -> Markup:
    """Return points or bars with intervals, row by row.

    Parameters
    ----------
    title : str
        What the picture shows, for who cannot see it.
    names : sequence of str
        One per row.
    strips : sequence of Strip
        One per colour.
    bars : bool
        Bars from zero instead of points.
    reference : mapping of str to float or None
        Levels to draw, by name.
    left_out : int
        Rows that were not handed over; said below the picture.
    """
    key, top = legend([strip.name for strip in strips])
    levelled = dict(reference or {})
    top += 24 if levelled else 0
    lane = 16 if len(strips) == 1 else 13
    row = len(strips) * lane + 10
    left = min(max((len(name) for name in names), default=4) * CHARACTER + 14, 210)
    bottom = top + row * len(names)
    numbers = [number for strip in strips for point in strip.points if point for number in point if number is not None]
    across = scale([*numbers, *levelled.values()], left, WIDTH - 14, zero=bars)
    parts = [key, x_axis(across, bottom, top, strips[0].name if len(strips) == 1 else "")]
    for at, name in enumerate(names):
        y = top + row * at
        parts.append(label(left - 8, y + row / 2 + 4, name, anchor="end", width=left - 10))
        for hue, strip in enumerate(strips):
            if point := strip.points[at]:
                parts.append(_mark(across, point, y + 5 + lane * (hue + 0.5), hue, f"{name}, {strip.name}", bars))
    parts.append(levels(levelled, across, upright=True, near=top - (24 if levelled else 0), far=bottom))
    if left_out > 0:
        parts.append(label(left, bottom + 46, f"{number(left_out)} more rows are not drawn", kind="tl-m"))
    alt = (
        f"{title}. {', '.join(strip.name for strip in strips)} for {number(len(names))} rows, "
        f"from {number(min(numbers))} to {number(max(numbers))}."
    )
    return svg(bottom + (54 if left_out > 0 else 38), alt, *parts)


def _mark(across: Scale, point: Point, y: float, hue: int, name: str, bars: bool) -> Markup:
    value, low, high = point
    told = f"{name}: {between(value, low, high)}"
    parts = []
    if bars:
        zero, end = across(0.0), across(value)
        parts.append(rect(min(zero, end), y - 6, abs(end - zero), 12, f"tl-f{hue}", told))
    if low is not None and high is not None and low != high:
        kind = "tl-x" if bars else f"tl-s{hue}"
        ends = (across(low), across(high))
        parts.append(line(ends[0], y, ends[1], y, kind))
        parts += [line(end, y - 3, end, y + 3, kind) for end in ends]
    if not bars:
        parts.append(marker(across(value), y, hue, told))
    return join(parts)


def draw_headline(result: Result) -> Markup | None:
    """Return a result's own number with its interval and limits; None where there is nothing to compare it with."""
    value = clean(result.value)
    low, high = clean(result.interval) or (None, None)
    threshold = result.threshold
    reference = (
        {
            verb: limit
            for verb, limit in (("warns at", threshold.warn), ("fails at", threshold.fail))
            if limit is not None
        }
        if threshold
        else {}
    )
    if value is None or (low is None and not reference):
        return None
    strip = Strip(result.unit or "value", [(float(value), low, high)])
    said = f"{result.title or result.id}: {between(value, low, high, result.n)}. {limits(threshold)}"
    return draw_rows(said, [""], [strip], reference=reference)
