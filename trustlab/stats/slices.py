"""Where a model errs more: every slice by one or two coded features, scored against the rows outside it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Bools, Floats, Ints, at_least, codes, finite, ratio, same_length

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

MOST_CODES = 1000


@dataclass(frozen=True, slots=True)
class SliceScores:
    """Slices, the one with the largest t first; ties in the order of features and codes.

    Parameters
    ----------
    feature, code : ndarray of int, shape (s, 2)
        Columns of the slice and the codes they must equal; -1 in the second place where one feature makes it.
    n : ndarray of int, shape (s,)
        Rows inside.
    mean, rest : ndarray of float, shape (s,)
        Mean error inside and outside.
    t, p_value : ndarray of float, shape (s,)
        Welch's statistic for "inside is worse" and its one-sided p-value, not adjusted for the number of slices.
        Where neither side varies t is infinite, or NaN (p 1) where they are equal too.
    """

    feature: Ints
    code: Ints
    n: Ints
    mean: Floats
    rest: Floats
    t: Floats
    p_value: Floats

    def __len__(self) -> int:
        """Return the number of slices."""
        return self.n.size

    @property
    def effect(self) -> Floats:
        """Mean error inside less mean error outside."""
        return self.mean - self.rest


def score_slices(errors: ArrayLike, features: ArrayLike, min_rows: int = 30, order: int = 2) -> SliceScores:
    """Score every slice that fixes one feature, or two, by one count over cells each.

    Parameters
    ----------
    errors : array_like of float, shape (n,)
        Each row's error, larger is worse; no missing values. n may be 0.
    features : array_like of int, shape (n, d)
        Codes from 0 upward, below 1,000; numbers must be binned first, and a missing value is a code of its own.
    min_rows : int
        Rows a slice must have inside, and outside too; at least 2, which a variance needs.
    order : int
        1 for single features, 2 for pairs as well.

    Returns
    -------
    SliceScores
        A pair that holds the same rows as one of its two features alone is left out.

    References
    ----------
    Chung et al. (2019). Slice Finder: automated data slicing for model validation. ICDE.
    Welch (1947). The generalization of Student's problem when several different population variances are involved.
    Biometrika 34.
    """
    at_least("min_rows", min_rows, 2)
    at_least("order", order, 1)
    losses, table = finite("errors", errors), np.asarray(features)
    if table.ndim != 2:
        raise InputError(f"features must have rows and columns; got shape {table.shape}")
    same_length(errors=losses, features=table)
    # codes fit 16 bits: thirty columns of a million rows stay at 60 MB
    columns = [
        codes(f"features[:, {place}]", table[:, place], MOST_CODES).astype(np.int16) for place in range(table.shape[1])
    ]
    centre = float(losses.mean()) if losses.size else 0.0
    # sums about the mean lose no digits when squares are taken off
    deviations = losses - centre
    found = list(_cells(columns, deviations, min_rows, order)) or [_NO_CELLS]
    cells = _Cells(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    return _rank(cells, deviations, centre)


def slice_rows(features: ArrayLike, scores: SliceScores, index: int) -> Bools:
    """Return which rows of ``features``, also new ones of the same coding, lie in slice ``index``."""
    table = np.asarray(features)
    inside = np.ones(len(table), np.bool_)
    for feature, code in zip(scores.feature[index], scores.code[index], strict=True):
        if feature >= 0:
            inside &= table[:, feature] == code
    return inside


class _Cells(NamedTuple):
    """Slices with the rows inside and their sums of deviations and squares."""

    feature: Ints
    code: Ints
    n: Ints
    total: Floats
    squares: Floats


_NO_CELLS = _Cells(
    np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
)


def _cells(columns: Sequence[NDArray[np.int16]], deviations: Floats, min_rows: int, order: int) -> Iterator[_Cells]:
    squared = deviations**2

    def kept(feature: tuple[int, int], code: Ints, cell: Ints, n: Ints, fresh: Bools) -> _Cells:
        keep = np.flatnonzero(fresh & (n >= min_rows) & (deviations.size - n >= min_rows))
        if not keep.size:
            return _NO_CELLS
        # the sums of weights are floats, which the type of bincount does not tell
        total, squares = (
            np.bincount(cell, weights, n.size)[keep].astype(np.float64) for weights in (deviations, squared)
        )
        return _Cells(np.tile(np.array(feature, np.int64), (keep.size, 1)), code[keep], n[keep], total, squares)

    sizes = [int(column.max()) + 1 if column.size else 1 for column in columns]
    counts = [np.bincount(column, minlength=size) for column, size in zip(columns, sizes, strict=True)]
    for place, n in enumerate(counts):
        code = np.column_stack([np.arange(n.size), np.full(n.size, -1)])
        yield kept((place, -1), code, columns[place].astype(np.int64), n, n > 0)
    for one, two in combinations(range(len(columns)), 2) if order > 1 else ():
        cell = np.multiply(columns[one], sizes[two], dtype=np.int64)
        cell += columns[two]
        n = np.bincount(cell, minlength=sizes[one] * sizes[two])
        code = np.column_stack(np.divmod(np.arange(n.size), sizes[two]))
        yield kept((one, two), code, cell, n, (n != counts[one][code[:, 0]]) & (n != counts[two][code[:, 1]]))


def _rank(cells: _Cells, deviations: Floats, centre: float) -> SliceScores:
    n, outside = cells.n.astype(np.float64), (deviations.size - cells.n).astype(np.float64)
    inner, outer = cells.total / n, (deviations.sum() - cells.total) / outside
    noise = _variance(cells.squares, inner, n) / n
    noise_outside = _variance(np.sum(deviations**2) - cells.squares, outer, outside) / outside
    error = noise + noise_outside
    difference = inner - outer
    # two constants: equal ones differ by no more than rounding
    sure = np.where(
        np.abs(difference) > 1e-9 * (np.abs(inner) + np.abs(outer)), np.copysign(np.inf, difference), np.nan
    )
    t = np.where(error > 0, ratio(difference, np.sqrt(error)), sure)
    dof = ratio(error**2, noise**2 / (n - 1) + noise_outside**2 / (outside - 1))
    p_value = np.where(np.isfinite(t), special.stdtr(dof, -t), np.where(t > 0, 0.0, 1.0))
    order = np.argsort(-np.nan_to_num(t, nan=0.0), kind="stable")
    scores = SliceScores(cells.feature, cells.code, cells.n, inner + centre, outer + centre, t, p_value)
    return SliceScores(*(getattr(scores, field.name)[order] for field in fields(scores)))


def _variance(squares: Floats, mean: Floats, n: Floats) -> Floats:
    """Return sample variances; what rounding leaves of a constant is 0."""
    raw = (squares - n * mean**2) / (n - 1)
    return np.where(raw > 1e-12 * squares / n, raw, 0.0)
