"""How well classes and their probabilities are predicted: from a confusion matrix, or from the probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, Ints, at_least, binary, codes, probabilities, ratio, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# The smallest chance a logarithm is taken of, the spacing of double precision at 1: keeps one sure mistake finite.
_LEAST_CHANCE = float(np.finfo(np.float64).eps)


def confusion_matrix(y_true: ArrayLike, y_pred: ArrayLike, n_classes: int) -> Ints:
    """Count pairs of true and predicted class.

    Parameters
    ----------
    y_true, y_pred : array_like of int, shape (n,)
        Class codes in [0, n_classes); n may be 0.
    n_classes : int
        Number of classes.

    Returns
    -------
    ndarray of int, shape (n_classes, n_classes)
        Rows are true classes, columns predicted ones. Every function below that takes a ``matrix`` takes any axes
        before these two (bootstrap draws, groups). Cells tn, fp, fn, tp are the matrix of two classes, flattened.
    """
    at_least("n_classes", n_classes, 1)
    truth, decision = codes("y_true", y_true, n_classes), codes("y_pred", y_pred, n_classes)
    same_length(y_true=truth, y_pred=decision)
    return np.bincount(truth * n_classes + decision, minlength=n_classes**2).reshape(n_classes, n_classes)


def accuracy(matrix: ArrayLike) -> Floats:
    """Return the share of rows called rightly; NaN without rows."""
    square = _square(matrix)
    return ratio(_hits(square).sum(axis=-1), square.sum(axis=(-2, -1)))


def balanced_accuracy(matrix: ArrayLike) -> Floats:
    """Return the mean recall of the classes that have rows; NaN without rows."""
    square = _square(matrix)
    support = square.sum(axis=-1)
    found = np.nan_to_num(ratio(_hits(square), support), nan=0.0)
    return ratio(found.sum(axis=-1), (support > 0).sum(axis=-1))


def class_precision(matrix: ArrayLike) -> Floats:
    """Return, for each class, the share of rows called so that are; NaN for a class never called."""
    square = _square(matrix)
    return ratio(_hits(square), square.sum(axis=-2))


def class_recall(matrix: ArrayLike) -> Floats:
    """Return, for each class, the share of its rows that are called so; NaN for a class without rows."""
    square = _square(matrix)
    return ratio(_hits(square), square.sum(axis=-1))


def class_f1(matrix: ArrayLike) -> Floats:
    """Return, for each class, the harmonic mean of precision and recall; NaN where it neither occurs nor is called."""
    square = _square(matrix)
    return ratio(2 * _hits(square), square.sum(axis=-1) + square.sum(axis=-2))


def precision(matrix: ArrayLike) -> Floats:
    """Return the precision of class 1 of two; NaN where it is never called."""
    return class_precision(_two(matrix))[..., 1]


def recall(matrix: ArrayLike) -> Floats:
    """Return the recall of class 1 of two; NaN where it has no rows."""
    return class_recall(_two(matrix))[..., 1]


def f1(matrix: ArrayLike) -> Floats:
    """Return the F1 score of class 1 of two; NaN where it neither occurs nor is called."""
    return class_f1(_two(matrix))[..., 1]


def macro_precision(matrix: ArrayLike) -> Floats:
    """Return the mean precision of the classes that occur or are called.

    One that occurs but is never called counts as 0, as in scikit-learn; else ignoring a class would pay. NaN
    without rows. The same holds for :func:`macro_recall` and :func:`macro_f1`.
    """
    return _macro(class_precision(matrix), matrix)


def macro_recall(matrix: ArrayLike) -> Floats:
    """Return the mean recall of the classes that occur or are called."""
    return _macro(class_recall(matrix), matrix)


def macro_f1(matrix: ArrayLike) -> Floats:
    """Return the mean F1 score of the classes that occur or are called."""
    return _macro(class_f1(matrix), matrix)


def specificity(matrix: ArrayLike) -> Floats:
    """Return the share of class 0 of two that is called so; NaN where it has no rows."""
    return class_recall(_two(matrix))[..., 0]


def matthews(matrix: ArrayLike) -> Floats:
    """Return Matthews' correlation of truth and answer, for any number of classes.

    0 where either does not vary, as in scikit-learn: a constant guess tells nothing. NaN without rows.

    References
    ----------
    Matthews (1975). Comparison of the predicted and observed secondary structure of T4 phage lysozyme. BBA 405.
    Gorodkin (2004). Comparing two K-category assignments by a K-category correlation coefficient. Computational
    Biology and Chemistry 28.
    """
    square = _square(matrix).astype(np.float64)
    total = square.sum(axis=(-2, -1))
    truth, answer = square.sum(axis=-1), square.sum(axis=-2)
    shared = _hits(square).sum(axis=-1) * total - (truth * answer).sum(axis=-1)
    spread = np.sqrt(np.maximum((total**2 - (truth**2).sum(axis=-1)) * (total**2 - (answer**2).sum(axis=-1)), 0))
    return np.where(total > 0, np.nan_to_num(ratio(shared, spread), nan=0.0), np.nan)


def cohen_kappa(matrix: ArrayLike) -> Floats:
    """Return Cohen's agreement beyond chance; NaN without rows, or where truth and answer are one same class.

    References
    ----------
    Cohen (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20.
    """
    square = _square(matrix).astype(np.float64)
    total = square.sum(axis=(-2, -1))
    seen = ratio(_hits(square).sum(axis=-1), total)
    chance = ratio((square.sum(axis=-1) * square.sum(axis=-2)).sum(axis=-1), total**2)
    return ratio(seen - chance, 1 - chance)


def weighted_precision(matrix: ArrayLike) -> Floats:
    """Return the mean precision of the classes, weighted by their rows; one never called counts as 0."""
    return _weighted(class_precision(matrix), matrix)


def weighted_f1(matrix: ArrayLike) -> Floats:
    """Return the mean F1 score of the classes, weighted by their rows. Recall weighted so is the accuracy."""
    return _weighted(class_f1(matrix), matrix)


def log_losses(y_true: ArrayLike, probability: ArrayLike) -> Floats:
    """Return each row's minus log-likelihood in nats; their mean is the log loss, :func:`mean_interval` its interval.

    Parameters
    ----------
    y_true : array_like of bool or 0/1, shape (n,)
    probability : array_like of float, shape (n,)
        Of class 1. Chances of the true class below 2.2e-16 are taken as that, so that one row is not infinite.
    """
    truth, chance = binary("y_true", y_true), probabilities("probability", probability)
    same_length(y_true=truth, probability=chance)
    return -np.log(np.maximum(np.where(truth, chance, 1 - chance), _LEAST_CHANCE))


def log_loss(y_true: ArrayLike, probability: ArrayLike) -> float:
    """Return the mean of :func:`log_losses`; NaN without rows."""
    return _mean(log_losses(y_true, probability))


def brier_scores(y_true: ArrayLike, probability: ArrayLike) -> Floats:
    """Return each row's squared difference of outcome and probability; arguments as for :func:`log_losses`."""
    truth, chance = binary("y_true", y_true), probabilities("probability", probability)
    same_length(y_true=truth, probability=chance)
    return (chance - truth) ** 2


def brier(y_true: ArrayLike, probability: ArrayLike) -> float:
    """Return the mean of :func:`brier_scores`, from 0 (best) to 1; NaN without rows.

    References
    ----------
    Brier (1950). Verification of forecasts expressed in terms of probability. Monthly Weather Review 78.
    """
    return _mean(brier_scores(y_true, probability))


def multiclass_log_losses(y_true: ArrayLike, probability: ArrayLike) -> Floats:
    """Return each row's minus log-likelihood in nats.

    Parameters
    ----------
    y_true : array_like of int, shape (n,)
        Class codes, the columns of ``probability``.
    probability : array_like of float, shape (n, k)
        Rows that sum to 1.
    """
    table = _probability_table(probability)
    truth = codes("y_true", y_true, table.shape[1])
    same_length(y_true=truth, probability=table)
    return -np.log(np.maximum(table[np.arange(len(truth)), truth], _LEAST_CHANCE))


def multiclass_brier_scores(y_true: ArrayLike, probability: ArrayLike) -> Floats:
    """Return each row's sum over classes of squared differences, from 0 to 2; arguments as for the log losses."""
    table = _probability_table(probability)
    truth = codes("y_true", y_true, table.shape[1])
    same_length(y_true=truth, probability=table)
    scores: Floats = (table**2).sum(axis=1) - 2 * table[np.arange(len(truth)), truth] + 1
    return scores


def _square(matrix: ArrayLike) -> NDArray[np.generic]:
    array = np.asarray(matrix)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise InputError(f"matrix must end in two equal axes, true by predicted class; got shape {array.shape}")
    return array


def _two(matrix: ArrayLike) -> NDArray[np.generic]:
    square = _square(matrix)
    if square.shape[-1] != 2:
        raise InputError(f"matrix must be of two classes; got {square.shape[-1]}")
    return square


def _hits(square: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.diagonal(square, axis1=-2, axis2=-1)


def _macro(by_class: Floats, matrix: ArrayLike) -> Floats:
    square = _square(matrix)
    seen = (square.sum(axis=-1) + square.sum(axis=-2)) > 0
    return ratio(np.nan_to_num(by_class, nan=0.0).sum(axis=-1), seen.sum(axis=-1))


def _weighted(by_class: Floats, matrix: ArrayLike) -> Floats:
    support = _square(matrix).sum(axis=-1)
    return ratio((np.nan_to_num(by_class, nan=0.0) * support).sum(axis=-1), support.sum(axis=-1))


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")


def _probability_table(values: ArrayLike) -> Floats:
    table = np.asarray(values, np.float64)
    if table.ndim != 2:
        raise InputError(f"probability must have rows and classes; got shape {table.shape}")
    probabilities("probability", table.ravel())
    # float32 softmax rows miss 1 by about 1e-6
    if not np.allclose(table.sum(axis=1), 1, atol=1e-4):
        raise InputError("probability must sum to 1 in every row; got rows that do not")
    return table
