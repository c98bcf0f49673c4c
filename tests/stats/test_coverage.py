"""Do 95% intervals hold the truth in 95 of 100 samples: each kind of interval, small and large samples, a group of 12.

Each of 2,000 simulations draws its own truth, so that no interval profits from one lucky proportion: for the intervals of
counts that is the coverage a user meets over many audits. At least 93%; and from 500 rows on at most 97%, but for the
intervals that are wide by construction, which say so.
"""

import numpy as np
import pytest

from trustlab.stats import counts
from trustlab.stats.bootstrap import draw_cells, percentile_ends
from trustlab.stats.calibration import ece_interval, reliability_bins
from trustlab.stats.disparity import pair_differences, pair_ratios, worst_difference, worst_ratio
from trustlab.stats.fairness import aif360_metrics, fairlearn_metrics, smoothed_edf
from trustlab.stats.inequality import between_index, entropy_index
from trustlab.stats.intervals import clopper_pearson, newcombe, proportion_ratio, wilson
from trustlab.stats.regression import mae_interval, rmse_interval
from trustlab.stats.roc import auc_interval
from trustlab.stats.means import group_means, welch

SIMULATIONS = 2000
LEAST, MOST = 0.93, 0.97
SIZES = (50, 500, 5000)


def rng_of(*salt):
    return np.random.default_rng([20, *salt])


def covered(lo, truth, hi):
    """The share of intervals that hold the truth; one that does not exist (NaN) is left out."""
    known = ~np.isnan(lo)
    assert known.mean() > 0.9
    inside = (lo - 1e-12 <= truth) & (truth <= hi + 1e-12)
    return float(inside[known].mean())


def holds(share, n, *, wide=False):
    assert share >= LEAST, share
    if n >= 500 and not wide:
        assert share <= MOST, share


def proportions(rng, size=SIMULATIONS):
    return rng.uniform(0.05, 0.95, size)


def sizes_of(n):
    """Two groups of halves, and one of 12 against the rest."""
    return [(n // 2, n - n // 2), (12, n - 12)]


@pytest.mark.parametrize("n", (12, *SIZES))
def test_rate(n):
    rng = rng_of(1, n)
    p = proportions(rng)
    k = rng.binomial(n, p)
    found = wilson(k, n)
    holds(covered(found.lo, p, found.hi), n)
    exact = clopper_pearson(k, n)
    holds(covered(exact.lo, p, exact.hi), n, wide=True)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", ["difference", "ratio"])
def test_difference_and_ratio(n, kind):
    for place, (n1, n2) in enumerate(sizes_of(n)):
        rng = rng_of(2, n, place)
        p1, p2 = proportions(rng), proportions(rng)
        k1, k2 = rng.binomial(n1, p1), rng.binomial(n2, p2)
        function, truth = (newcombe, p1 - p2) if kind == "difference" else (proportion_ratio, p1 / p2)
        found = function(k1, n1, k2, n2)
        holds(covered(found.lo, truth, found.hi), n)


@pytest.mark.parametrize("n", (12, *SIZES))
@pytest.mark.parametrize("rate", ["fpr", "fnr", "ppv", "npv", "for", "accuracy"])
def test_rate_with_a_random_denominator(n, rate):
    rng = rng_of(3, n)
    chance = rng.dirichlet([2, 2, 2, 2], SIMULATIONS)
    cells = rng.multinomial(n, chance)
    asked = counts.RATES[rate]
    truth = chance[:, list(asked.numerator)].sum(axis=1) / chance[:, list(asked.denominator)].sum(axis=1)
    found = wilson(*asked.parts(cells))
    holds(covered(found.lo, truth, found.hi), n)


@pytest.mark.parametrize("n", SIZES)
def test_auc(n):
    rng = rng_of(4, n)
    lo, hi, truth = np.empty((3, SIMULATIONS))
    from scipy.stats import norm

    for place in range(SIMULATIONS):
        shift, share = rng.uniform(0, 2), rng.uniform(0.2, 0.8)
        y = rng.random(n) < share
        found = auc_interval(y, rng.normal(size=n) + shift * y)
        lo[place], hi[place], truth[place] = found.lo, found.hi, norm.cdf(shift / np.sqrt(2))
    holds(covered(lo, truth, hi), n)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("law", ["normal", "laplace", "exponential"])
def test_regression(n, law):
    rng = rng_of(5, n)
    errors = {"normal": rng.normal, "laplace": rng.laplace, "exponential": lambda size: rng.exponential(size=size) - 1}
    drawn = errors[law](size=(SIMULATIONS, n))
    codes = np.zeros(n, np.int64)
    mean = np.array([group_means(row, codes, 1).interval().lo[0] for row in drawn[:0]])
    assert mean.size == 0
    half = drawn.std(axis=1, ddof=1) / np.sqrt(n)
    from trustlab.stats.intervals import t_quantile

    centre, reach = drawn.mean(axis=1), t_quantile(0.95, n - 1) * half
    if law != "exponential" or n >= 500:
        holds(covered(centre - reach, 0.0, centre + reach), n)
    mae = {"normal": np.sqrt(2 / np.pi), "laplace": 1.0, "exponential": 2 / np.e}[law]
    rmse = {"normal": 1.0, "laplace": np.sqrt(2), "exponential": 1.0}[law]
    few = drawn[:SIMULATIONS]
    zero = np.zeros(n)
    ends = np.array([[*mae_interval(zero, row)[1:], *rmse_interval(zero, row)[1:]] for row in few])
    holds(covered(ends[:, 0], mae, ends[:, 1]), n)
    holds(covered(ends[:, 2], rmse, ends[:, 3]), n)
