"""Contributions as a finding: one row's, or their mean sizes over rows; the same for every explainer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Result
from trustlab.core.views import Image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.views import View
    from trustlab.explain._words import Line
    from trustlab.explain.quality import Measure
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Floats, Ints

SIDES = (2, 3)  # an image is height by width, or channels of that


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What an explainer found for some rows, each for the class that is predicted for it.

    Parameters
    ----------
    names : sequence of str
        The inputs, d of them.
    cells : sequence
        Their values in the first row.
    values : ndarray, shape (rows, ...)
        Contributions; d in each row, in the shape of the inputs.
    outputs : ndarray, shape (rows,)
        What is explained, for the rows.
    base : ndarray, shape (rows,), or None
        The same for the baseline; None where contributions are not meant to add up.
    codes : ndarray of int, shape (rows,)
        The classes.
    unit : str
        Of the outputs.
    half : ndarray, shape (rows, d), or None
        Half-widths of the contributions' intervals.
    """

    names: Sequence[str]
    cells: Sequence[Any]
    values: Floats
    outputs: Floats
    base: Floats | None
    codes: Ints
    unit: str
    half: Floats | None = None

    @property
    def flat(self) -> Floats:
        """The contributions, shape (rows, d)."""
        return self.values.reshape(len(self.values), -1)

    @property
    def residual(self) -> Floats | None:
        """Output minus base minus the sum of contributions, shape (rows,)."""
        return None if self.base is None else self.outputs - self.base - self.flat.sum(axis=1)


def of_row(
    subject: Subject,
    found: Explained,
    number: int,
    quality: tuple[Sequence[Measure], Sequence[View]],
    level: float,
    provenance: Mapping[str, Any],
) -> Result:
    """Return the finding about one row; ``quality`` is its measures and their pictures."""
    from trustlab.explain import _words

    values, output = found.flat[0], float(found.outputs[0])
    lines = _lines(found)
    outcome = _words.outcome_of(subject, int(found.codes[0]))
    told = f"{outcome} with {output:.2f}" if subject.classes else f"{outcome} {output:.4g}"
    told += "" if found.unit in {"probability", subject.target} else f" ({found.unit})"
    because = _words.because(lines) if values.any() else "nothing: no input has a contribution"
    return Result(
        reason=f"Row {number}: {told}; mostly because {because}.",
        value=output,
        unit=found.unit,
        n=1,
        level=level,
        views=[
            *pictures(found.values[0], outcome),
            *_words.contribution_views(lines, f"What each input adds to {outcome}", found.unit),
            *quality[1],
            _words.quality_view(quality[0]),
        ],
        provenance={"row": number, **provenance},
    )


def _lines(found: Explained) -> list[Line]:
    values = found.flat[0]
    half = None if found.half is None else found.half[0]

    def end(at: int, sign: int) -> float | None:
        return None if half is None else float(values[at] + sign * half[at])

    order = (-abs(values)).argsort(kind="stable").tolist()
    return [(found.names[at], found.cells[at], float(values[at]), end(at, -1), end(at, 1)) for at in order]


def of_all(
    found: Explained,
    quality: tuple[Sequence[Measure], Sequence[View]],
    level: float,
    provenance: Mapping[str, Any],
) -> Result:
    """Return the finding about the model as a whole: the mean size of the contributions over rows."""
    import numpy as np

    from trustlab.explain import _words
    from trustlab.stats.intervals import mean_interval

    sizes = np.abs(found.flat)
    rows = sorted(
        ((name, *mean_interval(sizes[:, at], level)) for at, name in enumerate(found.names)), key=lambda line: -line[1]
    )
    said = ", ".join(f"{row[0]} ({row[1]:.2g})" for row in rows[: _words.SAID])
    moved = f"most by {said}" if sizes.any() else "by no input: it answers the same for every row"
    columns = ("feature", "importance", "importance_lo", "importance_hi")
    return Result(
        reason=f"On average over {len(sizes)} rows the prediction is moved {moved}.",
        value=rows[0][1],
        unit=found.unit,
        interval=(rows[0][2], rows[0][3]) if len(sizes) > 1 else None,
        level=level,
        n=len(sizes),
        views=[
            *pictures(np.abs(found.values).mean(axis=0), "the predictions, by mean size"),
            *_words.importance_views(rows, columns, "Mean size of the contributions", found.unit),
            *quality[1],
            _words.quality_view(quality[0]),
        ],
        provenance=provenance,
    )


def pictures(values: Floats, outcome: str) -> list[Image]:
    """Return the heat map of an image's contributions; none for a table."""
    from trustlab.explain._heatmap import heat_map

    if values.ndim not in SIDES:
        return []
    flat = values.sum(axis=0) if values.ndim == max(SIDES) else values
    height, width = flat.shape
    at = divmod(int(abs(flat).argmax()), width)
    return [
        Image(
            name="heat_map",
            title=f"What speaks for {outcome}",
            png=heat_map(flat),
            alt=f"A map of {height} by {width} pixels, the strongest in row {at[0]} and column {at[1]}, from 0.",
            caption="Orange speaks for it, blue against; the paler the less.",
        )
    ]
