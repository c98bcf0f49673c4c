"""How unequally benefits fall: generalised entropy indices of decisions, over all rows and between groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from trustlab.core.errors import UsageError
from trustlab.stats.arrays import Floats, fraction
from trustlab.stats.intervals import Interval, t_quantile, wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# benefit 1 + predicted - true of tn, fp, fn, tp
_BENEFIT = np.array([1.0, 2.0, 0.0, 1.0])
_NONE = Interval(float("nan"), float("nan"), float("nan"))


def entropy_index(cells: ArrayLike, alpha: int = 2, level: float = 0.95) -> Interval:
    """Return the generalised entropy index of the benefits 1 + predicted - true.

    Parameters
    ----------
    cells : array_like of int, shape (4,)
        Confusion counts. NaN without rows, or where every positive is missed and none is called (no benefit at all).
    alpha : {1, 2}
        1 is Theil's index; 2 is half the squared coefficient of variation.

    Returns
    -------
    Interval
        By the delta method on the logarithm, its variance with half a row more of each benefit. Without any error the
        index is 0, and its upper end is that of the largest error share that none seen allows (Wilson), all misses.

    References
    ----------
    Speicher et al. (2018). A unified approach to quantifying algorithmic unfairness. KDD.
    """
    table = np.asarray(cells, np.float64)
    n = float(table.sum())
    mean = float(table @ _BENEFIT) / n if n else 0.0
    if mean == 0:
        return _NONE
    value = _index(table, _BENEFIT, alpha)
    if value <= 0:
        missed = wilson(0, int(n), level).at(()).hi
        worst = np.array([1 - missed, 0.0, missed, 0.0])
        return Interval(0.0, 0.0, _index(worst, _BENEFIT, alpha))
    # among few rows a kind of error that none happened to have would count as impossible: half a row more of each
    more = table + np.array([0.0, 0.5, 0.5, 0.5])
    drawn = more / more.sum()
    near = _influence(drawn, float(drawn @ _BENEFIT), alpha)
    spread = float(np.sqrt(drawn @ near**2 / n))
    half = t_quantile(level, max(n - 1, 1)) * spread / min(value, _index(more, _BENEFIT, alpha))
    return Interval(value, value * float(np.exp(-half)), value * float(np.exp(half)))


def between_index(cells: ArrayLike, alpha: int = 2, level: float = 0.95) -> Interval:
    """Return the part of :func:`entropy_index` that lies between groups: everyone has the group's mean benefit.

    Parameters
    ----------
    cells : array_like of int, shape (g, 4)
        Groups without rows are left out; NaN with fewer than two.

    Returns
    -------
    Interval
        The index grows with the groups' mean benefits' spread, whose sum of squares over the variance within groups
        is chi-squared with some noncentrality: the interval is that of the noncentrality, on the index's scale. It
        starts at 0 where chance alone would show as much.

    References
    ----------
    Speicher et al. (2018). A unified approach to quantifying algorithmic unfairness. KDD.
    Steiger and Fouladi (1997). Noncentrality interval estimation and the evaluation of statistical models.
    """
    table = np.asarray(cells, np.float64)
    table = table[table.sum(axis=1) > 0]
    n = table.sum(axis=1)
    if len(table) < 2 or not (table @ _BENEFIT).any():
        return _NONE
    means = table @ _BENEFIT / n
    mean, total = float(n @ means / n.sum()), float(n.sum())
    value = _index(n, means, alpha)
    within = float((table * (_BENEFIT - means[:, None]) ** 2).sum() / max(total - len(n), 1))
    squares = float(n @ (means - mean) ** 2)
    if within == 0:
        return Interval(value, value, value)
    tail = (1 - fraction("level", level)) / 2
    seen, dof = squares / within, len(n) - 1
    # groups that agree better than chance would let them leave as much open as an average sample does
    ends = [_noncentrality(seen, dof, 1 - tail), _noncentrality(max(seen, dof), dof, tail)]
    scale = within / (2 * total * mean**2)
    if alpha != 2 and squares > 0:
        scale *= value / (squares / (2 * total * mean**2))
    return Interval(value, min(ends[0] * scale, value), max(ends[1] * scale, value))


def _index(weights: Floats, benefit: Floats, alpha: int) -> float:
    share = weights / weights.sum()
    relative = benefit / float(share @ benefit)
    if alpha == 1:
        return max(float(share @ special.xlogy(relative, relative)), 0.0)
    if alpha == 2:
        return max(float(share @ relative**2 - 1) / 2, 0.0)
    raise UsageError(f"alpha must be 1 or 2; got {alpha!r}")


def _influence(share: Floats, mean: float, alpha: int) -> Floats:
    """Return how much one more row of each kind moves the index."""
    if alpha == 1:
        entropy = special.xlogy(_BENEFIT, _BENEFIT)
        whole = float(share @ entropy)
        first: Floats = (entropy - whole) / mean - (whole / mean**2 + 1 / mean) * (_BENEFIT - mean)
        return first
    square = float(share @ _BENEFIT**2)
    second: Floats = ((_BENEFIT**2 - square) / mean**2 - 2 * square * (_BENEFIT - mean) / mean**3) / 2
    return second


def _noncentrality(statistic: float, dof: int, chance: float) -> float:
    """Return the noncentrality under which a chi-squared is at most ``statistic`` with ``chance``; 0 where none is."""
    if special.chdtr(dof, statistic) <= chance:
        return 0.0
    return float(special.chndtrinc(statistic, dof, chance))
