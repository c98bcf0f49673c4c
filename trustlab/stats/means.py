"""Means by group, and how far those of every two groups are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from trustlab.stats.arrays import Floats, Ints, at_least, codes, finite, fraction, ratio, same_length
from trustlab.stats.disparity import PairDifferences, shared_level
from trustlab.stats.intervals import Interval, Intervals, t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


_ALIKE = 1e-28  # of the squared mean


class Welch(NamedTuple):
    """The difference of two means, its standard error and Welch's degrees of freedom."""

    value: float
    error: float
    dof: float

    def interval(self, level: float = 0.95) -> Interval:
        """Return the difference with its interval."""
        half = t_quantile(level, self.dof) * self.error
        return Interval(self.value, self.value - half, self.value + half)

    @property
    def p_value(self) -> float:
        """Two-sided, of equal means; where nothing varies 1 or, for means that differ, 0."""
        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return float(2 * special.stdtr(self.dof, -abs(self.value) / self.error))


def welch(one: ArrayLike, two: ArrayLike) -> Welch:
    """Return the mean of the first rows less that of the second, of two rows or more each.

    Where the rows of one side are all alike, they are taken to spread as those of both do around their own means.

    References
    ----------
    Welch (1947). The generalization of Student's problem when several different population variances are involved.
    Biometrika 34.
    """
    first, second = finite("one", one), finite("two", two)
    for name, rows in (("one", first), ("two", second)):
        at_least(f"rows of {name}", rows.size, 2)
    pair = np.array([first.size, second.size]), np.array([first.mean(), second.mean()])
    spread = GroupMeans(*pair, np.array([first.var(ddof=1), second.var(ddof=1)])).spread()
    parts = [float(part) / rows.size for part, rows in zip(spread, (first, second), strict=True)]
    value, noise = float(first.mean() - second.mean()), sum(parts)
    if noise == 0:
        return Welch(value, 0.0, float(first.size + second.size - 2))
    dof = noise**2 / (parts[0] ** 2 / (first.size - 1) + parts[1] ** 2 / (second.size - 1))
    return Welch(value, noise**0.5, dof)


@dataclass(frozen=True, slots=True)
class GroupMeans:
    """Rows, mean and variance (n - 1) of each group; NaN where a group has no row, or no two.

    Rows that are all alike are no proof that none is otherwise: intervals and tests take such a group to spread as the
    rows of all groups do within theirs.
    """

    n: Ints
    mean: Floats
    variance: Floats

    def intervals(self, level: float = 0.95) -> Intervals:
        """Return the means with Student's t intervals; the ends are NaN below two rows, the mean if nothing varies."""
        dof = np.maximum(self.n - 1, 1).astype(np.float64)
        half = special.stdtrit(dof, 0.5 + fraction("level", level) / 2) * np.sqrt(ratio(self.spread(), self.n))
        return Intervals(self.mean, self.mean - half, self.mean + half)

    def spread(self) -> Floats:
        """Return the variance to reckon with: pooled over the groups where a group's own is 0."""
        known = self.n > 1
        rows = np.where(known, self.n - 1, 0)
        # rows that are alike differ by rounding
        alike = known & ~(self.variance > _ALIKE * np.maximum(self.mean**2, 1e-300))
        pooled = float(np.sum(rows[known] * self.variance[known]) / max(int(rows.sum()), 1))
        return np.where(alike, pooled, self.variance)


def group_means(values: ArrayLike, group: ArrayLike, size: int) -> GroupMeans:
    """Return the moments of each of ``size`` groups in two passes.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Finite.
    group : array_like of int, shape (n,)
        Codes below ``size``.
    """
    rows, code = finite("values", values), codes("group", group, size)
    same_length(values=rows, group=code)
    n = np.bincount(code, minlength=size)
    mean = ratio(np.bincount(code, rows, size), n)
    off = rows - mean[code]
    variance = np.where(n > 1, ratio(np.bincount(code, off * off, size), n - 1), np.nan)
    return GroupMeans(n, mean, variance)


def mean_differences(groups: GroupMeans, level: float = 0.95, comparisons: int | None = None) -> PairDifferences:
    """Compare every two groups by the difference of their means, larger minus smaller.

    Parameters
    ----------
    groups : GroupMeans
        One with fewer than two rows is in no pair.
    level : float
        At which all intervals hold together.
    comparisons : int or None
        How many intervals share the level; the number of pairs where None.

    Returns
    -------
    PairDifferences
        Welch's intervals at Bonferroni's level; the lower end is never below 0. ``z`` is Welch's t.

    References
    ----------
    Welch (1947). The generalization of Student's problem when several different population variances are involved.
    Biometrika 34.
    """
    known = np.flatnonzero(groups.n > 1)
    one, two = (known[side] for side in np.triu_indices(known.size, 1))
    if not one.size:
        none = np.zeros(0)
        return PairDifferences(one, two, none, none, none, none)
    swap = groups.mean[one] < groups.mean[two]
    larger, smaller = np.where(swap, two, one), np.where(swap, one, two)
    value = groups.mean[larger] - groups.mean[smaller]
    spread = groups.spread()
    parts = [spread[side] / groups.n[side] for side in (larger, smaller)]
    error = np.sqrt(parts[0] + parts[1])
    shares = parts[0] ** 2 / (groups.n[larger] - 1) + parts[1] ** 2 / (groups.n[smaller] - 1)
    dof = np.nan_to_num(ratio((parts[0] + parts[1]) ** 2, shares), nan=1.0)
    adjusted = shared_level(level, comparisons or one.size)
    half = special.stdtrit(dof, 0.5 + adjusted / 2) * error
    z = np.nan_to_num(ratio(value, error), nan=0.0)
    return PairDifferences(larger, smaller, value, np.maximum(value - half, 0.0), value + half, z)
