"""Was the model trained on rows later than those it is examined on?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Column, Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Distribution, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ID = "quality.time_leakage"
BINS = 12
MOST_ROWS = 50_000  # of either side


@operation(
    "check",
    "Time leakage",
    needs=("train",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: a model that is used on later rows must be examined on later rows (leakage L3.1, "
        "temporal leakage, of Kapoor and Narayanan 2023). Right as it is where nothing changes with time",
    ),
    references=(
        "Kapoor and Narayanan (2023). Leakage and the reproducibility crisis in ML-based science. Patterns 4",
        "Kaufman, Rosset, Perlich and Stitelman (2012). Leakage in data mining. ACM TKDD 6",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "train": "loans.csv", "time": "age"},
)
def time_leakage(
    subject: Subject,
    time: Column = None,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Was the model trained on rows later than those it is examined on?

    The number is the chance that a training row is later than an audited row: 0 where the split is by time, one half
    where rows were dealt at random, more where training is the later part. Anything above 0 means that the model
    may know the future of the rows it is examined on. Not a fault where the order of the rows means nothing.

    In plain words
    --------------
    The model learned from cases that are later than those it was examined on, which it will never be able to do in use.

    What to do
    ----------
    Split by time: train on the earlier rows, audit on the later.

    Parameters
    ----------
    subject : Subject
        All columns of audited and training rows, features or not.
    time : column
        The column that says when a row came about: times, ISO 8601 text, or numbers that rise with time. The only
        column of times where not given (births left out); of several, the only one called like a time.
    level : float
        Confidence level of the interval.
    context : Context
        Where the sample comes from where there are many rows.

    Returns
    -------
    Result
        Value: the chance, ties counting half, with DeLong's interval.

    References
    ----------
    Kapoor and Narayanan (2023). Leakage and the reproducibility crisis in machine-learning-based science.
    """
    import numpy as np

    from trustlab.stats.roc import auc_interval

    assert subject.train is not None
    name = _named(subject, time) if time is not None else _found(subject)
    if name is None:
        return not_applicable("needs the column that says when a row came about (parameter time): none, or several")
    sides = [
        _moments(side.dataset.frame[name], context, salt)
        for side, salt in ((subject.train, "train"), (subject, "audited"))
    ]
    before, after = (values[np.isfinite(values)] for values in sides)
    if not before.size or not after.size:
        return not_applicable(f"{name} is missing on one side of the split")
    later = np.repeat([True, False], [before.size, after.size])
    share = auc_interval(later, np.r_[before, after], level)
    reason = (
        f"A training row is later than an audited row, by {name}, with chance {share.value:.2f} ({share.lo:.2f} to "
        f"{share.hi:.2f}, n {before.size:,} and {after.size:,}; 0 where the split is by time, 0.5 at random)."
    )
    if share.value == 0:
        reason = f"Every training row is earlier than every audited row, by {name} (n {before.size:,}, {after.size:,})."
    return Result(
        reason=reason,
        value=share.value,
        unit="chance",
        interval=(share.lo, share.hi) if share.value > 0 else (0.0, 0.0),
        level=level,
        n=int(later.size),
        views=[
            _picture(name, before, after),
            _table(name, before, after),
        ],
        advice=["Train on the earlier rows and audit the later ones: the number may fall, and is then the true one."]
        if share.value > 0
        else [],
    )


def _named(subject: Subject, name: Any) -> str:
    assert subject.train is not None
    for side in (subject, subject.train):
        if name not in side.dataset.frame.columns:
            near = did_you_mean(str(name), list(map(str, side.dataset.frame.columns)))
            raise UsageError(f"time must be a column of both sides; got {name!r}.{near}")
    return str(name)


def _found(subject: Subject) -> str | None:
    from trustlab.data.roles import is_event_time, is_time_name

    assert subject.train is not None
    theirs = subject.train.dataset.frame
    frame = subject.dataset.frame
    times = [str(name) for name in frame.columns if name in theirs.columns and is_event_time(frame[name])]
    called = [name for name in times if is_time_name(name)]
    return times[0] if len(times) == 1 else called[0] if len(called) == 1 else None


def _moments(column: pd.Series[Any], context: Context, salt: str) -> NDArray[Any]:
    import numpy as np
    from pandas.api import types

    from trustlab.checks.quality._learner import seconds_of
    from trustlab.stats.sampling import subsample

    column = column.iloc[subsample(len(column), MOST_ROWS, context.rng(ID, salt))]
    if types.is_numeric_dtype(column):
        numbers: NDArray[Any] = column.to_numpy(dtype=float, na_value=np.nan)
        return numbers
    return seconds_of(column)


def _picture(name: str, before: NDArray[Any], after: NDArray[Any]) -> Distribution:
    import numpy as np

    edges = np.unique(np.linspace(min(before.min(), after.min()), max(before.max(), after.max()), BINS + 1))
    if edges.size < 2:
        edges = np.array([edges[0], edges[0] + 1])
    shares = [np.histogram(side, edges)[0] / side.size for side in (before, after)]
    words = [_word(edge) for edge in edges[:-1]]
    rows = [(f"from {word}", *map(float, pair)) for word, *pair in zip(words, *shares, strict=True)]
    return Distribution(name="when", title=f"When, by {name}", columns=(name, "training", "audited"), rows=rows)


def _table(name: str, before: NDArray[Any], after: NDArray[Any]) -> Table:
    early, late = max(before.min(), after.min()), min(before.max(), after.max())
    rows = [
        (words, side.size, float((side < early).mean()), float((side > late).mean()))
        for words, side in (("training", before), ("audited", after))
    ]
    return Table(
        name="sides",
        title=f"When, by {name}",
        columns=("rows", "n", "before all of the other side", "after all of the other side"),
        rows=rows,
        units={"n": "rows"},
        caption="Shares of the rows with a known time.",
    )


def _word(edge: float) -> str:
    from datetime import UTC, datetime

    # numbers that are no seconds of the last or the next century are shown as they are
    return datetime.fromtimestamp(edge, UTC).date().isoformat() if 1e8 < edge < 4e9 else f"{edge:.6g}"
