"""How well one number, cut at one place, tells one class from the rest: for thousands of numbers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trustlab.stats.arrays import Bools, Floats, Ints


class Cut(NamedTuple):
    """A rule: the class is ``code`` where the value is above ``at``, or below where not ``above``."""

    column: int
    code: int
    at: float
    above: bool


def areas(values: NDArray[Any], y: Ints, classes: int) -> Floats:
    """Return the area under the ROC curve of each column for each class against the rest, shape (m, classes).

    Parameters
    ----------
    values : numpy.ndarray of shape (n, m)
        Ties count half.
    y : numpy.ndarray of int, shape (n,)
        Codes below ``classes``.

    Returns
    -------
    numpy.ndarray
        NaN for a class without rows, or with all of them.
    """
    from scipy.stats import rankdata

    from trustlab.stats.arrays import ratio

    ranks = rankdata(values, axis=0)
    inside = np.equal(y[:, None], np.arange(classes)).astype(np.float64)
    n = inside.sum(axis=0)
    return ratio(ranks.T @ inside - n * (n + 1) / 2, np.broadcast_to(n * (len(y) - n), (values.shape[1], classes)))


def best_cut(values: NDArray[Any], inside: Bools, column: int, code: int) -> Cut:
    """Return the cut of a column at which balanced accuracy is best on these rows, half way between two values."""
    order = np.argsort(values, kind="stable")
    ordered, hits = values[order].astype(np.float64), inside[order]
    found = hits.sum()
    below = np.cumsum(hits) / max(found, 1) - np.cumsum(~hits) / max(len(hits) - found, 1)
    steps = np.flatnonzero(np.diff(ordered) > 0)
    if not len(steps):
        return Cut(column, code, float(ordered[-1]) if len(ordered) else 0.0, above=True)
    best = steps[np.argmax(np.abs(below[steps]))]
    return Cut(column, code, float((ordered[best] + ordered[best + 1]) / 2), above=bool(below[best] < 0))


def told(cut: Cut, values: NDArray[Any]) -> Bools:
    """Return for which rows the cut tells the class, shape (n,); ``values`` are those of its column."""
    found: Bools = values > cut.at if cut.above else values <= cut.at
    return found


def word_balance(presence: Any, y: Ints, classes: int) -> Floats:
    """Return how well the presence of each word tells each class from the rest, shape (words, classes).

    Balanced accuracy less a half, doubled, with its sign: 1 where the word stands in all texts of the class and in no
    other, -1 in the reverse; NaN for a class without rows, or with all of them.

    Parameters
    ----------
    presence : sparse matrix of 0 and 1, shape (n, words)
    """
    from trustlab.stats.arrays import ratio

    inside = np.equal(y[:, None], np.arange(classes)).astype(np.float64)
    hits = np.asarray(presence.T @ inside)
    total = hits.sum(axis=1, keepdims=True)
    n = inside.sum(axis=0)
    return ratio(hits, np.broadcast_to(n, hits.shape)) - ratio(total - hits, np.broadcast_to(len(y) - n, hits.shape))
