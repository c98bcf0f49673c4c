import numpy as np
import pytest
from scipy import stats

from trustlab.core.errors import UsageError
from trustlab.stats.means import group_means, mean_differences, welch


def test_moments_and_intervals_are_those_of_scipy():
    rng = np.random.default_rng(0)
    values, code = rng.normal(5, 2, 90), rng.integers(0, 3, 90)
    found = group_means(values, code, 4)
    for group in range(3):
        own = values[code == group]
        assert found.n[group] == own.size
        assert found.mean[group] == pytest.approx(own.mean())
        assert found.variance[group] == pytest.approx(own.var(ddof=1))
        low, high = stats.t.interval(0.95, own.size - 1, own.mean(), stats.sem(own))
        assert (found.intervals().lo[group], found.intervals().hi[group]) == pytest.approx((low, high))
    assert found.n[3] == 0
    assert np.isnan(found.mean[3])


def test_a_difference_is_welchs():
    rng = np.random.default_rng(1)
    values = np.r_[rng.normal(0, 1, 30), rng.normal(1, 3, 12)]
    pairs = mean_differences(group_means(values, np.repeat([0, 1], [30, 12]), 2))
    test = stats.ttest_ind(values[30:], values[:30], equal_var=False)
    low, high = test.confidence_interval(0.95)
    assert pairs.value[0] == pytest.approx(abs(values[30:].mean() - values[:30].mean()))
    assert pairs.z[0] == pytest.approx(abs(test.statistic))
    assert (pairs.lo[0], pairs.hi[0]) == pytest.approx(
        (max(low, 0), high) if test.statistic > 0 else (max(-high, 0), -low)
    )


def test_groups_of_one_are_in_no_pair():
    assert mean_differences(group_means([1.0, 2.0, 3.0], [0, 0, 1], 2)).value.size == 0
    constant = mean_differences(group_means([1.0, 1.0, 2.0, 2.0], [0, 0, 1, 1], 2))
    assert (constant.value[0], constant.lo[0], constant.hi[0]) == (1, 1, 1)


def test_two_samples_are_welchs_of_scipy():
    rng = np.random.default_rng(2)
    one, two = rng.normal(0, 1, 25), rng.normal(0.7, 4, 9)
    found, test = welch(one, two), stats.ttest_ind(one, two, equal_var=False)
    assert (found.p_value, found.dof) == pytest.approx((test.pvalue, test.df))
    assert found.interval(0.9) == pytest.approx((one.mean() - two.mean(), *test.confidence_interval(0.9)))
    still = welch([2.0, 2.0], [1.0, 1.0, 1.0])
    assert (still.p_value, still.interval()) == (0.0, (1.0, 1.0, 1.0))
    with pytest.raises(UsageError, match="rows of two"):
        welch([1.0, 2.0], [1.0])


def test_rows_that_are_all_alike_are_no_certainty():
    """A group without variance spreads as the others do."""
    values, code = np.r_[np.full(8, 3.0), [1.0, 2.0, 4.0, 5.0]], np.repeat([0, 1], [8, 4])
    groups = group_means(values, code, 2)
    pooled = values[8:].var(ddof=1) * 3 / 10
    half = stats.t.ppf(0.975, 7) * np.sqrt(pooled / 8)
    assert (groups.intervals().lo[0], groups.intervals().hi[0]) == pytest.approx((3 - half, 3 + half))
    assert groups.variance[0] == 0
    test = stats.ttest_ind_from_stats(3, pooled**0.5, 8, 3, values[8:].std(ddof=1), 4, equal_var=False)
    assert mean_differences(groups).z[0] == pytest.approx(abs(test.statistic))
    found = welch(values[:8], values[8:])
    assert found.error == pytest.approx(np.sqrt(pooled / 8 + values[8:].var(ddof=1) / 4))
