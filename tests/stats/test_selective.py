import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trustlab.stats.selective import aurc, error_bound, excess_aurc, guaranteed, risk_coverage


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_risk_by_coverage_is_a_hand_count(rows):
    wrong, sure = (np.array(part, float) for part in zip(*rows, strict=True))
    steps = risk_coverage(wrong, sure)
    for coverage, risk, threshold, n in zip(*steps, strict=True):
        answered = wrong[sure >= threshold]
        assert (answered.size, answered.size / wrong.size) == (n, coverage)
        assert risk == pytest.approx(answered.mean())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=12), st.integers(0, 10**6))
def test_the_area_is_the_mean_over_random_orders_of_ties(rows, seed):
    wrong, sure = (np.array(part, float) for part in zip(*rows, strict=True))
    rng = np.random.default_rng(seed)
    areas = []
    for _ in range(800):
        order = np.lexsort((rng.random(sure.size), -sure))
        areas.append(np.mean(np.cumsum(wrong[order]) / np.arange(1, sure.size + 1)))
    assert aurc(wrong, sure) == pytest.approx(np.mean(areas), abs=5 * np.std(areas) / 28 + 1e-9)
    shuffle = rng.permutation(sure.size)
    assert aurc(wrong[shuffle], sure[shuffle]) == pytest.approx(aurc(wrong, sure))


def test_the_best_order_has_no_excess_and_the_worst_has_most():
    wrong = np.r_[np.zeros(8), np.ones(2)]
    assert excess_aurc(wrong, -wrong) == pytest.approx(0)
    by_hand = np.mean([1, 1, 2 / 3, 2 / 4, 2 / 5, 2 / 6, 2 / 7, 2 / 8, 2 / 9, 2 / 10])
    assert aurc(wrong, wrong) == pytest.approx(by_hand)
    assert np.isnan(aurc([], []))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.001, 0.5))
def test_the_bound_is_scipys(errors, extra, delta):
    n = errors + extra
    if n == 0:
        assert error_bound(0, 0, delta) == 1
        return
    exact = stats.binomtest(errors, n, alternative="less").proportion_ci(1 - delta, "exact").high
    assert float(error_bound(errors, n, delta)) == pytest.approx(exact, abs=1e-9)


def test_the_guarantee_holds_and_is_worth_something():
    broken, coverage = 0, []
    rng = np.random.default_rng(0)
    for _ in range(300):
        sure = rng.uniform(0, 1, 1000)
        wrong = rng.random(1000) < 0.5 * (1 - sure)
        found = guaranteed(wrong, sure, 0.1, delta=0.1)
        if found is None:
            continue
        coverage.append(found.n / 1000)
        broken += 0.25 * (1 - found.threshold) > 0.1  # the true risk of the rows above the threshold
    assert broken <= 30
    assert np.mean(coverage) > 0.2  # of 0.6 that could be answered


def test_nothing_is_guaranteed_where_every_answer_is_wrong():
    assert guaranteed(np.ones(100), np.arange(100), 0.1) is None
    assert guaranteed([], [], 0.1) is None
    every = guaranteed(np.zeros(1000), np.arange(1000), 0.05)
    assert every.n > 990
    ties = guaranteed(np.zeros(500), np.ones(500), 0.05)
    assert (ties.n, ties.threshold) == (500, 1.0)
