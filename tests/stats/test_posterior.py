"""Intervals of metrics of a confusion matrix: how often they cover, also where resampled rows would not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from trustlab.core.errors import InputError
from trustlab.stats import classification
from trustlab.stats.posterior import cell_chances, chance_interval

METRICS = (
    classification.balanced_accuracy,
    classification.f1,
    classification.matthews,
    classification.cohen_kappa,
    classification.weighted_f1,
)


@pytest.mark.parametrize("cells", [[40, 10, 10, 40], [70, 10, 8, 12], [45, 5, 2, 48], [89, 1, 5, 5]])
@pytest.mark.parametrize("n", [50, 500])
def test_they_cover(cells, n):
    rng = np.random.default_rng(0)
    chance = np.array(cells) / sum(cells)
    hit = dict.fromkeys(METRICS, 0)
    for _ in range(400):
        matrix = rng.multinomial(n, chance).reshape(2, 2)
        drawn = cell_chances(matrix, 500, rng)
        for metric in METRICS:
            found = chance_interval(matrix, drawn, metric)
            hit[metric] += found.lo <= metric(np.array(cells).reshape(2, 2)) <= found.hi
    for metric, count in hit.items():
        assert count / 400 >= 0.92, metric.__name__


def test_a_share_of_two_cells_is_the_beta_posterior():
    matrix = np.array([[30, 0], [4, 16]])
    drawn = cell_chances(matrix, 40_000, np.random.default_rng(1))
    found = chance_interval(matrix, drawn, classification.recall)
    assert (found.lo, found.hi) == pytest.approx(stats.beta.interval(0.95, 16.5, 4.5), abs=0.01)
    assert drawn.sum(axis=(1, 2)) == pytest.approx(1)


def test_no_mistake_is_not_certainty_but_a_constant_guess_is_one():
    perfect = np.diag([10, 10])
    found = chance_interval(perfect, cell_chances(perfect, 2000, np.random.default_rng(2)), classification.accuracy)
    assert 0.8 < found.lo < 0.97
    assert found.value == found.hi == 1
    constant = np.array([[95, 0], [5, 0]])
    drawn = cell_chances(constant, 500, np.random.default_rng(3))
    assert tuple(chance_interval(constant, drawn, classification.balanced_accuracy)) == pytest.approx((0.5,) * 3)


def test_classes_without_rows_stay_empty():
    matrix = np.array([[5, 1, 0], [2, 4, 0], [0, 0, 0]])
    drawn = cell_chances(matrix, 50, np.random.default_rng(4))
    assert (drawn[:, 2] == 0).all()
    assert (drawn[:, :, 2] == 0).all()
    empty = np.zeros((2, 2), int)
    assert np.isnan(chance_interval(empty, cell_chances(empty, 5, np.random.default_rng(5)), classification.f1)).all()
    with pytest.raises(InputError, match="matrix must be square"):
        cell_chances([[1, 2]], 5, np.random.default_rng(6))
