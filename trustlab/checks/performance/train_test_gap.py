"""How much worse is the model on rows it has not seen?"""

from __future__ import annotations

from math import isnan
from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

ID = "performance.train_test_gap"


@operation(
    "check",
    "Gap between training and audited rows",
    needs=("labels", "model", "train"),
    threshold=Threshold(
        warn=0.10,
        fail=None,
        source="A convention of practice: Deepchecks' train-test condition allows a relative drop below 10 %. Here the "
        "drop is absolute, on a scale that ends at 1. No accepted limit to fail",
    ),
    references=(
        "Hastie, Tibshirani and Friedman (2009). The Elements of Statistical Learning, section 7.4",
        "Zou and Donner (2008). Construction of confidence limits about effect measures. Statistics in Medicine 27",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def train_test_gap(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """How much worse is the model on rows it has not seen?

    The headline is balanced accuracy (R2 for regression) on the training rows minus that on the audited rows. A gap
    alone is no fault: a flexible model fits its training rows well and may still be the best on others. A large one
    says that training figures must not be quoted, and that more data or a simpler model may help.

    In plain words
    --------------
    The model is much better on the cases it learned from than on new ones.

    What to do
    ----------
    Quote only the figures of the audited rows. Fit less closely (fewer or shallower trees, more regularisation) or
    gather rows, and compare on the audited rows.

    Parameters
    ----------
    subject : Subject
        The model, audited rows with labels, and the training data.
    level : float
        Confidence level of every interval.
    context : Context
        Where the bootstrap's chance comes from.

    Returns
    -------
    Result
        Value: the gap, with a square-and-add interval of both numbers' own: the rows are others, so nothing is paired.
        Views: both numbers, and the gap of every other measure, by normal theory.

    References
    ----------
    Hastie, Tibshirani and Friedman (2009). The Elements of Statistical Learning, section 7.4: training error is an
    optimistic estimate.
    """
    from trustlab.checks.performance._headline import CONSTANT, difference, headline

    train = subject.train
    if train is None or train.y is None or train.y_pred is None:
        return not_applicable("needs the training data with their labels")
    name, seen, *_ = headline(train, context.rng(ID, "train"), level)
    _, fresh, *_ = headline(subject, context.rng(ID, "audited"), level)
    gap = difference(seen, fresh)
    if isnan(gap.value):
        return not_applicable(CONSTANT)
    rows = [("training rows", train.n, *seen), ("audited rows", subject.n, *fresh)]
    columns = ("rows", "n", "value", "value_lo", "value_hi")
    evidence = "surely worse on rows it has not seen" if gap.lo > 0 else "not surely worse: the gap could be noise"
    return Result(
        reason=f"{name} is {seen.value:.3g} on training rows and {fresh.value:.3g} on audited rows: a gap of "
        f"{gap.value:.3g} ({gap.lo:.3g} to {gap.hi:.3g}, n {train.n:,} and {subject.n:,}), {evidence}.",
        value=gap.value,
        unit=name,
        interval=(gap.lo, gap.hi),
        level=level,
        n=subject.n,
        views=[
            Series(name="picture", title=name, columns=columns, rows=rows, x="rows", y=("value",), mark="point"),
            Table(name="gap", title=name, columns=columns, rows=rows, units={"n": "rows"}),
            _others(train, subject, level),
        ],
    )


def _others(train: Subject, fresh: Subject, level: float) -> Table:
    """Return the gap of each measure that has a variance, of different rows."""
    import numpy as np

    from trustlab.checks.measures import answers_of, measures_of
    from trustlab.stats.intervals import normal_quantile

    rows = []
    scores = train.proba is not None and fresh.proba is not None
    for measure in measures_of(fresh.task, scores=scores):
        if measure.pull is None:
            continue
        seen, new = (measure.pull(answers_of(side)) for side in (train, fresh))
        half = normal_quantile(level) * float(np.sqrt(seen.variance + new.variance))
        worse = (seen.value - new.value) * (1 if measure.better == "higher" else -1)
        rows.append((measure.words, seen.value, new.value, worse, worse - half, worse + half))
    return Table(
        name="measures",
        title="Gap by measure",
        columns=("measure", "training_rows", "audited_rows", "gap", "gap_lo", "gap_hi"),
        rows=rows,
        caption="gap: how much worse on the audited rows; above 0 in the direction of overfitting.",
    )
