"""A few rows that stand for many, and the rows that they miss, with what the model says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.core.views import View
    from trustlab.stats.arrays import Floats, Ints

ID = "explain.prototypes"
MAX_ROWS, MAX_COLUMNS, FEWEST_ROWS, DRAWS, SHOWN_COLUMNS = 1000, 2000, 10, 100, 10


@operation(
    "explainer",
    "Prototypes and criticisms",
    needs=("model", "features", "predictions"),
    references=("Kim, Khanna and Koyejo (2016). Examples are not enough, learn to criticize! NeurIPS 29",),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "count": 3},
)
def prototypes(
    subject: Subject,
    count: Annotated[int, Range(1, 50)] = 6,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say by a few rows what the data look like and what the model says of them, and what they leave out.

    Prototypes are chosen one by one so that together they are most like all rows (least maximum mean discrepancy,
    Gaussian kernel over standardised numbers and 0/1 texts); criticisms are rows where they most misjudge how many
    are alike. Look at the criticisms first: there a few examples mislead. Not for tables of very many columns, where
    every row is as far from every other.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    count : int
        Prototypes, and as many criticisms.
    level : float
        Central share of the random choices that the quality compares with.
    context : Context
        Where up to 1,000 rows are drawn.

    Returns
    -------
    Result
        Value: the prototypes' squared discrepancy over the mean one of as many random rows; 0 is best, 1 chance.
        Views ``prototypes``, ``criticisms`` and ``quality``.
    """
    import numpy as np

    from trustlab.stats import prototypes as mmd
    from trustlab.stats.bootstrap import percentile_ends
    from trustlab.stats.sampling import subsample

    if subject.n < FEWEST_ROWS:
        return not_applicable(f"needs {FEWEST_ROWS} rows to choose from; there are {subject.n}")
    if subject.X.shape[1] > MAX_COLUMNS:
        return not_applicable(f"{subject.X.shape[1]:,} columns: rows are all as far from each other")
    rng = context.rng(ID)
    rows = subsample(subject.n, MAX_ROWS, rng)
    kernel = mmd.rbf_kernel(standardised(subject.X.iloc[rows]))
    if kernel.min() > 1 - 1e-12:
        return not_applicable("all rows are the same, so one stands for all")
    chosen = mmd.prototypes(kernel, min(count, len(rows) // 2))
    missed = mmd.criticisms(kernel, chosen, count)
    own = mmd.squared_mmd(kernel, chosen)
    random = np.array(
        [mmd.squared_mmd(kernel, rng.choice(len(rows), len(chosen), replace=False)) for _ in range(DRAWS)]
    )
    value = own / float(random.mean())
    lo, hi = (own / float(end) for end in percentile_ends(random, level)[::-1])
    nearest = kernel[:, chosen].argmax(axis=1)
    told, alike = _told(subject, rows), _alike(subject, rows, rows[np.array(chosen)][nearest])
    stands = np.bincount(nearest, minlength=len(chosen)) / len(rows)
    return Result(
        reason=f"{len(chosen)} prototypes are {1 / max(value, 1e-9):.1f} times as like the {len(rows):,} rows as "
        f"random ones; the first, row {subject.X.index[rows[chosen[0]]]}, stands for {stands[0]:.0%} of them "
        f"({told[chosen[0]]}).",
        value=value,
        unit="of the discrepancy of random rows",
        interval=(lo, hi),
        level=level,
        n=len(rows),
        views=[*_views(subject, rows, (chosen, missed), told, stands), _quality(value, (lo, hi), alike)],
    )


def standardised(table: pd.DataFrame) -> Floats:
    """Return a table as points: numbers by their deviation (missing ones at the mean), texts as 0/1, shape (n, e)."""
    import numpy as np

    from trustlab.explain.features import numbers_of

    values, _, levels = numbers_of(table)
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0) / count
    centred = np.where(known, values - mean, 0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    text = np.array([level is not None for level in levels])
    scaled: Floats = centred / np.where(text | (spread == 0), np.sqrt(2), spread)
    return scaled


def _alike(subject: Subject, rows: Ints, nearest: Ints) -> float | None:
    """Return the share of rows for which the model says the same as for their prototype; None for a regression."""
    if not subject.classes:
        return None
    assert subject.y_pred is not None
    return float((subject.y_pred[rows] == subject.y_pred[nearest]).mean())


def _told(subject: Subject, rows: Ints) -> list[str]:
    from trustlab.explain import _words

    assert subject.y_pred is not None
    if subject.classes:
        return [_words.outcome_of(subject, int(code)) for code in subject.y_pred[rows]]
    return [f"{subject.target or 'prediction'} {value:.4g}" for value in subject.y_pred[rows]]


def _views(
    subject: Subject, rows: Ints, found: tuple[list[int], list[int]], told: list[str], stands: Floats
) -> list[View]:
    from trustlab.explain import _words

    chosen, missed = found
    names = [str(name) for name in subject.X.columns[:SHOWN_COLUMNS]]
    left = subject.X.shape[1] - len(names)
    caption = f"{left} more columns are left out." if left else None

    def line(at: int) -> tuple[Any, ...]:
        cells = subject.X.iloc[rows[at], : len(names)]
        return (str(subject.X.index[rows[at]]), told[at], *(_words.plain(cell) for cell in cells.tolist()))

    return [
        Series(
            name="picture",
            title="Share of the rows that each prototype is nearest to",
            columns=("prototype", "share"),
            rows=[(f"row {subject.X.index[rows[at]]}: {told[at]}", float(stands[k])) for k, at in enumerate(chosen)],
            x="prototype",
            y=("share",),
            mark="bar",
        ),
        Table(
            name="prototypes",
            title="Rows that stand for the others",
            columns=("row", "the model says", "share", *_apart(names)),
            rows=[(*line(at)[:2], float(stands[k]), *line(at)[2:]) for k, at in enumerate(chosen)],
            units={"share": "share of the rows"},
            caption=caption,
        ),
        Table(
            name="criticisms",
            title="Rows that the prototypes misjudge the most",
            columns=("row", "the model says", *_apart(names)),
            rows=[line(at) for at in missed],
            caption=caption,
        ),
    ]


def _quality(value: float, ends: tuple[float, float], alike: float | None) -> Table:
    from trustlab.explain import _words
    from trustlab.explain.quality import Measure

    measures = [
        Measure("discrepancy over random", value, "0 is best; 1 is no better than as many random rows", *ends),
        Measure("predicted alike", alike, "share of the rows predicted like their nearest prototype"),
    ]
    return _words.quality_view(measures)


def _apart(names: list[str]) -> list[str]:
    """Return column names that do not repeat those of the table itself."""
    taken = {"row", "the model says", "share"}
    return [f"{name} (input)" if name in taken else name for name in names]
