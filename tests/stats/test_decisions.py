"""Cuts of a score against trying every one, and the decision curve against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.core.errors import UsageError
from trustlab.stats.decisions import (
    Costs,
    best_cut,
    cross_fitted_cuts,
    cut_costs,
    cut_range,
    net_benefit,
    saved_share,
    score_cells,
)

scored = st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=2, max_size=40)


def price(truth, called, costs):
    return np.mean(costs.false_positive * (called & ~truth) + costs.false_negative * (~called & truth))


@given(scored, st.floats(0, 5), st.floats(0.1, 5))
@settings(max_examples=200, deadline=None)
def test_every_cut_costs_what_a_loop_says(rows, cost_fp, cost_fn):
    truth, score = np.array([row[0] for row in rows]), np.array([row[1] for row in rows]) / 10
    costs, cells = Costs(cost_fp, cost_fn), score_cells(truth, score)
    found = cut_costs(cells.negatives, cells.positives, costs)
    expected = [price(truth, score >= cut, costs) for cut in [*np.unique(score), np.inf]]
    assert found == pytest.approx(expected)
    place = int(best_cut(found, cells.low, costs.cut))
    assert found[place] == pytest.approx(min(expected))


def test_of_equal_cuts_the_one_nearest_to_the_aim_is_taken():
    low = np.array([0.1, 0.4, 0.6])
    assert best_cut(np.array([1.0, 1.0, 1.0, 2.0]), low, 0.45) == 1
    assert best_cut(np.array([[3.0, 3, 3, 1], [0, 1, 1, 1]]), low, 0.45).tolist() == [3, 0]


def test_many_scores_are_gathered_and_the_best_cut_is_near():
    rng = np.random.default_rng(0)
    chance = rng.random(200_000)
    truth = rng.random(200_000) < chance
    cells, costs = score_cells(truth, chance, 500), Costs(1, 3)
    assert len(cells.low) == 500
    assert (cells.negatives + cells.positives).sum() == 200_000
    lo, hi = cut_range(cells, costs, 300, rng)
    assert lo <= costs.cut == 0.25 <= hi
    assert hi - lo < 0.15


def test_folds_do_not_see_their_own_rows():
    rng = np.random.default_rng(1)
    score = rng.integers(0, 8, 90) / 8
    truth, fold = rng.random(90) < score, rng.integers(0, 3, 90)
    cells, costs = score_cells(truth, score), Costs(1, 2)
    for number, place in enumerate(cross_fitted_cuts(cells, truth, fold, costs)):
        others = fold != number
        prices = [price(truth[others], score[others] >= cut, costs) for cut in [*cells.low, np.inf]]
        assert prices[place] == pytest.approx(min(prices))


def test_net_benefit_is_its_definition_and_covers():
    rng = np.random.default_rng(2)
    chance = rng.beta(2, 3, 5000)
    truth = rng.random(5000) < chance
    found = net_benefit(truth, chance, [0.2, 0.5])
    for place, at in enumerate((0.2, 0.5)):
        called = chance >= at
        by_hand = (called & truth).mean() - (called & ~truth).mean() * at / (1 - at)
        assert found.model[place] == pytest.approx(by_hand)
        assert found.treat_all[place] == pytest.approx(truth.mean() - (1 - truth.mean()) * at / (1 - at))
    hit = 0
    big = rng.beta(2, 3, 2_000_000)
    true = np.mean((big >= 0.3) * (big - (1 - big) * 0.3 / 0.7))
    for _ in range(500):
        chance = rng.beta(2, 3, 200)
        one = net_benefit(rng.random(200) < chance, chance, [0.3])
        hit += one.lo[0] <= true <= one.hi[0]
    assert hit / 500 >= 0.925


def test_the_share_saved_covers():
    rng = np.random.default_rng(3)
    hit = 0
    for _ in range(500):
        now = (rng.random(300) < 0.3).astype(float)
        then = np.where(rng.random(300) < 0.2, 0, now)
        found = saved_share(now, then)
        hit += found.lo <= 0.2 <= found.hi
    assert hit / 500 >= 0.92
    assert np.isnan(saved_share(np.zeros(4), np.zeros(4))).all()


@pytest.mark.parametrize("costs", [(0, 0), (-1, 2)])
def test_costs_that_weigh_nothing_are_refused(costs):
    with pytest.raises(UsageError, match="costs must be at least 0 and not both 0"):
        Costs(*costs)
