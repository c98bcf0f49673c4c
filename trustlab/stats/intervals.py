"""Intervals for proportions, their differences and ratios, and for means; vectorised over groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, finite, fraction, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

# ln(1e-15) to ln(1e15): wider than any ratio of two counted proportions.
_LOG_RATIO_SPAN = 35.0
_BISECTIONS = 60
_NO_SKEW = 1e-6  # below, Hall's cubic is Student's t to rounding


class Interval(NamedTuple):
    """One number and its confidence interval; NaN where it does not exist."""

    value: float
    lo: float
    hi: float


class Intervals(NamedTuple):
    """Numbers and their confidence intervals, arrays of one shape; NaN where one does not exist."""

    value: Floats
    lo: Floats
    hi: Floats

    def at(self, index: int | tuple[int, ...]) -> Interval:
        """Return one of them as plain floats; ``()`` for what was computed from single numbers."""
        return Interval(float(self.value[index]), float(self.lo[index]), float(self.hi[index]))


def normal_quantile(level: float) -> float:
    """Return z such that a standard normal number lies within ±z with probability ``level``."""
    return float(special.ndtri(0.5 + fraction("level", level) / 2))


def wilson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Intervals:
    """Return Wilson's score interval for a proportion.

    Parameters
    ----------
    k, n : array_like of int
        Hits and trials; broadcast against each other. n = 0 gives NaN.
    level : float
        Confidence level.

    Raises
    ------
    InputError
        Where not 0 <= k <= n.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22.
    Brown, Cai and DasGupta (2001). Interval estimation for a binomial proportion. Statistical Science 16.

    Examples
    --------
    >>> wilson(0, 10).at(()).lo
    0.0
    """
    hits, trials = _hits("k", k, "n", n)
    z = normal_quantile(level)
    p = ratio(hits, trials)
    shrink = ratio(trials, trials + z * z) + p * 0
    centre = shrink * p + (1 - shrink) / 2
    half = shrink * z * np.sqrt(ratio(p * (1 - p), trials) + ratio(z * z, 4 * trials * trials))
    lo = np.where(hits == 0, p * 0, np.maximum(centre - half, 0))
    hi = np.where(hits == trials, p * 0 + 1, np.minimum(centre + half, 1))
    return Intervals(p, lo, hi)


def clopper_pearson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Intervals:
    """Return the exact interval for a proportion, which covers at least at its level and so is wide.

    Parameters and errors as for :func:`wilson`.

    References
    ----------
    Clopper and Pearson (1934). The use of confidence or fiducial limits. Biometrika 26.
    """
    hits, trials = _hits("k", k, "n", n)
    tail = (1 - fraction("level", level)) / 2
    p = ratio(hits, trials)
    misses = trials - hits
    lo = np.where(hits == 0, p * 0, special.betaincinv(np.maximum(hits, 1), misses + 1, tail) + p * 0)
    hi = np.where(misses == 0, p * 0 + 1, special.betaincinv(hits + 1, np.maximum(misses, 1), 1 - tail) + p * 0)
    return Intervals(p, lo, hi)


def newcombe(k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, level: float = 0.95) -> Intervals:
    """Return the difference of two independent proportions, k1/n1 - k2/n2, with Newcombe's hybrid score interval.

    Parameters
    ----------
    k1, n1, k2, n2 : array_like of int
        Hits and trials of both; broadcast. NaN where n1 or n2 is 0.

    References
    ----------
    Newcombe (1998). Interval estimation for the difference between independent proportions: comparison of eleven
    methods. Statistics in Medicine 17; method 10.
    """
    one, two = wilson(k1, n1, level), wilson(k2, n2, level)
    value = one.value - two.value
    down = np.hypot(one.value - one.lo, two.hi - two.value)
    up = np.hypot(one.hi - one.value, two.value - two.lo)
    return Intervals(value, value - down, value + up)


def proportion_ratio(k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, level: float = 0.95) -> Intervals:
    """Return the ratio of two independent proportions, (k1/n1) / (k2/n2), with Koopman's score interval.

    Zeros need no adjustment: with k1 = 0 the interval starts at 0, with k2 = 0 the ratio and its upper end are
    infinite and the lower end is finite; with both 0 the data say nothing (NaN in 0 to infinity).

    Parameters
    ----------
    k1, n1, k2, n2 : array_like of int
        Hits and trials of both; broadcast. NaN throughout where n1 or n2 is 0.

    Notes
    -----
    The ends are the ratios r at which the score statistic of "p1 = r p2" equals the squared normal quantile. Under
    that hypothesis the likelihood is largest where p2 solves a quadratic equation.

    References
    ----------
    Koopman (1984). Confidence intervals for the ratio of two binomial proportions. Biometrics 40.
    Gart and Nam (1988). Approximate interval estimation of the ratio of binomial parameters. Biometrics 44.
    """
    hits1, trials1 = _hits("k1", k1, "n1", n1)
    hits2, trials2 = _hits("k2", k2, "n2", n2)
    hits1, trials1, hits2, trials2 = np.broadcast_arrays(hits1, trials1, hits2, trials2)
    limit = normal_quantile(level) ** 2
    exists = (trials1 > 0) & (trials2 > 0)
    both_zero = (hits1 == 0) & (hits2 == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(exists & ~both_zero, (hits1 / trials1) / (hits2 / trials2), np.nan)
        centre = np.log(np.where(exists & ~both_zero, value, 1.0))
    centre = np.clip(centre, -_LOG_RATIO_SPAN, _LOG_RATIO_SPAN)

    def too_far(log_ratio: Floats) -> Floats:
        return _koopman(np.exp(log_ratio), hits1, trials1, hits2, trials2) - limit

    span = np.full(centre.shape, _LOG_RATIO_SPAN)
    lo, hi = np.exp(_bisect(too_far, np.stack([centre, centre]), np.stack([-span, span])))
    lo = np.where(hits1 == 0, 0.0, lo)
    hi = np.where(hits2 == 0, np.inf, hi)
    return Intervals(value, np.where(exists, lo, np.nan), np.where(exists, hi, np.nan))


def mean_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Return a mean with Student's t interval.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        NaN and infinities are refused. n = 0 gives NaN throughout; n = 1 the value with ends NaN, as one row says
        nothing about the spread.
    """
    rows = finite("values", values)
    fraction("level", level)
    if rows.size == 0:
        return Interval(np.nan, np.nan, np.nan)
    mean = float(rows.mean())
    if rows.size == 1:
        return Interval(mean, np.nan, np.nan)
    half = t_quantile(level, rows.size - 1) * float(rows.std(ddof=1)) / float(np.sqrt(rows.size))
    return Interval(mean, mean - half, mean + half)


def skewed_mean_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean of sizes (absolute or squared errors), with an interval that knows that they are skewed.

    Student's t of a skewed sample is skewed itself, so that its interval misses large truths. Hall's cubic of t has no
    skewness to first order; its ends are turned back, and the lower one is not below 0. The tail that a sample shows
    is shorter than its law's: t has as many degrees of freedom as the kurtosis leaves the spread (Satterthwaite),
    2 n / (kurtosis - 1), and half of the rows' at most.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Not negative; edges as for :func:`mean_interval`. Among a dozen rows the interval is wide by construction:
        sizes that have no tail are covered 98 times in 100.

    References
    ----------
    Hall (1992). On the removal of skewness by transformation. JRSS B 54.
    Satterthwaite (1946). An approximate distribution of estimates of variance components. Biometrics Bulletin 2.
    """
    value, lo, hi = mean_interval(values, level)
    rows = np.asarray(values, np.float64)
    spread = float(rows.std()) if rows.size > 1 else 0.0
    if not spread > 0:
        return Interval(value, lo, hi)
    n = rows.size
    score = (rows - value) / spread
    skew = float(np.mean(score**3)) / np.sqrt(n)
    excess = max(float(np.mean(score**4)) - 1, 1.0)
    t, error = t_quantile(level, min((n - 1) / 2, 2 * n / excess)), spread / np.sqrt(n - 1)

    def turned(quantile: float) -> float:
        """Return the t whose cubic, t + skew t^2 / 3 + skew^2 t^3 / 27 + skew / 6, is ``quantile``."""
        if abs(skew) < _NO_SKEW:
            return quantile
        return float(3 / skew * (np.cbrt(1 + skew * (quantile - skew / 6)) - 1))

    return Interval(value, max(value - error * turned(t), 0.0), value - error * turned(-t))


def t_quantile(level: float, dof: float) -> float:
    """Return t such that Student's t with ``dof`` degrees of freedom lies within ±t with probability ``level``."""
    return float(special.stdtrit(dof, 0.5 + fraction("level", level) / 2))


def _hits(k_name: str, k: ArrayLike, n_name: str, n: ArrayLike) -> tuple[Floats, Floats]:
    hits, trials = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    if not np.all((hits >= 0) & (hits <= trials)):
        raise InputError(f"{k_name} and {n_name} must be counts with 0 <= {k_name} <= {n_name}; got other values")
    return hits, trials


def _koopman(theta: Floats, k1: Floats, n1: Floats, k2: Floats, n2: Floats) -> Floats:
    """Return the score statistic of the hypothesis that the ratio is ``theta``."""
    linear = n1 * theta + k1 + n2 + k2 * theta
    root = np.sqrt(np.maximum(linear * linear - 4 * (n1 + n2) * theta * (k1 + k2), 0))
    p2 = np.minimum(ratio(2 * (k1 + k2), linear + root), 1.0)
    p1 = np.minimum(theta * p2, 1.0)
    variance = ratio(p1 * (1 - p1), n1) + theta * theta * ratio(p2 * (1 - p2), n2)
    gap = ratio(k1, n1) - theta * ratio(k2, n2)
    return np.nan_to_num(ratio(gap * gap, variance), nan=0.0)


def _bisect(function: Callable[[Floats], Floats], inside: Floats, outside: Floats) -> Floats:
    """Return where ``function`` turns positive between ``inside`` and ``outside``, elementwise."""
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        far = function(middle) > 0
        inside, outside = np.where(far, inside, middle), np.where(far, middle, outside)
    return (inside + outside) / 2
