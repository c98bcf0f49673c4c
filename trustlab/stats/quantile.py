"""A quantile and its interval, with no assumption about the distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from trustlab.stats.arrays import fraction, vector
from trustlab.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def quantile_interval(values: ArrayLike, share: float, level: float = 0.95) -> Interval:
    """Return the quantile with the order statistics that bound it.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        n = 0 gives NaN.
    share : float
        0.5 for the median.
    level : float
        Confidence level, reached at least: how many values lie under the true quantile is binomial.

    Returns
    -------
    Interval
        An end is NaN where so few values say nothing about it: a 95th percentile wants 72 for both.

    References
    ----------
    Conover (1999). Practical Nonparametric Statistics, 3rd edition, section 3.2.
    """
    fraction("share", share)
    ordered = np.sort(vector("values", values))
    n = ordered.size
    if not n:
        return Interval(float("nan"), float("nan"), float("nan"))
    tail = (1 - fraction("level", level)) / 2
    # the r-th smallest lies above the quantile with probability P(fewer than r values lie under it)
    low = int(stats.binom.ppf(tail, n, share))
    while low > 0 and stats.binom.cdf(low - 1, n, share) > tail:
        low -= 1
    high = int(stats.binom.ppf(1 - tail, n, share)) + 1
    return Interval(
        float(np.quantile(ordered, share)),
        float(ordered[low - 1]) if low >= 1 else float("nan"),
        float(ordered[high - 1]) if high <= n else float("nan"),
    )
