"""How good are the predictions, and better than a guess?"""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Matrix, Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from trustlab.core.views import View
    from trustlab.stats.intervals import Interval

    Row = tuple[str, Interval, float | None]

ID = "performance.metrics"
MOST_CLASSES = 30  # in the confusion matrix's view


@operation(
    "check",
    "Performance",
    needs=("labels", "predictions"),
    better="higher",
    threshold=Threshold(
        warn=None,
        fail=None,
        source="How good is good enough depends on the use: no accepted limit. By a test: the check fails where the "
        "predictions are surely no better than the best constant guess, and warns where that is not sure",
    ),
    references=(
        "Brodersen et al. (2010). The balanced accuracy and its posterior distribution. ICPR",
        "DeLong, DeLong and Clarke-Pearson (1988). Comparing the areas under correlated ROC curves. Biometrics 44",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "score": "score"},
)
def metrics(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """How good are the predictions, and better than a guess?

    The headline is balanced accuracy (the mean over classes of the share found), or R2 for regression: a constant
    guess gets 1 / classes, or 0, however uneven the classes are. Where mistakes differ in cost, look at the table and
    weigh them; the headline does not.

    Parameters
    ----------
    subject : Subject
        Labels and predictions; scores, where known, for ROC area, log loss and Brier score.
    level : float
        Confidence level of every interval.
    context : Context
        Where the bootstrap's chance comes from.

    Returns
    -------
    Result
        View ``metrics``: each number with its interval and the constant guess's. Wilson for shares, DeLong for the
        ROC area, Student's t for means of rows, the delta method for RMSE and R2, a multinomial bootstrap for the rest.

    References
    ----------
    Brodersen et al. (2010). The balanced accuracy and its posterior distribution. ICPR.
    """
    from trustlab.checks.performance._headline import CONSTANT, headline

    rng = context.rng(ID)
    name, (value, lo, hi), baseline, guess = headline(subject, rng, level)
    if isnan(value):
        return not_applicable(CONSTANT)
    rows = list(_regression(subject, level) if subject.task == "regression" else _classification(subject, rng, level))
    beaten = lo > baseline
    verdict = "better than" if beaten else "no better than" if hi <= baseline else "not surely better than"
    reason = f"{name} {value:.3g} ({lo:.3g} to {hi:.3g}, n {subject.n:,}), {verdict} guessing {guess} ({baseline:.3g})."
    table = Table(
        name="metrics",
        title="Performance",
        columns=("metric", "value", "value_lo", "value_hi", "constant_guess"),
        rows=[(metric, *found, constant) for metric, found, constant in rows],
        caption=f"constant_guess: what guessing {guess} for every row would get"
        + (", or the share of the positive class as every probability." if subject.proba is not None else "."),
    )
    status = None if beaten else Status.FAIL if hi <= baseline else Status.WARN
    return Result(
        status=status,
        reason=reason,
        value=value,
        unit=name,
        interval=(lo, hi),
        level=level,
        n=subject.n,
        views=[table, *_pictures(subject)],
    )


def _classification(subject: Subject, rng: np.random.Generator, level: float) -> Iterator[Row]:
    import numpy as np

    from trustlab.checks.performance._headline import confusion, draws_for
    from trustlab.stats import classification
    from trustlab.stats.bootstrap import multinomial_bootstrap
    from trustlab.stats.intervals import wilson

    matrix = confusion(subject)
    right, total = int(np.trace(matrix)), int(matrix.sum())
    support = matrix.sum(axis=1)
    constant = np.zeros_like(matrix)
    constant[:, int(support.argmax())] = support
    yield "accuracy", wilson(right, total, level).at(()), float(support.max() / max(total, 1))
    chosen = {"balanced accuracy": classification.balanced_accuracy}
    if subject.task == "binary":
        tp, fp, fn = (int(matrix[cell]) for cell in ((1, 1), (0, 1), (1, 0)))
        yield "precision", wilson(tp, tp + fp, level).at(()), float(classification.precision(constant))
        yield "recall", wilson(tp, tp + fn, level).at(()), float(classification.recall(constant))
        chosen["F1"] = classification.f1
    else:
        chosen |= {
            "macro precision": classification.macro_precision,
            "macro recall": classification.macro_recall,
            "macro F1": classification.macro_f1,
        }
    for name, metric in chosen.items():
        found = multinomial_bootstrap(matrix, metric, draws_for(matrix), rng, level)
        yield name, found.at(()), float(metric(constant))
    if subject.proba is not None:
        yield from _probabilities(subject, support / max(total, 1), level)


def _probabilities(subject: Subject, shares: NDArray[np.float64], level: float) -> Iterator[Row]:
    import numpy as np

    from trustlab.stats import classification, roc
    from trustlab.stats.intervals import Interval, mean_interval

    assert subject.y is not None
    assert subject.proba is not None
    entropy = float(-np.sum(shares[shares > 0] * np.log(shares[shares > 0])))
    if subject.task == "binary":
        score = subject.proba[:, 1]
        yield "ROC AUC", roc.auc_interval(subject.y, score, level), 0.5
        yield "log loss", mean_interval(classification.log_losses(subject.y, score), level), entropy
        brier = mean_interval(classification.brier_scores(subject.y, score), level)
        yield "Brier score", brier, float(shares[1] * (1 - shares[1]))
        return
    area = roc.macro_roc_auc(subject.y, subject.proba)
    yield "macro ROC AUC", Interval(area, float("nan"), float("nan")), 0.5
    yield "log loss", mean_interval(classification.multiclass_log_losses(subject.y, subject.proba), level), entropy
    brier = mean_interval(classification.multiclass_brier_scores(subject.y, subject.proba), level)
    yield "Brier score", brier, float(1 - np.sum(shares**2))


def _regression(subject: Subject, level: float) -> Iterator[Row]:
    import numpy as np

    from trustlab.stats import regression

    assert subject.y is not None
    assert subject.y_pred is not None
    mean = np.full(subject.n, subject.y.mean())
    yield "RMSE", regression.rmse_interval(subject.y, subject.y_pred, level), regression.rmse(subject.y, mean)
    yield "MAE", regression.mae_interval(subject.y, subject.y_pred, level), regression.mae(subject.y, mean)
    yield "R2", regression.r2_interval(subject.y, subject.y_pred, level), 0.0


def _pictures(subject: Subject) -> Iterator[View]:
    import numpy as np

    from trustlab.checks.performance._headline import confusion
    from trustlab.stats.roc import roc_points

    if subject.task == "regression":
        return
    matrix = confusion(subject)
    shown = np.sort(np.argsort(-matrix.sum(axis=1), kind="stable")[:MOST_CLASSES])
    names: list[Any] = [str(subject.classes[place]) for place in shown]
    yield Matrix(
        name="confusion",
        title="Confusion matrix",
        columns=("true", *names),
        rows=[(name, *matrix[place, shown].tolist()) for name, place in zip(names, shown, strict=True)],
        row_axis="true",
        column_axis="predicted",
        caption="Rows counted."
        + (f" The {MOST_CLASSES} most frequent classes." if len(subject.classes) > MOST_CLASSES else ""),
    )
    if subject.score is not None and subject.y is not None:
        x, y, threshold = roc_points(subject.y, subject.score)
        rows = zip(x.tolist(), y.tolist(), threshold.tolist(), x.tolist(), strict=True)
        yield Series(
            name="roc",
            title="ROC curve",
            columns=("fpr", "tpr", "threshold", "guess"),
            rows=list(rows),
            x="fpr",
            y=("tpr", "guess"),
            caption="Each point is a threshold; a guess would lie on the diagonal.",
        )
