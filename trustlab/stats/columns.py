"""Many columns of numbers at once: what each holds, and which of them go with a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOKED_AT = 1000  # rows of a quick look, or up to twice as many
MOST_TARGETS = 20  # classes of a quick look
CELLS = 4_000_000  # looked at in one step, so that no large copy is made


class ColumnSums(NamedTuple):
    """One number for each column; ``least`` and ``most`` are NaN where nothing is known."""

    known: NDArray[np.int64]
    infinite: NDArray[np.int64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    distinct: NDArray[np.int64]


def column_sums(values: NDArray[Any], counted: NDArray[np.int64] | None = None) -> ColumnSums:
    """Return what columns of numbers hold, NaN being what is missing.

    Parameters
    ----------
    values : ndarray of shape (n, d)
        Real numbers of one type, which decides what is equal.
    counted : ndarray of int or None
        The rows on which different values are counted; all where None.
    """
    n, d = values.shape
    parts = [
        _sums(values[:, at : at + step], counted) for step in [max(1, CELLS // max(n, 1))] for at in range(0, d, step)
    ]
    if not n or not parts:
        zero, none = np.zeros(d, np.int64), np.full(d, np.nan)
        return ColumnSums(zero, zero, none, none, zero)
    return ColumnSums(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _sums(part: NDArray[Any], counted: NDArray[np.int64] | None) -> ColumnSums:
    if not len(part):
        return ColumnSums(*(np.zeros(part.shape[1]) for _ in ColumnSums._fields))  # type: ignore[arg-type] # dropped
    real = np.issubdtype(part.dtype, np.floating)
    missing = np.isnan(part) if real else np.zeros(part.shape, bool)
    known = len(part) - missing.sum(axis=0)
    infinite = np.isinf(part).sum(axis=0) if real else np.zeros(part.shape[1], np.int64)
    empty = known == 0
    least = np.where(empty, np.nan, np.where(missing, np.inf, part).min(axis=0))
    most = np.where(empty, np.nan, np.where(missing, -np.inf, part).max(axis=0))
    some = np.sort(part if counted is None else part[counted], axis=0)  # NaN comes last
    new = some[1:] != some[:-1]
    if real:
        new &= ~np.isnan(some[1:])
        first = ~np.isnan(some[0])
    else:
        first = np.ones(part.shape[1], bool)
    return ColumnSums(known, infinite, least, most, new.sum(axis=0) + first)


def shares_explained(values: NDArray[np.float64], targets: NDArray[np.float64], bins: int = 20) -> NDArray[np.float64]:
    """Return for each column the share of the targets' variance that lies between bins of its sorted rows.

    A quick look at many columns, to choose those that are worth a longer one: it finds any shape of dependence that is
    wider than a bin, and missing values that go together. Not an estimate: it is too high by about bins / n.

    Parameters
    ----------
    values : ndarray of shape (n, d)
        NaN is sorted last.
    targets : ndarray of shape (n, k)
        One column, or one per class.
    bins : int
        Of equally many rows.

    Returns
    -------
    ndarray of shape (d,)
        From 0 to 1; 0 where the targets are constant.
    """
    n, d = values.shape
    centred = targets - targets.mean(axis=0)
    whole = float(np.sum(centred**2))
    if not whole or n < 2:
        return np.zeros(d)
    starts = np.unique(np.linspace(0, n, min(bins, n), endpoint=False).astype(np.int64))
    sizes = np.diff([*starts, n])
    found = np.empty(d)
    step = max(1, CELLS // max(n * targets.shape[1], 1))
    for at in range(0, d, step):
        order = np.argsort(values[:, at : at + step], axis=0, kind="stable")
        sums = np.add.reduceat(centred[order], starts, axis=0)  # (bins, columns, k)
        found[at : at + step] = np.sum(sums**2 / sizes[:, None, None], axis=(0, 2)) / whole
    return found


def most_telling(values: NDArray[Any], y: NDArray[Any], classes: int, most: int) -> NDArray[np.int64]:
    """Return the columns that go with a target most, ascending; by a quick look at some of the rows.

    Parameters
    ----------
    values : ndarray of shape (n, d)
        Numbers; NaN is missing.
    y : ndarray of shape (n,)
        Codes of classes, or numbers where ``classes`` is 0.
    classes : int
        How many there are.
    most : int
        How many columns are wanted.
    """
    if values.shape[1] <= most:
        return np.arange(values.shape[1])
    some = slice(None, None, max(1, len(y) // LOOKED_AT))
    target = y[some]
    wide = (target[:, None] == np.unique(target)[:MOST_TARGETS]) if classes > 2 else target[:, None]
    explained = shares_explained(np.asarray(values[some], np.float64), wide.astype(np.float64))
    return np.sort(np.argsort(-explained, kind="stable")[:most])
