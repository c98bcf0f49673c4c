"""How far each row moves a number: from that follow its variance, and that of a difference on the same rows.

The pull of a row is the infinitesimal jackknife's: the slope of the number in the row's weight, scaled so that the sum
of squared pulls is the variance. Two models' pulls on the same rows are subtracted, and what they share is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Bools, Floats, binary, codes, finite, ratio, same_length, vector
from trustlab.stats.encode import midranks
from trustlab.stats.intervals import Interval, normal_quantile, t_quantile, wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_NAN = float("nan")


class Pull(NamedTuple):
    """A number of rows and how far each row moves it; no pulls where the number does not exist.

    ``normal`` says that its test reads the normal law, as DeLong's does, and not Student's t with a degree of freedom
    less than rows.
    """

    value: float
    rows: Floats
    normal: bool = False

    @property
    def variance(self) -> float:
        """The number's variance; NaN where it does not exist."""
        return float(self.rows @ self.rows) if self.rows.size else _NAN


class PairedTest(NamedTuple):
    """The first number minus the second, on the same rows, with its interval and a two-sided p-value."""

    difference: Interval
    p_value: float


NOTHING = Pull(_NAN, np.zeros(0))


def mean(values: ArrayLike) -> Pull:
    """Return the mean of one number a row, such as a loss; NaN below two rows."""
    rows = finite("values", values)
    if rows.size < 2:
        return NOTHING
    value = float(rows.mean())
    return Pull(value, (rows - value) / np.sqrt(rows.size * (rows.size - 1)))


def balanced_accuracy(y_true: ArrayLike, y_pred: ArrayLike, n_classes: int) -> Pull:
    """Return the mean recall of the classes that have rows.

    Parameters
    ----------
    y_true, y_pred : array_like of int, shape (n,)
        Class codes below ``n_classes``.

    Returns
    -------
    Pull
        NaN without rows. A class of one row has no variance of its own: it counts as a fair coin.
    """
    truth, decision = codes("y_true", y_true, n_classes), codes("y_pred", y_pred, n_classes)
    if not same_length(y_true=truth, y_pred=decision):
        return NOTHING
    right = (truth == decision).astype(np.float64)
    support = np.bincount(truth, minlength=n_classes)
    recall = ratio(np.bincount(truth, right, n_classes), support)
    scale = np.sqrt(support * np.maximum(support - 1.0, 1.0))
    offset = np.where((support == 1)[truth], 0.5, recall[truth])
    present = int((support > 0).sum())
    return Pull(float(np.nanmean(recall)), (right - offset) / scale[truth] / present)


def roc_auc(y_true: ArrayLike, score: ArrayLike) -> Pull:
    """Return the ROC area; the variance is DeLong's. NaN where a class has fewer than two rows.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988). Comparing the areas under two or more correlated ROC curves.
    Biometrics 44.
    """
    truth, marks = _scored(y_true, score)
    positives = int(truth.sum())
    negatives = truth.size - positives
    if min(positives, negatives) < 2:
        return NOTHING
    ranks = midranks(marks)
    above = (ranks[truth] - midranks(marks[truth])) / negatives  # share of negatives below each positive
    below = 1 - (ranks[~truth] - midranks(marks[~truth])) / positives  # share of positives above each negative
    area = float(above.mean())
    rows = np.empty(truth.size)
    rows[truth] = (above - area) / np.sqrt(positives * (positives - 1))
    rows[~truth] = (below - area) / np.sqrt(negatives * (negatives - 1))
    return Pull(area, rows, normal=True)


def macro_roc_auc(y_true: ArrayLike, score: ArrayLike) -> Pull:
    """Return the mean over classes of the area of one class against the rest.

    Parameters
    ----------
    y_true : array_like of int, shape (n,)
        Class codes, the columns of ``score``.
    score : array_like of float, shape (n, k)

    Returns
    -------
    Pull
        Over the classes that have rows and are not alone; NaN where one of them has fewer than two.
    """
    truth, table = np.asarray(y_true), np.asarray(score, np.float64)
    if table.ndim != 2:
        raise InputError(f"score must have rows and classes; got shape {table.shape}")
    support = np.bincount(codes("y_true", truth, table.shape[1]), minlength=table.shape[1])
    asked = np.flatnonzero((support > 0) & (support < truth.size))
    if not asked.size or support[asked].min() < 2 or (truth.size - support[asked]).min() < 2:
        return NOTHING
    total, rows = 0.0, np.zeros(truth.size)
    for column in asked:
        found = roc_auc(truth == column, table[:, column])
        total += found.value / asked.size
        rows += found.rows / asked.size
    return Pull(total, rows)


def average_precision(y_true: ArrayLike, score: ArrayLike) -> Pull:
    """Return the average precision, rows of equal score being one step; NaN without rows of both classes.

    With A positives and B rows scored at least as high as a positive, the number is the positives' mean of A / B. A
    row that scores higher moves both counts of every positive below it, so its slope is a sum over those.
    """
    truth, marks = _scored(y_true, score)
    positives = int(truth.sum())
    if not 0 < positives < truth.size:
        return NOTHING
    order = np.argsort(-marks, kind="stable")
    ordered = marks[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    step = np.empty(truth.size, np.int64)
    step[order] = np.repeat(np.arange(starts.size), np.diff(np.r_[starts, truth.size]))
    new = np.bincount(step, truth, starts.size)
    caught, called = np.cumsum(new), np.cumsum(np.bincount(step, minlength=starts.size))
    value = float(np.sum(new * caught / called) / positives)
    # sums over the steps from one's own down to the lowest score
    gained = np.cumsum((new / called)[::-1])[::-1]
    lost = np.cumsum((new * caught / called**2)[::-1])[::-1]
    rows = -lost[step]
    rows[truth] += (gained + caught / called)[step[truth]] - value
    return Pull(value, rows / positives)


def rmse(y_true: ArrayLike, y_pred: ArrayLike) -> Pull:
    """Return the root mean squared error; NaN below two rows."""
    squares = _errors(y_true, y_pred) ** 2
    if squares.size < 2:
        return NOTHING
    value = float(np.sqrt(squares.mean()))
    if value == 0:
        return Pull(0.0, np.zeros(squares.size))
    return Pull(value, (squares - value**2) / (2 * value * np.sqrt(squares.size * (squares.size - 1))))


def r2(y_true: ArrayLike, y_pred: ArrayLike) -> Pull:
    """Return the explained share of variance; NaN below two rows or where y does not vary."""
    squares, truth = _errors(y_true, y_pred) ** 2, np.asarray(y_true, np.float64)
    if truth.size < 2 or (truth == truth[0]).all():
        return NOTHING
    spread = (truth - truth.mean()) ** 2
    left = float(squares.mean() / spread.mean())
    return Pull(1 - left, -(squares - left * spread) / (spread.mean() * np.sqrt(truth.size * (truth.size - 1))))


def compare(first: Pull, second: Pull, level: float = 0.95) -> PairedTest:
    """Return one number minus another of the same rows, by the pulls' differences.

    Parameters
    ----------
    first, second : Pull
        Of the same measure on the same rows; NaN throughout where either does not exist.

    Returns
    -------
    PairedTest
        For a few dozen rows at least. Two models that move every row alike differ by 0, surely.

    References
    ----------
    Efron (1982). The Jackknife, the Bootstrap and Other Resampling Plans, chapter 6: the infinitesimal jackknife.
    DeLong, DeLong and Clarke-Pearson (1988), for the ROC area.
    """
    if not first.rows.size or not second.rows.size:
        return PairedTest(Interval(_NAN, _NAN, _NAN), _NAN)
    same_length(first=first.rows, second=second.rows)
    gap = first.rows - second.rows
    value, error = first.value - second.value, float(np.sqrt(gap @ gap))
    if error == 0:
        return PairedTest(Interval(value, value, value), 1.0 if value == 0 else 0.0)
    far, normal = -abs(value) / error, first.normal and second.normal
    p_value = float(2 * (special.ndtr(far) if normal else special.stdtr(gap.size - 1, far)))
    half = (normal_quantile(level) if normal else t_quantile(level, gap.size - 1)) * error
    return PairedTest(Interval(value, value - half, value + half), p_value)


def share_interval(found: Pull, trials: int, level: float = 0.95) -> Interval:
    """Return a number between 0 and 1 with an interval on the logit scale.

    Parameters
    ----------
    found : Pull
    trials : int
        The rows that the number is a mean over (the positives, for average precision): they bound the degrees of
        freedom. Where no row pulls, as at 0 and at 1, Wilson's interval for that many trials stands in.

    References
    ----------
    Boyd, Eng and Page (2013). Area under the precision-recall curve: point estimates and confidence intervals.
    ECML PKDD: the logit interval.
    """
    value, variance = found.value, found.variance
    if np.isnan(value):
        return Interval(_NAN, _NAN, _NAN)
    if not variance > 0 or not 0 < value < 1 or trials < 2:
        return Interval(value, *wilson(min(max(value, 0.0), 1.0) * trials, trials, level).at(())[1:])
    half = t_quantile(level, trials - 1) * float(np.sqrt(variance)) / (value * (1 - value))
    centre = special.logit(value)
    return Interval(value, float(special.expit(centre - half)), float(special.expit(centre + half)))


def _scored(y_true: ArrayLike, score: ArrayLike) -> tuple[Bools, Floats]:
    truth, marks = binary("y_true", y_true), vector("score", score)
    same_length(y_true=truth, score=marks)
    return truth, marks


def _errors(y_true: ArrayLike, y_pred: ArrayLike) -> Floats:
    truth, predicted = finite("y_true", y_true), finite("y_pred", y_pred)
    same_length(y_true=truth, y_pred=predicted)
    return predicted - truth
