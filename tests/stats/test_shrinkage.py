import numpy as np
import pytest

from trustlab.stats.shrinkage import beta_binomial


def test_rates_that_vary_no_more_than_chance_are_all_the_rate_of_all():
    assert beta_binomial([5, 10, 15], [10, 20, 30]).tolist() == [0.5] * 3
    assert np.isnan(beta_binomial([0], [0])).all()
    assert beta_binomial([3], [10]).tolist() == [0.3]


def test_small_groups_are_drawn_further_to_the_middle():
    shrunk = beta_binomial([900, 100, 5, 0], [1000, 1000, 5, 0])
    assert shrunk[0] == pytest.approx(0.9, abs=0.01)
    assert 0.5 < shrunk[2] < 1
    assert shrunk[3] == pytest.approx(1005 / 2005, abs=0.01)


def test_on_simulated_groups_it_is_nearer_to_the_truth_than_the_plain_rates():
    rng = np.random.default_rng(0)
    true = rng.beta(8, 12, 500)
    trials = rng.integers(2, 60, 500)
    hits = rng.binomial(trials, true)
    shrunk = beta_binomial(hits, trials)
    assert np.mean((shrunk - true) ** 2) < 0.6 * np.mean((hits / trials - true) ** 2)
    prior = (0.4 * 20 + hits) / (20 + trials)  # what would be best: the prior that was drawn from
    assert np.abs(shrunk - prior).max() < 0.05
