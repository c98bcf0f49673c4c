"""Percentile bootstraps of counts, as draws over cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, Ints, at_least, fraction
from trustlab.stats.intervals import Intervals

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import ArrayLike


def percentile_ends(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the ends of the central ``level`` of the draws along the first axis.

    The ends are draws themselves, so infinities are kept as they are. NaN draws (a statistic that a resample does
    not have) are left out; with none left, or too few to have a tail, the ends are NaN or the extremes.
    """
    ordered = np.sort(draws, axis=0)  # NaN goes last
    kept = (~np.isnan(ordered)).sum(axis=0)
    # rounding must not lose a draw: (1 - 0.9) / 2 * 100 is 4.999999999999999
    tail = np.floor((1 - fraction("level", level)) / 2 * (kept + 1) + 1e-9).astype(np.int64)
    low = np.clip(tail - 1, 0, max(len(draws) - 1, 0))
    high = np.clip(kept - np.maximum(tail, 1), 0, max(len(draws) - 1, 0))
    pick = np.take_along_axis
    return pick(ordered, low[None], axis=0)[0], pick(ordered, high[None], axis=0)[0]


def draw_cells(cells: ArrayLike, draws: int, rng: np.random.Generator, *, within: int = 0) -> Ints:
    """Return resampled counts, shape (draws, ...): what resampling the rows one by one would have counted.

    Parameters
    ----------
    cells : array_like of int, shape (...)
        How many rows fell into each cell; not negative.
    draws : int
        Number of resamples.
    within : int
        How many leading axes keep their totals: 0 resamples all rows together, 1 each group by itself.
    """
    counts = np.asarray(cells)
    at_least("draws", draws, 1)
    if counts.dtype.kind not in "biu" or (counts.size and counts.min() < 0):
        raise InputError("cells must hold counts, whole and not negative; got other values")
    if not 0 <= within < max(counts.ndim, 1):
        raise InputError(f"within must leave an axis to draw over; got {within} of {counts.ndim}")
    strata = counts.reshape(*counts.shape[:within], -1)
    totals = strata.sum(axis=-1)
    even = np.full(strata.shape, 1 / max(strata.shape[-1], 1))
    chance = np.divide(strata, totals[..., None], out=even, where=totals[..., None] > 0)
    drawn = rng.multinomial(totals, chance, size=(draws, *totals.shape))
    return drawn.reshape(draws, *counts.shape)


def multinomial_bootstrap(
    cells: ArrayLike,
    statistic: Callable[[Any], Floats],
    draws: int,
    rng: np.random.Generator,
    level: float = 0.95,
    *,
    within: int = 0,
) -> Intervals:
    """Return a statistic of counts with its percentile bootstrap interval.

    Resampling rows and counting them again is a multinomial draw over the cells, so the effort does not depend on
    the number of rows and nothing is approximated by that.

    Parameters
    ----------
    cells : array_like of int, shape (...)
        Counts, such as ``GroupCounts.cells``.
    statistic : callable
        Takes counts of shape (draws, ...), as a :class:`trustlab.stats.counts.Rate` does, and returns floats of
        shape (draws, ...); all draws come in one call.
    draws : int
        Number of resamples.
    rng : numpy.random.Generator
        Source of chance.
    within : int
        Leading axes whose totals stay as they are (1: group sizes are given, not sampled).

    Returns
    -------
    Intervals
        Of the statistic's shape without its first axis. Draws in which it is NaN are left out.

    References
    ----------
    Efron and Tibshirani (1993). An Introduction to the Bootstrap, chapter 13.
    """
    counts = np.asarray(cells)
    value = np.asarray(statistic(counts[None]), np.float64)[0]
    lo, hi = percentile_ends(np.asarray(statistic(draw_cells(counts, draws, rng, within=within)), np.float64), level)
    undefined = np.isnan(value)
    return Intervals(value, np.where(undefined, np.nan, lo), np.where(undefined, np.nan, hi))
