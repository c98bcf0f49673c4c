"""How well scores order the rows of a query: NDCG, average precision, reciprocal rank, precision at k; ties are exact.

Rows with equal scores have no order. Each figure here is its mean over all orders that the scores allow, in closed
form, so that neither the order of the rows nor chance decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Bools, Floats, Ints, at_least, codes, finite, ratio, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows in the order of their query and falling score, with what every figure needs.

    Parameters
    ----------
    query : numpy.ndarray of int, shape (n,)
        The query's number, 0 to ``queries - 1``, in the order of rows.
    gain : numpy.ndarray of float, shape (n,)
        Graded relevance, not negative.
    start : numpy.ndarray of int, shape (n,)
        How many rows of the query stand before the row's ties.
    size : numpy.ndarray of int, shape (n,)
        How many rows share the query and the score.
    place : numpy.ndarray of int, shape (n,)
        1 to ``size``: the row's place among its ties, in any order.
    tie : numpy.ndarray of int, shape (n,)
        The number of the ties that a row belongs to.
    queries : int
        How many queries there are.
    """

    query: Ints
    gain: Floats
    start: Ints
    size: Ints
    place: Ints
    tie: Ints
    queries: int

    @property
    def position(self) -> Ints:
        """The row's position in its query, from 1, its ties in any order."""
        return self.start + self.place

    def sums(self, values: Floats) -> Floats:
        """Return the sum of a value over the rows of each query, shape (queries,)."""
        return np.bincount(self.query, weights=values, minlength=self.queries).astype(np.float64)

    def tie_means(self, values: Floats) -> Floats:
        """Return for each row the mean of a value over the row's ties."""
        return (np.bincount(self.tie, weights=values) / np.bincount(self.tie))[self.tie]


def ranked(y: ArrayLike, score: ArrayLike, query: ArrayLike) -> Ranked:
    """Return rows ordered by their scores within their queries.

    Parameters
    ----------
    y : array_like of float, shape (n,)
        Graded relevance, finite and not negative; 0 is not relevant.
    score : array_like of float, shape (n,)
        The higher, the further up; finite.
    query : array_like of int, shape (n,)
        0 to the number of queries - 1; a number without rows is a query without items.

    Raises
    ------
    InputError
        Where lengths differ, or a value is not finite or a relevance negative.
    """
    gain, scores = finite("y", y), finite("score", score)
    groups = codes("query", query)
    n = same_length(y=gain, score=scores, query=groups)
    if n and gain.min() < 0:
        raise InputError(f"y must hold relevances of 0 or more; got {gain.min():g}")
    order = np.lexsort((-scores, groups))
    groups, gain, scores = groups[order], gain[order], scores[order]
    places = np.arange(n)
    new_query = np.concatenate([[True], groups[1:] != groups[:-1]])[:n]
    new_tie = new_query | np.concatenate([[True], scores[1:] != scores[:-1]])[:n]
    first = np.maximum.accumulate(np.where(new_tie, places, 0)) if n else places
    head = np.maximum.accumulate(np.where(new_query, places, 0)) if n else places
    tie = np.cumsum(new_tie) - 1
    size = np.bincount(tie, minlength=1)[tie] if n else places
    return Ranked(groups, gain, first - head, size, places - first + 1, tie, int(groups.max()) + 1 if n else 0)


def informative(rows: Ranked) -> Bools:
    """Return for each query, shape (queries,), whether its order matters: two items or more differ in relevance."""
    low, high = np.full(rows.queries, np.inf), np.full(rows.queries, -np.inf)
    np.minimum.at(low, rows.query, rows.gain)
    np.maximum.at(high, rows.query, rows.gain)
    found: Bools = high > low
    return found


def dcg(rows: Ranked, k: int | None = None) -> Floats:
    """Return each query's discounted cumulative gain: the sum of gain / log2(position + 1) over the first ``k``.

    References
    ----------
    Järvelin and Kekäläinen (2002). Cumulated gain-based evaluation of IR techniques. ACM TOIS 20.
    McSherry and Najork (2008). Computing information retrieval performance measures efficiently in the presence of
    tied scores. ECIR.
    """
    discount = _within(rows.position, k) / np.log2(rows.position + 1.0)
    return rows.sums(rows.tie_means(rows.gain) * discount)


def ndcg(rows: Ranked, k: int | None = None) -> Floats:
    """Return each query's DCG over that of the best order, shape (queries,); NaN where nothing is relevant.

    Gains are the relevances themselves, as in scikit-learn's ``ndcg_score``; for gains of ``2**y - 1`` pass those.

    Parameters
    ----------
    rows : Ranked
        From `ranked`.
    k : int or None
        How far down one looks; all the way where None.
    """
    best = ranked(rows.gain, rows.gain, rows.query)
    return ratio(dcg(rows, k), dcg(best, k))


def average_precision(rows: Ranked) -> Floats:
    """Return each query's average precision, shape (queries,); NaN where nothing is relevant.

    The mean, over the relevant rows (gain above 0), of the share of relevant rows down to each. Their mean over
    queries is MAP.

    References
    ----------
    McSherry and Najork (2008). Computing information retrieval performance measures efficiently in the presence of
    tied scores. ECIR.
    """
    relevant = (rows.gain > 0).astype(np.float64)
    among = rows.tie_means(relevant) * rows.size
    before = _relevant_before(rows, relevant)
    others = np.divide(among - 1, rows.size - 1, out=np.zeros(len(among)), where=rows.size > 1)
    precision = (before + 1 + (rows.place - 1) * others) / rows.position
    return ratio(rows.sums(among / rows.size * precision), rows.sums(relevant))


def reciprocal_rank(rows: Ranked) -> Floats:
    """Return one over the position of each query's first relevant row, shape (queries,); NaN where none is relevant.

    Among ties the first relevant one is at place j with the chance C(size - j, relevant - 1) / C(size, relevant).
    """
    relevant = (rows.gain > 0).astype(np.float64)
    among = np.rint(rows.tie_means(relevant) * rows.size)
    possible = (_relevant_before(rows, relevant) == 0) & (among > 0) & (rows.place <= rows.size - among + 1)
    at = np.flatnonzero(possible)
    size, hits, place = rows.size[at].astype(np.float64), among[at], rows.place[at].astype(np.float64)
    chance = np.exp(_log_choose(size - place, hits - 1) - _log_choose(size, hits))
    values = np.zeros(len(relevant))
    values[at] = chance / rows.position[at]
    return np.where(rows.sums(relevant) > 0, rows.sums(values), np.nan)


def precision(rows: Ranked, k: int) -> Floats:
    """Return the share of relevant rows among each query's first ``k``, or among all where it has fewer."""
    at_least("k", k, 1)
    hits = rows.sums(rows.tie_means((rows.gain > 0).astype(np.float64)) * _within(rows.position, k))
    return ratio(hits, np.minimum(rows.sums(np.ones(len(rows.gain))), k))


def _within(position: Ints, k: int | None) -> Floats:
    if k is None:
        return np.ones(len(position))
    at_least("k", k, 1)
    return (position <= k).astype(np.float64)


def _relevant_before(rows: Ranked, relevant: Floats) -> Floats:
    """Return how many relevant rows of the query stand above the row's ties."""
    above = np.cumsum(relevant) - relevant
    first = np.arange(len(relevant)) - rows.place + 1
    head = first - rows.start
    before: Floats = above[first] - above[head]
    return before


def _log_choose(n: Floats, k: Floats) -> Floats:
    found: Floats = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return found
