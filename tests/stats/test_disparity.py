import numpy as np
import pytest

from trustlab.core.errors import InputError
from trustlab.stats.disparity import pair_ratios, shared_level, worst_ratio
from trustlab.stats.intervals import proportion_ratio


def test_a_pair_is_larger_over_smaller_with_koopmans_interval():
    pairs = pair_ratios([20, 60], [100, 150])
    expected = proportion_ratio(60, 150, 20, 100).at(())
    assert (pairs.larger[0], pairs.smaller[0]) == (1, 0)
    assert tuple(pairs.at(0)) == pytest.approx(tuple(expected))
    assert tuple(worst_ratio([pairs])) == pytest.approx(tuple(expected))


def test_the_worst_of_many_pairs_may_differ_from_the_surest():
    # 2 of 4 against 1 of 1000 rows is far but unsure; 400 against 200 of 1000 is nearer and sure
    pairs = pair_ratios([400, 200, 4], [1000, 1000, 5])
    assert {pairs.larger[pairs.worst], pairs.smaller[pairs.worst]} == {1, 2}
    assert (pairs.larger[pairs.surest], pairs.smaller[pairs.surest]) == (0, 1)
    worst = worst_ratio([pairs])
    assert worst.value == pytest.approx(4.0)
    assert worst.lo == pairs.lo[pairs.surest] < 2 < worst.value < worst.hi


def test_zeros_and_empty_groups():
    none = pair_ratios([0, 0, 0], [50, 50, 0])
    assert none.value.tolist() == [1.0]
    assert none.lo.tolist() == [1.0]
    assert np.isinf(none.hi[0])
    some = pair_ratios([5, 0], [50, 50])
    assert np.isinf(some.value[0])
    assert some.lo[0] > 1
    assert some.finite[0] == pytest.approx(11.0)  # 5.5 against 0.5
    assert np.isnan(worst_ratio([pair_ratios([3], [5])]).value)
    with pytest.raises(InputError, match="at most trials"):
        pair_ratios([3, 1], [2, 2])


def test_the_interval_of_the_worst_ratio_covers_although_the_pair_was_picked():
    rng, rates, trials = np.random.default_rng(0), np.array([0.2, 0.2, 0.25, 0.3]), np.array([200, 300, 150, 250])
    truth, held = 1.5, 0
    for _ in range(400):
        worst = worst_ratio([pair_ratios(rng.binomial(trials, rates), trials, 0.95)])
        held += worst.lo <= truth <= worst.hi
    assert held / 400 >= 0.95


def test_a_shared_level_keeps_the_family_at_the_level():
    assert shared_level(0.95, 1) == pytest.approx(0.95)
    assert shared_level(0.95, 5) == pytest.approx(0.99)
