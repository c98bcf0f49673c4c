"""Pulls of rows against scikit-learn's slopes in the weights, DeLong by pairs, and how often intervals cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from trustlab.stats import influence, regression
from trustlab.stats.roc import auc_variance, macro_roc_auc

scored = st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=4, max_size=30).filter(
    lambda rows: 2 <= sum(row[0] for row in rows) <= len(rows) - 2
)


def slopes(metric, n, step=1e-4):
    """A metric's slope in each row's weight, by weights a little up and down."""
    found = np.empty(n)
    for row in range(n):
        up, down = np.ones(n), np.ones(n)
        up[row], down[row] = 1 + step, 1 - step
        found[row] = (metric(up) - metric(down)) / (2 * step)
    return found


@given(scored)
@settings(max_examples=40, deadline=None)
def test_average_precision_moves_as_the_weights_do(rows):
    truth, score = np.array(rows).T
    found = influence.average_precision(truth, score)
    assert found.value == pytest.approx(metrics.average_precision_score(truth, score))
    expected = slopes(lambda w: metrics.average_precision_score(truth, score, sample_weight=w), len(truth))
    assert found.rows == pytest.approx(expected, abs=1e-6)


@given(scored)
@settings(max_examples=40, deadline=None)
def test_the_areas_variance_is_delongs(rows):
    truth, score = np.array(rows).T
    found, expected = influence.roc_auc(truth, score), auc_variance(truth, score)
    assert found.value == pytest.approx(expected.auc)
    assert found.variance == pytest.approx(expected.variance, abs=1e-12)


def test_errors_and_recall_move_as_the_weights_do():
    rng = np.random.default_rng(0)
    y, said = rng.normal(size=40), rng.normal(size=40)
    for ours, metric in ((influence.r2, metrics.r2_score), (influence.rmse, metrics.root_mean_squared_error)):
        found = ours(y, said)
        assert found.value == pytest.approx(metric(y, said))
        expected = slopes(lambda w, m=metric: m(y, said, sample_weight=w), 40) * np.sqrt(40 / 39)
        assert found.rows == pytest.approx(expected, abs=1e-7)
    truth, call = rng.integers(0, 3, 60), rng.integers(0, 3, 60)
    found = influence.balanced_accuracy(truth, call, 3)
    assert found.value == pytest.approx(metrics.balanced_accuracy_score(truth, call))
    expected = slopes(lambda w: metrics.balanced_accuracy_score(truth, call, sample_weight=w), 60)
    support = np.bincount(truth)[truth]
    assert found.rows == pytest.approx(expected * np.sqrt(support / (support - 1)), abs=1e-6)


def test_a_mean_and_its_difference_are_the_paired_t_tests():
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=300), rng.normal(size=300) + 0.1
    assert influence.mean(one).variance == pytest.approx(one.var(ddof=1) / 300)
    found = influence.compare(influence.mean(one), influence.mean(two))
    assert found.p_value == pytest.approx(stats.ttest_rel(one, two).pvalue)
    assert found.difference[1:] == pytest.approx(tuple(stats.ttest_rel(one, two).confidence_interval()))
    assert found.difference.value == pytest.approx((one - two).mean())


def test_macro_area_is_the_mean_and_covers():
    rng = np.random.default_rng(2)

    def draw(n):
        truth = rng.integers(0, 3, n)
        return truth, rng.normal(size=(n, 3)) + np.eye(3)[truth]

    truth, score = draw(80)
    assert influence.macro_roc_auc(truth, score).value == pytest.approx(macro_roc_auc(truth, score))
    area, hit = stats.norm.cdf(1 / np.sqrt(2)), 0
    for _ in range(300):
        truth, score = draw(80)
        found = influence.share_interval(influence.macro_roc_auc(truth, score), int(np.bincount(truth).min()))
        hit += found.lo <= area <= found.hi
    assert hit / 300 >= 0.92


@pytest.mark.parametrize(("n", "share"), [(50, 0.5), (50, 0.2), (500, 0.1)])
def test_average_precision_interval_covers(n, share):
    rng = np.random.default_rng(3)
    big = rng.random(1_000_000) < share
    area, hit, made = influence.average_precision(big, rng.normal(size=big.size) + 1.5 * big).value, 0, 0
    for _ in range(500):
        truth = rng.random(n) < share
        found = influence.average_precision(truth, rng.normal(size=n) + 1.5 * truth)
        interval = influence.share_interval(found, int(truth.sum()))
        if not np.isnan(interval.value):
            made += 1
            hit += interval.lo <= area <= interval.hi
    assert hit / made >= 0.925


def test_r2_and_rmse_differences_cover():
    rng = np.random.default_rng(4)
    hit = {"r2": 0, "rmse": 0}
    true = {"r2": (1 - 0.5 / 2) - (1 - 0.8 / 2), "rmse": np.sqrt(0.5) - np.sqrt(0.8)}
    for _ in range(300):
        signal, noise = rng.normal(size=(2, 200))
        y = signal + noise
        shared = np.sqrt(0.5) * rng.normal(size=200)
        one, two = y + shared, y + shared + np.sqrt(0.3) * rng.normal(size=200)
        for name, ours in (("r2", influence.r2), ("rmse", influence.rmse)):
            found = influence.compare(ours(y, one), ours(y, two)).difference
            hit[name] += found.lo <= true[name] <= found.hi
    assert min(hit.values()) / 300 >= 0.92


def test_what_does_not_exist_is_nan():
    for nothing in (
        influence.mean([1.0]),
        influence.roc_auc([0, 1, 1], [1, 2, 3]),
        influence.average_precision([1, 1], [1, 2]),
        influence.r2([2.0, 2.0], [1.0, 2.0]),
        influence.rmse([], []),
        influence.balanced_accuracy([], [], 2),
        influence.macro_roc_auc([0, 0, 1], np.ones((3, 2))),
    ):
        assert np.isnan(nothing.value)
        assert np.isnan(nothing.variance)
        assert np.isnan(influence.compare(nothing, nothing).p_value)
        assert np.isnan(influence.share_interval(nothing, 3)).all()


def test_equal_models_differ_by_nothing():
    one = influence.mean([1.0, 2.0, 4.0])
    assert influence.compare(one, one) == ((0.0, 0.0, 0.0), 1.0)
    assert regression.r2([1, 2, 3], [1, 2, 3]) == influence.r2([1, 2, 3], [1, 2, 3]).value
