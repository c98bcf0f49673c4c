"""Paired tests against statsmodels, scipy, published tables and counting by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import contingency_tables

from trustlab.stats import classification
from trustlab.stats.paired import delong, mcnemar, paired_bootstrap


def answers(both, first, second, neither):
    counts = [both, first, second, neither]
    return np.repeat([1, 1, 0, 0], counts), np.repeat([1, 0, 1, 0], counts)


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(lambda cells: sum(cells) > 0))
@settings(max_examples=200, deadline=None)
def test_mcnemar_equals_statsmodels(cells):
    both, first, second, neither = cells
    found = mcnemar(*answers(*cells))
    expected = contingency_tables.mcnemar([[both, first], [second, neither]], exact=True)
    assert found.p_value == pytest.approx(min(expected.pvalue, 1.0))
    assert (found.first_only, found.second_only, found.n) == (first, second, sum(cells))
    assert found.difference.value == pytest.approx((first - second) / sum(cells))
    assert -1 - 1e-12 <= found.difference.lo <= found.difference.value <= found.difference.hi <= 1 + 1e-12


def test_mcnemar_on_a_published_table():
    # Bentur et al. (2009), as analysed by Fagerland, Lydersen and Laake: airway hyper-responsiveness before and after
    found = mcnemar(*answers(1, 1, 7, 12))
    assert found.p_value == pytest.approx(0.0703, abs=5e-5)
    assert (found.difference.lo, found.difference.hi) == pytest.approx((-0.507, -0.026), abs=5e-4)


def test_mcnemar_at_the_edges():
    assert mcnemar([], []).p_value == 1
    assert np.isnan(mcnemar([], []).difference).all()
    same = mcnemar([1] * 20, [1] * 20)
    assert (same.p_value, same.difference.value) == (1, 0)
    assert same.difference.lo < 0 < same.difference.hi


@pytest.mark.parametrize("chance", [(0.7, 0.1, 0.05, 0.15), (0.45, 0.2, 0.05, 0.3)])
def test_mcnemar_interval_covers(chance):
    rng = np.random.default_rng(0)
    hit = 0
    for cells in rng.multinomial(60, chance, size=600):
        found = mcnemar(*answers(*cells)).difference
        hit += found.lo <= chance[1] - chance[2] <= found.hi
    assert hit / 600 >= 0.93


def test_delong_equals_counting_every_pair():
    rng = np.random.default_rng(1)
    truth = np.repeat([0, 1], [25, 18])
    scores = [np.round(rng.normal(size=43) + truth, 1), np.round(rng.normal(size=43) + 0.5 * truth, 1)]
    wins = [(s[truth == 1][:, None] > s[truth == 0]) + 0.5 * (s[truth == 1][:, None] == s[truth == 0]) for s in scores]
    rows, columns = (np.array([w.mean(axis=axis) for w in wins]) for axis in (1, 0))
    covariance = np.cov(rows) / 18 + np.cov(columns) / 25
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference = wins[0].mean() - wins[1].mean()
    found = delong(truth, *scores)
    assert found.difference.value == pytest.approx(difference)
    assert found.difference.hi - found.difference.lo == pytest.approx(2 * 1.959964 * np.sqrt(variance), rel=1e-6)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(difference) / np.sqrt(variance)))


def test_delong_holds_its_level_and_finds_what_is_there():
    rng = np.random.default_rng(2)
    truth = np.repeat([0, 1], 60)
    alarms = found = 0
    for _ in range(400):
        shared = rng.normal(size=120) + truth
        one, two, worse = (shared + spread * rng.normal(size=120) for spread in (0.5, 0.5, 3))
        alarms += delong(truth, one, two).p_value < 0.05
        found += delong(truth, one, worse).p_value < 0.05
    assert alarms / 400 <= 0.075
    assert found / 400 >= 0.6


def test_the_bootstrap_over_cells_is_the_bootstrap_over_rows():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 150)
    one = np.where(rng.random(150) < 0.7, truth, rng.integers(0, 3, 150))
    two = np.where(rng.random(150) < 0.5, one, rng.integers(0, 3, 150))
    found = paired_bootstrap(truth, one, two, 3, classification.macro_f1, 4000, rng)

    def gap(rows):
        tables = [classification.confusion_matrix(truth[rows], said[rows], 3) for said in (one, two)]
        return float(classification.macro_f1(tables[0]) - classification.macro_f1(tables[1]))

    draws = [gap(rng.integers(0, 150, 150)) for _ in range(2000)]
    assert found.difference.value == pytest.approx(gap(np.arange(150)))
    assert found.difference[1:] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.02)
    assert found.p_value < 0.05


def test_the_bootstrap_knows_what_both_models_share():
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 2, 400)
    one = np.where(rng.random(400) < 0.7, truth, 1 - truth)
    same = paired_bootstrap(truth, one, one, 2, classification.f1, 500, rng)
    assert tuple(same.difference) == (0, 0, 0)
    assert same.p_value == 1
    assert np.isnan(paired_bootstrap([], [], [], 2, classification.f1, 10, rng).p_value)
    nothing = paired_bootstrap([0, 0], [0, 0], [0, 1], 2, classification.f1, 10, rng)
    assert np.isnan(nothing.difference.value)
