import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.checks.fairness.audited import asked, noisy, rows_of
from trustlab.checks.fairness.calibration_within_groups import calibration_within_groups

NAMED = {"target": "y", "score": "p"}


def scored(seed, n=4000, off=0.0):
    """Right probabilities; those of group b are too high by ``off``."""
    rng = np.random.default_rng(seed)
    true = rng.uniform(0.1, 0.9, n)
    group = rng.choice(["a", "b"], n)
    return pd.DataFrame({"y": noisy(true, rng), "p": (true + off * (group == "b")).clip(0, 1), "group": group})


def test_probabilities_that_run_high_for_one_group_warn_and_right_ones_pass():
    off = asked(calibration_within_groups, scored(0, off=0.1), named=NAMED)
    assert off.status == "warn"
    assert 0.05 < off.interval[0] < off.value < off.interval[1]
    assert "points too high for group b" in off.reason
    assert asked(calibration_within_groups, scored(1), named=NAMED).status == "pass"


def test_the_difference_of_two_groups_is_welchs():
    frame = scored(2, n=300, off=0.2)
    result = asked(calibration_within_groups, frame, named=NAMED)
    residual = frame.y - frame.p
    sides = [residual[frame.group == name] for name in "ab"]
    expected = stats.ttest_ind(*sides, equal_var=False).confidence_interval(0.95)
    assert result.value == pytest.approx(abs(sides[0].mean() - sides[1].mean()))
    assert result.interval == pytest.approx(tuple(expected))


def test_the_table_has_an_error_for_groups_with_rows_enough():
    frame = pd.concat([scored(3), scored(4, n=30).assign(group="c")])
    result = asked(calibration_within_groups, frame, named=NAMED)
    table = rows_of(result, "by_group", "group")
    assert table.loc["a", "ece_lo"] <= table.loc["a", "ece"] <= table.loc["a", "ece_hi"]
    assert np.isnan(table.loc["c", "ece"])
    assert set(rows_of(result, "reliability")["group"]) == {"a", "b", "c"}


def test_one_group_is_not_applicable():
    assert asked(calibration_within_groups, scored(5).assign(group="a"), named=NAMED).status == "not_applicable"


def test_a_group_whose_rows_are_all_alike_is_no_certainty():
    """Twenty people with one probability who all repaid: the interval is as wide as Wilson's of twenty."""
    frame = pd.concat([scored(5), pd.DataFrame({"y": 1, "p": 0.97, "group": ["c"] * 20})])
    table = rows_of(asked(calibration_within_groups, frame, named=NAMED), "by_group").set_index("group")
    reach = stats.norm.ppf(0.975) ** 2 / (20 + stats.norm.ppf(0.975) ** 2)
    assert table.residual_hi["c"] - table.residual["c"] == pytest.approx(reach)
