"""The error tree, against splits counted one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.tree import DecisionTreeRegressor

from trustlab.core.errors import InputError
from trustlab.stats.error_tree import Condition, grow_error_tree


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1).map(np.random.default_rng))
def test_the_first_split_of_ordered_codes_is_scikit_learns(rng):
    features = rng.integers(0, 8, (300, 3))
    errors = rng.exponential(size=300) + 2.0 * (features[:, 1] > 4)
    nodes = grow_error_tree(errors, features, [8] * 3, [True] * 3, min_rows=10, depth=1)
    stump = DecisionTreeRegressor(max_depth=1, min_samples_leaf=10).fit(features, errors)
    below = Condition(stump.tree_.feature[0], tuple(range(int(np.floor(stump.tree_.threshold[0])) + 1)))
    assert len(nodes) == 3
    np.testing.assert_array_equal(nodes[1].rows(features), below.rows(features))
    assert nodes[1].mean == pytest.approx(stump.tree_.value[1].item())


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1).map(np.random.default_rng))
def test_leaves_part_the_rows_and_every_split_is_beyond_chance(rng):
    features = np.column_stack([rng.integers(0, 4, 400), rng.integers(0, 6, 400)])
    errors = (rng.random(400) < np.where((features[:, 0] == 2) & (features[:, 1] < 2), 0.9, 0.2)).astype(float)
    nodes = grow_error_tree(errors, features, [5, 6], [False, True], min_rows=5, depth=3)
    leaves = np.array([node.rows(features) for node in nodes if node.leaf])
    assert (leaves.sum(axis=0) == 1).all()
    for place, node in enumerate(nodes):
        inside = node.rows(features)
        assert node.n == inside.sum()
        assert node.mean == pytest.approx(errors[inside].mean())
        children = [other for other in nodes if other.parent == place]
        assert node.leaf == (not children)
        if children:
            a, b = (errors[child.rows(features)] for child in children)
            spread = errors[inside].var()
            gain = (a.mean() - b.mean()) ** 2 / (spread * (1 / a.size + 1 / b.size))
            assert stats.chi2.sf(gain, 1) < 0.05


def test_errors_that_go_with_nothing_grow_no_tree():
    rng = np.random.default_rng(0)
    grown = 0
    for _ in range(100):
        features = rng.integers(0, 8, (500, 6))
        nodes = grow_error_tree((rng.random(500) < 0.1).astype(float), features, [8] * 6, [True] * 6)
        grown += len(nodes) > 1
    assert grown <= 10  # 5 of 100, and two standard errors


def test_codes_that_were_not_seen_belong_to_a_side():
    features = np.array([[0], [2]] * 100)
    nodes = grow_error_tree(np.array([0.0, 1.0] * 100), features, [4], [True])
    sides = [node.rows(np.array([[0], [1], [2], [3]])) for node in nodes[1:]]
    assert (np.array(sides).sum(axis=0) == 1).all()


def test_a_second_question_about_a_feature_narrows_the_first():
    codes = np.repeat(np.arange(8), 100)[:, None]
    errors = np.where((codes[:, 0] > 2) & (codes[:, 0] < 5), 1.0, 0.0)
    nodes = grow_error_tree(errors, codes, [8], [True], depth=3)
    (worst,) = (node for node in nodes if node.mean == 1 and node.leaf)
    assert worst.path == (Condition(0, (3, 4)),)


def test_odd_input():
    assert len(grow_error_tree([], np.zeros((0, 1), int), [1], [True])) == 1
    assert len(grow_error_tree(np.ones(100), np.arange(100)[:, None] % 2, [2], [True])) == 1
    with pytest.raises(InputError, match="a column for each of 2"):
        grow_error_tree([1.0], [[0]], [1, 1], [True, True])
