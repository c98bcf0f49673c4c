"""Regression errors against scikit-learn; intervals by how often they cover."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from trustlab.core.errors import InputError
from trustlab.stats import regression as ours


def test_values_equal_scikit_learn():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=50)
    predicted = truth + rng.normal(size=50)
    for mine, theirs in (
        (ours.mae, metrics.mean_absolute_error),
        (ours.rmse, metrics.root_mean_squared_error),
        (ours.r2, metrics.r2_score),
    ):
        assert mine(truth, predicted) == pytest.approx(theirs(truth, predicted))
    for interval, plain in (
        (ours.mae_interval, ours.mae),
        (ours.rmse_interval, ours.rmse),
        (ours.r2_interval, ours.r2),
    ):
        found = interval(truth, predicted)
        assert found.value == pytest.approx(plain(truth, predicted))
        assert found.lo < found.value < found.hi


@pytest.mark.parametrize("n", [80, 400])
def test_intervals_cover(n):
    rng = np.random.default_rng(1)
    # errors of spread 1 and truth of spread 2: what is known of them
    known = {
        ours.mae_interval: np.sqrt(2 / np.pi),
        ours.rmse_interval: 1.0,
        ours.r2_interval: 0.75,
    }
    hits = dict.fromkeys(known, 0)
    for _ in range(400):
        truth = 2 * rng.normal(size=n)
        predicted = truth + rng.normal(size=n)
        for interval, value in known.items():
            found = interval(truth, predicted)
            hits[interval] += found.lo <= value <= found.hi
    assert {interval.__name__: hit / 400 >= 0.925 for interval, hit in hits.items()} == dict.fromkeys(
        (interval.__name__ for interval in known), True
    )


def test_rmse_interval_agrees_with_the_exact_one_for_normal_errors():
    errors = np.random.default_rng(2).normal(size=4000)
    exact = np.sqrt((errors**2).sum() / stats.chi2(4000).ppf([0.975, 0.025]))
    assert ours.rmse_interval(np.zeros(4000), errors)[1:] == pytest.approx(exact, abs=2e-3)


def test_edges():
    intervals = (ours.mae_interval, ours.rmse_interval, ours.r2_interval)
    for interval in intervals:
        assert np.isnan(interval([], [])).all(), interval.__name__
    for plain in (ours.mae, ours.rmse, ours.r2):
        assert np.isnan(plain([], [])), plain.__name__
    assert ours.mae_interval([1], [3])[0] == ours.rmse_interval([1], [3])[0] == 2
    assert np.isnan([ours.mae_interval([1], [3])[1:], ours.rmse_interval([1], [3])[1:]]).all()
    assert np.isnan(ours.r2([5, 5, 5], [5, 5, 5]))
    assert np.isnan(ours.r2_interval([5, 5, 5], [1, 2, 3])).all()
    assert ours.r2_interval([1, 2, 3], [1, 2, 3]) == (1, 1, 1)
    assert ours.rmse_interval([1, 2, 3], [1, 2, 3]) == (0, 0, 0)
    assert np.isnan(ours.r2_interval([1, 2], [1, 3])[1:]).all()
    with pytest.raises(InputError, match="y_pred must hold finite numbers"):
        ours.rmse([1.0], [np.inf])
    with pytest.raises(InputError, match="y_true 1, y_pred 2"):
        ours.mae([1.0], [1.0, 2.0])


def test_medians_shares_and_quantiles_equal_scikit_learn():
    rng = np.random.default_rng(3)
    truth = rng.gamma(3, size=101)
    predicted = truth + rng.normal(size=101)
    assert ours.median_ae_interval(truth, predicted).value == metrics.median_absolute_error(truth, predicted)
    expected = metrics.mean_absolute_percentage_error(truth, predicted)
    assert ours.mape_interval(truth, predicted).value == pytest.approx(expected)
    assert np.isnan(ours.mape_interval([0, 1], [1, 1])).all()
    for share in (0.1, 0.5, 0.9):
        expected = metrics.mean_pinball_loss(truth, predicted, alpha=share)
        assert ours.pinball_losses(truth, predicted, share).mean() == pytest.approx(expected)


def test_the_medians_ends_are_the_tabled_ranks():
    # the 95 % ranks of a sign test's interval: none below 6 rows, then 1 of 6, 2 of 10, 6 of 20, 18 of 50
    assert np.isnan(ours.median_ae_interval(np.zeros(5), np.arange(5))[1:]).all()
    for n, rank in ((6, 1), (10, 2), (20, 6), (50, 18)):
        found = ours.median_ae_interval(np.zeros(n), np.arange(1, n + 1))
        assert (found.lo, found.hi) == (rank, n + 1 - rank)
    assert np.isnan(ours.median_ae_interval([], [])).all()


def test_the_medians_interval_covers():
    rng = np.random.default_rng(4)
    true, hit = stats.norm.ppf(0.75), 0
    for errors in rng.normal(size=(1000, 50)):
        found = ours.median_ae_interval(np.zeros(50), errors)
        hit += found.lo <= true <= found.hi
    assert 0.94 <= hit / 1000 <= 0.985
