"""Intervals against statsmodels, scipy, published examples, and by how often they cover."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats import proportion

from trustlab.core.errors import InputError, UsageError
from trustlab.stats.intervals import (
    clopper_pearson,
    mean_interval,
    newcombe,
    normal_quantile,
    proportion_ratio,
    t_quantile,
    wilson,
)

COUNTS = [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (17, 50), (805, 1795), (1, 1_000_000)]


@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(("ours", "method"), [(wilson, "wilson"), (clopper_pearson, "beta")])
def test_proportion_intervals_equal_statsmodels(ours, method, level):
    k, n = np.array(COUNTS).T
    lo, hi = np.array([proportion.proportion_confint(hits, trials, 1 - level, method) for hits, trials in COUNTS]).T
    found = ours(k, n, level)
    assert found.value.tolist() == (k / n).tolist()
    assert found.lo == pytest.approx(lo, abs=1e-12)
    assert found.hi == pytest.approx(hi, abs=1e-12)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_proportion_intervals_at_the_edges(interval):
    nothing = interval(0, 0).at(())
    assert np.isnan(nothing).all()
    assert interval(0, 5).at(()).lo == 0.0
    assert interval(5, 5).at(()).hi == 1.0
    assert interval([], []).lo.shape == (0,)
    mixed = interval([[1, 0], [0, 0]], [[3, 0], [2, 1]])
    assert mixed.value.shape == (2, 2)
    assert np.isnan(mixed.hi).tolist() == [[False, True], [False, False]]
    with pytest.raises(InputError, match="0 <= k <= n"):
        interval(3, 2)
    with pytest.raises(InputError, match="0 <= k <= n"):
        interval(-1, 2)
    with pytest.raises(InputError, match="0 <= k <= n"):
        interval(np.nan, 2)
    with pytest.raises(UsageError, match="level must lie strictly between 0 and 1; got 95"):
        interval(1, 2, 95)


def test_wilson_covers_and_the_exact_interval_never_falls_short():
    rng = np.random.default_rng(11)
    for p in (0.05, 0.3, 0.5):
        k = rng.binomial(50, p, 400)
        for interval, least in ((wilson, 0.93), (clopper_pearson, 0.94)):
            _, lo, hi = interval(k, 50)
            assert np.mean((lo <= p) & (p <= hi)) >= least, (p, interval.__name__)


# Newcombe (1998), table II, method 10
@pytest.mark.parametrize(
    ("counts", "ends"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((10, 10, 0, 20), (0.6791, 1.0000)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((10, 10, 0, 10), (0.6075, 1.0000)),
    ],
)
def test_newcombe_gives_the_published_table(counts, ends):
    found = newcombe(*counts)
    assert (float(found.lo), float(found.hi)) == pytest.approx(ends, abs=6e-5)


def test_newcombe_equals_statsmodels_and_keeps_nan():
    lo, hi = proportion.confint_proportions_2indep(805, 1795, 349, 1488, compare="diff", method="newcomb")
    assert newcombe(805, 1795, 349, 1488)[1:] == pytest.approx((lo, hi), abs=1e-12)
    assert np.isnan(newcombe(1, 2, 0, 0).lo)


def test_ratio_gives_koopmans_example():
    # Koopman (1984): 36 of 40 against 16 of 80
    found = proportion_ratio(36, 40, 16, 80).at(())
    assert found.value == pytest.approx(4.5)
    assert (found.lo, found.hi) == pytest.approx((2.94, 7.15), abs=5e-3)


@pytest.mark.parametrize("counts", [(805, 1795, 349, 1488), (7, 12, 5, 30), (1, 20, 3, 15)])
def test_ratio_equals_statsmodels(counts):
    lo, hi = proportion.confint_proportions_2indep(*counts, compare="ratio", method="score", correction=False)
    found = proportion_ratio(*counts)
    assert (float(found.lo), float(found.hi)) == pytest.approx((lo, hi), rel=1e-6)


# statsmodels 0.15 stops at the kink of the second one, where the fitted first proportion reaches 1
@pytest.mark.parametrize(("counts", "end"), [((0, 12, 4, 30), "hi"), ((20, 20, 18, 25), "lo"), ((7, 12, 5, 30), "lo")])
def test_ratio_ends_are_where_a_likelihood_maximised_by_search_puts_them(counts, end):
    k1, n1, k2, n2 = counts
    theta = float(getattr(proportion_ratio(*counts), end))
    fit = optimize.minimize_scalar(
        lambda p: -stats.binom.logpmf(k1, n1, theta * p) - stats.binom.logpmf(k2, n2, p),
        bounds=(1e-9, min(1, 1 / theta) - 1e-9),
        method="bounded",
        options={"xatol": 1e-12},
    ).x
    spread = theta * fit * (1 - theta * fit) / n1 + theta**2 * fit * (1 - fit) / n2
    assert (k1 / n1 - theta * k2 / n2) ** 2 / spread == pytest.approx(stats.norm.ppf(0.975) ** 2, rel=1e-4)


def test_ratio_at_the_edges():
    none_in_first = proportion_ratio(0, 10, 5, 10).at(())
    assert none_in_first.value == none_in_first.lo == 0.0
    assert 0 < none_in_first.hi < 1
    none_in_second = proportion_ratio(5, 10, 0, 10).at(())
    assert none_in_second.value == none_in_second.hi == np.inf
    assert 1 < none_in_second.lo < np.inf
    assert none_in_second.lo == pytest.approx(1 / none_in_first.hi)
    nothing_seen = proportion_ratio(0, 10, 0, 10).at(())
    assert np.isnan(nothing_seen.value)
    assert nothing_seen[1:] == (0.0, np.inf)
    assert np.isnan(proportion_ratio(0, 0, 1, 2).at(())).all()
    sure = proportion_ratio(10, 10, 10, 10).at(())
    assert sure.lo < sure.value == 1.0 < sure.hi
    turned = proportion_ratio(3, 10, 7, 20).at(())
    other = proportion_ratio(7, 20, 3, 10).at(())
    assert (1 / turned.hi, 1 / turned.lo) == pytest.approx((other.lo, other.hi))
    assert proportion_ratio([1, 2], [10, 10], 5, 50).lo.shape == (2,)


@pytest.mark.parametrize(("p1", "n1", "p2", "n2"), [(0.3, 60, 0.2, 90), (0.05, 80, 0.1, 60)])
def test_difference_and_ratio_cover(p1, n1, p2, n2):
    rng = np.random.default_rng(12)
    k1, k2 = rng.binomial(n1, p1, 400), rng.binomial(n2, p2, 400)
    for interval, truth in ((newcombe, p1 - p2), (proportion_ratio, p1 / p2)):
        _, lo, hi = interval(k1, n1, k2, n2)
        assert np.mean((lo <= truth) & (truth <= hi)) >= 0.93, interval.__name__


def test_mean_interval_equals_scipy_and_knows_small_samples():
    values = np.random.default_rng(13).gamma(2, size=40)
    reference = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert mean_interval(values, 0.9) == pytest.approx((values.mean(), reference.low, reference.high))
    assert np.isnan(mean_interval([])).all()
    assert mean_interval([2.0])[0] == 2.0
    assert np.isnan(mean_interval([2.0])[1:]).all()
    assert mean_interval([2.0, 2.0]) == (2.0, 2.0, 2.0)
    with pytest.raises(InputError, match="1 NaN in 2 rows"):
        mean_interval([1.0, np.nan])
    with pytest.raises(InputError, match="finite"):
        mean_interval([1.0, np.inf])


def test_quantiles():
    assert normal_quantile(0.95) == pytest.approx(1.959963984540054)
    assert t_quantile(0.95, 10) == pytest.approx(2.228138851964939)
