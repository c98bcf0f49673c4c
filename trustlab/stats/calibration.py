"""Do probabilities mean what they say: reliability bins, calibration error without its bias, Brier's parts, a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import optimize, special

from trustlab.stats.arrays import Bools, Floats, Ints, at_least, binary, fraction, probabilities, ratio, same_length
from trustlab.stats.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike


# candidates for each end of an interval, and what two equal sums may differ by
_CANDIDATES = 25
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Bins:
    """Rows gathered by their probability, in ascending order.

    Parameters
    ----------
    low, high : ndarray of float, shape (b,)
        Smallest and largest probability in the bin.
    n, hits : ndarray of int, shape (b,)
        Rows, and rows of class 1; n is never 0.
    predicted : ndarray of float, shape (b,)
        Mean probability.
    """

    low: Floats
    high: Floats
    n: Ints
    hits: Ints
    predicted: Floats

    @property
    def observed(self) -> Floats:
        """Share of class 1 in each bin."""
        return ratio(self.hits, self.n)

    @property
    def gap(self) -> Floats:
        """Observed minus predicted: positive where the probabilities are too low."""
        return self.observed - self.predicted


class BrierParts(NamedTuple):
    """``brier = reliability - resolution + uncertainty + within``, exactly; smaller reliability is better."""

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float


class ZTest(NamedTuple):
    """A standard normal statistic and its two-sided p-value."""

    z: float
    p_value: float


def reliability_bins(y_true: ArrayLike, probability: ArrayLike, n_bins: int = 15) -> Bins:
    """Gather rows into bins of (nearly) equal numbers of rows.

    Parameters
    ----------
    y_true : array_like of bool or 0/1, shape (n,)
    probability : array_like of float in [0, 1], shape (n,)
        Rows of equal probability always share a bin, so there may be fewer bins than asked, and no order of rows
        matters.
    n_bins : int
        Bins asked for, at least 1. No rows give no bins.

    References
    ----------
    Nixon et al. (2019). Measuring calibration in deep learning: equal mass has less bias than equal width.
    """
    at_least("n_bins", n_bins, 1)
    ordered, truth = _ordered(y_true, probability)
    cuts = np.round(np.linspace(0, ordered.size, n_bins + 1)[1:-1]).astype(np.int64)
    return _cut(ordered, truth, _past_ties(ordered, cuts))


def monotone_bins(y_true: ArrayLike, probability: ArrayLike, most: int = 1000) -> Bins:
    """Gather rows into as many equal-mass bins as keep the observed shares in ascending order.

    Parameters
    ----------
    y_true, probability
        As for :func:`reliability_bins`.
    most : int
        Stop here even where more bins would do.

    References
    ----------
    Roelofs, Cain, Shlens and Mozer (2022). Mitigating bias in calibration error estimation. AISTATS. The sweep.
    """
    at_least("most", most, 1)
    ordered, truth = _ordered(y_true, probability)
    best = _cut(ordered, truth, np.zeros(0, np.int64))
    for count in range(2, min(most, ordered.size) + 1):
        cuts = np.round(np.linspace(0, ordered.size, count + 1)[1:-1]).astype(np.int64)
        bins = _cut(ordered, truth, _past_ties(ordered, cuts))
        if (np.diff(bins.observed) < 0).any():
            break
        best = bins
    return best


def ece(bins: Bins) -> float:
    """Return the expected calibration error: the mean over rows of their bin's absolute gap; NaN without rows.

    It is above 0 even for perfect probabilities, the more so the fewer rows a bin has: judge
    :func:`debiased_ece` instead.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015). Obtaining well calibrated probabilities using Bayesian binning. AAAI.
    """
    return float(np.average(np.abs(bins.gap), weights=bins.n)) if bins.n.size else float("nan")


def debiased_ece(bins: Bins) -> float:
    """Return the calibration error whose noisy sight would be, on average, the plain error that was seen.

    The noise of a bin's share adds to its absolute gap, most where there is no gap. So the seen gaps are scaled by
    one factor, chosen such that the scaled ones plus normal noise of binomial variance have the mean absolute
    value that was seen (the mean of a folded normal, in closed form). It is 0 where noise alone explains them.

    Parameters
    ----------
    bins : Bins
        Of equal mass, a dozen rows in each or more. NaN without rows.

    References
    ----------
    Roelofs, Cain, Shlens and Mozer (2022). Mitigating bias in calibration error estimation. AISTATS: the bias.
    Leone, Nelson and Nottingham (1961). The folded normal distribution. Technometrics 3.
    """
    if not bins.n.size:
        return float("nan")
    seen = ece(bins)

    def excess(error: float) -> float:
        return _mean_seen(bins, error) - seen

    if excess(0.0) >= 0:
        return 0.0
    return float(optimize.brentq(excess, 0.0, seen)) if excess(seen) > 0 else seen


def debiased_squared_error(bins: Bins) -> float:
    """Return the mean squared gap less its sampling variance; may fall below 0 for good probabilities.

    Bins of a single row carry no estimate of their variance and are left out; NaN where none is left.

    References
    ----------
    Kumar, Liang and Ma (2019). Verified uncertainty calibration. NeurIPS: the debiased estimator.
    """
    kept = bins.n > 1
    if not kept.any():
        return float("nan")
    n, observed, gap = bins.n[kept], bins.observed[kept], bins.gap[kept]
    return float(np.average(gap**2 - observed * (1 - observed) / (n - 1), weights=n))


def ece_interval(bins: Bins, rng: np.random.Generator, level: float = 0.95, draws: int = 1000) -> Interval:
    """Return the debiased calibration error with an interval by parametric bootstrap.

    Parameters
    ----------
    bins : Bins
        The bins and their mean probabilities are held fixed; each draw takes new hits in every bin.
    rng : numpy.random.Generator
        Source of chance.
    draws : int
        Draws for each candidate error.

    Returns
    -------
    Interval
        The errors under which the seen plain error lies in the central ``level`` of what is drawn. Candidates for
        the lower end scale the seen gaps, those for the upper end are alike in all bins, where noise adds least:
        both err to the wide side. It starts at 0 where right probabilities would show as much. NaN without rows.

    References
    ----------
    Bröcker and Smith (2007). Increasing the reliability of reliability diagrams. Weather and Forecasting 22: the
    draws under right probabilities.
    Carpenter (1999). Test inversion bootstrap confidence intervals. JRSS B 61.
    """
    at_least("draws", draws, 1)
    tail = (1 - fraction("level", level)) / 2
    value = debiased_ece(bins)
    if np.isnan(value):
        return Interval(value, value, value)
    seen = ece(bins)
    # noise mostly adds to what is seen: the truth is hardly ever further above it than the noise is wide
    spread = float(np.sqrt(np.sum((bins.n / bins.n.sum()) ** 2 / (4 * bins.n))))

    def too_small(error: float) -> bool:
        return bool(np.mean(_draw_seen(bins, _seen_shape(bins), error, draws, rng) >= seen - _ROUNDING) < tail)

    def too_large(error: float) -> bool:
        drawn = _draw_seen(bins, np.where(bins.gap < 0, -1.0, 1.0), error, draws, rng)
        return bool(np.mean(drawn <= seen + _ROUNDING) < tail)

    lo = _first(np.linspace(value, 0, _CANDIDATES), too_small)
    hi = _first(np.linspace(value, min(seen + 4 * spread, 1.0), _CANDIDATES), too_large)
    return Interval(value, lo, hi)


def brier_parts(y_true: ArrayLike, probability: ArrayLike, n_bins: int = 15) -> BrierParts:
    """Return the Brier score's parts over equal-mass bins.

    Parameters
    ----------
    y_true, probability, n_bins
        As for :func:`reliability_bins`. NaN without rows.

    Returns
    -------
    BrierParts
        ``within`` is what gathering unequal probabilities into one bin leaves out of Murphy's three parts.

    References
    ----------
    Murphy (1973). A new vector partition of the probability score. Journal of Applied Meteorology 12.
    Stephenson, Coelho and Jolliffe (2008). Two extra components in the Brier score decomposition. Weather and
    Forecasting 23.
    """
    bins = reliability_bins(y_true, probability, n_bins)
    if not bins.n.size:
        return BrierParts(*[float("nan")] * 5)
    ordered, truth = _ordered(y_true, probability)
    base = float(truth.mean())
    spread = ordered - np.repeat(bins.predicted, bins.n)
    noise: Floats = truth - np.repeat(bins.observed, bins.n)
    return BrierParts(
        brier=float(np.mean((ordered - truth) ** 2)),
        reliability=float(np.average(bins.gap**2, weights=bins.n)),
        resolution=float(np.average((bins.observed - base) ** 2, weights=bins.n)),
        uncertainty=base * (1 - base),
        within=float(np.mean(spread**2 - 2 * spread * noise)),
    )


def spiegelhalter_z(y_true: ArrayLike, probability: ArrayLike) -> ZTest:
    """Return Spiegelhalter's test of the hypothesis that every probability is right.

    Parameters
    ----------
    y_true, probability
        As for :func:`reliability_bins`.

    Returns
    -------
    ZTest
        Positive z: the Brier score is worse than right probabilities would give (overconfidence). NaN where every
        probability is 0, 1/2 or 1, or there are no rows: the score then cannot vary.

    References
    ----------
    Spiegelhalter (1986). Probabilistic prediction in patient management and clinical trials. Statistics in Medicine 5.
    """
    truth, chance = binary("y_true", y_true), probabilities("probability", probability)
    same_length(y_true=truth, probability=chance)
    lean = 1 - 2 * chance
    variance = float(np.sum(lean**2 * chance * (1 - chance)))
    if not variance > 0:
        return ZTest(float("nan"), float("nan"))
    z = float(np.sum((truth - chance) * lean) / np.sqrt(variance))
    return ZTest(z, float(2 * special.ndtr(-abs(z))))


def _ordered(y_true: ArrayLike, probability: ArrayLike) -> tuple[Floats, Bools]:
    truth, chance = binary("y_true", y_true), probabilities("probability", probability)
    same_length(y_true=truth, probability=chance)
    order = np.argsort(chance)
    return chance[order], truth[order]


def _past_ties(ordered: Floats, cuts: Ints) -> Ints:
    """Return cuts moved behind the run of equal values that they would split, without repeats and empty ends."""
    inside = cuts[(cuts > 0) & (cuts < ordered.size)]
    moved = np.searchsorted(ordered, ordered[inside - 1], side="right")
    return np.unique(moved[moved < ordered.size]).astype(np.int64)


def _cut(ordered: Floats, truth: Bools, cuts: Ints) -> Bins:
    if not ordered.size:
        none, zero = np.zeros(0), np.zeros(0, np.int64)
        return Bins(none, none, zero, zero, none)
    starts, ends = np.r_[0, cuts], np.r_[cuts, ordered.size]
    n = ends - starts
    return Bins(
        low=ordered[starts],
        high=ordered[ends - 1],
        n=n,
        hits=np.add.reduceat(truth.astype(np.int64), starts),
        predicted=np.clip(np.add.reduceat(ordered, starts) / n, ordered[starts], ordered[ends - 1]),
    )


def _seen_shape(bins: Bins) -> Floats:
    """Return the seen gaps in units of the plain error; one everywhere where there are none."""
    seen = ece(bins)
    return bins.gap / seen if seen > 0 else np.ones(bins.n.size)


def _mean_seen(bins: Bins, error: float) -> float:
    """Return the mean of the plain error that noise makes of the seen gaps, scaled to ``error``."""
    shares = np.clip(bins.predicted + error * _seen_shape(bins), 0, 1)
    gap, noise = np.abs(shares - bins.predicted), np.sqrt(shares * (1 - shares) / bins.n)
    scaled = np.nan_to_num(ratio(gap, noise), nan=np.inf)
    folded = noise * np.sqrt(2 / np.pi) * np.exp(-(scaled**2) / 2) + gap * (1 - 2 * special.ndtr(-scaled))
    return float(np.average(folded, weights=bins.n))


def _first(errors: Floats, refused: Callable[[float], bool]) -> float:
    """Return the first error that is refused, where all behind it are too; the last one where none is."""
    low, high = 0, errors.size - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if refused(float(errors[middle])) else (middle + 1, high)
    return float(errors[low])


def _draw_seen(bins: Bins, shape: Floats, error: float, draws: int, rng: np.random.Generator) -> Floats:
    """Return plain errors drawn where the true gaps are ``shape`` times ``error``."""
    shares = np.clip(bins.predicted + error * shape, 0, 1)
    hits = rng.binomial(bins.n, shares, size=(draws, bins.n.size))
    seen: Floats = np.average(np.abs(hits / bins.n - bins.predicted), axis=1, weights=bins.n)
    return seen
