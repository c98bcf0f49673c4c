import numpy as np
import pytest
from scipy import stats

from trustlab.stats.power import detectable_drop


@pytest.mark.parametrize(("rate", "n", "others"), [(0.5, 400, 400), (0.3, 200, 2000), (0.7, 150, 1000)])
def test_the_difference_is_seen_as_often_as_promised(rate, n, others):
    drop = detectable_drop(rate, n, others)
    rng = np.random.default_rng(0)
    one, two = rng.binomial(n, rate - drop, 4000) / n, rng.binomial(others, rate, 4000) / others
    pooled = (one * n + two * others) / (n + others)
    z = (two - one) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / others))
    assert np.mean(np.abs(z) > stats.norm.ppf(0.975)) == pytest.approx(0.8, abs=0.03)


def test_cohens_table():
    # Cohen (1988), table 6.4.1: h = 0.20, power 0.80, two-sided 0.05 wants 392 rows a side
    drop = detectable_drop(0.5, 392, 392)
    assert 2 * np.arcsin(np.sqrt(0.5)) - 2 * np.arcsin(np.sqrt(0.5 - drop)) == pytest.approx(0.2, abs=0.0005)


def test_too_few_rows_see_nothing():
    assert detectable_drop(0.2, 3, 1000) == 0.2
    assert detectable_drop(0.2, 0, 1000) == 0.2
