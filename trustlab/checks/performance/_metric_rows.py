"""The metrics of each task, one after the other: name, number with interval, and what the constant guess would get."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from trustlab.models.subject import Subject
    from trustlab.stats.intervals import Interval

    Row = tuple[str, Interval, float | None]

MOST_SCORES = 20_000_000  # scores sorted for the areas of many classes; more rows than that affords are sampled


def rows_of(subject: Subject, rng: np.random.Generator, level: float, quantile: float | None) -> Iterator[Row]:
    """Yield the metrics of the subject's task."""
    if subject.task == "regression":
        yield from _regression(subject, level, quantile)
        return
    matrix, drawn = _cells(subject, rng)
    yield from _decisions(subject, matrix, drawn, level)
    if subject.proba is not None:
        shares = matrix.sum(axis=1) / max(int(matrix.sum()), 1)
        yield from _probabilities(subject, shares, rng, level)


def class_rows(subject: Subject, rng: np.random.Generator, level: float, most: int) -> list[tuple[object, ...]]:
    """Return precision, recall and F1 with intervals for the ``most`` frequent classes."""
    import numpy as np

    from trustlab.stats import classification
    from trustlab.stats.intervals import wilson
    from trustlab.stats.posterior import drawn_interval

    matrix, drawn = _cells(subject, rng)
    right, called, support = np.diagonal(matrix), matrix.sum(axis=0), matrix.sum(axis=1)
    precision, recall = wilson(right, called, level), wilson(right, support, level)
    f1 = classification.class_f1(matrix)
    each = classification.class_f1(drawn)
    shown = np.sort(np.argsort(-support, kind="stable")[:most])
    numbers = (precision.value, precision.lo, precision.hi, recall.value, recall.lo, recall.hi)
    return [
        (
            str(subject.classes[place]),
            int(support[place]),
            *(float(values[place]) for values in numbers),
            *drawn_interval(float(f1[place]), each[:, place], level),
        )
        for place in shown
    ]


def _cells(subject: Subject, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    from trustlab.checks.performance._headline import confusion, draws_for
    from trustlab.stats.posterior import cell_chances

    matrix = confusion(subject)
    return matrix, subject.memo("performance.chances", lambda: cell_chances(matrix, draws_for(matrix), rng))


def _decisions(subject: Subject, matrix: NDArray[np.int64], drawn: NDArray[np.float64], level: float) -> Iterator[Row]:
    import numpy as np

    from trustlab.stats import classification
    from trustlab.stats.intervals import wilson
    from trustlab.stats.posterior import chance_interval

    right, total = int(np.trace(matrix)), int(matrix.sum())
    support = matrix.sum(axis=1)
    constant = np.zeros_like(matrix)
    constant[:, int(support.argmax())] = support
    yield "accuracy", wilson(right, total, level).at(()), float(support.max() / max(total, 1))
    chosen = {"balanced accuracy": classification.balanced_accuracy}
    if subject.task == "binary":
        tn, fp, fn, tp = (int(cell) for cell in matrix.ravel())
        yield "precision", wilson(tp, tp + fp, level).at(()), float(classification.precision(constant))
        yield "recall", wilson(tp, tp + fn, level).at(()), float(classification.recall(constant))
        yield "specificity", wilson(tn, tn + fp, level).at(()), float(classification.specificity(constant))
        chosen["F1"] = classification.f1
    else:
        chosen |= {
            "macro precision": classification.macro_precision,
            "macro recall": classification.macro_recall,
            "macro F1": classification.macro_f1,
            "weighted precision": classification.weighted_precision,
            "weighted F1": classification.weighted_f1,
        }
    chosen |= {"Matthews correlation": classification.matthews, "Cohen's kappa": classification.cohen_kappa}
    for name, metric in chosen.items():
        yield name, chance_interval(matrix, drawn, metric, level), float(metric(constant))


def _probabilities(
    subject: Subject, shares: NDArray[np.float64], rng: np.random.Generator, level: float
) -> Iterator[Row]:
    import numpy as np

    from trustlab.stats import classification, influence, roc
    from trustlab.stats.intervals import mean_interval

    assert subject.y is not None
    assert subject.proba is not None
    entropy = float(-np.sum(shares[shares > 0] * np.log(shares[shares > 0])))
    if subject.task == "binary":
        score = subject.proba[:, 1]
        yield "ROC AUC", roc.auc_interval(subject.y, score, level), 0.5
        precision = influence.average_precision(subject.y, score)
        yield "PR AUC", influence.share_interval(precision, int(subject.y.sum()), level), float(shares[1])
        yield "log loss", mean_interval(classification.log_losses(subject.y, score), level), entropy
        brier = mean_interval(classification.brier_scores(subject.y, score), level)
        yield "Brier score", brier, float(shares[1] * (1 - shares[1]))
        return
    yield "macro ROC AUC", _macro_area(subject, rng, level), 0.5
    yield "log loss", mean_interval(classification.multiclass_log_losses(subject.y, subject.proba), level), entropy
    brier = mean_interval(classification.multiclass_brier_scores(subject.y, subject.proba), level)
    yield "Brier score", brier, float(1 - np.sum(shares**2))


def _macro_area(subject: Subject, rng: np.random.Generator, level: float) -> Interval:
    import numpy as np

    from trustlab.stats import influence, roc
    from trustlab.stats.intervals import Interval
    from trustlab.stats.sampling import subsample

    assert subject.y is not None
    assert subject.proba is not None
    rows = subsample(subject.n, MOST_SCORES // subject.proba.shape[1], rng)
    y, proba = subject.y[rows], subject.proba[rows]
    found = influence.macro_roc_auc(y, proba)
    if np.isnan(found.value):
        return Interval(roc.macro_roc_auc(y, proba), float("nan"), float("nan"))
    return influence.share_interval(found, int(np.unique(y, return_counts=True)[1].min()), level)


def _regression(subject: Subject, level: float, quantile: float | None) -> Iterator[Row]:
    import numpy as np

    from trustlab.stats import regression
    from trustlab.stats.intervals import mean_interval, skewed_mean_interval

    y, y_pred = subject.y, subject.y_pred
    assert y is not None
    assert y_pred is not None
    mean = np.full(subject.n, y.mean())
    for name, interval in (
        ("RMSE", regression.rmse_interval),
        ("MAE", regression.mae_interval),
        ("median absolute error", regression.median_ae_interval),
        ("R2", regression.r2_interval),
    ):
        yield name, interval(y, y_pred, level), interval(y, mean, level).value
    yield "mean error", mean_interval(y_pred - y, level), 0.0
    relative = regression.mape_interval(y, y_pred, level)
    if not np.isnan(relative.value):
        yield "MAPE", relative, regression.mape_interval(y, mean, level).value
    if quantile is not None:
        losses = regression.pinball_losses(y, y_pred, quantile)
        guess = np.full(subject.n, np.quantile(y, quantile))
        constant = float(regression.pinball_losses(y, guess, quantile).mean())
        yield f"pinball loss at {quantile:g}", skewed_mean_interval(losses, level), constant
