"""Exact tests of two proportions, many tables at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, codes, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# above this many rows in both the normal approximation is as good, and the exact sum long
_EXACT_UP_TO = 20_000


def fisher(k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike) -> Floats:
    """Return two-sided p-values of Fisher's exact test that k1 of n1 and k2 of n2 have one chance.

    Parameters
    ----------
    k1, n1, k2, n2 : array_like of int, shape (t,)
        Hits and trials of both sides. NaN where a side has no trials.

    Returns
    -------
    ndarray of float, shape (t,)
        The sum of the chances of all tables with these margins that are no likelier than the seen one. Beyond 20,000
        rows, the normal approximation with a pooled variance.

    References
    ----------
    Fisher (1935). The logic of inductive inference. JRSS 98.
    """
    hits1, trials1, hits2, trials2 = (
        codes(name, values) for name, values in (("k1", k1), ("n1", n1), ("k2", k2), ("n2", n2))
    )
    same_length(k1=hits1, n1=trials1, k2=hits2, n2=trials2)
    if (hits1 > trials1).any() or (hits2 > trials2).any():
        raise InputError("hits must be at most trials; got more")
    found = np.full(hits1.shape, np.nan)
    known = np.flatnonzero((trials1 > 0) & (trials2 > 0))
    # small groups share their table with many others: each is worked out once
    different, again = np.unique(np.column_stack([hits1, trials1, hits2, trials2])[known], axis=0, return_inverse=True)
    p_values = [
        _exact(a, n, b, m) if n + m <= _EXACT_UP_TO else _normal(a, n, b, m) for a, n, b, m in different.tolist()
    ]
    found[known] = np.asarray(p_values, np.float64)[again.reshape(-1)]
    return found


def _exact(a: int, n: int, b: int, m: int) -> float:
    possible = np.arange(max(0, a + b - m), min(n, a + b) + 1)
    chance = stats.hypergeom.pmf(possible, n + m, a + b, n)
    seen = chance[a - int(possible[0])]
    return float(min(chance[chance <= seen * (1 + 1e-7)].sum(), 1.0))


def _normal(a: int, n: int, b: int, m: int) -> float:
    pooled = (a + b) / (n + m)
    variance = pooled * (1 - pooled) * (1 / n + 1 / m)
    return float(2 * stats.norm.sf(abs(a / n - b / m) / np.sqrt(variance))) if variance > 0 else 1.0
