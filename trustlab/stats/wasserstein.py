"""How far apart two samples of numbers lie: the Wasserstein distance, and a band around a distribution function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustlab.stats.arrays import Floats, at_least, fraction, vector
from trustlab.stats.bootstrap import percentile_ends
from trustlab.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# quantiles at which resamples are compared: the distance is the mean gap of quantile functions
_LEVELS = 200


def wasserstein(first: ArrayLike, second: ArrayLike) -> float:
    """Return the first Wasserstein distance, the area between two distribution functions; NaN for an empty sample."""
    one, two = np.sort(vector("first", first)), np.sort(vector("second", second))
    if not one.size or not two.size:
        return float("nan")
    both = np.sort(np.concatenate([one, two]))
    gaps = np.abs(
        np.searchsorted(one, both[:-1], side="right") / one.size
        - np.searchsorted(two, both[:-1], side="right") / two.size
    )
    return float(gaps @ np.diff(both))


def wasserstein_interval(
    first: ArrayLike, second: ArrayLike, rng: np.random.Generator, level: float = 0.95, draws: int = 200
) -> Interval:
    """Return the Wasserstein distance with a bootstrap interval.

    Parameters
    ----------
    first, second : array_like of float
        Finite. NaN for an empty sample.
    rng : numpy.random.Generator
        Source of chance.
    draws : int
        Resamples of both, compared at 200 quantiles.

    Returns
    -------
    Interval
        Resampled distances are too large by what noise adds; the ends are moved down by the mean of that (basic
        correction), and not below 0.

    References
    ----------
    Efron and Tibshirani (1993). An Introduction to the Bootstrap.
    """
    at_least("draws", draws, 1)
    one, two = np.sort(vector("first", first)), np.sort(vector("second", second))
    value = wasserstein(one, two)
    if np.isnan(value):
        return Interval(value, value, value)
    levels = (np.arange(_LEVELS) + 0.5) / _LEVELS

    def drawn(ordered: Floats) -> Floats:
        # the order statistics of a resample's quantiles, without resampling: uniform ranks by beta draws
        rank = np.ceil(levels * ordered.size).clip(1)
        uniform = np.sort(rng.random((draws, ordered.size)), axis=1) if ordered.size <= 1000 else None
        if uniform is not None:
            picked = uniform[:, rank.astype(np.int64) - 1]
        else:
            wobble = np.cumsum(rng.standard_normal((draws, _LEVELS + 1)), axis=1) / np.sqrt(_LEVELS + 1)
            bridge = wobble[:, :-1] - levels * wobble[:, -1:]
            picked = levels + bridge / np.sqrt(ordered.size)
        places = (picked * ordered.size).astype(np.int64).clip(0, ordered.size - 1)
        quantiles: Floats = ordered[places]
        return quantiles

    distances = np.abs(drawn(one) - drawn(two)).mean(axis=1)
    lo, hi = percentile_ends(distances, level)
    excess = max(float(distances.mean()) - value, 0.0)
    return Interval(value, max(min(float(lo) - excess, value), 0.0), max(float(hi) - excess, value))


def dkw_reach(n: int, level: float = 0.95) -> float:
    """Return how far a distribution function of n rows strays from the true one with probability ``1 - level``.

    References
    ----------
    Massart (1990). The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality. Annals of Probability 18.
    """
    return float(np.sqrt(np.log(2 / (1 - fraction("level", level))) / (2 * at_least("n", n, 1))))
