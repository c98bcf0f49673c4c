"""Rows dealt by chance: halves and folds that hold every class alike, and a bounded subsample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trustlab.stats.arrays import Ints, at_least
from trustlab.stats.encode import encode

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def stratified_halves(y: ArrayLike, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Split rows into two halves that hold (nearly) equally many rows of each label.

    Parameters
    ----------
    y : array_like of label, shape (n,)
        None and NaN are refused; n may be 0.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    tuple of ndarray of int
        Row numbers, ascending, of each half. A label's rows differ by at most one between the halves, and so do
        the halves' sizes; which half gets the odd row of a label is chance.
    """
    encoded = encode(y, "y")
    mixed = rng.permutation(encoded.codes.size)
    grouped = mixed[np.argsort(encoded.codes[mixed], kind="stable")]
    # every second row of the grouped order: a label's run is halved to within one, and so is the whole
    start = int(rng.integers(2))
    return np.sort(grouped[start::2]), np.sort(grouped[1 - start :: 2])


def folds(y: NDArray[Any], count: int, rng: np.random.Generator) -> Ints:
    """Return a fold for each row; each label's rows are dealt evenly over the folds, and so are all rows.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Codes; zeros where rows are alike.
    count : int
        How many folds.
    rng : numpy.random.Generator
        Source of chance.
    """
    mixed = rng.permutation(y.size)
    grouped = mixed[np.argsort(y[mixed], kind="stable")]
    fold = np.empty(y.size, np.int64)
    fold[grouped] = np.arange(y.size) % count
    return fold


def subsample(n: int, limit: int, rng: np.random.Generator) -> Ints:
    """Return ``min(n, limit)`` different row numbers below ``n``, ascending; all of them where ``n <= limit``.

    Parameters
    ----------
    n, limit : int
        Not negative.
    rng : numpy.random.Generator
        Used only where rows are left out.
    """
    at_least("n", n, 0)
    at_least("limit", limit, 0)
    if n <= limit:
        return np.arange(n)
    return np.sort(rng.choice(n, limit, replace=False, shuffle=False))
