import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trustlab.stats.membership import advantage, likelihood_ratio, log_odds, privacy_loss


def test_chance_refutes_nothing():
    rng = np.random.default_rng(0)
    found = [privacy_loss(np.arange(400) % 2 == 0, rng.random(400), rng).epsilon for _ in range(300)]
    assert np.mean(np.array(found) > 0) <= 0.05


def test_randomised_response_is_not_flattered():
    # Answering the truth with probability e/(1+e) is exactly epsilon 1.
    rng = np.random.default_rng(1)
    truth = np.arange(4000) % 2 == 0
    keep = np.e / (1 + np.e)
    found = [
        privacy_loss(truth, np.where(rng.random(4000) < keep, truth, ~truth) * 1.0, rng).epsilon for _ in range(200)
    ]
    assert np.mean(np.array(found) > 1) <= 0.05
    assert np.mean(found) > 0.8


def test_either_side_of_the_cut_may_speak():
    rng = np.random.default_rng(2)
    truth = np.arange(2000) % 2 == 0
    cleared = np.where(truth, 1.0, rng.integers(0, 2, 2000))  # who scores 0 was never a member
    found = privacy_loss(truth, cleared, rng)
    assert not found.members
    assert found.slips == 0
    low = stats.binomtest(found.hits, found.hit_rows).proportion_ci(0.95, "exact").low
    high = stats.binomtest(0, found.slip_rows).proportion_ci(0.95, "exact").high
    assert found.epsilon == pytest.approx(np.log((low - 1e-5) / high))
    assert privacy_loss([True, False], [1.0, 0.0], rng) is None


@settings(max_examples=200, deadline=None)
@given(st.integers(3, 8), st.integers(2, 10), st.integers(0, 10**6))
def test_the_ratio_is_scipys_normal_densities(models, rows, seed):
    rng = np.random.default_rng(seed)
    observed, shadow = rng.normal(size=rows), rng.normal(size=(models, rows))
    inside = rng.random((models, rows)) < 0.5
    inside[0], inside[1] = True, False
    ratio, offline = (
        likelihood_ratio(observed, shadow, inside),
        likelihood_ratio(observed, shadow, inside, offline=True),
    )
    ends = []
    for chosen in (inside, ~inside):
        mean = np.array([shadow[chosen[:, r], r].mean() for r in range(rows)])
        rest = np.concatenate([shadow[chosen[:, r], r] - mean[r] for r in range(rows)])
        freedom = sum(chosen[:, r].sum() - 1 for r in range(rows))
        ends.append(stats.norm(mean, np.sqrt((rest**2).sum() / freedom) if freedom else 1.0))
    assert ratio == pytest.approx(ends[0].logpdf(observed) - ends[1].logpdf(observed), rel=1e-6, abs=1e-6)
    assert offline == pytest.approx(ends[1].logcdf(observed), rel=1e-6, abs=1e-6)


def test_a_row_that_no_model_left_out_is_unknown():
    found = likelihood_ratio([0.0, 0.0], np.zeros((3, 2)), [[True, True], [True, False], [True, True]])
    assert np.isnan(found[0])
    assert log_odds([0.5, 0.0])[0] == 0
    assert np.isfinite(log_odds([0.0, 1.0])).all()


def test_the_advantage_is_not_flattered_by_the_search_for_its_cut():
    rng = np.random.default_rng(7)
    truth = np.arange(600) % 2 == 0
    chance = [advantage(truth, rng.random(600), rng) for _ in range(400)]
    assert np.mean([found.value for found in chance]) == pytest.approx(0, abs=0.01)
    assert np.mean([found.lo <= 0 <= found.hi for found in chance]) > 0.93
    shifted = [advantage(truth, truth + rng.normal(size=600), rng).value for _ in range(200)]
    best = stats.norm.cdf(0.5) - stats.norm.cdf(-0.5)  # at the middle between two unit normals
    assert np.mean(shifted) == pytest.approx(best, abs=0.03)
    assert np.isnan(advantage([True], [1.0], rng)).all()
