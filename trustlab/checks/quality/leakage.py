"""Is the answer given away, by shared rows or by a feature?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold
from trustlab.core.views import Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from trustlab.stats.intervals import Interval

ID = "quality.leakage"
MOST_ROWS = 50  # of the view
BINS = 100  # of a numeric feature
BY_CHANCE = 0.001  # values all different by chance, below which they are taken for names of rows
FEWEST = 50  # rows from which "all different" and "almost perfect" say anything


@operation(
    "check",
    "Leakage",
    needs=("features", "labels"),
    threshold=Threshold(
        warn=0.0,
        fail=0.033,
        source="At 3.3 % of test rows that stand in the training data too, published accuracies fell by 9 % and more "
        "once these were replaced: Barz and Denzler (2020), Journal of Imaging 6, on CIFAR-10",
    ),
    references=(
        "Kapoor and Narayanan (2023). Leakage and the reproducibility crisis in ML-based science. Patterns 4",
        "Barz and Denzler (2020). Do we train on test data? Purging CIFAR of near-duplicates. Journal of Imaging 6",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def leakage(
    subject: Subject,
    almost: Annotated[float, Range(0.5, 1)] = 0.99,
    max_rows: Annotated[int, Range(100), Unit("rows")] = 20_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Is the answer given away, by shared rows or by a feature?

    Three leaks are looked for: audited rows that the model was trained on, single features that alone predict the
    target almost perfectly, and features that name rows rather than describe them. A feature that is rightly decisive
    looks the same as one that was filled in afterwards: only who knows how it came about can tell.

    Parameters
    ----------
    subject : Subject
        Features and labels; the training data, where shared rows are to be found.
    almost : float
        From this area under the ROC curve, this share of a majority guess's errors avoided, or this explained variance
        on, a single feature is named. A choice, with no source: raise it where a strong feature is right.
    max_rows : int
        Rows on which single features are tried; more are sampled.
    level : float
        Confidence level of the intervals.
    context : Context
        Where the sample and its halves come from; row order matters through it.

    Returns
    -------
    Result
        Value: the share of audited rows (features and label) that stand in the training data, less the share of
        training rows that have a copy among the others, which is what chance and few-valued features bring; with
        Newcombe's interval. None where the training data are not known.

    References
    ----------
    Kapoor and Narayanan (2023). Leakage and the reproducibility crisis in machine-learning-based science.
    """
    features = _features(subject, almost, max_rows, level, context)
    names = [row[0] for row in features if row[5] == "predicts the target"]
    identifiers = [row[0] for row in features if row[5] == "names rows"]
    shared = _shared(subject, level)
    sentences = [_shared_sentence(subject, shared)]
    if names:
        sentences.append(
            f"{_listed(names)} alone predict{'s' if len(names) == 1 else ''} {subject.target} almost perfectly."
        )
    if identifiers:
        sentences.append(
            f"{_listed(identifiers)} name{'s' if len(identifiers) == 1 else ''} rows: no feature to learn from."
        )
    if not features:
        sentences.append("No single feature gives the target away.")
    excess = shared[2] if shared else None
    fine = excess is None or excess.value <= 0
    return Result(
        status=(Status.WARN if features else Status.PASS if excess is None else None) if fine else None,
        reason=" ".join(sentences),
        value=excess.value if excess else None,
        unit="share of rows",
        interval=(excess.lo, excess.hi) if excess else None,
        level=level,
        n=subject.n,
        views=[_table(features)],
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _shared(subject: Subject, level: float) -> tuple[int, float, Interval] | None:
    """Return audited rows found in training, the share of training rows with a copy in training, and the excess."""
    import numpy as np
    import pandas as pd

    from trustlab.checks.quality._rows import row_codes
    from trustlab.stats.intervals import newcombe

    train = subject.train
    if train is None or train.y is None or subject.y is None:
        return None
    columns = [name for name in subject.X.columns if name in train.X.columns]
    both = pd.concat([train.X[columns], subject.X[columns]], ignore_index=True)
    codes = row_codes(both.assign(**{"(label)": np.concatenate([train.y, subject.y])}))
    seen = np.bincount(codes[: train.n], minlength=int(codes.max()) + 1)
    found = int((seen[codes[train.n :]] > 0).sum())
    copies = int((seen[codes[: train.n]] > 1).sum())
    return found, copies / train.n, newcombe(found, subject.n, copies, train.n, level).at(())


def _shared_sentence(subject: Subject, shared: tuple[int, float, Interval] | None) -> str:
    if shared is None:
        return "The training data are not known: shared rows were not looked for."
    found, copies, _ = shared
    if not found:
        return f"None of {subject.n:,} audited rows stands in the training data."
    usual = f"; {copies:.1%} of training rows have a copy among themselves" if copies else ""
    return f"{found:,} of {subject.n:,} audited rows ({found / subject.n:.1%}) stand in the training data too{usual}."


def _features(
    subject: Subject, almost: float, max_rows: int, level: float, context: Context
) -> list[tuple[str, str, float | None, float | None, float | None, str]]:
    """Return a row of the view for each feature that gives something away."""
    from trustlab.stats.sampling import stratified_halves, subsample

    assert subject.y is not None
    if subject.n < FEWEST:
        return []
    rng = context.rng(ID)
    rows = subsample(subject.n, max_rows, rng)
    y = subject.y[rows]
    halves = stratified_halves(y if subject.task != "regression" else y > sorted(y)[len(y) // 2], rng)
    found: list[tuple[str, str, float | None, float | None, float | None, str]] = []
    for name in subject.X.columns:
        if _names_rows(subject.X[name]):
            found.append((str(name), "all different", None, None, None, "names rows"))
            continue
        measure, value, lo, hi = _alone(subject.X[name].iloc[rows], y, halves, subject.task, level)
        if value >= almost:
            found.append((str(name), measure, value, lo, hi, "predicts the target"))
    return found


def _names_rows(column: pd.Series[Any]) -> bool:
    """Return whether all values differ and chance would not do that: text, or whole numbers out of a narrow range."""
    import math

    from pandas.api import types

    whole = types.is_integer_dtype(column)
    if not (whole or types.is_string_dtype(column)) or column.isna().any() or not column.is_unique:
        return False
    if not whole:
        return True
    span = float(column.max()) - float(column.min()) + 1
    return math.exp(-len(column) * (len(column) - 1) / 2 / span) < BY_CHANCE  # the birthday problem


def _alone(
    column: pd.Series[Any], y: NDArray[Any], halves: tuple[Any, Any], task: str, level: float
) -> tuple[str, float, float, float]:
    """Return how well one feature predicts: learned on one half as a table by value or bin, measured on the other."""
    import numpy as np

    from trustlab.data.coding import learn_coding
    from trustlab.stats.intervals import wilson
    from trustlab.stats.regression import r2_interval
    from trustlab.stats.roc import auc_interval

    one, two = halves
    coding = learn_coding(column.iloc[one], bins=BINS, most=10 * BINS)
    codes = coding.codes(column)
    if task == "multiclass":
        table = np.zeros((coding.size, int(y.max()) + 1))
        np.add.at(table, (codes[one], y[one]), 1)
        right = int((table.argmax(axis=1)[codes[two]] == y[two]).sum())
        base = float(np.bincount(y[two]).max()) / len(two)
        ends = wilson(right, len(two), level).at(())
        skill = [(end - base) / (1 - base) if base < 1 else 0.0 for end in ends]
        return "share of a majority guess's errors avoided", skill[0], skill[1], skill[2]
    mean = float(y[one].mean())
    n = np.bincount(codes[one], minlength=coding.size)
    guess = (np.bincount(codes[one], y[one], coding.size) + mean) / (n + 1)
    if task == "regression":
        tried = [r2_interval(y[two], guess[codes[two]], level)]
        if coding.edges is not None:  # a copy with long tails is a line rather than a table of bins
            tried.append(r2_interval(y[two], _line(column, y, one)[two], level))
        return "R2", *max(tried)
    return "AUC", *auc_interval(y[two], guess[codes[two]], level)


def _line(column: pd.Series[Any], y: NDArray[Any], rows: Any) -> NDArray[Any]:
    """Return the straight line's prediction for every row; missing and infinite values count as the mean."""
    import numpy as np

    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    centred = np.nan_to_num(numbers - np.nanmean(numbers[rows]), nan=0.0)
    spread = float(np.sum(centred[rows] ** 2))
    slope = float(np.sum(centred[rows] * (y[rows] - y[rows].mean()))) / spread if spread > 0 else 0.0
    line: NDArray[Any] = y[rows].mean() + slope * centred
    return line


def _table(features: list[tuple[Any, ...]]) -> Table:
    return Table(
        name="features",
        title="Features that give something away",
        columns=("feature", "measure", "value", "value_lo", "value_hi", "finding"),
        rows=features[:MOST_ROWS],
        caption="Learned on one half of the rows and measured on the other.",
    )
