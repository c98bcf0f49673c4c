"""Means by group, and how far those of every two groups are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from trustlab.stats.arrays import Floats, Ints, codes, finite, fraction, ratio, same_length
from trustlab.stats.disparity import PairDifferences, shared_level
from trustlab.stats.intervals import Intervals

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class GroupMeans:
    """Rows, mean and variance (n - 1) of each group; NaN where a group has no row, or no two."""

    n: Ints
    mean: Floats
    variance: Floats

    def intervals(self, level: float = 0.95) -> Intervals:
        """Return the means with Student's t intervals; the ends are NaN below two rows."""
        dof = np.maximum(self.n - 1, 1).astype(np.float64)
        half = special.stdtrit(dof, 0.5 + fraction("level", level) / 2) * np.sqrt(ratio(self.variance, self.n))
        return Intervals(self.mean, self.mean - half, self.mean + half)


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
    parts = [groups.variance[side] / groups.n[side] for side in (larger, smaller)]
    error = np.sqrt(parts[0] + parts[1])
    shares = parts[0] ** 2 / (groups.n[larger] - 1) + parts[1] ** 2 / (groups.n[smaller] - 1)
    dof = np.nan_to_num(ratio((parts[0] + parts[1]) ** 2, shares), nan=1.0)
    adjusted = shared_level(level, comparisons or one.size)
    half = special.stdtrit(dof, 0.5 + adjusted / 2) * error
    z = np.nan_to_num(ratio(value, error), nan=0.0)
    return PairDifferences(larger, smaller, value, np.maximum(value - half, 0.0), value + half, z)
