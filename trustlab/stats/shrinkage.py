"""Rates of many small groups, drawn towards each other as far as they look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, codes, ratio, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def beta_binomial(hits: ArrayLike, trials: ArrayLike) -> Floats:
    """Return each group's rate as an empirical Bayes estimate: shrunk towards the rate of all, small groups more.

    Parameters
    ----------
    hits, trials : array_like of int, shape (g,)
        Groups without trials get the rate of all; NaN everywhere without any.

    Returns
    -------
    ndarray of float, shape (g,)
        ``(hits + m p) / (trials + m)``: p is the rate of all, and m, the weight of the prior in rows, is found by
        moments from how much more the rates vary than chance alone would let them, but at least one row. Where they
        vary no more, every group gets p.

    References
    ----------
    Efron and Morris (1975). Data analysis using Stein's estimator and its generalizations. JASA 70.
    Kleinman (1973). Proportions with extraneous variance: single and independent samples. JASA 68.
    """
    k, n = codes("hits", hits), codes("trials", trials)
    same_length(hits=k, trials=n)
    if (k > n).any():
        raise InputError("hits must be at most trials; got more")
    total = int(n.sum())
    if total == 0:
        return np.full(k.shape, np.nan)
    p = k.sum() / total
    groups = int((n > 0).sum())
    if groups < 2 or p in (0.0, 1.0):
        return np.full(k.shape, p)
    spread = float(np.sum(n * (np.nan_to_num(ratio(k, n)) - p) ** 2))
    # its expectation is p (1 - p) ((g - 1) (1 - r) + r (N - sum n^2 / N)), r the correlation within groups
    chance = p * (1 - p)
    between = spread / chance - (groups - 1)
    weight = total - float(np.sum(n.astype(np.float64) ** 2)) / total - (groups - 1)
    correlation = between / weight if weight > 0 else 0.0
    if correlation <= 0:
        return np.full(k.shape, p)
    prior = max((1 - correlation) / correlation, 1.0)
    shrunk: Floats = (k + prior * p) / (n + prior)
    return shrunk
