"""Do two samples come from one distribution: Kolmogorov-Smirnov, chi-squared, and two measures of distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy import special, stats

from trustlab.core.errors import InputError, UsageError
from trustlab.stats.arrays import Floats, Ints, at_least, ratio, vector
from trustlab.stats.encode import encode

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

KsMethod = Literal["auto", "exact", "asymptotic"]

# scipy's own rule for its "auto", so that both give one number
_EXACT_UP_TO = 10_000
# among so many rows, a p-value below this is nothing but "certain", and the walk to the exact one is long
_NEGLIGIBLE = 1e-100
_MANY = 1000
# drawn cells that take a second or two, the fewest tables worth drawing, and what follows for the categories
_DRAWS = 10_000_000
_FEWEST_PERMUTATIONS = 199
_MOST_CATEGORIES = _DRAWS // _FEWEST_PERMUTATIONS
_CELLS_AT_ONCE = 1_000_000


class KsTest(NamedTuple):
    """The largest distance of two distribution functions, the value where it is first reached, and the p-value."""

    statistic: float
    p_value: float
    location: float


class ChiSquareTest(NamedTuple):
    """Pearson's statistic, its degrees of freedom, and how the p-value was had."""

    statistic: float
    dof: int
    p_value: float
    method: str
    smallest_expected: float


class Histogram(NamedTuple):
    """Counts of two samples in the same bins; bin i is (edges[i-1], edges[i]], the outer ones open."""

    edges: Floats
    reference: Ints
    current: Ints


def ks_2samp(reference: ArrayLike, current: ArrayLike, method: KsMethod = "auto") -> KsTest:
    """Test by the two-sided Kolmogorov-Smirnov statistic whether two samples share a continuous distribution.

    Parameters
    ----------
    reference, current : array_like of float, shapes (n,) and (m,)
        Infinities are values like others; NaN is refused (drop missing values and compare their rates apart). With
        ties the test is conservative.
    method : {'auto', 'exact', 'asymptotic'}
        Auto is exact where both have at most 10,000 rows.

    Returns
    -------
    KsTest
        NaN throughout where a sample is empty.

    References
    ----------
    Hodges (1958). The significance probability of the Smirnov two-sample test. Arkiv för Matematik 3.
    Gnedenko and Korolyuk (1951). On the maximum discrepancy between two empirical distributions: equal sizes.
    Simard and L'Ecuyer (2011). Computing the two-sided Kolmogorov-Smirnov distribution. J. Statistical Software 39.
    """
    return ks_sorted(np.sort(vector("reference", reference)), np.sort(vector("current", current)), method)


def ks_sorted(reference: Floats, current: Floats, method: KsMethod = "auto") -> KsTest:
    """Return :func:`ks_2samp` of arrays that are sorted already, so that a reference is sorted once for many."""
    n, m = reference.size, current.size
    if not n or not m:
        return KsTest(float("nan"), float("nan"), float("nan"))
    last = np.flatnonzero(np.r_[current[1:] != current[:-1], True])
    values = current[last]
    # The current function jumps only at these values, and the reference's rises between them: the largest distance
    # is reached at one of them or just before it. Whole numbers of 1/(n m) keep it exact.
    upto = np.searchsorted(reference, values, side="right") * m - (last + 1) * n
    before = np.searchsorted(reference, values, side="left") * m - np.r_[0, last[:-1] + 1] * n
    distance = np.maximum(np.abs(upto), np.abs(before))
    place = int(distance.argmax())
    largest = int(distance[place])
    return KsTest(largest / (n * m), ks_p_value(largest, n, m, method), float(values[place]))


def ks_p_value(distance: int, n: int, m: int, method: KsMethod = "auto") -> float:
    """Return the chance of a distance of at least ``distance / (n m)`` between samples of one distribution.

    Parameters
    ----------
    distance : int
        The statistic times n m, a whole number.
    n, m : int
        Sizes, at least 1.
    """
    if method not in {"auto", "exact", "asymptotic"}:
        raise UsageError(f"method must be auto, exact or asymptotic; got {method!r}")
    at_least("n", n, 1)
    at_least("m", m, 1)
    approximate = float(np.clip(stats.kstwo.sf(distance / (n * m), np.round(n * m / (n + m)).clip(1)), 0, 1))
    exact = method == "exact" or (method == "auto" and max(n, m) <= _EXACT_UP_TO)
    if not exact or (approximate < _NEGLIGIBLE and n + m > _MANY):
        return approximate
    if distance == 0:
        return 1.0
    return _exact_equal(distance // n, n) if n == m else _exact_walk(distance, n, m)


def chi2_2samp(
    reference: ArrayLike, current: ArrayLike, rng: np.random.Generator, permutations: int = 9999
) -> ChiSquareTest:
    """Test whether two samples of labels share their proportions.

    Parameters
    ----------
    reference, current : array_like of label, shapes (n,) and (m,)
        Of one type; None and NaN are refused: name the missing.
    rng, permutations
        As for :func:`chi2_counts`.
    """
    one, two = np.asarray(reference), np.asarray(current)
    if one.ndim != 1 or two.ndim != 1:
        raise InputError(f"samples must have one dimension; got shapes {one.shape} and {two.shape}")
    # text beside numbers must stay apart: joining the arrays plainly would turn 1 into "1"
    mixed = one.dtype.kind != two.dtype.kind
    both = np.concatenate([one.astype(object), two.astype(object)] if mixed else [one, two])
    labels, code = encode(both, "category")
    cell = code + np.repeat([0, len(labels)], [one.size, two.size])
    return chi2_counts(np.bincount(cell, minlength=2 * len(labels)).reshape(2, -1), rng, permutations)


def chi2_counts(table: ArrayLike, rng: np.random.Generator, permutations: int = 9999) -> ChiSquareTest:
    """Test a table of two rows of counts for equal proportions by Pearson's statistic, without correction.

    The p-value is the chi-squared tail where Cochran's rule allows it: no expected count below 1, and at most one
    in five below 5. Otherwise it is the share of random tables of the same margins whose statistic is as large
    (``permutations`` of them, the table itself included), which is right at any size.

    Parameters
    ----------
    table : array_like of int, shape (2, k)
        Categories in neither sample are left out.
    rng : numpy.random.Generator
        Used only where the rule fails.
    permutations : int
        Random tables; fewer, down to 199, where there are more than 1,000 categories.

    Returns
    -------
    ChiSquareTest
        Statistic 0 and p 1 where there is one category; NaN where a sample is empty. Where the rule fails among more
        than 50,000 categories, as in a column of names, p is NaN and the method says ``too_many_categories``.

    References
    ----------
    Cochran (1954). Some methods for strengthening the common chi-squared tests. Biometrics 10.
    Phipson and Smyth (2010). Permutation p-values should never be zero. Stat. Appl. Genet. Mol. Biol. 9.
    """
    counts = _two_rows(table)
    at_least("permutations", permutations, 1)
    counts = counts[:, counts.sum(axis=0) > 0]
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    total = int(rows.sum())
    if not rows.all():
        return ChiSquareTest(float("nan"), 0, float("nan"), "asymptotic", float("nan"))
    expected = rows[:, None] * (columns / total)
    dof = columns.size - 1
    statistic = float(np.sum((counts - expected) ** 2 / expected))
    smallest = float(expected.min())
    if dof == 0 or (smallest >= 1 and np.mean(expected < 5) <= 0.2):
        p_value = float(special.chdtrc(dof, statistic)) if dof else 1.0
        return ChiSquareTest(statistic, dof, p_value, "asymptotic", smallest)
    if columns.size > _MOST_CATEGORIES:
        return ChiSquareTest(statistic, dof, float("nan"), "too_many_categories", smallest)
    permutations = min(permutations, max(_DRAWS // columns.size, _FEWEST_PERMUTATIONS))
    p_value = _permuted(statistic, rows, columns, rng, permutations)
    return ChiSquareTest(statistic, dof, p_value, "permutation", smallest)


def equal_mass_histogram(reference: ArrayLike, current: ArrayLike, n_bins: int = 10) -> Histogram:
    """Count two samples in bins that hold about equally many rows of the reference.

    Parameters
    ----------
    reference, current : array_like of float
        Without NaN. Repeated values may leave fewer bins; an empty reference gives one bin.
    n_bins : int
        Bins asked for, at least 1.
    """
    at_least("n_bins", n_bins, 1)
    one, two = np.sort(vector("reference", reference)), vector("current", current)
    places = np.ceil(np.arange(1, n_bins) * one.size / n_bins).astype(np.int64) - 1
    edges = np.unique(one[places.clip(0)]) if one.size else np.zeros(0)
    edges = edges[edges < one[-1]] if one.size else edges
    width = edges.size + 1
    return Histogram(
        edges,
        np.bincount(np.searchsorted(edges, one), minlength=width),
        np.bincount(np.searchsorted(edges, two), minlength=width),
    )


def population_stability_index(reference: ArrayLike, current: ArrayLike) -> float:
    """Return the population stability index of two rows of counts over the same bins; 0 where shares are equal.

    Where a bin is empty in one sample the index would be infinite: half a row is then added to every bin of both.

    Parameters
    ----------
    reference, current : array_like of int, shape (k,)
        Bins empty in both are left out. NaN where a sample is empty.

    References
    ----------
    Siddiqi (2006). Credit Risk Scorecards.
    Yurdakul and Naranjo (2020). Statistical properties of the population stability index. Journal of Risk Model
    Validation 14: its size under no change is about chi-squared times (1/n + 1/m), so small samples show large ones.
    """
    counts = _two_rows(_pair(reference, current))
    counts = counts[:, counts.sum(axis=0) > 0]
    if not counts.sum(axis=1).all():
        return float("nan")
    weights = counts + (0.0 if counts.all() else 0.5)
    shares = weights / weights.sum(axis=1, keepdims=True)
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def total_variation(reference: ArrayLike, current: ArrayLike) -> float:
    """Return half the sum of absolute differences of shares, from 0 (equal) to 1 (disjoint); NaN for empty samples.

    Parameters
    ----------
    reference, current : array_like of int, shape (k,)
        Counts over the same categories.
    """
    counts = _two_rows(_pair(reference, current))
    shares = ratio(counts, counts.sum(axis=1, keepdims=True))
    return float(np.abs(shares[0] - shares[1]).sum() / 2) if counts.size else float("nan")


def _pair(reference: ArrayLike, current: ArrayLike) -> Ints:
    one, two = np.asarray(reference), np.asarray(current)
    if one.shape != two.shape or one.ndim != 1:
        raise InputError(f"reference and current must count the same bins; got shapes {one.shape} and {two.shape}")
    return np.stack([one, two])


def _two_rows(table: ArrayLike) -> Ints:
    counts = np.asarray(table)
    if counts.ndim != 2 or counts.shape[0] != 2:
        raise InputError(f"table must have two rows; got shape {counts.shape}")
    if not counts.size:
        return counts.astype(np.int64)
    if counts.dtype.kind not in "biu" or counts.min() < 0:
        raise InputError("table must hold counts, whole and not negative; got other values")
    return counts.astype(np.int64, copy=False)


def _permuted(statistic: float, rows: Ints, columns: Ints, rng: np.random.Generator, permutations: int) -> float:
    """Return the share of random tables of these margins whose statistic is as large, this table included."""
    expected = rows[:, None] * (columns / rows.sum())
    # with fixed margins one row tells all: (x - e)^2 (1/e1 + 1/e2)
    weight = 1 / expected[0] + 1 / expected[1]
    as_large, left = 0, permutations
    while left:
        size = min(left, max(_CELLS_AT_ONCE // columns.size, 1))
        drawn = rng.multivariate_hypergeometric(columns, int(rows[0]), size=size, method="marginals")
        as_large += int((((drawn - expected[0]) ** 2) @ weight >= statistic * (1 - 1e-9)).sum())
        left -= size
    return (1 + as_large) / (1 + permutations)


def _exact_equal(steps: int, n: int) -> float:
    """Return P(D >= steps/n) for two samples of ``n``: reflected paths, 2 sum (-1)^(i-1) C(2n, n-i h) / C(2n, n)."""
    if steps <= 0:
        return 1.0
    reflections = np.arange(1, n // steps + 1)
    # the share of the k-th is the product of (n - j) / (n + 1 + j) over j < k steps
    log_shares = np.cumsum(np.log((n - np.arange(n)) / (n + 1.0 + np.arange(n))))
    signs = np.where(reflections % 2 == 1, 1.0, -1.0)
    return float(np.clip(2 * np.sum(signs * np.exp(log_shares[reflections * steps - 1])), 0, 1))


def _exact_walk(distance: int, n: int, m: int) -> float:
    """Return P(D >= distance/(n m)): the chance that a random ordering of both samples strays that far.

    The ordering is a walk on the grid (i rows of one seen, j of the other); the chance of each grid point still
    inside the band is carried from one row seen to the next, and what leaves the band is added up. Every term is
    positive, so small p-values lose no digits.
    """
    total = n + m
    # inside the band after s rows: |i m - (s - i) n| = |i total - s n| < distance
    seen = np.arange(total + 1)
    lowest = np.maximum(np.maximum((seen * n - distance) // total + 1, 0), seen - m).tolist()
    highest = np.minimum(np.minimum(-((-seen * n - distance) // total) - 1, n), seen).tolist()
    ahead = n - np.arange(n + 1, dtype=np.float64)
    chance, left_band = np.ones(1), 0.0
    for s in range(total):
        low, high = lowest[s], highest[s]
        forward = chance * (ahead[low : high + 1] / (total - s))
        following = np.zeros(high - low + 2)
        np.subtract(chance, forward, out=following[:-1])
        following[1:] += forward
        first, last = lowest[s + 1] - low, highest[s + 1] - low
        if first > 0:
            left_band += float(following[:first].sum())
        if last <= high - low:
            left_band += float(following[last + 1 :].sum())
        chance = following[first : last + 1]
        if not chance.size:
            return 1.0
    return min(left_band, 1.0)
