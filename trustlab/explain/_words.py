"""How contributions are shown: the same sentences, tables and bars for every explainer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.views import Series, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.explain.quality import Measure
    from trustlab.models.subject import Subject

SHOWN, BARS, SAID = 200, 15, 3

Line = tuple[str, Any, float, float | None, float | None]


def outcome_of(subject: Subject, code: int) -> str:
    """Return a class in words, such as ``approved = 1``; the target's name alone for a regression."""
    target = subject.target or "prediction"
    return f"{target} = {subject.classes[code]}" if subject.classes else target


def unit_of(subject: Subject) -> str:
    """Return the unit of a contribution."""
    if not subject.classes:
        return subject.target or "prediction"
    assert subject.predictor is not None
    return "probability" if subject.predictor.has_proba else "share predicted so"


def plain(value: Any) -> str:
    """Return a cell as a person would say it."""
    if isinstance(value, float):
        return "missing" if value != value else f"{value:.4g}"
    return str(value)


def because(lines: Sequence[Line]) -> str:
    """Return the largest contributions as words: ``debt_ratio 0.12 (+0.21), …``."""
    return ", ".join(f"{name} {plain(value)} ({size:+.2g})" for name, value, size, *_ in lines[:SAID])


def contribution_views(lines: Sequence[Line], title: str, unit: str) -> list[Series | Table]:
    """Return the bars of the largest contributions and the table of all (the 200 largest).

    Parameters
    ----------
    lines : sequence of (feature, value, contribution, lo, hi)
        The largest first.
    """
    columns = ("feature", "value", "contribution", "contribution_lo", "contribution_hi")
    units = dict.fromkeys(columns[2:], unit)
    bars = [(f"{name} = {plain(value)}", *rest) for name, value, *rest in lines[:BARS]]
    return [
        Series(
            name="picture",
            title=title,
            columns=("feature", *columns[2:]),
            rows=bars,
            units=units,
            x="feature",
            y=("contribution",),
            mark="bar",
            reference={"no effect": 0.0},
            caption="Right of zero an input speaks for this prediction, left of it against.",
        ),
        Table(
            name="contributions",
            title=title,
            columns=columns,
            rows=[(name, plain(value), *rest) for name, value, *rest in lines[:SHOWN]],
            units=units,
        ),
    ]


def importance_views(
    rows: Sequence[tuple[Any, ...]], columns: Sequence[str], title: str, unit: str
) -> list[Series | Table]:
    """Return the bars of the most important inputs and the table of all (the 200 first).

    Parameters
    ----------
    rows : sequence of tuples
        The most important first; ``columns`` begins with feature, importance, importance_lo, importance_hi.
    """
    units = dict.fromkeys(columns[1:4], unit)
    return [
        Series(
            name="picture",
            title=title,
            columns=tuple(columns[:4]),
            rows=[row[:4] for row in rows[:BARS]],
            units=units,
            x="feature",
            y=("importance",),
            mark="bar",
        ),
        Table(name="importance", title=title, columns=tuple(columns), rows=rows[:SHOWN], units=units),
    ]


def quality_view(measures: Sequence[Measure | tuple[str, float | None, str]]) -> Table:
    """Return the table of how far the explanation itself can be trusted; its caption says it in one sentence."""
    from trustlab.explain.quality import Measure, sentence

    found = [Measure(*measure) for measure in measures]
    return Table(
        name="quality",
        title="How far this explanation can be trusted",
        columns=("measure", "value", "value_lo", "value_hi", "meaning"),
        rows=[(one.name, one.value, one.lo, one.hi, one.meaning) for one in found],
        caption=sentence(found),
    )
