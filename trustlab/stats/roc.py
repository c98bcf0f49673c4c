"""Ranking: ROC area and curve with intervals, average precision, and the rate caught at a given false alarm rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import optimize, special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Bools, Floats, at_least, binary, fraction, same_length, vector
from trustlab.stats.bootstrap import percentile_ends
from trustlab.stats.encode import midranks
from trustlab.stats.intervals import Interval, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class RocPoints(NamedTuple):
    """Points of a ROC curve from (0, 0) to (1, 1); calling positive means score >= threshold (infinite at first)."""

    fpr: Floats
    tpr: Floats
    threshold: Floats


class PrPoints(NamedTuple):
    """Points of a precision-recall curve, from the highest threshold down; positive is score >= threshold."""

    recall: Floats
    precision: Floats
    threshold: Floats


class AucVariance(NamedTuple):
    """An area with DeLong's variance; NaN where it does not exist."""

    auc: float
    variance: float


def roc_auc(y_true: ArrayLike, score: ArrayLike) -> float:
    """Return the chance that a positive row scores above a negative one, ties counting half.

    Parameters
    ----------
    y_true : array_like of bool or 0/1, shape (n,)
    score : array_like of float, shape (n,)
        Higher means more likely positive; infinities are allowed, NaN is refused.

    Returns
    -------
    float
        NaN where either class is missing.

    References
    ----------
    Hanley and McNeil (1982). The meaning and use of the area under a ROC curve. Radiology 143.
    """
    truth, marks = _scored(y_true, score)
    positives = int(truth.sum())
    negatives = truth.size - positives
    if not positives or not negatives:
        return float("nan")
    return (float(midranks(marks)[truth].sum()) - positives * (positives + 1) / 2) / (positives * negatives)


def macro_roc_auc(y_true: ArrayLike, score: ArrayLike) -> float:
    """Return the mean over classes of the area of one class against the rest.

    Parameters
    ----------
    y_true : array_like of int, shape (n,)
        Class codes, the columns of ``score``.
    score : array_like of float, shape (n, k)

    Returns
    -------
    float
        Over the classes that have rows, as long as there are two; NaN otherwise.
    """
    truth, table = np.asarray(y_true), np.asarray(score, np.float64)
    if table.ndim != 2:
        raise InputError(f"score must have rows and classes; got shape {table.shape}")
    areas = np.array([roc_auc(truth == column, table[:, column]) for column in range(table.shape[1])])
    known = ~np.isnan(areas)
    return float(areas[known].mean()) if known.any() else float("nan")


def average_precision(y_true: ArrayLike, score: ArrayLike) -> float:
    """Return the precision averaged over the steps in recall, without interpolation; NaN without positives.

    Rows of equal score are one step. Arguments as for :func:`roc_auc`.
    """
    truth, marks = _scored(y_true, score)
    if not truth.any():
        return float("nan")
    false_alarms, caught, _ = _steps(truth, marks)
    return float(np.sum(np.diff(caught, prepend=0) * caught / (caught + false_alarms)) / caught[-1])


def auc_variance(y_true: ArrayLike, score: ArrayLike) -> AucVariance:
    """Return the ROC area and its variance after DeLong, by midranks in n log n steps.

    Returns
    -------
    AucVariance
        The area is NaN where a class is missing, the variance where a class has fewer than two rows.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988). Comparing the areas under two or more correlated ROC curves.
    Biometrics 44.
    Sun and Xu (2014). Fast implementation of DeLong's algorithm. IEEE Signal Processing Letters 21.
    """
    truth, marks = _scored(y_true, score)
    positives = int(truth.sum())
    negatives = truth.size - positives
    if not positives or not negatives:
        return AucVariance(float("nan"), float("nan"))
    ranks = midranks(marks)
    above = (ranks[truth] - midranks(marks[truth])) / negatives  # share of negatives below each positive
    below = 1 - (ranks[~truth] - midranks(marks[~truth])) / positives  # share of positives above each negative
    if positives < 2 or negatives < 2:
        return AucVariance(float(above.mean()), float("nan"))
    return AucVariance(float(above.mean()), float(above.var(ddof=1) / positives + below.var(ddof=1) / negatives))


def auc_interval(y_true: ArrayLike, score: ArrayLike, level: float = 0.95) -> Interval:
    """Return the ROC area with an interval by DeLong's variance on the logit scale.

    Where that variance is 0 or missing (complete separation, or one row in a class) Newcombe's score interval
    stands in, since an area of 1 among few rows is not a sure thing.

    Parameters
    ----------
    y_true, score
        As for :func:`roc_auc`; NaN throughout where a class is missing.

    References
    ----------
    DeLong et al. (1988), Sun and Xu (2014): see :func:`auc_variance`.
    Pepe (2003). The Statistical Evaluation of Medical Tests for Classification and Prediction: the logit scale.
    Newcombe (2006). Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2.
    Statistics in Medicine 25; method 5.
    """
    z = normal_quantile(level)
    auc, variance = auc_variance(y_true, score)
    if np.isnan(auc):
        return Interval(auc, auc, auc)
    if not variance > 0 or auc in {0.0, 1.0}:
        positives = int(binary("y_true", y_true).sum())
        return _newcombe_auc(auc, positives, len(np.asarray(y_true)) - positives, z)
    half = z * np.sqrt(variance) / (auc * (1 - auc))
    centre = special.logit(auc)
    return Interval(auc, float(special.expit(centre - half)), float(special.expit(centre + half)))


def auc_test(y_true: ArrayLike, score: ArrayLike) -> float:
    """Return Mann and Whitney's two-sided p-value that both classes score alike: an area of 0.5; ties known.

    NaN where a class is missing. Normal theory: for a dozen rows of either class at least.

    References
    ----------
    Mann and Whitney (1947). On a test of whether one of two random variables is stochastically larger. Annals of
    Mathematical Statistics 18.
    """
    truth, marks = _scored(y_true, score)
    ones, zeros, n = float(truth.sum()), float((~truth).sum()), truth.size
    if not ones or not zeros:
        return float("nan")
    ties = np.unique(marks, return_counts=True)[1].astype(np.float64)
    variance = (n + 1 - float(np.sum(ties**3 - ties)) / (n * (n - 1))) / (12 * ones * zeros)
    if variance <= 0:
        return 1.0
    return float(2 * special.ndtr(-abs(roc_auc(truth, marks) - 0.5) / np.sqrt(variance)))


def auc_difference(
    y_first: ArrayLike, score_first: ArrayLike, y_second: ArrayLike, score_second: ArrayLike, level: float = 0.95
) -> Interval:
    """Return the first area minus the second with an interval, for two samples of different rows.

    The ends combine the two areas' own intervals (Newcombe's square-and-add), so they stay within -1 and 1.

    References
    ----------
    Zou and Donner (2008). Construction of confidence limits about effect measures. Statistics in Medicine 27.
    """
    one, two = auc_interval(y_first, score_first, level), auc_interval(y_second, score_second, level)
    value = one.value - two.value
    down = np.hypot(one.value - one.lo, two.hi - two.value)
    up = np.hypot(one.hi - one.value, two.value - two.lo)
    return Interval(value, float(value - down), float(value + up))


def roc_points(y_true: ArrayLike, score: ArrayLike, limit: int = 200) -> RocPoints:
    """Return the ROC curve by at most ``limit`` of its corners, evenly along its length; both ends are kept.

    Parameters
    ----------
    y_true, score
        As for :func:`roc_auc`; no points where a class is missing.
    limit : int
        At least 2.
    """
    at_least("limit", limit, 2)
    truth, marks = _scored(y_true, score)
    if not truth.any() or truth.all():
        return RocPoints(np.zeros(0), np.zeros(0), np.zeros(0))
    false_alarms, caught, thresholds = _steps(truth, marks)
    x = np.r_[0.0, false_alarms / false_alarms[-1]]
    y = np.r_[0.0, caught / caught[-1]]
    thresholds = np.r_[np.inf, thresholds]
    # on a straight run only the ends matter
    bend = (np.diff(x[:-1]) * np.diff(y[1:])) != (np.diff(y[:-1]) * np.diff(x[1:]))
    corners = np.flatnonzero(np.r_[True, bend, True])
    if corners.size > limit:
        along = (x + y)[corners] / 2  # grows from 0 to 1
        wanted = np.searchsorted(along, np.linspace(0, 1, limit)).clip(0, corners.size - 1)
        wanted[[0, -1]] = 0, corners.size - 1
        corners = corners[np.unique(wanted)]
    return RocPoints(x[corners], y[corners], thresholds[corners])


def pr_points(y_true: ArrayLike, score: ArrayLike, limit: int = 200) -> PrPoints:
    """Return the precision-recall curve by at most ``limit`` thresholds, evenly in recall; the last calls every row.

    Parameters
    ----------
    y_true, score
        As for :func:`roc_auc`; no points where there are no positives.
    limit : int
        At least 2.
    """
    at_least("limit", limit, 2)
    truth, marks = _scored(y_true, score)
    if not truth.any():
        return PrPoints(np.zeros(0), np.zeros(0), np.zeros(0))
    false_alarms, caught, thresholds = _steps(truth, marks)
    recall = caught / caught[-1]
    kept = np.unique(np.r_[np.searchsorted(recall, np.linspace(0, 1, limit - 1)), recall.size - 1])
    precision = caught / (caught + false_alarms)
    return PrPoints(recall[kept], precision[kept], thresholds[kept])


def tpr_at_fpr(
    y_true: ArrayLike, score: ArrayLike, fpr: float, rng: np.random.Generator, level: float = 0.95, draws: int = 2000
) -> Interval:
    """Return the share of positives caught where at most ``fpr`` of the negatives raise a false alarm.

    Parameters
    ----------
    y_true, score
        As for :func:`roc_auc`; NaN throughout where a class is missing.
    fpr : float
        The share of negatives that may score above the threshold, strictly between 0 and 1.
    rng : numpy.random.Generator
        Source of chance for the interval.

    Returns
    -------
    Interval
        The threshold is itself estimated, so the interval mixes two sources of noise: each draw takes the
        threshold that a resample of the negatives would set (an order statistic, drawn directly by its beta
        distribution) and then the rate from the Jeffreys posterior of the positives above it.

    References
    ----------
    Carlini et al. (2022). Membership inference attacks from first principles. IEEE S&P: why at a low rate.
    Platt, Hanley and Yang (2000). Bootstrap confidence intervals for the sensitivity of a quantitative diagnostic
    test. Statistics in Medicine 19.
    """
    fraction("fpr", fpr)
    truth, marks = _scored(y_true, score)
    positives, negatives = np.sort(marks[truth]), np.sort(marks[~truth])[::-1]
    if not positives.size or not negatives.size:
        return Interval(float("nan"), float("nan"), float("nan"))
    # rounding must not lose an alarm: 0.07 * 100 is 7.000000000000001, 0.29 * 100 is 28.999999999999996
    allowed = min(int(np.floor(fpr * negatives.size + 1e-9)), negatives.size - 1)

    def above(threshold: Floats) -> Floats:
        return positives.size - np.searchsorted(positives, threshold, side="right").astype(np.float64)

    value = float(above(negatives[allowed : allowed + 1])[0]) / positives.size
    place = np.floor(rng.beta(allowed + 1, negatives.size - allowed, draws) * negatives.size).astype(np.int64)
    hits = above(negatives[np.minimum(place, negatives.size - 1)])
    lo, hi = percentile_ends(rng.beta(hits + 0.5, positives.size - hits + 0.5), level)
    return Interval(value, min(float(lo), value) if value else 0.0, max(float(hi), value) if value < 1 else 1.0)


def _scored(y_true: ArrayLike, score: ArrayLike) -> tuple[Bools, Floats]:
    truth, marks = binary("y_true", y_true), vector("score", score)
    same_length(y_true=truth, score=marks)
    return truth, marks


def _steps(truth: Bools, marks: Floats) -> tuple[Floats, Floats, Floats]:
    """Return false alarms, catches and threshold after each distinct score, from the highest down."""
    order = np.argsort(-marks, kind="stable")
    ordered = marks[order]
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    caught = np.cumsum(truth[order])[last].astype(np.float64)
    return last + 1 - caught, caught, ordered[last]


def _newcombe_auc(auc: float, positives: int, negatives: int, z: float) -> Interval:
    """Return the areas whose Hanley-McNeil variance puts them ``z`` standard errors from ``auc``."""
    extra = (positives + negatives) / 2 - 1

    def far(area: float) -> float:
        spread = area * (1 - area) * (1 + extra * (1 - area) / (2 - area) + extra * area / (1 + area))
        return (auc - area) ** 2 - z * z * spread / (positives * negatives)

    # an area of 0 or 1 is itself a root, of no interest: start just inside
    lo = float(optimize.brentq(far, 0.0, min(auc, 1 - 1e-12))) if auc > 0 else 0.0
    hi = float(optimize.brentq(far, max(auc, 1e-12), 1.0)) if auc < 1 else 1.0
    return Interval(auc, lo, hi)
