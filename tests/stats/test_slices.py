"""Slice scores against scipy's Welch test on every slice in turn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trustlab.core.errors import InputError, UsageError
from trustlab.stats.slices import score_slices, slice_rows


def one_by_one(errors, features, min_rows):
    """Every slice by masks and scipy: (features, codes) -> n, mean, rest, t, p."""
    found = {}
    width = features.shape[1]
    singles = {
        (place, code): features[:, place] == code for place in range(width) for code in np.unique(features[:, place])
    }
    candidates = {((place, -1), (code, -1)): inside for (place, code), inside in singles.items()}
    for (one, first), (two, second) in combinations(singles.items(), 2):
        both = first & second
        if one[0] != two[0] and both.sum() not in {first.sum(), second.sum()}:
            candidates[(one[0], two[0]), (one[1], two[1])] = both
    for key, inside in candidates.items():
        if min(inside.sum(), (~inside).sum()) >= min_rows:
            test = stats.ttest_ind(errors[inside], errors[~inside], equal_var=False, alternative="greater")
            found[key] = (inside.sum(), errors[inside].mean(), errors[~inside].mean(), test.statistic, test.pvalue)
    return found


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_every_slice_equals_scipy(offset):
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.integers(0, 3, 400), rng.integers(0, 4, 400), rng.integers(0, 2, 400)])
    errors = rng.gamma(1, size=400) + (features[:, 0] == 2) * (features[:, 1] == 1) + offset
    scores = score_slices(errors, features, min_rows=10)
    expected = one_by_one(errors, features, 10)
    assert len(scores) == len(expected)
    for place in range(len(scores)):
        key = tuple(scores.feature[place].tolist()), tuple(scores.code[place].tolist())
        n, mean, rest, t, p = expected[key]
        assert scores.n[place] == n
        assert (scores.mean[place], scores.rest[place]) == pytest.approx((mean, rest), rel=1e-10)
        assert scores.t[place] == pytest.approx(t, rel=1e-5)
        assert scores.p_value[place] == pytest.approx(p, rel=1e-4)
    assert (np.diff(scores.t) <= 0).all()
    assert (scores.feature[0].tolist(), scores.code[0].tolist()) == ([0, 1], [2, 1])
    assert scores.effect[0] == pytest.approx(scores.mean[0] - scores.rest[0])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 1), st.integers(0, 2)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_slices_of_binary_errors_are_those_of_the_masks(rows):
    table = np.array(rows, int).reshape(-1, 3)
    scores = score_slices(table[:, 0], table[:, 1:], min_rows=2)
    for place in range(len(scores)):
        inside = slice_rows(table[:, 1:], scores, place)
        assert inside.sum() == scores.n[place] >= 2
        assert table[inside, 0].mean() == pytest.approx(scores.mean[place])
        assert table[~inside, 0].mean() == pytest.approx(scores.rest[place])
    assert ((scores.p_value >= 0) & (scores.p_value <= 1)).all()


def test_sides_that_do_not_vary():
    errors, features = np.repeat([1.0, 0.0], 10), np.repeat([[0], [1]], 10, axis=0)
    scores = score_slices(errors, features, min_rows=5)
    assert scores.t.tolist() == [np.inf, -np.inf]
    assert scores.p_value.tolist() == [0.0, 1.0]
    equal = score_slices(np.full(20, 0.1), features, min_rows=5)
    assert np.isnan(equal.t).all()
    assert equal.p_value.tolist() == [1.0, 1.0]


def test_order_and_redundant_pairs():
    rng = np.random.default_rng(1)
    first = rng.integers(0, 2, 200)
    features = np.column_stack([first, first])
    errors = rng.random(200)
    assert len(score_slices(errors, features)) == 4
    features = np.column_stack([first, rng.integers(0, 2, 200)])
    assert len(score_slices(errors, features, order=1)) == 4
    assert len(score_slices(errors, features)) == 8


def test_edges_and_bad_input():
    assert len(score_slices([], np.zeros((0, 3), int))) == 0
    assert len(score_slices([1.0, 2.0], np.zeros((2, 0), int))) == 0
    assert len(score_slices(np.ones(100), np.zeros((100, 2), int))) == 0  # nothing is outside
    with pytest.raises(InputError, match=r"features\[:, 1\] must hold codes from 0"):
        score_slices([1.0], [[0, -1]])
    with pytest.raises(InputError, match="below 1000; got 1000"):
        score_slices([1.0], [[1000]])
    with pytest.raises(InputError, match="1 NaN in 1 rows"):
        score_slices([np.nan], [[0]])
    with pytest.raises(InputError, match="errors 1, features 2"):
        score_slices([1.0], [[0], [1]])
    with pytest.raises(UsageError, match="min_rows must be at least 2"):
        score_slices([1.0], [[0]], min_rows=1)


def test_false_alarms_are_as_rare_as_promised():
    rng = np.random.default_rng(2)
    features = rng.integers(0, 2, (2000, 1))
    alarms = sum(score_slices(rng.gamma(2, size=2000), features).p_value[0] <= 0.025 for _ in range(400))
    # the better of two mirrored one-sided tests at 2.5 % is one test at 5 %
    assert stats.binom(400, 0.05).ppf(0.001) <= alarms <= stats.binom(400, 0.05).ppf(0.999)
