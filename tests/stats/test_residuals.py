"""Errors by band against pandas, the spread's test against statsmodels, the systematic error by how often it covers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.diagnostic import het_breuschpagan

from trustlab.core.errors import InputError
from trustlab.stats.residuals import _noncentrality, bands, bias_test, spread_test, systematic_error


def test_bands_are_those_of_pandas():
    rng = np.random.default_rng(0)
    predicted = rng.normal(size=1000)
    truth = predicted + rng.normal(size=1000)
    found = bands(truth, predicted, 5)
    by_hand = pd.Series(predicted - truth).groupby(pd.qcut(predicted, 5, labels=False)).agg(["size", "mean", "std"])
    assert found.n.tolist() == by_hand["size"].tolist()
    assert found.error == pytest.approx(by_hand["mean"].to_numpy())
    assert found.spread == pytest.approx(by_hand["std"].to_numpy())


def test_equal_predictions_share_a_band_and_small_ones_join():
    predicted = np.r_[np.zeros(60), np.ones(5), np.full(35, 2.0)]
    found = bands(predicted + 1, predicted, 10, 20)
    assert found.n.sum() == 100
    assert found.n.min() >= 20
    assert (found.low[1:] > found.high[:-1]).all()
    assert bands(np.arange(50.0), np.zeros(50), 5).n.tolist() == [50]
    with pytest.raises(InputError, match="bands of 20 rows"):
        bands([1.0], [1.0], 3, 20)


def test_the_spreads_test_is_statsmodels():
    rng = np.random.default_rng(1)
    predicted = rng.normal(size=400)
    truth = predicted + rng.normal(size=400) * np.exp(0.3 * predicted)
    exog = np.column_stack([np.ones(400), predicted, predicted**2])
    statistic, p_value, *_ = het_breuschpagan(truth - predicted, exog)
    found = spread_test(truth, predicted)
    assert found.statistic == pytest.approx(statistic)
    assert found.p_value == pytest.approx(p_value)
    assert np.isnan(spread_test([1, 2, 3, 4], [1, 1, 2, 2]).p_value)


def test_the_spreads_test_holds_its_level():
    rng = np.random.default_rng(2)
    predicted = rng.normal(size=(500, 200))
    alarms = [spread_test(row + rng.standard_t(8, size=200), row).p_value < 0.05 for row in predicted]
    assert np.mean(alarms) <= 0.075


def test_ends_invert_the_noncentral_chi_square():
    lo, hi = _noncentrality(25.0, 10, 0.95)
    assert stats.ncx2.sf(25, 10, lo) == pytest.approx(0.025)
    assert stats.ncx2.cdf(25, 10, hi) == pytest.approx(0.025)
    assert _noncentrality(5.0, 10, 0.95)[0] == 0
    assert _noncentrality(2.0, 10, 0.95)[1] == 0
    below, above = _noncentrality(9_999.0, 10, 0.95), _noncentrality(10_001.0, 10, 0.95)
    assert above == pytest.approx(below, rel=1e-3)


@pytest.mark.parametrize(("n", "size"), [(100, 0.0), (200, 0.3), (2000, 0.1)])
def test_the_systematic_error_covers(n, size):
    rng = np.random.default_rng(3)
    hit = clean = 0
    for _ in range(400):
        truth = rng.normal(size=n)
        spread = np.exp(0.3 * truth)
        # to one side in either half, in proportion to the spread there
        predicted = truth + size * spread * np.where(truth > 0, 1, -1)
        found = systematic_error(bands(truth + spread * rng.normal(size=n), predicted, min(10, n // 20), 20))
        hit += found.lo <= size <= found.hi
        clean += found.lo == 0
    assert hit / 400 >= 0.91
    assert size > 0 or clean / 400 >= 0.94


def test_errors_that_do_not_vary_have_no_size():
    assert np.isnan(systematic_error(bands(np.arange(40.0), np.arange(40.0) + 1, 2, 20))).all()


def test_the_test_of_no_bias_holds_its_level_and_is_the_intervals():
    rng = np.random.default_rng(8)
    found, at_zero = [], []
    for _ in range(400):
        said = rng.normal(size=300)
        rows = bands(said + rng.normal(size=300), said, 5)
        found.append(bias_test(rows))
        at_zero.append(systematic_error(rows, 0.9).lo > 0)
    assert stats.kstest(found, "uniform").pvalue > 0.001
    assert at_zero == [p < 0.05 for p in found], "the 90% interval begins above 0 where it rejects at 5%"
    assert np.isnan(bias_test(bands(np.arange(40.0), np.arange(40.0), 2)))
