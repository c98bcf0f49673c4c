"""Two models on the same rows: McNemar's test, DeLong's, and a bootstrap over the cells of truth and both answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, at_least, binary, codes, same_length
from trustlab.stats.bootstrap import percentile_ends
from trustlab.stats.influence import PairedTest, compare, roc_auc
from trustlab.stats.intervals import Interval, wilson

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """Who was right alone, and what follows.

    Parameters
    ----------
    first_only, second_only : int
        Rows on which only the first, only the second was right.
    n : int
        All rows.
    difference : Interval
        The first share of right rows minus the second.
    p_value : float
        Exact and two-sided, of the hypothesis that both are right equally often; 1 where they never disagree.
    """

    first_only: int
    second_only: int
    n: int
    difference: Interval
    p_value: float


def mcnemar(right_first: ArrayLike, right_second: ArrayLike, level: float = 0.95) -> McNemar:
    """Return McNemar's exact test of two models' correctness, and their difference with an interval.

    Parameters
    ----------
    right_first, right_second : array_like of bool or 0/1, shape (n,)
        Whether each row was called rightly. Without rows the difference is NaN and the p-value 1.

    References
    ----------
    McNemar (1947). Note on the sampling error of the difference between correlated proportions. Psychometrika 12.
    Newcombe (1998). Improved confidence intervals for the difference between binomial proportions based on paired
    data. Statistics in Medicine 17; method 10.
    Fagerland, Lydersen and Laake (2014). Recommended tests and confidence intervals for paired binomial proportions.
    Statistics in Medicine 33.
    """
    one, two = binary("right_first", right_first), binary("right_second", right_second)
    n = same_length(right_first=one, right_second=two)
    both, first_only, second_only = (int((part).sum()) for part in (one & two, one & ~two, ~one & two))
    table = (both, first_only, second_only, n - both - first_only - second_only)
    fewer, apart = min(first_only, second_only), first_only + second_only
    p_value = min(2 * float(special.bdtr(fewer, apart, 0.5)), 1.0) if apart else 1.0
    return McNemar(
        first_only=first_only,
        second_only=second_only,
        n=n,
        difference=_newcombe_paired(*table, level),
        p_value=p_value,
    )


def delong(y_true: ArrayLike, first: ArrayLike, second: ArrayLike, level: float = 0.95) -> PairedTest:
    """Return the first ROC area minus the second on the same rows, with DeLong's test.

    Parameters
    ----------
    y_true : array_like of bool or 0/1, shape (n,)
    first, second : array_like of float, shape (n,)
        Scores; NaN throughout where a class has fewer than two rows.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988). Comparing the areas under two or more correlated receiver operating
    characteristic curves. Biometrics 44.
    """
    return compare(roc_auc(y_true, first), roc_auc(y_true, second), level)


def paired_bootstrap(
    y_true: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    n_classes: int,
    metric: Callable[[Any], Floats],
    draws: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> PairedTest:
    """Return the first metric minus the second, for any metric of a confusion matrix.

    Rows fall into cells of truth and both answers; resampling the rows is a multinomial draw over those cells, so the
    effort does not depend on the number of rows, and what both models share cancels in every draw.

    Parameters
    ----------
    y_true, first, second : array_like of int, shape (n,)
        Class codes below ``n_classes``: the truth and both models' answers.
    metric : callable
        Takes confusion matrices of shape (draws, n_classes, n_classes), returns floats of shape (draws,).
    draws : int
        Number of resamples; draws in which either metric is NaN are left out.

    Returns
    -------
    PairedTest
        Percentile ends; the p-value is twice the share of draws beyond 0, at least 2 / (draws + 1).

    References
    ----------
    Efron and Tibshirani (1993). An Introduction to the Bootstrap, chapters 13 and 15.
    """
    at_least("draws", draws, 1)
    arrays = {"y_true": y_true, "first": first, "second": second}
    truth, one, two = (codes(name, values, n_classes) for name, values in arrays.items())
    n = same_length(y_true=truth, first=one, second=two)
    if not n:
        return PairedTest(Interval(np.nan, np.nan, np.nan), np.nan)
    joint, count = np.unique((truth * n_classes + one) * n_classes + two, return_counts=True)
    row, left, right = joint // n_classes**2, joint // n_classes % n_classes, joint % n_classes
    places = (row * n_classes + left, row * n_classes + right)

    def gap(cells: Any) -> Floats:
        tables = [_gathered(cells, place, n_classes) for place in places]
        return np.asarray(metric(tables[0]), np.float64) - np.asarray(metric(tables[1]), np.float64)

    value = float(gap(count[None])[0])
    drawn = gap(rng.multinomial(n, count / n, size=draws))
    known = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not known.size:
        return PairedTest(Interval(value, np.nan, np.nan), np.nan)
    lo, hi = percentile_ends(known, level)
    tail = min((known <= 0).sum(), (known >= 0).sum())
    p_value = min(2 * (int(tail) + 1) / (known.size + 1), 1.0)
    return PairedTest(Interval(value, float(lo), float(hi)), p_value)


def _gathered(cells: Any, place: Any, n_classes: int) -> Any:
    """Return counts by cell of both answers as confusion matrices of one of them."""
    if cells.shape[1] != place.size:
        raise InputError(f"cells must be {place.size}; got {cells.shape[1]}")
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(place[order]) > 0])
    table = np.zeros((len(cells), n_classes**2), np.int64)
    table[:, place[order][starts]] = np.add.reduceat(cells[:, order], starts, axis=1)
    return table.reshape(-1, n_classes, n_classes)


def _newcombe_paired(both: int, first_only: int, second_only: int, neither: int, level: float) -> Interval:
    """Return the difference of two paired shares by square-and-add, with the correlation of the pairs."""
    n = both + first_only + second_only + neither
    if not n:
        return Interval(np.nan, np.nan, np.nan)
    one, two = (wilson(both + only, n, level).at(()) for only in (first_only, second_only))
    margins = float(both + first_only) * (second_only + neither) * (both + second_only) * (first_only + neither)
    cross = float(both) * neither - float(first_only) * second_only
    # with a continuity correction where the pairs agree more often than not
    numerator = max(cross - n / 2, 0.0) if cross > 0 else cross
    shared = numerator / np.sqrt(margins) if margins > 0 else 0.0

    def reach(a: float, b: float) -> float:
        return float(np.sqrt(max(a * a - 2 * shared * a * b + b * b, 0.0)))

    value = one.value - two.value
    down = reach(one.value - one.lo, two.hi - two.value)
    up = reach(one.hi - one.value, two.value - two.lo)
    return Interval(value, value - down, value + up)
