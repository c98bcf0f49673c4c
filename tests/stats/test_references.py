"""Every metric against scikit-learn, fairlearn, scipy or its definition, on 200 random data sets.

Drawn with what goes wrong in use: groups without rows, groups and data of one class, ties, and NaN, which is refused
where a number must be known and left out where a whole group or query has none. Functions with such a test beside
their others are not repeated here.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics
from sklearn.neighbors import NearestNeighbors
from statsmodels.stats.proportion import proportion_confint

from trustlab.core.errors import InputError
from trustlab.stats import (
    association,
    classification,
    counts,
    disparity,
    exposure,
    inequality,
    influence,
    intervals,
    means,
    neighbours,
    regression,
    residuals,
    roc,
)

often = settings(max_examples=200, deadline=None)
labels = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)
numbers = st.lists(
    st.tuples(st.integers(-20, 20), st.integers(-20, 20)).map(lambda pair: (pair[0] / 4, pair[1] / 4)),
    min_size=2,
    max_size=40,
)
cells = st.lists(st.lists(st.integers(0, 12), min_size=4, max_size=4), min_size=1, max_size=4)


def quiet(function, *args, **kwargs):
    """What a peer says, without its warnings about empty classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


@often
@given(labels)
def test_decisions_are_scikit_learns(rows):
    truth, said = np.array(rows).T
    matrix = classification.confusion_matrix(truth, said, 3)
    assert matrix.tolist() == metrics.confusion_matrix(truth, said, labels=[0, 1, 2]).tolist()
    seen = np.unique(np.r_[truth, said])
    assert classification.accuracy(matrix) == pytest.approx(metrics.accuracy_score(truth, said))
    assert classification.balanced_accuracy(matrix) == pytest.approx(
        quiet(metrics.balanced_accuracy_score, truth, said)
    )
    for name, theirs in (("precision", metrics.precision_score), ("f1", metrics.f1_score)):
        expected = theirs(truth, said, labels=[0, 1, 2], average="weighted", zero_division=0)
        assert getattr(classification, f"weighted_{name}")(matrix) == pytest.approx(expected)
    if seen.size > 1:
        assert classification.matthews(matrix) == pytest.approx(metrics.matthews_corrcoef(truth, said), nan_ok=True)
        expected = quiet(metrics.cohen_kappa_score, truth, said)
        assert classification.cohen_kappa(matrix) == pytest.approx(expected, nan_ok=True)


@often
@given(cells)
def test_rates_by_group_are_fairlearns_also_of_empty_groups_and_groups_of_one_class(groups):
    table = np.array(groups)
    truth = np.concatenate([np.repeat([0, 0, 1, 1], group) for group in _in_order(table)])
    said = np.concatenate([np.repeat([0, 1, 0, 1], group) for group in _in_order(table)])
    code = np.repeat(np.arange(len(table)), table.sum(axis=1))
    found = counts.group_confusion(truth.astype(bool), said.astype(bool), code, range(len(table))).cells
    theirs = {
        "tpr": fairlearn.true_positive_rate,
        "fpr": fairlearn.false_positive_rate,
        "tnr": fairlearn.true_negative_rate,
        "fnr": fairlearn.false_negative_rate,
    }
    for place in range(len(table)):
        own = code == place
        shares = {name: float(counts.RATES[name](found)[place]) for name in (*theirs, "selection_rate")}
        if not own.any():
            assert all(math.isnan(share) for share in shares.values())
            continue
        assert shares["selection_rate"] == pytest.approx(fairlearn.selection_rate(truth[own], said[own]))
        for name, function in theirs.items():
            if math.isnan(shares[name]):  # fairlearn says 0 of a class that has no rows; nothing is known of it
                assert not (truth[own] == (name in {"tpr", "fnr"})).any()
            else:
                assert shares[name] == pytest.approx(function(truth[own], said[own], pos_label=1))


def _in_order(table):
    return table[:, [counts.TN, counts.FP, counts.FN, counts.TP]]


@often
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=1, max_size=40))
def test_probabilities_and_scores_are_scikit_learns(rows):
    truth, score = np.array([row[0] for row in rows]), np.array([row[1] / 10 for row in rows])
    assert classification.brier_scores(truth, score).mean() == pytest.approx(np.mean((truth - score) ** 2))
    clipped = score.clip(0.05, 0.95)
    assert classification.log_losses(truth, clipped).mean() == pytest.approx(
        metrics.log_loss(truth, clipped, labels=[False, True])
    )
    if not truth.any() or truth.all():
        assert math.isnan(roc.roc_auc(truth, score))
        assert math.isnan(influence.roc_auc(truth, score).value)
        return
    assert roc.roc_auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score))
    assert roc.average_precision(truth, score) == pytest.approx(metrics.average_precision_score(truth, score))


@often
@given(numbers)
def test_errors_of_numbers_are_scikit_learns(rows):
    truth, said = np.array(rows).T
    assert regression.mae(truth, said) == pytest.approx(metrics.mean_absolute_error(truth, said))
    assert regression.rmse(truth, said) == pytest.approx(metrics.root_mean_squared_error(truth, said))
    assert regression.median_ae_interval(truth, said).value == metrics.median_absolute_error(truth, said)
    if np.ptp(truth) > 0:
        assert regression.r2(truth, said) == pytest.approx(metrics.r2_score(truth, said))
        assert influence.r2(truth, said).value == pytest.approx(metrics.r2_score(truth, said))
    else:
        assert math.isnan(regression.r2(truth, said))
    for share in (0.2, 0.9):
        expected = metrics.mean_pinball_loss(truth, said, alpha=share)
        assert regression.pinball_losses(truth, said, share).mean() == pytest.approx(expected)
    if (truth != 0).all():
        expected = metrics.mean_absolute_percentage_error(truth, said)
        assert regression.mape_interval(truth, said).value == pytest.approx(expected)


@often
@given(numbers, st.integers(0, 1), st.sampled_from([np.nan, np.inf]))
def test_what_is_not_known_is_refused(rows, side, hole):
    pair = [np.array(column) for column in zip(*rows, strict=True)]
    pair[side][0] = hole
    for function in (regression.mae, regression.rmse, regression.r2, regression.mae_interval, influence.rmse):
        with pytest.raises(InputError, match=r"finite|missing"):
            function(*pair)
    with pytest.raises(InputError):
        roc.roc_auc([True, False], [np.nan, 1.0])


@often
@given(numbers)
def test_means_and_their_intervals_are_scipys(rows):
    one, two = np.array(rows).T
    if np.ptp(one) == 0 or np.ptp(two) == 0:
        return
    found = intervals.mean_interval(one)
    expected = stats.t.interval(0.95, one.size - 1, one.mean(), stats.sem(one))
    assert found == pytest.approx((one.mean(), *expected))
    groups = means.group_means(np.r_[one, two], np.repeat([0, 1], one.size), 2)
    pair = means.mean_differences(groups)
    welch = stats.ttest_ind(one, two, equal_var=False).confidence_interval()
    near, far = sorted((abs(welch.low), abs(welch.high)))  # a difference without its sign is not below 0
    assert (pair.lo[0], pair.hi[0]) == pytest.approx((0.0 if welch.low < 0 < welch.high else near, far))
    paired = influence.compare(influence.mean(one), influence.mean(two))
    if np.ptp(one - two) > 0:
        assert paired.p_value == pytest.approx(stats.ttest_rel(one, two).pvalue)


@often
@given(st.lists(st.integers(0, 60).map(lambda size: size**2 / 10), min_size=3, max_size=40))
def test_the_interval_of_a_skewed_mean_inverts_halls_cubic(sizes):
    rows = np.array(sizes)
    found = intervals.skewed_mean_interval(rows)
    if np.ptp(rows) == 0:
        assert found == pytest.approx(tuple(intervals.mean_interval(rows)))
        return
    n, skew = rows.size, stats.skew(rows) / np.sqrt(rows.size)
    # kurtosis is at least 1: of two values in halves it is 1, and the spread is known
    tail = max(stats.kurtosis(rows, fisher=False) - 1, 1.0)
    quantile = stats.t.ppf(0.975, min((n - 1) / 2, 2 * n / tail))
    for end, sign in ((found.lo, 1), (found.hi, -1)):
        if end > 0:
            t = (rows.mean() - end) / stats.sem(rows)
            cubic = t + skew * t**2 / 3 + skew**2 * t**3 / 27 + skew / 6
            assert cubic == pytest.approx(sign * quantile, abs=1e-6)
    assert 0 <= found.lo <= found.value <= found.hi


@often
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_intervals_of_shares_are_statsmodels_and_scipys(k1, m1, k2, m2):
    n1, n2 = k1 + m1, k2 + m2
    if not n1 or not n2:
        assert np.isnan(intervals.newcombe(k1, n1, k2, n2).value)
        assert disparity.pair_differences([k1, k2], [n1, n2]).value.size == 0
        return
    one, exact = intervals.wilson(k1, n1).at(()), intervals.clopper_pearson(k1, n1).at(())
    assert one[1:] == pytest.approx(proportion_confint(k1, n1, method="wilson"), abs=1e-9)
    assert exact[1:] == pytest.approx(proportion_confint(k1, n1, method="beta"), abs=1e-9)
    two = intervals.wilson(k2, n2).at(())
    found = intervals.newcombe(k1, n1, k2, n2).at(())
    gap = k1 / n1 - k2 / n2
    assert found.lo == pytest.approx(gap - math.hypot(one.value - one.lo, two.hi - two.value))
    assert found.hi == pytest.approx(gap + math.hypot(one.hi - one.value, two.value - two.lo))
    if k1 and k2:
        ends = intervals.proportion_ratio(k1, n1, k2, n2).at(())
        expected = stats.contingency.relative_risk(k1, n1, k2, n2).relative_risk
        assert ends.value == pytest.approx(expected)
        for r in (ends.lo, ends.hi):
            assert _score(r, k1, n1, k2, n2) == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-4)


def _score(r, k1, n1, k2, n2):
    """Koopman's statistic: the squared distance of both shares from the likeliest pair whose ratio is r."""
    from scipy.optimize import minimize_scalar

    def minus(p):
        return -(stats.binom.logpmf(k1, n1, r * p) + stats.binom.logpmf(k2, n2, p))

    most = min(1, 1 / r)
    p = minimize_scalar(minus, bounds=(1e-12, most - 1e-12), method="bounded", options={"xatol": 1e-12}).x
    return (k1 - n1 * r * p) ** 2 / (n1 * r * p * (1 - r * p)) + (k2 - n2 * p) ** 2 / (n2 * p * (1 - p))


@often
@given(labels)
def test_associations_are_scipys_and_scikit_learns(rows):
    one, two = np.array(rows).T
    assert association.mutual_information(one, two) == pytest.approx(metrics.mutual_info_score(one, two), abs=1e-12)
    table = metrics.confusion_matrix(one, two, labels=[0, 1, 2])
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(kept.shape) < 2:
        assert math.isnan(association.cramers_v(one, two))
        return
    expected = stats.contingency.association(kept, method="cramer")
    assert association.cramers_v(one, two, corrected=False) == pytest.approx(expected)
    groups = [two[one == label] for label in np.unique(one)]
    between = sum(len(own) * (own.mean() - two.mean()) ** 2 for own in groups)
    eta = association.correlation_ratio(one, two)
    assert eta == pytest.approx(math.sqrt(between / np.sum((two - two.mean()) ** 2)))


@often
@given(cells)
def test_inequality_is_its_definition_row_by_row(groups):
    table = np.array(groups)
    benefit = np.zeros(4)
    benefit[[counts.TN, counts.FP, counts.TP]] = 1, 2, 1
    everyone = np.concatenate([np.repeat(benefit, group) for group in table])
    mean = everyone.mean() if everyone.size else 0
    for alpha in (1, 2):
        found = inequality.entropy_index(table.sum(axis=0), alpha).value
        if not mean:
            assert math.isnan(found)
            continue
        ratio = everyone / mean
        logs = np.log(np.where(ratio > 0, ratio, 1))
        expected = np.mean(ratio * logs) if alpha == 1 else np.mean(ratio**2 - 1) / 2
        assert found == pytest.approx(expected, abs=1e-12)


@often
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=30),
    st.integers(1, 3),
)
def test_exposure_is_counted_by_hand(rows, k):
    member, score, query = (np.array(column) for column in zip(*rows, strict=True))
    sums, tops = np.zeros((2, 2)), np.zeros((2, 2))
    for one in np.unique(query):
        own = query == one
        if member[own].all() or not member[own].any():
            continue
        marks = score[own]
        for place in np.flatnonzero(own):
            above, alike = (marks > score[place]).sum(), (marks == score[place]).sum()
            spots = np.arange(above + 1, above + alike + 1)
            side = int(member[place])
            sums[side] += np.mean(1 / np.log2(spots + 1)), 1
            tops[side] += np.mean(spots <= k), 1
    for found, table in (
        (exposure.exposure_ratio(member, score, query), sums),
        (exposure.top_ratio(member, score, query, k), tops),
    ):
        if not sums[:, 1].all() or not table[0, 0] > 1e-9:
            assert math.isnan(found.value)
        else:
            ours, others = table[1, 0] / table[1, 1], table[0, 0] / table[0, 1]
            assert found.value == pytest.approx(ours / others)


@often
@given(numbers)
def test_bands_of_errors_are_counted_by_hand(rows):
    truth, said = np.array(rows).T
    found = residuals.bands(truth, said, 3)
    assert found.n.sum() == len(rows)
    for low, high, n, error in zip(found.low, found.high, found.n, found.error, strict=True):
        own = (said >= low) & (said <= high)
        assert own.sum() == n
        assert error == pytest.approx((said - truth)[own].mean())


@often
@given(st.integers(2, 25), st.integers(0, 2**16))
def test_neighbours_are_those_of_scikit_learn(n, seed):
    rng = np.random.default_rng(seed)
    points, answers = rng.normal(size=(n, 3)), rng.integers(0, 2, (n, 1)).astype(float)
    k = min(3, n)
    near = NearestNeighbors(n_neighbors=k).fit(points).kneighbors(points, return_distance=False)
    expected = np.abs(answers[near, 0].mean(axis=1) - answers[:, 0])
    assert neighbours.disagreement(points, answers, k) == pytest.approx(expected)
