"""How far predicted numbers are off: mean absolute and root mean squared error, and explained variance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from trustlab.stats.arrays import Floats, finite, fraction, same_length
from trustlab.stats.intervals import Interval, skewed_mean_interval, t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_NONE = Interval(float("nan"), float("nan"), float("nan"))


def mae(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Return the mean absolute error, in the unit of y; NaN without rows."""
    errors = _errors(y_true, y_pred)
    return float(np.abs(errors).mean()) if errors.size else float("nan")


def rmse(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Return the root mean squared error, in the unit of y; NaN without rows."""
    errors = _errors(y_true, y_pred)
    return float(np.sqrt(np.mean(errors**2))) if errors.size else float("nan")


def r2(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Return the share of the variance of y that is explained; below 0 where the mean of y predicts better.

    NaN where y does not vary (also without rows, or with one): there is nothing to explain.
    """
    errors = _errors(y_true, y_pred)
    truth = np.asarray(y_true, np.float64)
    if truth.size == 0 or (truth == truth[0]).all():
        return float("nan")
    return float(1 - np.sum(errors**2) / np.sum((truth - truth.mean()) ** 2))


def mae_interval(y_true: ArrayLike, y_pred: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean absolute error with Hall's interval for skewed rows; ends NaN below two rows."""
    return skewed_mean_interval(np.abs(_errors(y_true, y_pred)), level)


def rmse_interval(y_true: ArrayLike, y_pred: ArrayLike, level: float = 0.95) -> Interval:
    """Return the root mean squared error with an interval; ends NaN below two rows.

    The roots of Hall's interval for the mean squared error, which assumes no distribution of the errors; wide by
    construction among a dozen rows.

    References
    ----------
    Hall (1992). On the removal of skewness by transformation. JRSS B 54.
    """
    squares = _errors(y_true, y_pred) ** 2
    if squares.size == 0:
        return _NONE
    mean = float(squares.mean())
    value = float(np.sqrt(mean))
    if squares.size == 1:
        return Interval(value, float("nan"), float("nan"))
    if mean == 0:
        return Interval(0.0, 0.0, 0.0)
    _, lo, hi = skewed_mean_interval(squares, level)
    return Interval(value, float(np.sqrt(lo)), float(np.sqrt(hi)))


def r2_interval(y_true: ArrayLike, y_pred: ArrayLike, level: float = 0.95) -> Interval:
    """Return the explained share of variance with an interval; NaN where :func:`r2` is, ends NaN below three rows.

    Delta method on the logarithm of the unexplained share (mean squared error over variance), for predictions that
    were not fitted on these rows. It assumes no distribution and stays below 1.

    References
    ----------
    van der Vaart (1998). Asymptotic Statistics, chapter 3: the delta method.
    """
    errors = _errors(y_true, y_pred)
    value = r2(y_true, y_pred)
    if np.isnan(value):
        return _NONE
    if errors.size < 3:
        return Interval(value, float("nan"), float("nan"))
    if value == 1:
        return Interval(1.0, 1.0, 1.0)
    truth = np.asarray(y_true, np.float64)
    squares, spread = errors**2, (truth - truth.mean()) ** 2
    half = _half(squares / squares.mean() - spread / spread.mean(), level)
    return Interval(value, float(1 - (1 - value) * np.exp(half)), float(1 - (1 - value) * np.exp(-half)))


def median_ae_interval(y_true: ArrayLike, y_pred: ArrayLike, level: float = 0.95) -> Interval:
    """Return the median absolute error with the interval between two of the errors by rank.

    The ranks are those that a fair coin's count leaves between them, so nothing is assumed about the errors; it covers
    at least at its level. Ends are NaN where there are too few rows for that (below six at 95 %).

    References
    ----------
    Thompson (1936). On confidence ranges for the median and other expectation distributions. Annals of Mathematical
    Statistics 7.
    """
    sizes = np.sort(np.abs(_errors(y_true, y_pred)))
    n = sizes.size
    if not n:
        return _NONE
    value = float(np.median(sizes))
    # the number of errors below the median is binomial(n, 1/2): what it is at most with probability one tail
    tail = (1 - fraction("level", level)) / 2
    if 0.5**n > tail:
        return Interval(value, float("nan"), float("nan"))
    below = int(np.ceil(special.bdtrik(tail, n, 0.5) - 1e-9)) - 1
    return Interval(value, float(sizes[below]), float(sizes[n - 1 - below]))


def mape_interval(y_true: ArrayLike, y_pred: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean of absolute errors as shares of the truth, with Hall's interval for skewed rows.

    NaN where a truth is 0: there is no share of it. Where truths are near 0, few rows decide the number, and low
    predictions look better than high ones.

    References
    ----------
    Hyndman and Koehler (2006). Another look at measures of forecast accuracy. International Journal of Forecasting 22.
    """
    errors, truth = _errors(y_true, y_pred), np.asarray(y_true, np.float64)
    if not truth.size or (truth == 0).any():
        return _NONE
    return skewed_mean_interval(np.abs(errors / truth), level)


def pinball_losses(y_true: ArrayLike, y_pred: ArrayLike, quantile: float) -> Floats:
    """Return each row's loss of a prediction that is meant to be a quantile.

    Parameters
    ----------
    quantile : float
        Strictly between 0 and 1; at a half it is half the absolute error.

    References
    ----------
    Koenker and Bassett (1978). Regression quantiles. Econometrica 46.
    """
    share = fraction("quantile", quantile)
    errors = _errors(y_true, y_pred)
    return np.where(errors > 0, (1 - share) * errors, -share * errors)


def _errors(y_true: ArrayLike, y_pred: ArrayLike) -> Floats:
    truth, predicted = finite("y_true", y_true), finite("y_pred", y_pred)
    same_length(y_true=truth, y_pred=predicted)
    return predicted - truth


def _half(influence: Floats, level: float) -> float:
    """Return half the width of Student's t interval for a mean of ``influence``."""
    return t_quantile(level, influence.size - 1) * float(influence.std(ddof=1) / np.sqrt(influence.size))
