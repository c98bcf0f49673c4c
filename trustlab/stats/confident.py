"""Labels at odds with what the rest of the rows says: the confident joint, and what share of them is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Bools, Floats, Ints, codes, same_length
from trustlab.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# Rates of wrong labels that are tried, of either kind: their sum stays below 1, so that the curve rises.
RATES = np.r_[0, 0.005, 0.01 * np.arange(1, 7), 0.02 * np.arange(4, 11), 0.225, 0.25, 0.275, 0.3, 0.35, 0.4]
RANK_BINS = 40
STEPS = 40  # of the fit
FEWEST_OF_CLASS = 30  # rows of a class that is fitted
MOST_FITTED = 10  # classes: the largest


class Confident(NamedTuple):
    """What confident learning finds.

    ``joint[i, j]`` is the estimated share of rows labelled i that are j; ``thresholds`` are each class's mean
    probability among the rows labelled so; ``suspect`` marks rows whose label differs from their confident class;
    ``guess`` is that class, or the most likely one where none is confident; ``margin`` is how much likelier it is
    than the label.
    """

    joint: Floats
    thresholds: Floats
    suspect: Bools
    guess: Ints
    margin: Floats


def confident_joint(labels: ArrayLike, proba: ArrayLike) -> Confident:
    """Count labels against confident guesses, from probabilities by a model that did not see the row.

    A row counts as class j where its probability of j reaches the mean probability of j among rows labelled j; of
    several such classes the likeliest. The counts of each label are then brought to that label's number of rows.
    Hard rows count as mislabelled too: where classes overlap, the share off the diagonal is too high.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        Classes, from 0.
    proba : array_like of float, shape (n, k)
        A column per class.

    References
    ----------
    Northcutt, Jiang and Chuang (2021). Confident learning: estimating uncertainty in dataset labels. JAIR 70.
    """
    chance = np.asarray(proba, np.float64)
    if chance.ndim != 2:
        raise InputError(f"proba must have two dimensions; got shape {chance.shape}")
    size = chance.shape[1]
    given = codes("labels", labels, size)
    same_length(labels=given, proba=chance)
    counts = np.bincount(given, minlength=size)
    own = chance[np.arange(given.size), given]
    thresholds = np.divide(np.bincount(given, own, size), counts, out=np.full(size, np.inf), where=counts > 0)
    reached = np.where(chance >= thresholds, chance, -1.0)
    sure = (reached >= 0).any(axis=1)
    guess = np.where(sure, reached.argmax(axis=1), chance.argmax(axis=1)).astype(np.int64)
    table = np.bincount(given[sure] * size + guess[sure], minlength=size * size).reshape(size, size).astype(float)
    empty = (table.sum(axis=1) == 0) & (counts > 0)
    table[empty, empty] = 1.0  # no confident row of this label: nothing speaks against it
    totals = np.maximum(table.sum(axis=1, keepdims=True), 1.0)
    joint = table / totals * counts[:, None] / max(given.size, 1)
    margin = chance[np.arange(given.size), guess] - own
    return Confident(joint, thresholds, sure & (guess != given), guess, margin)


def noise_share(labels: ArrayLike, proba: ArrayLike, level: float = 0.95) -> Interval:
    """Return the share of labels that no certainty of the features explains: wrong ones, hard rows left out.

    Rows are ranked by their probability of a class. Were the labels true, the chance of that class would rise along
    the ranks from 0 to 1 as a logistic curve over a normal score, however flat; wrong labels keep it from reaching
    0 or 1. The two rates at which labels are wrong, and the curve's place and slope, are fitted by likelihood on
    binned ranks; the interval is the likelihood ratio's, with both rates free. With more than two classes each is
    fitted against the rest: a wrong label is then seen twice and counted half. Where one class is taken for one
    other only, the other's curve has a step and the share is understated, by up to half.

    Parameters
    ----------
    labels, proba
        As for :func:`confident_joint`.
    level : float
        Of the interval.

    Returns
    -------
    Interval
        NaN where fewer than two classes have 30 rows. Where the features say little the interval is wide and begins
        at 0: wrong labels and hard rows look alike then. Scores with a short tail (a few categories that predict
        the label equally well) look like wrong labels too.

    References
    ----------
    Liu and Tao (2016). Classification with noisy labels by importance reweighting. IEEE TPAMI 38: a rate of wrong
    labels is at most the least error probability over the rows, and equals it where a row leaves no doubt.
    """
    chance = np.asarray(proba, np.float64)
    given = codes("labels", labels, chance.shape[1])
    same_length(labels=given, proba=chance)
    counts = np.bincount(given, minlength=chance.shape[1])
    kept = np.argsort(-counts, kind="stable")[:MOST_FITTED]
    kept = kept[counts[kept] >= FEWEST_OF_CLASS]
    if kept.size < 2:
        return Interval(np.nan, np.nan, np.nan)
    binary = counts.size == 2
    fitted = [_one_class(given == code, chance[:, code], level) for code in (kept[:1] if binary else kept)]
    weight = 1.0 if binary else 0.5
    value = weight * sum(one.value for one in fitted)
    down = weight * float(np.hypot.reduce([one.value - one.lo for one in fitted]))
    up = weight * float(np.hypot.reduce([one.hi - one.value for one in fitted]))
    return Interval(value, max(value - down, 0.0) if down < value - 1e-12 else 0.0, min(value + up, 1.0))


def _one_class(hit: Bools, score: Floats, level: float) -> Interval:
    """Return the share of wrong labels of one class against the rest."""
    order = np.argsort(score, kind="stable")
    parts = np.array_split(order, min(RANK_BINS, max(hit.size // 10, 2)))
    normal = special.ndtri((np.arange(hit.size) + 0.5) / hit.size)
    places = np.array([place.mean() for place in np.array_split(normal, len(parts))])
    hits = np.array([hit[part].sum() for part in parts], np.float64)
    sizes = np.array([part.size for part in parts], np.float64)
    first, second = (axis.ravel()[:, None] for axis in np.meshgrid(RATES, RATES, indexing="ij"))
    share = np.clip((hits.sum() / sizes.sum() - first) / (1 - first - second), 1e-3, 1 - 1e-3)
    likelihood = _fitted(hits, sizes, places, first, second, special.logit(share)).ravel()
    wrong = ((1 - share) * first + share * second).ravel()
    limit = likelihood.max() - special.chdtri(2, 1 - level) / 2
    inside = wrong[likelihood >= limit]
    return Interval(float(wrong[likelihood.argmax()]), float(inside.min()), float(inside.max()))


def _fitted(hits: Floats, sizes: Floats, places: Floats, first: Floats, second: Floats, start: Floats) -> Floats:
    """Return the log-likelihood at the best place and slope for each pair of rates, by damped Fisher scoring."""
    span = 1 - first - second
    place, slope = start, np.ones_like(start)
    damping = np.full_like(start, 1e-3)

    def chance(at: Floats, by: Floats) -> tuple[Floats, Floats]:
        curve = special.expit(at + by * places)
        return np.clip(first + span * curve, 1e-9, 1 - 1e-9), span * curve * (1 - curve)

    def likelihood(at: Floats, by: Floats) -> Floats:
        p, _ = chance(at, by)
        found: Floats = np.sum(hits * np.log(p) + (sizes - hits) * np.log1p(-p), axis=1, keepdims=True)
        return found

    best: Floats = likelihood(place, slope)
    for _ in range(STEPS):
        p, change = chance(place, slope)
        pull = (hits - sizes * p) / (p * (1 - p)) * change
        weight = sizes * change**2 / (p * (1 - p))
        one, two = pull.sum(axis=1, keepdims=True), (pull * places).sum(axis=1, keepdims=True)
        a = weight.sum(axis=1, keepdims=True) * (1 + damping) + 1e-6
        b = (weight * places).sum(axis=1, keepdims=True)
        c = (weight * places**2).sum(axis=1, keepdims=True) * (1 + damping) + 1e-6
        area = a * c - b * b
        tried = np.clip(place + (c * one - b * two) / area, -30, 30), np.clip(slope + (a * two - b * one) / area, 0, 30)
        found = likelihood(*tried)
        better = found >= best
        place, slope = np.where(better, tried[0], place), np.where(better, tried[1], slope)
        best = np.where(better, found, best)
        damping = np.where(better, damping / 3, np.minimum(damping * 5, 1e6))
    return best
