"""Ranking metrics against scikit-learn and plain pair counting; intervals by how often they cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from sklearn import metrics

from trustlab.core.errors import InputError, UsageError
from trustlab.stats.roc import (
    auc_difference,
    auc_interval,
    auc_test,
    auc_variance,
    average_precision,
    macro_roc_auc,
    pr_points,
    roc_auc,
    roc_points,
    tpr_at_fpr,
)

scored = st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=30).filter(
    lambda rows: 0 < sum(row[0] for row in rows) < len(rows)
)


@given(scored)
@settings(max_examples=200, deadline=None)
def test_areas_equal_scikit_learn_with_ties(rows):
    truth, score = np.array(rows).T
    assert roc_auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score))
    assert average_precision(truth, score) == pytest.approx(metrics.average_precision_score(truth, score))


@given(scored)
@settings(max_examples=200, deadline=None)
def test_delong_equals_counting_every_pair(rows):
    truth, score = np.array(rows).T
    positive, negative = score[truth == 1], score[truth == 0]
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    found = auc_variance(truth, score)
    assert found.auc == pytest.approx(wins.mean())
    if min(wins.shape) < 2:
        assert np.isnan(found.variance)
        return
    by_pairs = wins.mean(axis=1).var(ddof=1) / len(positive) + wins.mean(axis=0).var(ddof=1) / len(negative)
    assert found.variance == pytest.approx(by_pairs, abs=1e-15)


@pytest.mark.parametrize("truth", [[], [1, 1], [0]])
def test_one_class_has_no_curve(truth):
    score = np.arange(len(truth))
    assert np.isnan(roc_auc(truth, score))
    assert np.isnan(auc_interval(truth, score)).all()
    assert np.isnan(tpr_at_fpr(truth, score, 0.1, np.random.default_rng(0))).all()
    assert roc_points(truth, score).fpr.size == 0
    assert np.isnan(average_precision(truth, score)) == (not any(truth))


def test_infinite_scores_are_scores_and_nan_is_not():
    assert roc_auc([0, 1, 1], [-np.inf, 0, np.inf]) == 1
    assert roc_points([0, 1], [-np.inf, np.inf]).threshold.tolist()[0] == np.inf
    with pytest.raises(InputError, match="score must hold no missing"):
        roc_auc([0, 1], [0.1, np.nan])
    with pytest.raises(InputError, match="y_true 2, score 3"):
        roc_auc([0, 1], [1, 2, 3])


@pytest.mark.parametrize(("shift", "positives", "negatives"), [(0.0, 30, 60), (1.0, 40, 40), (2.3, 25, 50)])
def test_auc_interval_covers(shift, positives, negatives):
    rng = np.random.default_rng(1)
    truth = np.repeat([1, 0], [positives, negatives])
    area = stats.norm.cdf(shift / np.sqrt(2))
    hit = 0
    for _ in range(400):
        found = auc_interval(truth, rng.normal(size=len(truth)) + shift * truth)
        hit += found.lo <= area <= found.hi
    assert hit / 400 >= 0.925


def test_complete_separation_is_not_certainty():
    truth = np.repeat([0, 1], 10)
    found = auc_interval(truth, truth)
    assert found.value == found.hi == 1.0
    # Newcombe's method 5 for 10 and 10 rows: the area whose Hanley-McNeil spread reaches up to 1
    end = optimize.brentq(
        lambda a: (1 - a) * 100 - 1.959964**2 * a * (1 + 9 * (1 - a) / (2 - a) + 9 * a / (1 + a)), 0.1, 0.9999
    )
    assert found.lo == pytest.approx(end, abs=1e-5)
    turned = auc_interval(truth, -truth)
    assert (turned.value, turned.lo) == (0.0, 0.0)
    assert turned.hi == pytest.approx(1 - end, abs=1e-5)
    single = auc_interval([0, 1, 1], [0.5, 0.4, 0.6])
    assert 0 < single.lo < single.value == 0.5 < single.hi < 1


def test_auc_difference_covers_and_keeps_its_sign():
    rng = np.random.default_rng(2)
    truth = np.repeat([0, 1], 40)
    areas = [stats.norm.cdf(shift / np.sqrt(2)) for shift in (1.5, 0.8)]
    hit = 0
    for _ in range(300):
        found = auc_difference(truth, rng.normal(size=80) + 1.5 * truth, truth, rng.normal(size=80) + 0.8 * truth)
        hit += found.lo <= areas[0] - areas[1] <= found.hi
    assert hit / 300 >= 0.92
    assert np.isnan(auc_difference([1], [1], truth, truth)).all()


def test_macro_area_equals_scikit_learn():
    rng = np.random.default_rng(3)
    truth, score = rng.integers(0, 3, 60), rng.dirichlet(np.ones(3), 60)
    assert macro_roc_auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score, multi_class="ovr"))
    assert np.isnan(macro_roc_auc([0, 0], score[:2]))


def test_roc_points_are_those_of_scikit_learn():
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 2, 150)
    score = np.round(rng.normal(size=150) + truth, 1)
    mine, theirs = roc_points(truth, score, 1000), metrics.roc_curve(truth, score, drop_intermediate=False)
    known = set(zip(np.round(theirs[0], 12), np.round(theirs[1], 12), strict=True))
    assert set(zip(np.round(mine.fpr, 12), np.round(mine.tpr, 12), strict=True)) <= known
    assert np.trapezoid(mine.tpr, mine.fpr) == pytest.approx(metrics.roc_auc_score(truth, score))
    called = score >= mine.threshold[5]
    assert called[truth == 1].mean() == pytest.approx(mine.tpr[5])


@pytest.mark.parametrize("limit", [2, 3, 50])
def test_roc_points_are_thinned_and_keep_their_ends(limit):
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 2, 20_000)
    score = rng.normal(size=20_000) + truth
    points = roc_points(truth, score, limit)
    assert len(points.fpr) <= limit
    assert (points.fpr[0], points.tpr[0], points.fpr[-1], points.tpr[-1]) == (0, 0, 1, 1)
    assert (np.diff(points.fpr) >= 0).all()
    assert (np.diff(points.tpr) >= 0).all()
    if limit == 50:
        assert np.trapezoid(points.tpr, points.fpr) == pytest.approx(roc_auc(truth, score), abs=2e-3)
    with pytest.raises(UsageError, match="limit must be at least 2"):
        roc_points(truth, score, 1)


def test_tpr_at_fpr_by_hand():
    rng = np.random.default_rng(6)
    truth = np.repeat([0, 1], [100, 10])
    score = np.r_[np.arange(100), [98, 98.5, 99, 99.5, 90, 50, 96.5, 200, 97, 95]]
    # at 1 % one negative (99) may be above the threshold 98; a score of 98 is not above it
    assert tpr_at_fpr(truth, score, 0.01, rng).value == pytest.approx(0.4)
    assert tpr_at_fpr(truth, score, 0.001, rng).value == pytest.approx(0.2)
    # 0.29 * 100 is a hair below 29 in floating point
    assert tpr_at_fpr(truth, np.r_[np.arange(100), np.full(10, 70.5)], 0.29, rng).value == 1.0
    with pytest.raises(UsageError, match="fpr must lie strictly between"):
        tpr_at_fpr(truth, score, 0.0, rng)


@given(scored, st.sampled_from([0.05, 0.2, 0.5]))
@settings(max_examples=200, deadline=None)
def test_tpr_at_fpr_is_the_best_allowed_corner(rows, limit):
    truth, score = np.array(rows).T
    fpr, tpr, _ = metrics.roc_curve(truth, score, drop_intermediate=False)
    found = tpr_at_fpr(truth, score, limit, np.random.default_rng(0))
    assert found.value == pytest.approx(tpr[fpr <= limit + 1e-12].max())
    assert 0 <= found.lo <= found.value <= found.hi <= 1


def test_tpr_at_fpr_covers():
    rng = np.random.default_rng(7)
    truth = np.repeat([0, 1], 300)
    rate = stats.norm.sf(stats.norm.isf(0.05) - 1)
    hit = 0
    for _ in range(300):
        found = tpr_at_fpr(truth, rng.normal(size=600) + truth, 0.05, rng, draws=500)
        hit += found.lo <= rate <= found.hi
    assert hit / 300 >= 0.92


def test_pr_points_are_those_of_scikit_learn():
    rng = np.random.default_rng(8)
    truth = rng.integers(0, 2, 120)
    score = np.round(rng.normal(size=120) + truth, 1)
    precision, recall, _ = metrics.precision_recall_curve(truth, score)
    known = set(zip(np.round(recall, 12), np.round(precision, 12), strict=True))
    found = pr_points(truth, score, 1000)
    assert set(zip(np.round(found.recall, 12), np.round(found.precision, 12), strict=True)) <= known
    assert found.recall[-1] == 1
    called = score >= found.threshold[3]
    assert truth[called].mean() == pytest.approx(found.precision[3])
    big = rng.integers(0, 2, 20_000)
    thinned = pr_points(big, rng.normal(size=20_000) + big, 50)
    assert len(thinned.recall) <= 50
    assert thinned.precision[-1] == pytest.approx(big.mean())
    assert pr_points([0, 0], [1, 2]).recall.size == 0


@given(scored)
@settings(max_examples=200, deadline=None)
def test_the_test_of_an_area_is_mann_and_whitneys(rows):
    truth, score = np.array(rows).T
    expected = stats.mannwhitneyu(score[truth == 1], score[truth == 0], use_continuity=False, method="asymptotic")
    assert auc_test(truth, score) == pytest.approx(1.0 if np.isnan(expected.pvalue) else expected.pvalue)
