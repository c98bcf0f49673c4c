import fairlearn.metrics
import numpy as np
import pytest

from tests.checks.fairness.audited import asked, counted, lenders
from trustlab.checks.fairness.equalized_odds import equalized_odds
from trustlab.stats.intervals import newcombe


def test_unequal_odds_fail_and_equal_ones_pass():
    unequal = asked(equalized_odds, counted(a=(900, 100, 100, 900), b=(600, 400, 100, 900)))
    assert unequal.status == "fail"
    assert unequal.value == pytest.approx(0.3)
    assert unequal.interval == pytest.approx(newcombe(400, 1000, 100, 1000, 0.975).at(())[1:])
    assert "group b is predicted 1 more often than a, by 30 points (FPR 0.4 vs 0.1" in unequal.reason
    assert asked(equalized_odds, counted(a=(900, 100, 100, 900), b=(880, 120, 110, 890))).status == "pass"


def test_the_value_is_fairlearns():
    frame = lenders(np.random.default_rng(0), 400, groups=("a", "b", "c"))
    expected = fairlearn.metrics.equalized_odds_difference(frame.y, frame.said, sensitive_features=frame.group)
    assert asked(equalized_odds, frame).value == pytest.approx(expected)


def test_a_clean_lender_seldom_fails_and_a_lender_who_errs_for_one_group_does():
    statuses, planted = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        frame = lenders(rng, 1000)
        statuses.append(asked(equalized_odds, frame).status)
        refused = (frame.group == "b") & (rng.random(1000) < 0.5)
        planted.append(asked(equalized_odds, frame.assign(said=np.where(refused, 0, frame.said))).status)
    assert statuses.count("fail") == 0
    assert planted.count("fail") >= 38


def test_without_two_groups_of_one_class_it_does_not_apply():
    assert asked(equalized_odds, counted(a=(30, 10, 0, 0), b=(0, 0, 10, 30))).status == "not_applicable"
