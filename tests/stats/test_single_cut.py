"""One cut of one number, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from trustlab.stats.single_cut import areas, best_cut, told, word_balance


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000))
def test_areas_are_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, y = rng.integers(0, 5, (30, 3)), rng.integers(0, 3, 30)
    found = areas(values, y, 4)
    assert np.isnan(found[:, 3]).all()
    for column in range(3):
        for code in range(3):
            if 0 < (y == code).sum() < 30:
                assert found[column, code] == pytest.approx(roc_auc_score(y == code, values[:, column]))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000))
def test_the_best_cut_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, inside = rng.integers(0, 6, 25).astype(float), rng.random(25) < 0.4
    if inside.all() or not inside.any() or len(np.unique(values)) < 2:
        return
    cut = best_cut(values, inside, 0, 1)
    own = balanced_accuracy_score(inside, told(cut, values))
    sides = [side for at in np.unique(values)[:-1] for side in (values > at, values <= at)]
    every = [balanced_accuracy_score(inside, side) for side in sides]
    assert own == pytest.approx(max(every))


def test_words_by_hand() -> None:
    presence = csr_matrix(np.array([[1, 0], [1, 1], [0, 1], [0, 0]]))
    found = word_balance(presence, np.array([1, 1, 0, 0]), 2)
    np.testing.assert_allclose(found, [[-1, 1], [0, 0]])
