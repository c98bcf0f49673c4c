"""The strokes that pictures are made of: scales, ticks, axes, labels and legends as SVG elements."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.report.markup import Markup, el, join
from trustlab.report.words import exact, number, short

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 560
HUES = 6
# A label's width in the sans-serif of 12 units that the style sheet sets, measured generously.
CHARACTER = 6.6


def svg(height: float, alt: str, *children: Markup | None, width: float = WIDTH) -> Markup:
    """Return a picture with the words that replace it for who cannot see it."""
    inside = join([el("title", short(alt, 400)), *children])
    return el(
        "svg",
        inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {round(width)} {round(height)}",
        role="img",
        aria_label=short(alt, 400),
        _class="tl-svg",
    )


def label(x: float, y: float, text: str, *, anchor: str = "start", width: float = WIDTH, kind: str = "tl-t") -> Markup:
    """Return a line of text, cut to ``width``; the whole of it shows on hover."""
    cut = short(text, max(int(width / CHARACTER), 2))
    full = el("title", short(text, 200)) if cut != text else None
    return el("text", full, cut, x=x, y=y, text_anchor=anchor, _class=kind)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a straight stroke."""
    return el("line", x1=x1, y1=y1, x2=x2, y2=y2, _class=kind)


def rect(x: float, y: float, width: float, height: float, kind: str, title: str | None = None) -> Markup:
    """Return a box; ``title`` shows on hover."""
    hover = [el("title", title)] if title else []
    return el("rect", *hover, x=x, y=y, width=max(width, 0), height=max(height, 0), _class=kind)


def marker(x: float, y: float, hue: int, title: str | None = None) -> Markup:
    """Return a point whose shape goes with its colour, so that the colour is not needed to tell it."""
    hover = [el("title", title)] if title else []
    shapes = (
        None,
        [(-4, -4), (4, -4), (4, 4), (-4, 4)],
        [(0, -5), (5, 4), (-5, 4)],
        [(0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)],
        [(0, 5), (5, -4), (-5, -4)],
        [(-5, -2), (-2, -5), (5, 2), (2, 5)],
    )
    shape = shapes[hue % HUES]
    if shape is None:
        return el("circle", *hover, cx=x, cy=y, r=4.2, _class=f"tl-f{hue % HUES}")
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shape)
    return el("polygon", *hover, points=points, _class=f"tl-f{hue % HUES}")


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from ``low`` to ``high`` on pixels from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of ``value``."""
        span = self.high - self.low
        return self.start + (self.end - self.start) * ((value - self.low) / span if span else 0.5)

    def ticks(self, count: int = 5) -> list[float]:
        """Return round numbers inside, about ``count`` of them."""
        span = self.high - self.low
        if not span or not math.isfinite(span):
            return [self.low]
        raw = span / max(count, 1)
        size = 10 ** math.floor(math.log10(raw))
        step = next((size * times for times in (1, 2, 2.5, 5) if size * times >= raw), size * 10)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [at * step for at in range(first, last + 1)]


def scale(values: Sequence[float], start: float, end: float, *, zero: bool = False, pad: float = 0.05) -> Scale:
    """Return a scale that holds ``values`` with some air; from zero where bars grow from it."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    span = high - low or abs(high) or 1.0
    below = 0.0 if zero and low >= 0 else pad * span
    above = 0.0 if zero and high <= 0 else pad * span
    # Shares stay within 0 and 1: an axis to 1.05 would offer what cannot be.
    top = high + above
    within = low >= 0 and high <= 1
    return Scale(max(low - below, 0.0) if low >= 0 else low - below, min(top, 1.0) if within else top, start, end)


def tick_text(value: float) -> str:
    """Return a tick's number, without what adding steps left in its last digits."""
    return exact(round(float(value), 10) + 0.0)


def x_axis(across: Scale, bottom: float, top: float, title: str = "") -> Markup:
    """Return vertical grid lines with numbers below, and the axis' name."""
    parts = []
    for tick in across.ticks():
        x = across(tick)
        parts += [line(x, top, x, bottom, "tl-g"), label(x, bottom + 15, tick_text(tick), anchor="middle", kind="tl-m")]
    if title:
        parts.append(
            label(
                (across.start + across.end) / 2,
                bottom + 31,
                title,
                anchor="middle",
                width=across.end - across.start,
                kind="tl-m",
            )
        )
    return join(parts)


def y_axis(up: Scale, left: float, right: float) -> Markup:
    """Return horizontal grid lines with numbers at their left."""
    parts = []
    for tick in up.ticks():
        y = up(tick)
        parts += [line(left, y, right, y, "tl-g"), label(left - 6, y + 4, tick_text(tick), anchor="end", kind="tl-m")]
    return join(parts)


def axis_width(up: Scale) -> float:
    """Return the room that an upright axis' numbers take at its left."""
    return max(len(tick_text(tick)) for tick in up.ticks()) * CHARACTER + 10


def category_axis(names: Sequence[str], places: Sequence[float], bottom: float) -> Markup:
    """Return names under their places, as many as fit."""
    if not names:
        return Markup("")
    room = abs(places[-1] - places[0]) / max(len(places) - 1, 1) if len(places) > 1 else 200
    widest = min(max(len(name) for name in names), 12) * CHARACTER + 8
    step = max(math.ceil(widest / room), 1)
    shown = list(zip(names, places, strict=True))[::step]
    parts = []
    width = max(room * step - 4, 20)
    for name, x in shown:
        half = min(len(name) * CHARACTER, width) / 2
        over, under = x + half > WIDTH - 2, x - half < 2
        anchor, place = ("end", WIDTH - 2) if over else ("start", 2) if under else ("middle", x)
        parts.append(label(place, bottom + 15, name, anchor=anchor, width=width, kind="tl-m"))
    return join(parts)


def legend(names: Sequence[str], left: float = 8) -> tuple[Markup, float]:
    """Return the legend of ``names`` and its height; nothing where there is one name only."""
    if len(names) < 2:
        return Markup(""), 6.0
    parts, x, y = [], left, 14.0
    for hue, name in enumerate(names):
        width = min(len(name), 28) * CHARACTER + 34
        if x + width > WIDTH and x > left:
            x, y = left, y + 18
        parts += [marker(x + 6, y - 4, hue), label(x + 16, y, name, width=28 * CHARACTER)]
        x += width
    return join(parts), y + 12


def levels(reference: dict[str, float], across: Scale, *, upright: bool, near: float, far: float) -> Markup:
    """Return reference levels as dashed lines with their names; those outside the scale are left out."""
    parts = []
    # Lying down, the upper one has its name above its line and the lower one below: they never meet between them.
    ordered = list(reference.items()) if upright else sorted(reference.items(), key=lambda level: -level[1])
    for row, (name, value) in enumerate(ordered):
        if not min(across.low, across.high) <= value <= max(across.low, across.high):
            continue
        at = across(value)
        said = f"{name} {number(value)}"
        if upright:
            left_side = at > (across.start + across.end) / 2
            place = at - 4 if left_side else at + 4
            parts.append(line(at, near, at, far, "tl-r"))
            parts.append(label(place, near + 10 + 13 * (row % 2), said, anchor="end" if left_side else "start"))
        else:
            # One name above its line, the next below: levels that lie close stay readable.
            parts += [line(near, at, far, at, "tl-r"), label(far - 2, at + (12 if row % 2 else -4), said, anchor="end")]
    return join(parts)
