"""Is the answer given away, by shared rows or by a feature?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.context import Context
from trustlab.core.counted import counted, listed
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from trustlab.stats.intervals import Interval

ID = "quality.leakage"
MOST_ROWS = 50  # of the view
BINS = 100  # of a numeric feature
MOST_TRIED = 500  # features; of more, those that a quick look on a few rows finds to go with the target most
LOOKED_AT = 1000  # rows of that look, or up to twice as many
FEWEST = 50  # rows from which "all different" and "almost perfect" say anything


@operation(
    "check",
    "Leakage",
    needs=("features", "labels"),
    threshold=Threshold(
        warn=0.0,
        fail=0.033,
        source="Barz and Denzler (2020) found a counterpart in training for 3.3 % of CIFAR-10's test images, and "
        "published models did significantly worse once these were replaced",
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

    Two leaks are looked for: audited rows that the model was trained on, and single features that alone predict the
    target almost perfectly. A feature that is rightly decisive looks the same as one that was filled in afterwards:
    only who knows how it came about can tell. Rows equal but for noise: ``quality.near_duplicates``; features that
    name rows: ``quality.identifiers``; what gives the answer away by its form, or together with another feature:
    ``quality.leaky_format``, ``quality.leaky_pairs``; one entity or a later time on both sides:
    ``quality.group_leakage``, ``quality.time_leakage``.

    In plain words
    --------------
    The data give the outcome away, so the model looks better here than it will be in use.

    What to do
    ----------
    Ask when the feature is filled in: if after the answer is known, drop it. Take shared rows out of the audited ones.

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
        training rows that have a copy among the others; with Newcombe's interval. Where the training data are not
        known, the number of features that give the target away; then half of the question was not asked, and without
        such a feature the check is skipped, not passed. Where no more rows are shared than features of so few
        values would bring if they were independent, nothing leaked. Where no more are shared than training rows have
        among themselves, copies were made before the split or rows are alike for a reason: the check warns.

    References
    ----------
    Kapoor and Narayanan (2023). Leakage and the reproducibility crisis in machine-learning-based science.
    """
    shared = _shared(subject, level)
    features = _features(subject, almost, max_rows, level, context)
    sentences = [_shared_sentence(subject, shared), *_features_sentences(subject, features)]
    if shared is None and subject.n < FEWEST:
        return not_applicable(" ".join(sentences))
    excess = shared.excess if shared else None
    return Result(
        status=_verdict(shared, features=bool(features)),
        reason=" ".join(sentences),
        value=excess.value if excess else len(features),
        unit="share of rows" if excess else "features",
        interval=(excess.lo, excess.hi) if excess else None,
        level=level,
        n=subject.n,
        views=[_table(features)],
    )


def _features_sentences(subject: Subject, features: Sequence[tuple[Any, ...]]) -> list[str]:
    if subject.n < FEWEST:
        return [f"Single features were not tried: {counted(subject.n, 'row')}, fewer than {FEWEST}."]
    names = [row[0] for row in features]
    sentences = []
    if names:
        verb = "predicts" if len(names) == 1 else "predict"
        sentences.append(f"{listed(names)} alone {verb} {subject.target} almost perfectly.")
    if (many := subject.X.shape[1]) > MOST_TRIED:
        sentences.append(f"Of {many:,} features the {MOST_TRIED} that go with the target most were tried.")
    return sentences if names else ["No single feature gives the target away.", *sentences]


class _Shared(NamedTuple):
    """Audited rows found in training, and what of that is no surprise."""

    found: int
    copies: float
    by_chance: bool
    excess: Interval


def _shared(subject: Subject, level: float) -> _Shared | None:
    import numpy as np

    from trustlab.checks.quality._rows import Stacked, coincidence, row_codes
    from trustlab.stats.intervals import newcombe, wilson

    train = subject.train
    if train is None or train.y is None or subject.y is None:
        return None
    columns = [name for name in subject.X.columns if name in train.X.columns]
    both = Stacked((train.X, subject.X), columns, (train.y, subject.y))
    codes = row_codes(both)
    seen = np.bincount(codes[: train.n], minlength=int(codes.max()) + 1)
    found = int((seen[codes[train.n :]] > 0).sum())
    copies = int((seen[codes[: train.n]] > 1).sum())
    expected = -np.expm1(train.n * np.log1p(-min(coincidence(both), 1 - 1e-12)))
    return _Shared(
        found=found,
        copies=copies / train.n,
        by_chance=bool(wilson(found, subject.n, level).lo <= expected),
        excess=newcombe(found, subject.n, copies, train.n, level).at(()),
    )


def _verdict(shared: _Shared | None, *, features: bool) -> Status | None:
    """Return the status where the thresholds are not to decide."""
    if shared is not None and not shared.by_chance:
        return None if shared.excess.value > 0 else Status.WARN
    if features:
        return Status.WARN
    # Half of the question was not asked: that is no pass.
    return Status.SKIPPED if shared is None else Status.PASS


def _shared_sentence(subject: Subject, shared: _Shared | None) -> str:
    if shared is None:
        return "The training data are not known: shared rows were not looked for (give them with --train)."
    if not shared.found:
        return f"None of {subject.n:,} audited rows stands in the training data."
    share = f"{shared.found:,} of {subject.n:,} audited rows ({shared.found / subject.n:.2%})"
    if shared.by_chance:
        return f"{share} equal a training row, which features of so few values bring by chance."
    if shared.excess.value <= 0:
        return (
            f"{share} stand in the training data too; {shared.copies:.2%} of training rows have a copy among "
            "themselves: copies made before the split, or rows that are alike for a reason."
        )
    usual = f" ({shared.copies:.2%} of training rows have a copy among themselves)" if shared.copies else ""
    return f"{share} stand in the training data too{usual}."


def _features(
    subject: Subject, almost: float, max_rows: int, level: float, context: Context
) -> list[tuple[str, str, float | None, float | None, float | None, str]]:
    """Return a row of the view for each feature that gives something away."""
    from trustlab.data.roles import names_rows
    from trustlab.stats.sampling import stratified_halves, subsample

    assert subject.y is not None
    if subject.n < FEWEST:
        return []
    rng = context.rng(ID)
    rows = subsample(subject.n, max_rows, rng)
    y = subject.y[rows]
    halves = stratified_halves(y if subject.task != "regression" else y > sorted(y)[len(y) // 2], rng)
    found: list[tuple[str, str, float | None, float | None, float | None, str]] = []
    for name in _tried(subject, rows):
        if names_rows(subject.X[name]):
            continue  # learned by heart on one half, it says nothing on the other: quality.identifiers names it
        measure, value, lo, hi = _alone(subject.X[name].iloc[rows], y, halves, subject.task, level)
        if value >= almost:
            found.append((str(name), measure, value, lo, hi, "predicts the target"))
    return found


def _tried(subject: Subject, rows: NDArray[Any]) -> list[Any]:
    """Return the features that are worth a try: all, or of very many the numbers that go with the target most."""
    import numpy as np

    from trustlab.stats.columns import most_telling

    names = list(subject.X.columns)
    numbers = subject.X.select_dtypes(include="number").columns
    if len(names) <= MOST_TRIED or not len(numbers):
        return names[:MOST_TRIED]
    assert subject.y is not None
    some = rows[:: max(1, len(rows) // LOOKED_AT)]
    values = subject.X[numbers].iloc[some].to_numpy(dtype=float, na_value=np.nan)
    known = set(numbers)
    others = [name for name in names if name not in known][: MOST_TRIED // 2]
    telling = most_telling(values, subject.y[some], len(subject.classes), MOST_TRIED - len(others))
    chosen = {*others, *numbers[telling]}
    return [name for name in names if name in chosen]


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
