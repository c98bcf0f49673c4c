"""What is left of a regression's errors: a bias that follows the prediction, and a spread that does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, Ints, at_least, finite, fraction, same_length
from trustlab.stats.intervals import Interval, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# from here on the noncentral chi-square is as good as normal, and its series is long
_NORMAL_FROM = 1e4


class Bands(NamedTuple):
    """Errors gathered by prediction, in ascending order; one entry a band."""

    low: Floats
    high: Floats
    n: Ints
    predicted: Floats
    error: Floats
    spread: Floats


class SpreadTest(NamedTuple):
    """A chi-square statistic of two degrees of freedom, and its p-value."""

    statistic: float
    p_value: float


def bands(y_true: ArrayLike, y_pred: ArrayLike, count: int, fewest: int = 2) -> Bands:
    """Gather rows into bands of (nearly) equally many rows by their prediction.

    Parameters
    ----------
    y_true, y_pred : array_like of float, shape (n,)
    count : int
        Bands asked for. Equal predictions share a band, so there may be fewer.
    fewest : int
        Rows that a band must have; smaller ones join the band below.

    Returns
    -------
    Bands
        ``error`` is the mean of prediction minus truth, ``spread`` its standard deviation (``ddof`` 1).
    """
    at_least("count", count, 1)
    at_least("fewest", fewest, 2)
    truth, predicted = finite("y_true", y_true), finite("y_pred", y_pred)
    if same_length(y_true=truth, y_pred=predicted) < fewest:
        raise InputError(f"bands of {fewest} rows need as many; got {truth.size}")
    order = np.argsort(predicted, kind="stable")
    ordered, errors = predicted[order], (predicted - truth)[order]
    wanted = np.round(np.linspace(0, ordered.size, count + 1)[1:-1]).astype(np.int64)
    wanted = wanted[wanted > 0]
    cuts = np.unique(np.searchsorted(ordered, ordered[wanted - 1], side="right"))
    starts = [0]
    for cut in cuts.tolist():
        if cut - starts[-1] >= fewest and ordered.size - cut >= fewest:
            starts.append(cut)
    edges = np.array([*starts, ordered.size])
    n = np.diff(edges)
    mean = np.add.reduceat(errors, edges[:-1]) / n
    squares = np.add.reduceat((errors - np.repeat(mean, n)) ** 2, edges[:-1])
    centre = np.add.reduceat(ordered, edges[:-1]) / n
    return Bands(ordered[edges[:-1]], ordered[edges[1:] - 1], n, centre, mean, np.sqrt(squares / (n - 1)))


def systematic_error(found: Bands, level: float = 0.95) -> Interval:
    """Return how large the bands' mean errors are in units of their spread, root mean squared over rows.

    With a band's mean error over its spread as its effect, this is Cohen's f of the errors over the bands, around 0
    instead of their grand mean. What chance adds to squares is taken off, and the ends invert a noncentral chi-square,
    so the interval starts at 0 where chance alone could be all.

    Parameters
    ----------
    found : Bands
        Of ten rows or more each.

    Returns
    -------
    Interval
        NaN where no band has a spread.

    References
    ----------
    Cohen (1988). Statistical Power Analysis for the Behavioral Sciences, chapter 8: f, and 0.10 as a small effect.
    Steiger (2004). Beyond the F test. Psychological Methods 9: intervals by inverting noncentral distributions.
    """
    known = (found.spread > 0) & (found.n > 3)
    rows = float(found.n[known].sum())
    if not known.any():
        return Interval(np.nan, np.nan, np.nan)
    seen, dof = _seen(found)
    ends = _noncentrality(seen, dof, level)
    value, lo, hi = (float(np.sqrt(max(part, 0.0) / rows)) for part in (seen - dof, *ends))
    return Interval(value, min(lo, value), max(hi, value))


def bias_test(found: Bands) -> float:
    """Return the p-value that no band's mean error is other than 0: the test that `systematic_error` inverts."""
    seen, dof = _seen(found)
    return float(special.chdtrc(dof, seen)) if dof else float("nan")


def _seen(found: Bands) -> tuple[float, int]:
    """Return the chi-square of the bands that have a spread, and their number."""
    known = (found.spread > 0) & (found.n > 3)
    n = found.n[known].astype(np.float64)
    # a squared t of n - 1 degrees of freedom has the mean (n - 1) / (n - 3)
    seen = np.sum(n * (found.error[known] / found.spread[known]) ** 2 * (n - 3) / (n - 1))
    return float(seen), int(known.sum())


def spread_test(y_true: ArrayLike, y_pred: ArrayLike) -> SpreadTest:
    """Return Koenker's test of whether squared errors follow the prediction or its square.

    Parameters
    ----------
    y_true, y_pred : array_like of float, shape (n,)

    Returns
    -------
    SpreadTest
        NaN where predictions take fewer than three values, or squared errors do not vary.

    References
    ----------
    Breusch and Pagan (1979). A simple test for heteroscedasticity. Econometrica 47.
    Koenker (1981). A note on studentizing a test for heteroscedasticity. Journal of Econometrics 17.
    """
    truth, predicted = finite("y_true", y_true), finite("y_pred", y_pred)
    n = same_length(y_true=truth, y_pred=predicted)
    squares = (predicted - truth) ** 2
    if n < 4 or np.unique(predicted).size < 3 or np.ptp(squares) == 0:
        return SpreadTest(np.nan, np.nan)
    scaled = (predicted - predicted.mean()) / predicted.std()
    table = np.column_stack([np.ones(n), scaled, scaled**2])
    fitted = table @ np.linalg.lstsq(table, squares, rcond=None)[0]
    explained = float(1 - np.sum((squares - fitted) ** 2) / np.sum((squares - squares.mean()) ** 2))
    statistic = n * max(explained, 0.0)
    return SpreadTest(statistic, float(special.chdtrc(2, statistic)))


def _noncentrality(seen: float, dof: int, level: float) -> tuple[float, float]:
    """Return the noncentralities under which ``seen`` lies at either end of the central ``level``."""
    tail = (1 - fraction("level", level)) / 2
    if seen > _NORMAL_FROM:
        z = normal_quantile(level)
        middle, reach = seen - dof + z * z, z * np.sqrt(2 * dof + 4 * (seen - dof) + 2 * z * z)
        return float(middle - reach), float(middle + reach)
    lo = float(special.chndtrinc(seen, dof, 1 - tail)) if special.chdtr(dof, seen) > 1 - tail else 0.0
    hi = float(special.chndtrinc(seen, dof, tail)) if special.chdtr(dof, seen) > tail else 0.0
    return lo, hi
