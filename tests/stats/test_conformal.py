import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.stats.conformal import class_scores, class_sets, conformal_quantile, group_quantiles


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=0, max_size=60), st.sampled_from([0.05, 0.1, 0.2, 0.5]))
def test_the_quantile_is_numpys_higher_one(scores, miss):
    rank = np.ceil((len(scores) + 1) * (1 - miss) - 1e-9)
    found = conformal_quantile(scores, miss)
    if rank > len(scores):
        assert found == np.inf
    else:
        assert found == np.quantile(scores, (rank - 1) / max(len(scores) - 1, 1), method="nearest")


def test_coverage_over_draws_is_what_theory_says():
    rng = np.random.default_rng(1)
    covered = [rng.normal() <= conformal_quantile(rng.normal(size=19), 0.1) for _ in range(20_000)]
    assert np.mean(covered) == pytest.approx(0.9, abs=0.008)  # 18 of 20 exactly


def test_groups_are_cut_by_themselves():
    scores, group = np.r_[np.arange(99.0), 5.0], np.r_[np.zeros(99, int), 2]
    assert group_quantiles(scores, group, 3, 0.1).tolist() == [89.0, np.inf, np.inf]


def test_sets_hold_the_classes_that_are_likely_enough():
    proba = np.array([[0.7, 0.2, 0.1], [0.34, 0.33, 0.33]])
    assert class_scores(proba, [0, 2]) == pytest.approx([0.3, 0.67])
    assert class_sets(proba, 0.68).tolist() == [[True, False, False], [True, True, True]]
    assert class_sets(proba, [0.1, np.inf]).tolist() == [[False] * 3, [True] * 3]
