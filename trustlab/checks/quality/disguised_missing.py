"""Do values stand for "missing"?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

FEWEST = 5  # rows with the value: fewer are no habit
ALONE = 3.0  # times as many rows as the usual one of the other values near that end
GAP = 1.0  # widths of the middle 98 % of the other values between the code and them, where its sign is theirs too
MOST_ROWS = 100
SHOWN = 15
WORDS = frozenset(
    {"", "?", "-", "--", ".", "na", "n/a", "#n/a", "n.a.", "nan", "null", "none", "nil", "missing", "unknown", "unk"}
    | {"not available", "not applicable", "not known", "undefined", "#ref!", "#value!", "#div/0!", "tbd", "xxx"}
)
CODES = frozenset(
    {sign * float("9" * digits) for digits in range(1, 10) for sign in (1, -1)}
    | {-1.0, -2.0, -8.0, -88.0, -888.0, 88.0, 888.0, 8888.0, -8888.0, 1e10, -1e10, 2147483647.0, -2147483648.0}
)
DATES = frozenset({"0001-01-01", "1900-01-01", "1899-12-30", "1970-01-01", "9999-12-31", "2099-12-31", "1111-11-11"})


@operation(
    "check",
    "Disguised missing values",
    needs=("features",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: a code for missing that is read as a value bends every mean and every cut",
    ),
    references=(
        "Pearson (2006). The problem of disguised missing data. SIGKDD Explorations 8",
        "Qahtan, Elmagarmid, Castro Fernandez, Ouzzani and Tang (2018). FAHES. KDD",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved"},
)
def disguised_missing(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95) -> Result:
    """Do values stand for "missing"?

    Looked for are words (``?``, ``N/A``, ``unknown``), dates (1900-01-01, 9999-12-31) and numbers (-1, 999, -9999) by
    which people write that nothing is known. A word counts in any number of rows. A number or a date must be a spike at
    the end of its column, three times as common as the usual value near it, and apart from the rest: the only negative
    one, or as far off as the middle 98 % of the others is wide. A code amid the values, such as 0 or 99 for an age,
    looks like any other value and is not seen. A category ``unknown`` may be meant: then it is no fault.

    In plain words
    --------------
    Some values are stand-ins for values that are not known, and the model takes them at their word.

    What to do
    ----------
    Turn the codes into real gaps when the data are read, and audit again.

    Parameters
    ----------
    subject : Subject
        Features.
    level : float
        Confidence level of the interval.

    Returns
    -------
    Result
        Value: the share of rows with at least one such value, with Wilson's interval.

    References
    ----------
    Pearson (2006). The problem of disguised missing data. ACM SIGKDD Explorations 8.
    """
    import numpy as np

    from trustlab.stats.intervals import wilson

    rows = np.zeros(subject.n, bool)
    found = []
    for name in subject.X.columns:
        for one in _codes_in(subject.X[name]):
            rows |= one.rows
            count = int(one.rows.sum())
            found.append((str(name), one.value, count, *wilson(count, subject.n, level).at(()), one.why))
    found.sort(key=lambda row: (-row[2], row[0], row[1]))
    share = wilson(int(rows.sum()), subject.n, level).at(())
    reason = f"No value of {counted(subject.X.shape[1], 'feature')} looks like a code for missing (n {subject.n:,})."
    if found:
        listed = "; ".join(f"{row[0]} {row[1]} ({row[2]:,} rows)" for row in found[:3])
        more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
        reason = f"{share.value:.2%} of rows hold what looks like a code for missing: {listed}{more} (n {subject.n:,})."
    return Result(
        reason=reason,
        value=share.value,
        unit="share of rows",
        interval=(share.lo, share.hi),
        level=level,
        n=subject.n,
        views=_views(found) if found else [],
        advice=["Read them as missing, then look at quality.missing again."] if found else [],
    )


def _views(found: list[tuple[Any, ...]]) -> list[Series | Table]:
    picture = Series(
        name="picture",
        title="What looks like a code for missing",
        columns=("value", "share", "share_lo", "share_hi"),
        rows=[(f"{row[0]} {row[1]}", *row[3:6]) for row in found[:SHOWN]],
        x="value",
        y=("share",),
        mark="bar",
    )
    table = Table(
        name="by_value",
        title="What looks like a code for missing",
        columns=("column", "value", "rows", "share", "share_lo", "share_hi", "why"),
        rows=found[:MOST_ROWS],
        units={"rows": "rows", "share": "share of rows"},
    )
    return [picture, table]


class _Code(NamedTuple):
    """A value that looks like a code for missing, its rows, and why."""

    value: str
    rows: NDArray[Any]
    why: str


def _codes_in(column: pd.Series[Any]) -> Iterator[_Code]:
    from pandas.api import types

    from trustlab.data.roles import is_time

    if types.is_bool_dtype(column) or types.is_complex_dtype(column):
        return
    if types.is_numeric_dtype(column):
        yield from _numbers(column)
    elif is_time(column):
        yield from _times(column)
    else:
        yield from _words(column)


def _words(column: pd.Series[Any]) -> Iterator[_Code]:
    texts = column.dropna().astype(str)
    for value, count in texts.value_counts().items():
        if str(value).strip().casefold() in WORDS and count < len(column):
            rows = (column.astype(str) == value).to_numpy(dtype=bool) & column.notna().to_numpy()
            yield _Code(repr(str(value)), rows, "a word for missing")


def _numbers(column: pd.Series[Any]) -> Iterator[_Code]:
    import numpy as np

    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    values, counts = np.unique(numbers[np.isfinite(numbers)], return_counts=True)
    for place in (0, values.size - 1):
        if values.size < 3 or values[place] not in CODES or counts[place] < FEWEST:
            continue
        others, their = np.delete(values, place), np.delete(counts, place)
        near = their[: max(others.size // 4, 1)] if place == 0 else their[-max(others.size // 4, 1) :]
        if counts[place] < ALONE * np.median(near) or not _apart(float(values[place]), others, their):
            continue
        yield _Code(f"{values[place]:g}", numbers == values[place], f"a spike apart from {_range(others)}")


def _apart(code: float, others: NDArray[Any], counts: NDArray[Any]) -> bool:
    """Return whether a code lies apart from the other values: by its sign, or far off."""
    import numpy as np

    upto = np.cumsum(counts) / counts.sum()
    low, high = others[np.searchsorted(upto, 0.01)], others[min(int(np.searchsorted(upto, 0.99)), others.size - 1)]
    if code < 0 <= others[0]:
        return bool(others.size > 10 or code < -1)  # -1, 0, 1 may be a scale
    nearest = others[0] if code < others[0] else others[-1]
    return bool(abs(code - nearest) > GAP * max(float(high - low), 1.0))


def _range(others: NDArray[Any]) -> str:
    return f"{others[0]:.6g} to {others[-1]:.6g}"


def _times(column: pd.Series[Any]) -> Iterator[_Code]:
    days = column.astype(str).str.slice(0, 10).where(column.notna())
    counts = days.value_counts()
    for value in sorted(DATES & set(counts.index)):
        rest = counts.drop(value)
        ends = value in {days.dropna().min(), days.dropna().max()}
        if ends and len(rest) and counts[value] >= FEWEST and counts[value] >= ALONE * float(rest.median()):
            yield _Code(str(value), (days == value).to_numpy(dtype=bool, na_value=False), "a date for no date")
