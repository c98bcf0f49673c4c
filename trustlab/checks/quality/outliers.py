"""Are there numbers far outside the rest, and does the model err on them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

MOST_ROWS = 100  # of the view
SHOWN = 15
FEWEST = 20  # known numbers that a spread can be told from


@operation(
    "check",
    "Outliers",
    needs=("numeric",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: a number beyond any that its column's spread accounts for is worth a look. It may be "
        "true, so nothing fails",
    ),
    references=(
        "Iglewicz and Hoaglin (1993). How to Detect and Handle Outliers. ASQC",
        "Leys et al. (2013). Detecting outliers: use absolute deviation around the median. J. Exp. Soc. Psych. 49",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "drop": ["decision", "score"]},
)
def outliers(
    subject: Subject,
    limit: Annotated[float, Range(1)] = 3.5,
    gross: Annotated[float, Range(1)] = 10.0,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Are there numbers far outside the rest, and does the model err on them?

    Two measures a column. Beyond the limit: more than ``limit`` robust standard deviations (1.4826 times the median
    absolute deviation) from the median; heavy tails have many, so these are shown and not judged. Gross: farther from
    the median than ``gross`` times the width of the middle 99 % of the known values, such as a slip of the decimal
    point or a unit; these are the headline. Where more than 1 % of a column is gross, it is no longer outside: see
    the distribution. With training rows, spread and median are theirs.

    In plain words
    --------------
    Some values are so far from all others that they may be slips, and the model errs on them.

    What to do
    ----------
    Look at the gross values first: a unit or a slipped comma is mended at the source. Keep what is true.

    Parameters
    ----------
    subject : Subject
        Numeric features; predictions and labels where known.
    limit : float
        Iglewicz and Hoaglin's modified z-score; 3.5 is theirs.
    gross : float
        Times the width of the middle 99 %. A choice, with no source: raise it where tails are very long.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    Result
        Value: the share of rows with a gross number, with Wilson's interval.

    References
    ----------
    Iglewicz and Hoaglin (1993). How to Detect and Handle Outliers. ASQC Basic References in Quality Control 16.
    """
    import numpy as np

    from trustlab.stats.intervals import wilson

    beyond, far = np.zeros(subject.n, bool), np.zeros(subject.n, bool)
    found = []
    for name in subject.numeric_columns:
        one = _column(subject, name, limit, gross, (beyond, far))
        if one is not None:
            found.append(one)
    found.sort(key=lambda one: (-one.gross, -one.beyond, one.name))
    share, wide = (wilson(int(at.sum()), subject.n, level).at(()) for at in (far, beyond))
    worst = [one for one in found if one.gross]
    reason = f"No number is grossly outside its column ({counted(len(found), 'column')}, n {subject.n:,})"
    if worst:
        reason = (
            f"{int(far.sum()):,} of {subject.n:,} rows ({share.value:.3%}) hold a number grossly outside its column: "
            f"{worst[0].name} (up to {worst[0].extreme:.4g}, median {worst[0].median:.4g})"
        )
    error = _errors(subject, far if far.any() else beyond, level)
    return Result(
        reason=f"{reason}; {wide.value:.1%} hold one beyond {limit:g} robust standard deviations.{error}",
        value=share.value,
        unit="share of rows",
        interval=(share.lo, share.hi),
        level=level,
        n=subject.n,
        views=[_picture(found, subject.n), _table(found)],
    )


class _Found(NamedTuple):
    """One column, and how many of its rows lie beyond the limit and beyond all measure."""

    name: str
    beyond: int
    gross: int
    median: float
    spread: float
    extreme: float


def _column(
    subject: Subject, name: str, limit: float, gross: float, rows: tuple[NDArray[Any], NDArray[Any]]
) -> _Found | None:
    """Return what is found in a column, and mark its rows: beyond the limit, beyond all measure."""
    import numpy as np

    source = subject.X if subject.train is None or name not in subject.train.X.columns else subject.train.X
    known = _numbers(source[name])
    known = known[np.isfinite(known)]
    if known.size < FEWEST:
        return None
    low, median, high = np.quantile(known, [0.005, 0.5, 0.995])
    spread = 1.4826 * float(np.median(np.abs(known - median)))
    numbers = _numbers(subject.X[name])
    distance = np.where(np.isfinite(numbers), np.abs(numbers - median), 0.0)
    width = float(high - low)
    far = distance > gross * width if width > 0 else np.zeros(subject.n, bool)
    at = int(distance.argmax())
    beyond = distance > limit * spread if spread > 0 else np.zeros(subject.n, bool)
    for marks, own in zip(rows, (beyond, far), strict=True):
        marks |= own
    return _Found(name, int(beyond.sum()), int(far.sum()), float(median), spread, float(numbers[at]))


def _numbers(column: pd.Series[Any]) -> NDArray[Any]:
    import numpy as np
    from pandas.api import types

    if types.is_complex_dtype(column):
        return np.full(len(column), np.nan)
    numbers: NDArray[Any] = column.to_numpy(dtype=float, na_value=np.nan)
    return numbers


def _errors(subject: Subject, inside: NDArray[Any], level: float) -> str:
    """Return a sentence that compares the model's error on these rows with the rest."""
    import numpy as np

    from trustlab.stats.intervals import newcombe

    if subject.y is None or subject.y_pred is None or not subject.classes or inside.all() or not inside.any():
        return ""
    wrong = np.asarray(subject.y_pred != subject.y)
    counts = int(wrong[inside].sum()), int(inside.sum()), int(wrong[~inside].sum()), int((~inside).sum())
    gap = newcombe(*counts, level).at(())
    noise = ", which could be noise" if gap.lo <= 0 <= gap.hi else ""
    return (
        f" The model's error there is {counts[0] / counts[1]:.1%}, elsewhere {counts[2] / counts[3]:.1%} (difference "
        f"{gap.lo:+.1%} to {gap.hi:+.1%}{noise})."
    )


def _picture(found: Sequence[_Found], n: int) -> Series:
    return Series(
        name="picture",
        title="Rows beyond the limit, by column",
        columns=("column", "share"),
        rows=[(one.name, one.beyond / n) for one in found[:SHOWN]],
        x="column",
        y=("share",),
        mark="bar",
        units={"share": "share of rows"},
        caption="Columns with gross numbers first.",
    )


def _table(found: Sequence[_Found]) -> Table:
    rows = [(one.name, one.gross, one.beyond, one.median, one.spread, one.extreme) for one in found[:MOST_ROWS]]
    return Table(
        name="by_column",
        title="Columns",
        columns=("column", "gross", "beyond the limit", "median", "robust standard deviation", "farthest value"),
        rows=rows,
        units={"gross": "rows", "beyond the limit": "rows"},
        caption="A robust standard deviation of 0: over half of the values are equal, so nothing is beyond the limit."
        + (f" {len(found) - MOST_ROWS:,} columns are left out." * (len(found) > MOST_ROWS)),
    )
