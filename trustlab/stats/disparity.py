"""How far apart groups are: every pair's ratio of rates, and the worst of them with an interval that knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, Ints, at_least, codes, fraction, ratio, same_length
from trustlab.stats.intervals import Interval, newcombe, proportion_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class PairRatios:
    """The larger rate over the smaller one, for every pair of groups that both have trials.

    Parameters
    ----------
    larger, smaller : ndarray of int, shape (p,)
        Places of the two groups.
    value, lo, hi : ndarray of float, shape (p,)
        The ratio, 1 or more, and its interval. Infinite where the smaller rate is 0; 1 with an open upper end
        where both are.
    finite : ndarray of float, shape (p,)
        The ratio, with half a hit added on both sides (Walter 1975) where it is infinite.
    """

    larger: Ints
    smaller: Ints
    value: Floats
    lo: Floats
    hi: Floats
    finite: Floats

    @property
    def worst(self) -> int:
        """Place of the pair with the largest (finite) ratio; of equal ones the surer."""
        return int(np.lexsort((self.lo, self.finite))[-1])

    @property
    def surest(self) -> int:
        """Place of the pair whose interval starts highest."""
        return int(np.lexsort((self.finite, self.lo))[-1])

    def at(self, place: int) -> Interval:
        """Return one pair's ratio, finite, and its interval as plain floats."""
        return Interval(float(self.finite[place]), float(self.lo[place]), float(self.hi[place]))


def pair_ratios(hits: ArrayLike, trials: ArrayLike, level: float = 0.95, comparisons: int | None = None) -> PairRatios:
    """Compare every two groups by the ratio of their rates, larger over smaller.

    Parameters
    ----------
    hits, trials : array_like of int, shape (g,)
        Of each group; one without trials is in no pair.
    level : float
        At which all intervals hold together.
    comparisons : int or None
        How many intervals share the level; the number of pairs where None.

    Returns
    -------
    PairRatios
        Koopman's score intervals at Bonferroni's level, for "how far apart, whichever is larger": so the lower end
        is never below 1, and where the order of the two is open the upper end is that of the wider side.

    References
    ----------
    Koopman (1984). Confidence intervals for the ratio of two binomial proportions. Biometrics 40.
    Walter (1975). The distribution of Levin's measure of attributable risk. Biometrika 62: half a hit more.
    """
    k, n = codes("hits", hits), codes("trials", trials)
    same_length(hits=k, trials=n)
    if (k > n).any():
        raise InputError("hits must be at most trials; got more")
    known = np.flatnonzero(n > 0)
    one, two = (known[side] for side in np.triu_indices(known.size, 1))
    swap = k[one] * n[two] < k[two] * n[one]
    larger, smaller = np.where(swap, two, one), np.where(swap, one, two)
    if not larger.size:
        none = np.zeros(0)
        return PairRatios(larger, smaller, none, none, none, none)
    adjusted = shared_level(level, comparisons or larger.size)
    value, lo, hi = proportion_ratio(k[larger], n[larger], k[smaller], n[smaller], adjusted)
    with np.errstate(divide="ignore"):
        hi = np.maximum(hi, 1 / lo)
    value = np.where(np.isnan(value), 1.0, value)
    half_more = (k[larger] + 0.5) / (n[larger] + 0.5) / ((k[smaller] + 0.5) / (n[smaller] + 0.5))
    finite = np.where(np.isinf(value), half_more, value)
    return PairRatios(larger, smaller, value, np.maximum(lo, 1.0), hi, finite)


def worst_ratio(several: Sequence[PairRatios]) -> Interval:
    """Return the largest of all (finite) ratios with an interval; NaN where there is no pair.

    The largest of many noisy numbers is too large. But every true ratio lies in its own interval, all at once, and
    so the largest true ratio is at least the highest lower end and at most the highest upper end: an interval that
    holds at the level although the pair was picked for being the worst.

    Parameters
    ----------
    several : sequence of PairRatios
        Computed with ``comparisons`` the number of all their pairs together.
    """
    known = [pairs for pairs in several if pairs.value.size]
    if not known:
        return Interval(float("nan"), float("nan"), float("nan"))
    value, lo, hi = (max(float(getattr(pairs, end).max()) for pairs in known) for end in ("finite", "lo", "hi"))
    return Interval(value, lo, hi)


@dataclass(frozen=True, slots=True)
class PairDifferences:
    """The larger rate minus the smaller one, for every pair of groups that both have trials.

    Parameters
    ----------
    larger, smaller : ndarray of int, shape (p,)
        Places of the two groups.
    value, lo, hi : ndarray of float, shape (p,)
        The difference, 0 or more, and its interval.
    z : ndarray of float, shape (p,)
        The difference in standard deviations under equal rates (pooled); 0 where the pool does not vary.
    """

    larger: Ints
    smaller: Ints
    value: Floats
    lo: Floats
    hi: Floats
    z: Floats

    @property
    def worst(self) -> int:
        """Place of the pair with the largest difference; of equal ones the surer."""
        return int(np.lexsort((self.lo, self.value))[-1])


def pair_differences(
    hits: ArrayLike, trials: ArrayLike, level: float = 0.95, comparisons: int | None = None
) -> PairDifferences:
    """Compare every two groups by the difference of their rates, larger minus smaller.

    Parameters as for :func:`pair_ratios`.

    Returns
    -------
    PairDifferences
        Newcombe's intervals at Bonferroni's level, for "how far apart, whichever is larger": so the lower end is
        never below 0, and where the order of the two is open the upper end is that of the wider side.

    References
    ----------
    Newcombe (1998). Interval estimation for the difference between independent proportions. Statistics in Medicine 17.
    """
    k, n = codes("hits", hits), codes("trials", trials)
    same_length(hits=k, trials=n)
    if (k > n).any():
        raise InputError("hits must be at most trials; got more")
    known = np.flatnonzero(n > 0)
    one, two = (known[side] for side in np.triu_indices(known.size, 1))
    swap = k[one] * n[two] < k[two] * n[one]
    larger, smaller = np.where(swap, two, one), np.where(swap, one, two)
    if not larger.size:
        none = np.zeros(0)
        return PairDifferences(larger, smaller, none, none, none, none)
    adjusted = shared_level(level, comparisons or larger.size)
    value, lo, hi = newcombe(k[larger], n[larger], k[smaller], n[smaller], adjusted)
    pooled = (k[larger] + k[smaller]) / (n[larger] + n[smaller])
    deviation = np.sqrt(pooled * (1 - pooled) * (1 / n[larger] + 1 / n[smaller]))
    z = np.nan_to_num(ratio(value, deviation), nan=0.0)
    return PairDifferences(larger, smaller, value, np.maximum(lo, 0.0), np.maximum(hi, -lo), z)


def worst_difference(several: Sequence[PairDifferences]) -> Interval:
    """Return the largest of all differences with an interval that holds although it was picked; NaN without pairs.

    As :func:`worst_ratio`: from the highest lower end to the highest upper end of intervals that hold together, so
    wide by construction.

    Parameters
    ----------
    several : sequence of PairDifferences
        Computed with ``comparisons`` the number of all their pairs together.
    """
    known = [pairs for pairs in several if pairs.value.size]
    if not known:
        return Interval(float("nan"), float("nan"), float("nan"))
    return Interval(*(max(float(getattr(pairs, end).max()) for pairs in known) for end in ("value", "lo", "hi")))


def shared_level(level: float, comparisons: int) -> float:
    """Return the level at which each of several intervals must stand so that all hold together at ``level``.

    Bonferroni's inequality: nothing is assumed about how the comparisons depend on each other.

    References
    ----------
    Dunn (1961). Multiple comparisons among means. JASA 56.
    """
    return 1 - (1 - fraction("level", level)) / at_least("comparisons", comparisons, 1)
