"""Who is seen in rankings: a group's exposure and top places against all others', and how mixed prefixes are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from trustlab.stats.arrays import Floats, codes
from trustlab.stats.intervals import Interval, t_quantile
from trustlab.stats.ranking import ranked

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def exposure_ratio(member: ArrayLike, score: ArrayLike, query: ArrayLike, level: float = 0.95) -> Interval:
    """Return a group's mean exposure over all others', where both compete; exposure is 1 / log2(position + 1).

    Parameters
    ----------
    member : array_like of 0/1, shape (n,)
        Who belongs to the group.
    score : array_like of float, shape (n,)
        The higher, the further up; who is tied shares the places' exposure.
    query : array_like of int, shape (n,)
        Who competes with whom.
    level : float
        Of the interval, by the delta method on the logarithm with queries as the independent units.

    Returns
    -------
    Interval
        NaN where the group and others meet in no query, ends NaN where they meet in one only.

    References
    ----------
    Singh and Joachims (2018). Fairness of exposure in rankings. KDD.
    """
    rows = ranked(member, score, query)
    seen = rows.tie_means(1 / np.log2(rows.position + 1.0)) if rows.position.size else np.zeros(0)
    return _ratio(
        rows.sums(rows.gain * seen), rows.sums(rows.gain), rows.sums(seen), rows.sums(np.ones_like(seen)), level
    )


def top_ratio(member: ArrayLike, score: ArrayLike, query: ArrayLike, k: int, level: float = 0.95) -> Interval:
    """Return a group's chance of a place among the first ``k`` over all others'; arguments as for the exposure.

    References
    ----------
    Yang and Stoyanovich (2017). Measuring fairness in ranked outputs. SSDBM.
    """
    rows = ranked(member, score, query)
    inside = rows.tie_means((rows.position <= k).astype(np.float64)) if rows.position.size else np.zeros(0)
    return _ratio(
        rows.sums(rows.gain * inside), rows.sums(rows.gain), rows.sums(inside), rows.sums(np.ones_like(inside)), level
    )


def ndkl(group: ArrayLike, score: ArrayLike, query: ArrayLike) -> Floats:
    """Return each query's normalised discounted KL divergence of its prefixes' groups from all its items' groups.

    Parameters
    ----------
    group : array_like of int, shape (n,)
        Codes of the groups.

    Returns
    -------
    ndarray of float, shape (queries,)
        0 where every prefix is mixed as the whole; above 0 also by chance, so compare with a shuffled order.

    References
    ----------
    Geyik, Ambler and Kenthapadi (2019). Fairness-aware ranking in search and recommendation systems. KDD.
    """
    code = codes("group", group)
    divergence: Floats | None = None
    for place in range(int(code.max()) + 1 if code.size else 0):
        rows = ranked(code == place, score, query)
        head = np.flatnonzero(rows.position == 1)
        running = np.cumsum(rows.tie_means(rows.gain))
        start = np.repeat(np.r_[0.0, running][head], np.diff(np.r_[head, rows.position.size]))
        share = np.clip((running - start) / rows.position, 0, 1)
        whole = (rows.sums(rows.gain) / np.maximum(rows.sums(np.ones(rows.position.size)), 1))[rows.query]
        term = np.where(
            share > 1e-12, special.xlogy(share, share) - special.xlogy(share, np.maximum(whole, 1e-300)), 0.0
        )
        divergence = term if divergence is None else divergence + term
    if divergence is None:
        return np.zeros(0)
    discount = 1 / np.log2(rows.position + 1.0)
    found: Floats = np.maximum(rows.sums(divergence * discount) / np.maximum(rows.sums(discount), 1e-300), 0.0)
    return found


def _ratio(of_group: Floats, members: Floats, of_all: Floats, items: Floats, level: float) -> Interval:
    """Return (of_group / members) / (of others / others) over the queries that hold both, clustered by query."""
    both = (members > 0) & (items > members)
    a, b = of_group[both], members[both]
    c, d = of_all[both] - a, items[both] - b
    if not both.any() or c.sum() <= 1e-12:
        return Interval(float("nan"), float("nan"), float("nan"))
    value = float((a.sum() / b.sum()) / (c.sum() / d.sum()))
    n = int(both.sum())
    if n < 2 or value <= 0:
        return Interval(max(value, 0.0), float("nan"), float("nan"))
    influence = a / a.sum() - b / b.sum() - c / c.sum() + d / d.sum()
    half = t_quantile(level, n - 1) * float(np.sqrt(n / (n - 1) * np.sum(influence**2)))
    return Interval(value, value * float(np.exp(-half)), value * float(np.exp(half)))
