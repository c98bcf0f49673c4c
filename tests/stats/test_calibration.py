"""Calibration against hand counts, closed forms and simulation with a known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from trustlab.core.errors import InputError, UsageError
from trustlab.stats.calibration import (
    brier_parts,
    debiased_ece,
    debiased_squared_error,
    ece,
    ece_interval,
    monotone_bins,
    reliability_bins,
    spiegelhalter_z,
)

forecasts = st.lists(st.tuples(st.booleans(), st.sampled_from([0, 0.1, 0.2, 0.5, 0.9, 1])), min_size=1, max_size=60)


def calibrated(rng, n):
    chance = rng.beta(2, 2, n)
    return rng.random(n) < chance, chance


def test_bins_by_hand():
    bins = reliability_bins([0, 0, 1, 1, 0, 1], [0.1, 0.2, 0.3, 0.6, 0.8, 1.0], 3)
    assert bins.n.tolist() == [2, 2, 2]
    assert bins.hits.tolist() == [0, 2, 1]
    assert bins.predicted == pytest.approx([0.15, 0.45, 0.9])
    assert bins.low.tolist() == [0.1, 0.3, 0.8]
    assert bins.high.tolist() == [0.2, 0.6, 1.0]
    assert bins.gap == pytest.approx([-0.15, 0.55, -0.4])
    assert ece(bins) == pytest.approx((0.15 + 0.55 + 0.4) / 3)


@given(forecasts, st.integers(1, 12))
@settings(max_examples=200, deadline=None)
def test_bins_hold_every_row_once_and_never_split_a_tie(rows, n_bins):
    truth, chance = np.array(rows, float).T
    bins = reliability_bins(truth, chance, n_bins)
    assert len(bins.n) <= n_bins
    assert (bins.n > 0).all()
    assert bins.n.sum() == len(rows)
    assert bins.hits.sum() == truth.sum()
    assert (bins.low[1:] > bins.high[:-1]).all()
    for low, high, n, hits in zip(bins.low, bins.high, bins.n, bins.hits, strict=True):
        inside = (chance >= low) & (chance <= high)
        assert (n, hits) == (inside.sum(), truth[inside].sum())


@given(forecasts, st.integers(1, 12))
@settings(max_examples=200, deadline=None)
def test_brier_parts_add_up(rows, n_bins):
    truth, chance = np.array(rows, float).T
    parts = brier_parts(truth, chance, n_bins)
    assert parts.brier == pytest.approx(np.mean((truth - chance) ** 2))
    assert parts.brier == pytest.approx(
        parts.reliability - parts.resolution + parts.uncertainty + parts.within, abs=1e-12
    )


def test_brier_parts_by_hand():
    # four rows at 0.25 with one hit, four at 0.75 with two: Murphy's parts, and nothing within
    parts = brier_parts([1, 0, 0, 0, 1, 1, 0, 0], [0.25] * 4 + [0.75] * 4, 2)
    assert parts.reliability == pytest.approx(0.25**2 / 2)
    assert parts.resolution == pytest.approx(((0.25 - 0.375) ** 2 + (0.5 - 0.375) ** 2) / 2)
    assert parts.uncertainty == pytest.approx(0.375 * 0.625)
    assert parts.within == 0


def test_the_bias_is_taken_off_where_probabilities_are_right():
    rng = np.random.default_rng(0)
    plain, better, squared = np.array(
        [
            (ece(bins), debiased_ece(bins), debiased_squared_error(bins))
            for bins in (reliability_bins(*calibrated(rng, 600)) for _ in range(300))
        ]
    ).T
    assert plain.mean() > 0.045
    assert better.mean() < plain.mean() / 3
    # unbiased: the truth is 0, within four standard errors of the simulation
    assert abs(squared.mean()) < 4 * squared.std() / np.sqrt(300)


def overconfident(rng, n):
    """Outcomes by right chances, and probabilities whose log odds are half as far again from even."""
    chance = rng.beta(2, 2, n)
    return rng.random(n) < chance, special.expit(1.5 * special.logit(chance)), chance


def test_the_bias_is_taken_off_where_they_are_wrong():
    rng = np.random.default_rng(1)
    _, said, right = overconfident(rng, 1_000_000)
    truth = np.abs(said - right).mean()
    plain, better = np.empty(300), np.empty(300)
    for place in range(300):
        outcome, said, _ = overconfident(rng, 600)
        bins = reliability_bins(outcome, said)
        plain[place], better[place] = ece(bins), debiased_ece(bins)
    assert abs(better.mean() - truth) < (plain.mean() - truth) / 3


@pytest.mark.parametrize(("shift", "n"), [(0.0, 600), (0.1, 600), (0.05, 3000)])
def test_ece_interval_covers_shifted_probabilities(shift, n):
    rng = np.random.default_rng(2)
    hit = 0
    for _ in range(200):
        chance = rng.uniform(0.2, 0.6, n)
        found = ece_interval(reliability_bins(rng.random(n) < chance + shift, chance), rng, draws=300)
        hit += found.lo <= shift <= found.hi
        assert 0 <= found.lo <= found.value <= found.hi <= 1
    assert hit / 200 >= 0.92


def test_ece_interval_covers_overconfidence_and_sees_it():
    rng = np.random.default_rng(3)
    _, said, right = overconfident(rng, 1_000_000)
    truth = np.abs(said - right).mean()
    found = [ece_interval(reliability_bins(*overconfident(rng, 3000)[:2]), rng, draws=300) for _ in range(150)]
    assert np.mean([lo <= truth <= hi for _, lo, hi in found]) >= 0.92
    assert np.mean([lo > 0 for _, lo, _ in found]) >= 0.95


def test_seen_gaps_are_what_the_debiased_error_leads_to():
    # one bin: the folded normal's mean at the debiased error is the plain error
    bins = reliability_bins([1] * 35 + [0] * 65, [0.25] * 100, 1)
    error = debiased_ece(bins)
    assert 0 < error < 0.1
    noise = np.sqrt((0.25 + error) * (0.75 - error) / 100)
    assert stats.foldnorm(error / noise, scale=noise).mean() == pytest.approx(0.1)
    within_noise = reliability_bins([1] * 26 + [0] * 74, [0.25] * 100, 1)
    assert debiased_ece(within_noise) == 0


def test_the_sweep_stops_before_the_order_breaks():
    rng = np.random.default_rng(3)
    truth, chance = calibrated(rng, 2000)
    bins = monotone_bins(truth, chance)
    assert (np.diff(bins.observed) >= 0).all()
    following = reliability_bins(truth, chance, len(bins.n) + 1)
    assert (np.diff(following.observed) < 0).any()
    assert len(monotone_bins([0, 1], [0.9, 0.1]).n) == 1
    assert len(monotone_bins(truth, truth, most=7).n) == 2


def test_spiegelhalter_by_hand_and_by_level():
    truth, chance = np.array([1, 0, 1]), np.array([0.9, 0.2, 0.4])
    mean = (chance * (1 - chance)).sum()
    z = (((truth - chance) ** 2).sum() - mean) / np.sqrt(((1 - 2 * chance) ** 2 * chance * (1 - chance)).sum())
    found = spiegelhalter_z(truth, chance)
    assert found.z == pytest.approx(z)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(z)))
    rng = np.random.default_rng(4)
    alarms = sum(spiegelhalter_z(*calibrated(rng, 300)).p_value <= 0.05 for _ in range(400))
    assert stats.binom(400, 0.05).ppf(0.001) <= alarms <= stats.binom(400, 0.05).ppf(0.999)


def test_spiegelhalter_is_positive_for_overconfidence():
    rng = np.random.default_rng(5)
    truth = rng.random(500) < 0.7
    assert spiegelhalter_z(truth, np.full(500, 0.95)).z > 3


def test_no_rows_and_certain_probabilities():
    none = reliability_bins([], [])
    assert none.n.size == 0
    assert np.isnan([ece(none), debiased_ece(none), debiased_squared_error(none)]).all()
    assert np.isnan(ece_interval(none, np.random.default_rng(0))).all()
    assert np.isnan(brier_parts([], [])).all()
    assert np.isnan(spiegelhalter_z([], [])).all()
    assert np.isnan(spiegelhalter_z([1, 0, 1], [1.0, 0.0, 0.5])).all()
    sure = reliability_bins([1, 0], [1.0, 0.0], 2)
    assert debiased_ece(sure) == 0
    assert np.isnan(debiased_squared_error(sure))
    proof = ece_interval(sure, np.random.default_rng(0))
    assert proof[:2] == (0, 0)
    assert proof.hi > 0.1  # two rows prove little
    one = reliability_bins([1], [0.3])
    assert ece(one) == pytest.approx(0.7)
    with pytest.raises(InputError, match=r"between 0 and 1; got -0\.1"):
        reliability_bins([1], [-0.1])
    with pytest.raises(UsageError, match="n_bins"):
        reliability_bins([1], [0.1], 0)
