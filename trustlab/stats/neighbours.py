"""What the nearest rows say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, at_least

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_AT_ONCE = 500


def disagreement(points: ArrayLike, answers: ArrayLike, k: int = 5) -> Floats:
    """Return each row's absolute difference from the mean answer of its k nearest rows, itself among them.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
        Finite.
    answers : array_like of float, shape (n, m)
        Differences are summed over the columns.
    k : int
        At most n.

    Returns
    -------
    ndarray of float, shape (n,)
        One minus its mean is the consistency of Zemel et al. Where more rows are equally near than there is room for,
        all of those share the room that is left, so the order of rows does not matter.

    References
    ----------
    Zemel, Wu, Swersky, Pitassi and Dwork (2013). Learning fair representations. ICML.
    """
    where, said = np.asarray(points, np.float64), np.asarray(answers, np.float64)
    if where.ndim != 2 or said.ndim != 2 or len(where) != len(said):
        raise InputError(f"points and answers must have a row each; got shapes {where.shape} and {said.shape}")
    at_least("k", k, 1)
    if k > len(where):
        raise InputError(f"k must be at most the number of rows, {len(where)}; got {k}")
    squares = np.sum(where**2, axis=1)
    off = np.empty(len(where))
    for start in range(0, len(where), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        distance = squares[rows, None] + squares - 2 * where[rows] @ where.T
        distance = np.round(np.maximum(distance, 0), 9)
        farthest = np.partition(distance, k - 1, axis=1)[:, k - 1 : k]
        inside, tied = distance < farthest, distance == farthest
        room = k - inside.sum(axis=1, keepdims=True)
        weight = inside + tied * (room / tied.sum(axis=1, keepdims=True))
        off[rows] = np.abs(said[rows] - weight @ said / k).sum(axis=1)
    return off
