"""Sets and intervals that hold the truth at a promised rate, by split conformal prediction."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Bools, Floats, codes, finite, fraction, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def conformal_quantile(scores: ArrayLike, miss: float) -> float:
    """Return the score under which a new row's lies with probability ``1 - miss`` at least.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        How badly each calibration row fits its truth; calibration and new rows must be exchangeable.
    miss : float
        The share that may be missed.

    Returns
    -------
    float
        The ceil((n + 1)(1 - miss)) smallest score; infinity where there are fewer than that.

    References
    ----------
    Vovk, Gammerman and Shafer (2005). Algorithmic Learning in a Random World.
    Angelopoulos and Bates (2021). A gentle introduction to conformal prediction. arXiv:2107.07511.
    """
    values = finite("scores", scores)
    rank = ceil((values.size + 1) * (1 - fraction("miss", miss)) - 1e-9)  # rounding must not ask for one more
    if rank > values.size:
        return float("inf")
    return float(np.partition(values, rank - 1)[rank - 1])


def group_quantiles(scores: ArrayLike, group: ArrayLike, size: int, miss: float) -> Floats:
    """Return the quantile of each group by itself (Mondrian), shape (size,); infinity where it is too small.

    Parameters
    ----------
    scores, miss
        As for :func:`conformal_quantile`.
    group : array_like of int, shape (n,)
        From 0 to ``size - 1``.

    References
    ----------
    Vovk (2013). Conditional validity of inductive conformal predictors. Machine Learning 92.
    """
    values, places = finite("scores", scores), codes("group", group, size)
    same_length(scores=values, group=places)
    return np.asarray([conformal_quantile(values[places == one], miss) for one in range(size)])


def class_scores(proba: ArrayLike, y: ArrayLike) -> Floats:
    """Return 1 minus the probability of the true class, the score of the smallest sets on average.

    References
    ----------
    Sadinle, Lei and Wasserman (2019). Least ambiguous set-valued classifiers with bounded error levels. JASA 114.
    """
    table = _table(proba)
    truth = codes("y", y, table.shape[1])
    same_length(proba=table, y=truth)
    return np.asarray(1 - table[np.arange(truth.size), truth])


def class_sets(proba: ArrayLike, quantile: ArrayLike) -> Bools:
    """Return which classes are in each row's set, shape (n, k); ``quantile`` is one number or one a row."""
    table = _table(proba)
    limit = np.broadcast_to(np.asarray(quantile, np.float64), (len(table),))
    return np.asarray(1 - table <= limit[:, None])


def _table(proba: ArrayLike) -> Floats:
    table = np.asarray(proba, np.float64)
    if table.ndim != 2:
        raise InputError(f"proba must have a row each and a column per class; got shape {table.shape}")
    return table
