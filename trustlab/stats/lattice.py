"""Where errors gather: every slice by one or two coded features, and by three where the bounds leave hope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, Ints, at_least, codes, finite, ratio, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MOST_CODES = 1000
ROWS_AT_ONCE = 4_000  # of the one-hot table, which then fits a cache; counts below 2**24 are exact in single precision
WORK = 40_000_000  # cells counted below pairs, a second's worth; pairs beyond are left unexpanded, best ones first
_EQUAL = 1e-12  # of the spread: what rounding makes of equal means
HOPE = 0.05  # a slice that even by its bound has a larger p-value could not be found


@dataclass(frozen=True, slots=True)
class Lattice:
    """Slices with more errors than elsewhere, the smallest p-value first; ties by the score.

    Parameters
    ----------
    feature, code : ndarray of int, shape (s, 3)
        Columns of the slice, ascending, and the codes they must equal; -1 where fewer make it.
    n : ndarray of int, shape (s,)
        Rows inside.
    mean, rest : ndarray of float, shape (s,)
        Mean error inside and outside.
    score : ndarray of float, shape (s,)
        For errors of 0 and 1 the binomial score z, else Welch's t.
    p_value : ndarray of float, shape (s,)
        One-sided, not adjusted: the exact binomial tail at the overall rate, or Welch's.
    possible : int
        Slices of up to the order that the codes allow, large enough or not: what an adjustment must count.
    tried, pruned, unexpanded : int
        Slices counted; pairs whose bound ruled out every slice below them; pairs that the work did not suffice for.
    """

    feature: Ints
    code: Ints
    n: Ints
    mean: Floats
    rest: Floats
    score: Floats
    p_value: Floats
    possible: int
    tried: int
    pruned: int
    unexpanded: int

    def __len__(self) -> int:
        """Return the number of slices."""
        return self.n.size

    def adjusted(self) -> Floats:
        """Return the p-values as Benjamini and Hochberg adjust them, counting every possible slice as tried."""
        scaled = self.p_value * self.possible / np.arange(1, self.n.size + 1)
        return np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0) if self.n.size else scaled


class _Cells(NamedTuple):
    """Slices as places in the one-hot table (-1 where none), rows, and sums of deviations and their squares."""

    places: Ints
    n: Ints
    total: Floats
    squares: Floats


@dataclass(frozen=True, slots=True)
class _Table:
    """The coded rows beside their errors."""

    codes: NDArray[np.int32]  # each feature's codes follow those of the one before
    first: Ints  # the first code of each feature
    feature: Ints  # of each code
    errors: Floats
    centre: float
    min_rows: int
    binary: bool

    @property
    def spread(self) -> float:
        """The errors' standard deviation."""
        return float(self.errors.std()) if self.errors.size else 0.0

    @property
    def deviations(self) -> Floats:
        """Errors about their mean: sums of them lose no digits when squares are taken off."""
        return self.errors - self.centre


def search_lattice(errors: ArrayLike, features: ArrayLike, min_rows: int = 30, order: int = 3) -> Lattice:
    """Return the slices of up to ``order`` features in which the mean error is higher than outside.

    Pairs are counted all at once, as products of the one-hot table with itself. Below a pair no slice can score more
    than its number of rows and its sum of errors allow; pairs without hope are not expanded, nor is anything below
    ``min_rows``. Where data are large the best pairs are expanded as far as a fixed amount of work goes.

    Parameters
    ----------
    errors : array_like of float, shape (n,)
        Each row's error, at least 0, larger is worse. n may be 0.
    features : array_like of int, shape (n, d)
        Codes from 0 upward, below 1,000; a missing value is a code of its own.
    min_rows : int
        Rows a slice must have inside, and outside too; at least 2.
    order : int
        1, 2 or 3.

    Returns
    -------
    Lattice
        A slice that holds the same rows as one of fewer features is left out.

    References
    ----------
    Chung et al. (2019). Slice Finder: automated data slicing for model validation. ICDE.
    Sagadeeva and Boehm (2021). SliceLine: fast, linear-algebra-based slice finding for ML model debugging. SIGMOD.
    """
    at_least("min_rows", min_rows, 2)
    at_least("order", order, 1)
    table = _read(errors, features, min_rows)
    single = _singles(table)
    found, tried, pruned, unexpanded = [single], single.n.size, 0, 0
    if order > 1 and single.n.size:
        pairs = _pairs(table, single)
        found, tried = [*found, pairs], tried + pairs.n.size
        if order > 2 and pairs.n.size:
            triples, pruned, unexpanded = _triples(table, pairs)
            found, tried = [*found, triples], tried + triples.n.size
    cells = _Cells(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    return _ranked(table, cells, (_possible(table, order), tried, pruned, unexpanded))


def _read(errors: ArrayLike, features: ArrayLike, min_rows: int) -> _Table:
    losses, given = finite("errors", errors), np.asarray(features)
    if given.ndim != 2:
        raise InputError(f"features must have rows and columns; got shape {given.shape}")
    same_length(errors=losses, features=given)
    if (losses < 0).any():
        raise InputError(f"errors must be 0 or more; got {losses.min():g}")
    columns = [codes(f"features[:, {at}]", given[:, at], MOST_CODES) for at in range(given.shape[1])]
    sizes = [int(column.max()) + 1 if column.size else 1 for column in columns]
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    stacked = [(column + start).astype(np.int32) for column, start in zip(columns, first[:-1], strict=True)]
    return _Table(
        codes=np.column_stack(stacked) if stacked else np.zeros((losses.size, 0), np.int32),
        first=first[:-1],
        feature=np.repeat(np.arange(len(sizes)), sizes),
        errors=losses,
        centre=float(losses.mean()) if losses.size else 0.0,
        min_rows=min_rows,
        binary=bool(np.isin(losses, (0.0, 1.0)).all()),
    )


def _possible(table: _Table, order: int) -> int:
    """Return how many slices the codes allow: the elementary symmetric sums of the features' numbers of codes."""
    sums = [1, *[0] * order]
    for size in np.bincount(table.feature).tolist():
        for degree in range(order, 0, -1):
            sums[degree] += sums[degree - 1] * size
    return sum(sums[1:])


def _singles(table: _Table) -> _Cells:
    n, total, squares = _count(table, np.arange(table.errors.size))
    keep = np.flatnonzero(_large(table, n))
    places = np.column_stack([keep, np.full((keep.size, 2), -1)])
    return _Cells(places, n[keep], total[keep], squares[keep])


def _large(table: _Table, n: Ints) -> NDArray[np.bool_]:
    return (n >= table.min_rows) & (table.errors.size - n >= table.min_rows)


def _count(table: _Table, rows: Ints) -> tuple[Ints, Floats, Floats]:
    """Return rows, sums of deviations and of their squares for every code among some rows."""
    inside, deviations = table.codes[rows].ravel(), np.repeat(table.deviations[rows], table.codes.shape[1])
    size = table.feature.size
    n = np.bincount(inside, minlength=size)
    total = np.bincount(inside, deviations, size).astype(np.float64)
    if table.binary:  # its score and its tail ask for no squares
        return n, total, np.zeros(size)
    return n, total, np.bincount(inside, deviations**2, size).astype(np.float64)


def _pairs(table: _Table, single: _Cells) -> _Cells:
    """Count every pair of large enough codes of two features: products of the one-hot table with itself."""
    kept = single.places[:, 0]
    n, total, squares = _products(table, kept)
    one, two = np.triu_indices(kept.size, 1)
    fresh = (n[one, two] != single.n[one]) & (n[one, two] != single.n[two])
    keep = (table.feature[kept[one]] != table.feature[kept[two]]) & _large(table, n[one, two]) & fresh
    one, two = one[keep], two[keep]
    places = np.column_stack([kept[one], kept[two], np.full(one.size, -1)])
    return _Cells(places, n[one, two], total[one, two], squares[one, two])


def _products(table: _Table, kept: Ints) -> tuple[Ints, Floats, Floats]:
    """Return rows, sums of deviations and of their squares for every two of the codes ``kept``."""
    place_of = np.full(table.feature.size, kept.size)
    place_of[kept] = np.arange(kept.size)
    sums = np.zeros((3, kept.size, kept.size))
    scale = float(np.abs(table.deviations).max(initial=0.0)) or 1.0
    for start in range(0, table.errors.size, ROWS_AT_ONCE):
        chunk = slice(start, start + ROWS_AT_ONCE)
        places = place_of[table.codes[chunk]]
        hot = np.zeros((len(places), kept.size + 1), np.float32)
        hot[np.arange(len(places))[:, None], places] = 1
        hot = hot[:, :-1]
        sums[0] += hot.T @ hot
        if table.binary:
            wrong = hot[table.errors[chunk] == 1]
            sums[1] += wrong.T @ wrong
            continue
        deviation = (table.deviations[chunk] / scale).astype(np.float32)[:, None]
        sums[1] += hot.T @ (hot * deviation)
        sums[2] += hot.T @ (hot * deviation**2)
    n, total, squares = np.rint(sums[0]), sums[1] * scale, sums[2] * scale**2
    if table.binary:
        total, squares = sums[1] - n * table.centre, np.zeros_like(n)
    return n.astype(np.int64), total, squares


def _triples(table: _Table, pairs: _Cells) -> tuple[_Cells, int, int]:
    """Count what lies below pairs, the best scores first, as far as bounds and work allow."""
    bound = upper_bound(pairs.n, pairs.total + pairs.n * table.centre, table.errors, table.min_rows)
    hopeful = np.flatnonzero(bound > float(-special.ndtri(HOPE)))
    queue = hopeful[np.argsort(-_z(table, pairs)[hopeful], kind="stable")]
    work = np.cumsum(pairs.n[queue] * table.codes.shape[1])
    reached = int(np.searchsorted(work, WORK, side="right")) if table.codes.shape[1] > 2 else 0
    found = [_Cells(np.zeros((0, 3), np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))]
    for place in queue[:reached].tolist():
        one, two = pairs.places[place, :2].tolist()
        features = table.feature[[one, two]]
        rows = np.flatnonzero((table.codes[:, features[0]] == one) & (table.codes[:, features[1]] == two))
        n, total, squares = _count(table, rows)
        third = np.flatnonzero(_large(table, n) & (n < rows.size) & ~np.isin(table.feature, features))
        places = np.column_stack([np.full(third.size, one), np.full(third.size, two), third])
        found.append(_Cells(np.sort(places, axis=1), n[third], total[third], squares[third]))
    cells = _Cells(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    _, first = np.unique(cells.places, axis=0, return_index=True)
    first = first[_fresh(table, pairs, cells.places[first], cells.n[first])]
    kept = _Cells(cells.places[first], cells.n[first], cells.total[first], cells.squares[first])
    return kept, int(bound.size - hopeful.size), int(queue.size - reached)


def _fresh(table: _Table, pairs: _Cells, places: Ints, n: Ints) -> NDArray[np.bool_]:
    """Return which triples hold fewer rows than each of their pairs."""
    size = table.feature.size
    keys = pairs.places[:, 0] * size + pairs.places[:, 1]
    order = np.argsort(keys)
    fresh = np.ones(n.size, np.bool_)
    for one, two in ((0, 1), (0, 2), (1, 2)):
        asked = places[:, one] * size + places[:, two]
        at = order[np.minimum(np.searchsorted(keys, asked, sorter=order), keys.size - 1)]
        fresh &= (keys[at] != asked) | (pairs.n[at] != n)
    return fresh


def upper_bound(n: Ints, total: Floats, errors: Floats, min_rows: int) -> Floats:
    """Return the largest score that a slice within one of ``n`` rows and a sum of errors ``total`` could have.

    A slice of s of these rows holds at most ``total`` errors and at most s times the largest one. With that, its score
    (sum - s mean) / sqrt(s variance) grows with s as long as every row can have the largest error, and falls after.
    """
    most, mean, spread = float(errors.max(initial=0.0)), float(errors.mean()), float(errors.std())
    if most == 0 or spread == 0:
        return np.zeros(n.shape)
    size = np.clip(total / most, np.minimum(min_rows, n), n)
    bound: Floats = (np.minimum(total, size * most) - size * mean) / (np.sqrt(size) * spread)
    return bound


def _z(table: _Table, cells: _Cells) -> Floats:
    """Return each slice's sum of errors against what the overall mean leads to expect, in standard errors."""
    return ratio(cells.total, np.sqrt(cells.n.astype(np.float64)) * table.spread)


def _ranked(table: _Table, cells: _Cells, counts: tuple[int, int, int, int]) -> Lattice:
    inside, rows = cells.n.astype(np.float64), table.errors.size
    outside = rows - inside
    rest_total = float(table.deviations.sum()) - cells.total
    mean, rest = ratio(cells.total, inside), ratio(rest_total, outside)
    if table.binary:
        wrong = np.rint(cells.total + inside * table.centre)
        score = _z(table, cells)
        p_value = np.where(
            wrong > 0, special.bdtrc(np.maximum(wrong - 1, 0), inside.astype(np.int64), table.centre), 1.0
        )
    else:
        score, p_value = _welch(table, cells, mean, rest)
    # sums of deviations are off by rounding: a slice exactly as bad as the rest is not worse
    worse = np.flatnonzero(mean - rest > _EQUAL * table.spread)
    order = worse[np.lexsort((-score[worse], p_value[worse]))]
    places = cells.places[order]
    feature = np.where(places >= 0, table.feature[places], -1)
    code = np.where(places >= 0, places - table.first[feature], -1)
    centre = table.centre
    return Lattice(
        feature, code, cells.n[order], mean[order] + centre, rest[order] + centre, score[order], p_value[order], *counts
    )


def _welch(table: _Table, cells: _Cells, mean: Floats, rest: Floats) -> tuple[Floats, Floats]:
    inside = cells.n.astype(np.float64)
    outside = table.errors.size - inside
    noise = np.maximum(cells.squares - inside * mean**2, 0) / (inside - 1) / inside
    squares = float(np.sum(table.deviations**2)) - cells.squares
    noise_outside = np.maximum(squares - outside * rest**2, 0) / (outside - 1) / outside
    error = noise + noise_outside
    t = np.where(error > 0, ratio(mean - rest, np.sqrt(error)), np.where(mean > rest, np.inf, 0.0))
    dof = ratio(error**2, noise**2 / (inside - 1) + noise_outside**2 / (outside - 1))
    return t, np.where(np.isfinite(t), special.stdtr(dof, -t), 0.0)
