"""How good are the predictions, and better than a guess?"""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Matrix, Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from trustlab.core.views import View
    from trustlab.stats.intervals import Interval

FEW_ROWS = 100  # below, intervals of error sizes and of rare classes are wide by construction
ID = "performance.metrics"
MOST_CLASSES = 30  # in the confusion matrix's view
BANDS = 10  # of predicted values, in the picture of a regression
FEWEST_IN_BAND = 5
UNBOUNDED = {"log loss", "Brier score"}  # what the picture leaves out: less is better there


@operation(
    "check",
    "Performance",
    needs=("labels", "predictions"),
    tasks=("binary", "multiclass", "regression", "ranking"),
    better="higher",
    threshold=Threshold(
        warn=None,
        fail=None,
        source="How good is good enough depends on the use: no accepted limit. By a test: the check fails where the "
        "predictions are surely no better than the best constant guess on these rows, and warns where that is not sure",
    ),
    references=(
        "Brodersen et al. (2010). The balanced accuracy and its posterior distribution. ICPR",
        "DeLong, DeLong and Clarke-Pearson (1988). Comparing the areas under correlated ROC curves. Biometrics 44",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "score": "score"},
)
def metrics(
    subject: Subject,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    quantile: Annotated[float | None, Range(0.001, 0.999)] = None,
    *,
    context: Context,
) -> Result:
    """How good are the predictions, and better than a guess?

    The headline is balanced accuracy (the mean over classes of the share found), or R2 for regression: a constant
    guess gets 1 / classes, or 0, however uneven the classes are. Where mistakes differ in cost, look at the table and
    weigh them; the headline does not. For ranking it is the mean over queries of NDCG at 10, against chance.

    In plain words
    --------------
    The model is wrong too often to be relied on, or hardly better than a guess.

    What to do
    ----------
    Look at the segments and at the labels before at another learner; a model no better than a guess must not be used.

    Parameters
    ----------
    subject : Subject
        Labels and predictions; scores, where known, for the areas under the curves, log loss and Brier score.
    level : float
        Confidence level of every interval.
    quantile : float
        Where the predictions of a regression are meant to be this quantile: adds the pinball loss.
    context : Context
        Where the bootstrap's chance comes from.

    Returns
    -------
    Result
        View ``metrics``: each number with its interval and the constant guess's. Wilson for shares, DeLong for the
        ROC area, the infinitesimal jackknife on the logit scale for the area under the precision-recall curve,
        Student's t for means of rows, ranks for the median, the delta method for RMSE and R2, draws of the confusion
        matrix's chances for the rest. View ``classes``: precision, recall and F1 of each class.

    References
    ----------
    Brodersen et al. (2010). The balanced accuracy and its posterior distribution. ICPR.
    """
    from trustlab.checks.performance._headline import CONSTANT, guess_limit, headline, tested
    from trustlab.checks.performance._metric_rows import rows_of
    from trustlab.checks.performance._ranking import ranking

    if subject.task == "ranking":
        return ranking(subject, level)
    rng = context.rng(ID)
    name, (value, lo, hi), baseline, guess = headline(subject, rng, level)
    if isnan(value):
        return not_applicable(CONSTANT)
    rows = list(rows_of(subject, rng, level, quantile))
    beaten = lo > baseline
    verdict = "better than" if beaten else "no better than" if hi <= baseline else "not surely better than"
    reason = f"{name} {value:.3g} ({lo:.3g} to {hi:.3g}, n {subject.n:,}), {verdict} guessing {guess} ({baseline:.3g})."
    table = Table(
        name="metrics",
        title="Performance",
        columns=("metric", "value", "value_lo", "value_hi", "constant_guess"),
        rows=[(metric, *found, constant) for metric, found, constant in rows],
        caption=f"constant_guess: what guessing {guess} for every row would get"
        + (", or the share of the positive class as every probability." if subject.proba is not None else ".")
        + (" With so few rows some intervals are wide by construction." if subject.n < FEW_ROWS else ""),
    )
    return Result(
        status=tested(beaten=beaten, worse=hi <= baseline),
        threshold=guess_limit(baseline, guess),
        reason=reason,
        value=value,
        unit=name,
        interval=(lo, hi),
        level=level,
        n=subject.n,
        views=[*_overview(subject, rows, level), table, *_pictures(subject, rng, level)],
    )


def _overview(subject: Subject, rows: list[tuple[str, Interval, float | None]], level: float) -> Iterator[View]:
    if subject.task == "regression":
        yield from _bands(subject, level)
        return
    drawn = [(name, *found, guess) for name, found, guess in rows if name not in UNBOUNDED]
    yield Series(
        name="picture",
        title="Performance",
        columns=("metric", "value", "value_lo", "value_hi", "constant_guess"),
        rows=drawn,
        x="metric",
        y=("value", "constant_guess"),
        mark="point",
    )


def _bands(subject: Subject, level: float) -> Iterator[View]:
    """Yield the mean truth over bands of predicted values."""
    import numpy as np

    from trustlab.stats.intervals import mean_interval

    assert subject.y is not None
    assert subject.y_pred is not None
    count = min(BANDS, subject.n // FEWEST_IN_BAND)
    if count < 2:
        return
    cuts = np.unique(np.quantile(subject.y_pred, np.arange(1, count) / count))
    band = np.searchsorted(cuts, subject.y_pred)
    rows = []
    for place in np.unique(band):
        inside = band == place
        rows.append((float(subject.y_pred[inside].mean()), *mean_interval(subject.y[inside], level)))
    yield Series(
        name="picture",
        title="Predicted and true values",
        columns=("predicted", "true", "true_lo", "true_hi", "ideal"),
        rows=[(*row, row[0]) for row in rows],
        x="predicted",
        y=("true", "ideal"),
        caption="Mean true value among rows of about equal prediction.",
    )


def _pictures(subject: Subject, rng: np.random.Generator, level: float) -> Iterator[View]:
    if subject.task == "regression":
        return
    yield from _classes(subject, rng, level)
    if subject.score is not None and subject.y is not None:
        yield from _curves(subject.y, subject.score)


def _classes(subject: Subject, rng: np.random.Generator, level: float) -> Iterator[View]:
    import numpy as np

    from trustlab.checks.performance._headline import confusion
    from trustlab.checks.performance._metric_rows import class_rows

    matrix = confusion(subject)
    shown = np.sort(np.argsort(-matrix.sum(axis=1), kind="stable")[:MOST_CLASSES])
    names: list[Any] = [str(subject.classes[place]) for place in shown]
    few = f" The {MOST_CLASSES} most frequent of {len(subject.classes)} classes."
    more = few if len(subject.classes) > MOST_CLASSES else ""
    yield Matrix(
        name="confusion",
        title="Confusion matrix",
        columns=("true", *names),
        rows=[(name, *matrix[place, shown].tolist()) for name, place in zip(names, shown, strict=True)],
        row_axis="true",
        column_axis="predicted",
        caption=f"Rows counted.{more}",
    )
    numbers = [f"{name}{end}" for name in ("precision", "recall", "f1") for end in ("", "_lo", "_hi")]
    yield Table(
        name="classes",
        title="By class",
        columns=("class", "n", *numbers),
        rows=class_rows(subject, rng, level, MOST_CLASSES),
        units={"n": "rows"},
        caption=f"n: rows whose label it is.{more}",
    )


def _curves(y: NDArray[Any], score: NDArray[Any]) -> Iterator[View]:
    from trustlab.stats.roc import pr_points, roc_points

    roc = roc_points(y, score)
    yield Series(
        name="roc",
        title="ROC curve",
        columns=("fpr", "tpr", "threshold", "guess"),
        rows=list(zip(roc.fpr.tolist(), roc.tpr.tolist(), roc.threshold.tolist(), roc.fpr.tolist(), strict=True)),
        x="fpr",
        y=("tpr", "guess"),
        caption="Each point is a threshold; a guess would lie on the diagonal.",
    )
    pr, share = pr_points(y, score), float(y.mean())
    points = zip(pr.recall.tolist(), pr.precision.tolist(), pr.threshold.tolist(), strict=True)
    yield Series(
        name="precision_recall",
        title="Precision-recall curve",
        columns=("recall", "precision", "threshold", "guess"),
        rows=[(*point, share) for point in points],
        x="recall",
        y=("precision", "guess"),
        caption="Each point is a threshold; a guess would lie on the level line, the share of the positive class.",
    )
