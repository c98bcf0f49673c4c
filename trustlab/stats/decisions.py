"""Where to cut a score: the cost of every cut, the best one, how far it could move, and the net benefit of deciding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from trustlab.core.errors import UsageError
from trustlab.stats.arrays import Floats, Ints, at_least, binary, fraction, same_length, vector
from trustlab.stats.intervals import Interval, normal_quantile, t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class ScoreCells:
    """Rows gathered by score, in ascending order; a cut lies at the low end of a cell, or beyond the last.

    Parameters
    ----------
    low : ndarray of float, shape (c,)
        The smallest score in each cell.
    negatives, positives : ndarray of int, shape (c,)
        Rows of each class.
    code : ndarray of int, shape (n,)
        Each row's cell.
    """

    low: Floats
    negatives: Ints
    positives: Ints
    code: Ints


@dataclass(frozen=True, slots=True)
class Costs:
    """What a false alarm and a miss cost; right decisions cost nothing."""

    false_positive: float
    false_negative: float

    def __post_init__(self) -> None:
        """Refuse costs that no cut could weigh."""
        if min(self.false_positive, self.false_negative) < 0 or not self.false_positive + self.false_negative > 0:
            raise UsageError(f"costs must be at least 0 and not both 0; got {self.false_positive, self.false_negative}")

    @property
    def cut(self) -> float:
        """The best cut of probabilities that mean what they say (Elkan 2001)."""
        return self.false_positive / (self.false_positive + self.false_negative)


class NetBenefit(NamedTuple):
    """Net benefit at each threshold probability, with the ends of its interval, and that of treating all."""

    threshold: Floats
    model: Floats
    lo: Floats
    hi: Floats
    treat_all: Floats


def score_cells(y_true: ArrayLike, score: ArrayLike, most: int = 1000) -> ScoreCells:
    """Gather rows by score: one cell for each distinct score, or cells of equal mass where there are more.

    Parameters
    ----------
    y_true : array_like of bool or 0/1, shape (n,)
    score : array_like of float, shape (n,)
        Equal scores always share a cell.
    most : int
        Cells at most.
    """
    at_least("most", most, 1)
    truth, marks = binary("y_true", y_true), vector("score", score)
    same_length(y_true=truth, score=marks)
    low = np.unique(marks)
    if low.size > most:
        ordered = np.sort(marks)
        low = np.unique(ordered[np.arange(most) * marks.size // most])
    code = np.searchsorted(low, marks, side="right") - 1
    positives = np.bincount(code[truth], minlength=low.size)
    return ScoreCells(low, np.bincount(code, minlength=low.size) - positives, positives, code)


def cut_costs(negatives: ArrayLike, positives: ArrayLike, costs: Costs) -> Floats:
    """Return the mean cost at every cut, shape (..., c + 1): at the low end of each cell, and beyond the last.

    Parameters
    ----------
    negatives, positives : array_like of int, shape (..., c)
        Rows by cell of ascending score. Without rows the costs are NaN.
    """
    clean, ill = np.asarray(negatives, np.float64), np.asarray(positives, np.float64)
    nothing = np.zeros((*clean.shape[:-1], 1))
    missed = np.concatenate([nothing, np.cumsum(ill, axis=-1)], axis=-1)
    alarmed = clean.sum(axis=-1, keepdims=True) - np.concatenate([nothing, np.cumsum(clean, axis=-1)], axis=-1)
    rows = clean.sum(axis=-1, keepdims=True) + ill.sum(axis=-1, keepdims=True)
    total = costs.false_positive * alarmed + costs.false_negative * missed
    mean: Floats = np.divide(total, rows, out=np.full(total.shape, np.nan), where=rows > 0)
    return mean


def best_cut(mean_costs: Floats, low: Floats, aim: float) -> Ints:
    """Return the place of the cheapest cut along the last axis; of equal ones that nearest to ``aim``."""
    ends = np.r_[low, np.inf]
    least = mean_costs.min(axis=-1, keepdims=True)
    far = np.where(mean_costs <= least + 1e-12, np.abs(np.minimum(ends, 1e300) - aim), np.inf)
    return np.asarray(far.argmin(axis=-1), np.int64)


def cut_range(
    cells: ScoreCells, costs: Costs, draws: int, rng: np.random.Generator, level: float = 0.95
) -> tuple[float, float]:
    """Return between which cuts the cheapest one lies in the central ``level`` of resamples of the rows.

    A range, not a confidence interval: the cheapest cut is where a rough curve is lowest, for which the bootstrap's
    coverage is not assured. Resampling is a multinomial draw over the cells.

    References
    ----------
    Abrevaya and Huang (2005). On the bootstrap of the maximum score estimator. Econometrica 73: why not assured.
    """
    at_least("draws", draws, 1)
    tail = (1 - fraction("level", level)) / 2
    counts = np.r_[cells.negatives, cells.positives]
    drawn = rng.multinomial(counts.sum(), counts / counts.sum(), size=draws)
    middle = cells.low.size
    places = best_cut(cut_costs(drawn[:, :middle], drawn[:, middle:], costs), cells.low, costs.cut)
    ends = np.r_[cells.low, np.inf][np.sort(places)]
    return float(ends[int(tail * draws)]), float(ends[draws - 1 - int(tail * draws)])


def cross_fitted_cuts(cells: ScoreCells, truth: ArrayLike, fold: Ints, costs: Costs) -> Ints:
    """Return for each fold the place of the cut that is cheapest on the rows of the others.

    Parameters
    ----------
    truth : array_like of bool or 0/1, shape (n,)
    fold : ndarray of int, shape (n,)
        From 0 upward.
    """
    positive = binary("truth", truth)
    width, folds = cells.low.size, int(fold.max()) + 1
    place = fold * width + cells.code
    every = np.bincount(place, minlength=folds * width).reshape(folds, width)
    ill = np.bincount(place[positive], minlength=folds * width).reshape(folds, width)
    others = cells.negatives - (every - ill), cells.positives - ill
    return best_cut(cut_costs(*others, costs), cells.low, costs.cut)


def net_benefit(y_true: ArrayLike, probability: ArrayLike, thresholds: ArrayLike, level: float = 0.95) -> NetBenefit:
    """Return the net benefit of calling positive whoever has at least the threshold probability.

    True positives less false positives weighed by the threshold's odds, per row: who would act at a chance of 0.1 holds
    one miss to be as bad as nine false alarms.

    Parameters
    ----------
    thresholds : array_like of float, shape (t,)
        Strictly between 0 and 1.

    References
    ----------
    Vickers and Elkin (2006). Decision curve analysis: a novel method for evaluating prediction models. Medical Decision
    Making 26.
    """
    truth, marks = binary("y_true", y_true), vector("probability", probability)
    n = same_length(y_true=truth, probability=marks)
    at = vector("thresholds", thresholds)
    odds = at / (1 - at)
    positives, negatives = np.sort(marks[truth]), np.sort(marks[~truth])
    hits = (positives.size - np.searchsorted(positives, at)) / max(n, 1)
    alarms = (negatives.size - np.searchsorted(negatives, at)) / max(n, 1)
    model = hits - alarms * odds
    error = np.sqrt(np.maximum(hits + alarms * odds**2 - model**2, 0) / max(n, 1))
    half = normal_quantile(level) * error
    share = positives.size / max(n, 1)
    return NetBenefit(at, model, model - half, model + half, share - (1 - share) * odds)


def saved_share(now: Floats, then: Floats, level: float = 0.95) -> Interval:
    """Return what is saved as a share of what is spent now, from the costs of each row, by the delta method."""
    spent = float(now.mean()) if now.size else 0.0
    if not spent > 0:
        return Interval(np.nan, np.nan, np.nan)
    value = float((now - then).mean()) / spent
    pull = ((now - then) - value * now) / spent
    if now.size < 2:
        return Interval(value, np.nan, np.nan)
    half = t_quantile(level, now.size - 1) * float(np.sqrt(pull @ pull / (now.size * (now.size - 1))))
    return Interval(value, value - half, value + half)
