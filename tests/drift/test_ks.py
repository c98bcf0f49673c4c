"""Kolmogorov-Smirnov against scipy, its promises by simulation, and what it must not claim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from trustlab.data.frames import read_frame
from trustlab.drift.ks import ks

SETS = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def normal(rows, seed, **shifts):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.normal(shift, 1, rows) for name, shift in shifts.items()})


def test_fires_where_it_moved_and_says_which(compare, table):
    result = compare(ks, normal(400, 0, a=0, b=0, c=0), normal(300, 1, a=0, b=1, c=0))
    assert result.status == "fail"
    assert result.reason.startswith("1 of 3 features moved beyond chance, by much (b): b.")
    rows = table(result)
    assert rows["drifted"].to_dict() == {"b": True, "a": False, "c": False}
    assert rows.index[0] == "b"
    assert result.value == rows.loc["b", "statistic"]
    assert result.p_value == rows.loc["b", "p_adjusted"]
    assert result.n == 700


def test_does_not_fire_where_nothing_moved(compare, table):
    result = compare(ks, normal(400, 0, a=0, b=0, c=0), normal(300, 1, a=0, b=0, c=0))
    assert result.status == "pass"
    assert result.reason.startswith("None of 3 features moved beyond chance")
    assert not table(result)["drifted"].any()


def test_a_sure_but_small_move_only_warns(compare):
    result = compare(ks, normal(20_000, 0, a=0), normal(20_000, 1, a=0.1))
    assert result.status == "warn"
    assert "but little: PSI below 0.25" in result.reason
    assert compare(ks, normal(20_000, 0, a=0), normal(20_000, 1, a=0.1), large=0.005).status == "fail"


def test_numbers_are_scipys(compare, table):
    before, after = normal(251, 3, a=0, b=0, c=0), normal(180, 4, a=0, b=0.4, c=2)
    before["ties"], after["ties"] = range(251), [at // 3 for at in range(180)]
    rows = table(compare(ks, before, after))
    for name in before:
        expected = scipy.stats.ks_2samp(before[name], after[name])
        assert rows.loc[name, "statistic"] == pytest.approx(expected.statistic, abs=1e-12)
        assert rows.loc[name, "p_value"] == pytest.approx(expected.pvalue, rel=1e-6)


def test_adjustment_is_holms(compare, table):
    from statsmodels.stats.multitest import multipletests

    shifts = dict(zip("abcdef", [0, 0.1, 0.2, 0.25, 0.3, 0.5], strict=True))
    rows = table(compare(ks, normal(200, 5, **dict.fromkeys(shifts, 0)), normal(200, 6, **shifts)))
    drifted, adjusted, _, _ = multipletests(rows["p_value"], alpha=0.05, method="holm")
    assert rows["p_adjusted"].tolist() == pytest.approx(adjusted.tolist())
    assert rows["drifted"].tolist() == drifted.tolist()
    assert 0 < sum(drifted) < 6


def test_false_alarms_stay_below_alpha(compare):
    names = dict.fromkeys("abcd", 0)
    alarms = sum(
        compare(ks, normal(60, 2 * at, **names), normal(50, 2 * at + 1, **names), alpha=0.2).status != "pass"
        for at in range(150)
    )
    # 150 trials at no more than 0.2: more than 43 would come up once in a hundred times.
    assert 5 <= alarms <= 43


def test_the_interval_holds_the_truth(compare):
    true = 2 * scipy.stats.norm.cdf(0.25) - 1  # two normals half a standard deviation apart
    for seed in range(20):
        result = compare(ks, normal(300, seed, a=0), normal(200, seed + 100, a=0.5))
        assert result.interval[0] <= true <= result.interval[1]
        assert result.interval[0] <= result.value <= result.interval[1]


def test_missing_and_infinite_values(compare, table):
    before, after = normal(100, 0, a=0, gone=0, inf=0), normal(100, 1, a=0, gone=0, inf=0)
    before.loc[:9, "a"] = np.nan
    after["gone"] = np.nan
    after.loc[:2, "inf"] = np.inf
    result = compare(ks, before, after)
    rows = table(result)
    assert rows.loc["a", ["reference_n", "current_n"]].tolist() == [90, 100]
    assert rows.loc["gone", "drifted"] is None
    assert "Not tested, no values on one side: gone." in result.reason
    assert rows.index[-1] == "gone"


def test_too_few_rows_is_not_fine(compare):
    # Only 2 of the 11 orderings of 10 and 1 rows are as extreme as can be: p is at least 0.18.
    result = compare(ks, normal(10, 0, a=0), normal(1, 1, a=50))
    assert result.status == "not_applicable"
    assert "has 1 row: with 1 feature not even" in result.reason
    assert compare(ks, normal(10, 0, a=0), normal(1, 1, a=50), alpha=0.2).p_value == pytest.approx(2 / 11)


def test_nothing_to_compare(compare):
    texts = pd.DataFrame({"a": ["x", "y"]})
    result = compare(ks, texts, texts)
    assert result.status == "not_applicable"


def test_row_order_and_inputs(compare, table):
    before, after = normal(80, 0, a=0, b=0), normal(70, 1, a=1, b=0)
    kept = before.copy(), after.copy()
    one = compare(ks, before, after)
    two = compare(ks, before.sample(frac=1, random_state=1), after.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(table(one), table(two))
    pd.testing.assert_frame_equal(before, kept[0])
    pd.testing.assert_frame_equal(after, kept[1])


def test_pictures_are_shares_of_the_worst_three(compare):
    shifts = dict.fromkeys("abcd", 2)
    result = compare(ks, normal(100, 0, **dict.fromkeys(shifts, 0)), normal(100, 1, **shifts))
    pictures = [view for view in result.views if view.kind == "distribution"]
    assert [view.name for view in pictures] == ["shares_1", "shares_2", "shares_3"]
    for view in pictures:
        assert sum(view.column("reference")) == pytest.approx(1)
        assert sum(view.column("current")) == pytest.approx(1)


def test_a_hostile_name_is_text(compare, table):
    name = "<img src=x onerror=alert(1)>"
    result = compare(ks, normal(50, 0, **{name: 0}), normal(50, 1, **{name: 3}))
    assert table(result).index.tolist() == [name]
    assert not result.advice


@pytest.mark.skipif(not SETS.is_dir(), reason="the public data sets (../shared/data) are not beside the repo")
def test_electricity_prices_moved(compare, table):
    frame = read_frame(SETS / "elec2" / "elec.csv", name="elec2")
    half = len(frame) // 2
    columns = ["nswprice", "nswdemand", "period"]
    rows = table(compare(ks, frame[:half], frame[half:], columns))
    for name in columns:
        expected = scipy.stats.ks_2samp(frame[name][:half], frame[name][half:], method="asymp")
        assert rows.loc[name, "statistic"] == pytest.approx(expected.statistic, abs=1e-12)
    # The half hour of the day is the same on every day; the demand is not.
    assert rows["drifted"].to_dict() == {"nswdemand": True, "nswprice": True, "period": False}


def test_a_constant_reference_is_compared(compare, table):
    before, after = pd.DataFrame({"a": [3] * 60}), pd.DataFrame({"a": [3] * 40 + [5] * 20})
    result = compare(ks, before, after)
    expected = scipy.stats.ks_2samp(before["a"], after["a"])
    assert result.status in {"warn", "fail"}
    assert table(result).loc["a", "statistic"] == pytest.approx(expected.statistic)
    assert compare(ks, before, before).status == "pass"


def test_one_earlier_row_is_too_few(compare):
    result = compare(ks, normal(1, 0, a=0, b=0), normal(20, 1, a=0, b=0))
    assert result.status == "not_applicable"
    assert "has 1 row" in result.reason


def test_the_smaller_of_two_frames_without_a_name_is_counted(compare):
    assert "has 1 row:" in compare(ks, normal(20, 0, a=0, b=0), normal(1, 1, a=0, b=0)).reason
