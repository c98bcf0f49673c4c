"""Bootstraps against scipy's, against resampling of rows, and by how often they cover."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from trustlab.core.errors import InputError, UsageError
from trustlab.stats.bootstrap import draw_cells, multinomial_bootstrap, percentile_ends
from trustlab.stats.counts import fpr, group_confusion, ppv


def test_cells_are_drawn_as_rows_would_be():
    rng = np.random.default_rng(0)
    truth, decision, group = rng.integers(0, 2, 200), rng.integers(0, 2, 200), rng.choice(["a", "b"], 200, p=[0.8, 0.2])
    counted = group_confusion(truth, decision, group)
    by_cells = ppv(draw_cells(counted.cells, 4000, rng))
    by_rows = np.empty((4000, 2))
    for place in range(4000):
        rows = rng.integers(0, 200, 200)
        by_rows[place] = ppv(group_confusion(truth[rows], decision[rows], group[rows], ["a", "b"]).cells)
    for column in range(2):
        assert stats.ks_2samp(by_cells[:, column], by_rows[:, column]).pvalue > 0.001
        assert by_cells[:, column].std() == pytest.approx(by_rows[:, column].std(), rel=0.08)


def test_totals_are_kept_as_asked():
    cells = np.array([[5, 10, 0, 5], [0, 0, 0, 0], [1, 2, 3, 4]])
    rng = np.random.default_rng(1)
    together = draw_cells(cells, 50, rng)
    assert (together.sum(axis=(1, 2)) == 30).all()
    assert together.sum(axis=2)[:, 0].std() > 0
    apart = draw_cells(cells, 50, rng, within=1)
    assert (apart.sum(axis=2) == [20, 0, 10]).all()
    assert (apart[:, 0, 2] == 0).all()
    with pytest.raises(UsageError, match="draws must be at least 1"):
        draw_cells(cells, 0, rng)
    with pytest.raises(InputError, match="whole and not negative"):
        draw_cells([-1, 2], 5, rng)
    with pytest.raises(InputError, match="within"):
        draw_cells([1, 2], 5, rng, within=1)


def test_multinomial_bootstrap_says_nan_where_there_is_nothing():
    rng = np.random.default_rng(2)
    found = multinomial_bootstrap([[10, 10, 5, 5], [0, 0, 3, 3], [0, 0, 0, 0]], fpr, 200, rng)
    assert found.value[0] == 0.5
    assert found.lo[0] < 0.5 < found.hi[0]
    assert np.isnan([found.value[1:], found.lo[1:], found.hi[1:]]).all()
    assert np.isnan(multinomial_bootstrap([0, 0, 0, 0], fpr, 10, rng).at(())).all()


def test_multinomial_bootstrap_covers_a_difference_between_groups():
    rng = np.random.default_rng(3)
    chance = np.array([[0.2, 0.1, 0.05, 0.15], [0.15, 0.15, 0.1, 0.1]])

    def gap(cells):
        rates = fpr(cells)
        return rates[..., 1] - rates[..., 0]

    truth = float(gap(chance))
    hit = 0
    for cells in rng.multinomial(600, chance.ravel(), 400).reshape(-1, 2, 4):
        found = multinomial_bootstrap(cells, gap, 400, rng).at(())
        hit += found.lo <= truth <= found.hi
    assert hit / 400 >= 0.92


def test_percentile_ends_by_hand():
    draws = np.arange(1.0, 100.0)[::-1]  # 1..99: the 5 % tails end at the 5th from either side
    assert percentile_ends(draws, 0.9) == (5.0, 95.0)
    assert percentile_ends(np.r_[draws, np.full(30, np.nan)], 0.9) == (5.0, 95.0)
    assert percentile_ends(np.r_[np.full(50, np.inf), 1.0], 0.98) == (1.0, np.inf)
    assert percentile_ends(np.array([1.0, 2.0, 3.0]), 0.95) == (1.0, 3.0)
    assert np.isnan(percentile_ends(np.array([np.nan, np.nan]), 0.95)).all()


def test_same_seed_same_interval():
    cells = [[10, 5, 5, 10]]
    first, second = (multinomial_bootstrap(cells, fpr, 100, np.random.default_rng(9)) for _ in range(2))
    assert first.lo == second.lo
