import pytest

from tests.checks.fairness.audited import asked, counted, rows_of
from trustlab.checks.fairness.predictive_parity import predictive_parity
from trustlab.stats.intervals import proportion_ratio, wilson


def test_predictions_worth_less_for_one_group_fail_and_equal_ones_pass():
    unequal = asked(predictive_parity, counted(a=(800, 100, 200, 900), b=(800, 600, 200, 400)))
    assert unequal.status == "fail"
    assert unequal.value == pytest.approx(0.9 / 0.4)
    assert "right 2.25 times as often for group a as for b" in unequal.reason
    assert asked(predictive_parity, counted(a=(800, 100, 200, 900), b=(400, 50, 100, 450))).status == "pass"


def test_the_interval_is_koopmans_of_two_comparisons_and_the_table_holds_wilsons():
    result = asked(predictive_parity, counted(a=(800, 100, 200, 900), b=(800, 600, 200, 400)))
    assert result.interval == pytest.approx(proportion_ratio(900, 1000, 400, 1000, 0.975).at(())[1:])
    table = rows_of(result, "by_group", "group")
    assert table.loc["b", ["npv", "npv_lo", "npv_hi"]].tolist() == pytest.approx(list(wilson(800, 1000).at(())))


def test_what_cannot_be_equal_at_once_is_said_only_where_base_rates_differ():
    apart = asked(predictive_parity, counted(a=(300, 100, 100, 500), b=(500, 100, 100, 300)))
    assert "Base rates differ (group a 0.6, b 0.4)" in apart.reason
    assert "Kleinberg" in apart.reason
    assert "Base rates" not in asked(predictive_parity, counted(a=(300, 100, 100, 500), b=(280, 120, 110, 490))).reason


def test_few_rows_only_warn_and_one_group_is_not_applicable():
    few = asked(predictive_parity, counted(a=(10, 4, 2, 14), b=(12, 9, 1, 8)))
    assert few.status == "warn"
    alone = asked(predictive_parity, counted(a=(10, 4, 2, 14), b=(1, 1, 1, 1)))
    assert alone.status == "not_applicable"
    assert "b (n 4)" in alone.reason
