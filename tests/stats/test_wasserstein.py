import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trustlab.stats.wasserstein import dkw_reach, wasserstein, wasserstein_interval

SAMPLE = st.lists(st.floats(-100, 100), min_size=1, max_size=30)


@given(SAMPLE, SAMPLE)
@settings(max_examples=200, deadline=None)
def test_it_is_scipys(one, two):
    assert wasserstein(one, two) == pytest.approx(stats.wasserstein_distance(one, two), abs=1e-9)


def test_empty_samples_have_none():
    assert np.isnan(wasserstein([], [1.0]))
    assert np.isnan(wasserstein_interval([], [1.0], np.random.default_rng(0)).lo)


@pytest.mark.parametrize("n", [100, 2000])
def test_its_interval_covers_a_shift(n):
    rng = np.random.default_rng(n)
    covered = 0
    for _ in range(200):
        _, lo, hi = wasserstein_interval(rng.normal(size=n), rng.normal(1, 1, n), rng, draws=100)
        covered += lo <= 1 <= hi
    assert covered >= 0.9 * 200
    value, lo, _ = wasserstein_interval(rng.normal(size=n), rng.normal(size=n), rng)
    assert lo < value


def test_the_band_holds_the_distribution_function():
    rng = np.random.default_rng(0)
    reach = dkw_reach(50)
    strays = [stats.kstest(rng.uniform(size=50), "uniform").statistic for _ in range(500)]
    assert np.mean(np.array(strays) <= reach) >= 0.94
