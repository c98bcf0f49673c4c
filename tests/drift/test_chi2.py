"""Chi-squared against scipy; text, dates and missing values kept apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from trustlab.data.frames import read_frame
from trustlab.drift.chi2 import chi2

COMPAS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "compas" / "compas.csv"


def drawn(rows, seed, **shares):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.choice(list("abc"), rows, p=share) for name, share in shares.items()})


SAME, MOVED = (0.5, 0.3, 0.2), (0.2, 0.3, 0.5)


def test_fires_where_shares_moved(compare, table):
    result = compare(chi2, drawn(300, 0, x=SAME, y=SAME), drawn(300, 1, x=SAME, y=MOVED))
    assert result.status == "fail"
    rows = table(result)
    assert rows["drifted"].to_dict() == {"y": True, "x": False}
    assert rows.loc["y", "furthest"] in {"a", "c"}
    assert result.value == rows.loc["y", "statistic"]
    assert result.view("shares_1").title == "y"


def test_does_not_fire_where_they_stayed(compare, table):
    result = compare(chi2, drawn(300, 0, x=SAME, y=SAME), drawn(300, 1, x=SAME, y=SAME))
    assert result.status == "pass"
    assert not table(result)["drifted"].any()


def test_numbers_are_scipys(compare, table):
    before, after = drawn(200, 2, x=SAME, y=SAME), drawn(150, 3, x=SAME, y=MOVED)
    rows = table(compare(chi2, before, after))
    for name in before:
        counted = pd.crosstab(np.repeat([0, 1], [200, 150]), pd.concat([before[name], after[name]]).to_numpy())
        statistic, p_value, _, _ = scipy.stats.chi2_contingency(counted, correction=False)
        assert rows.loc[name, "statistic"] == pytest.approx(statistic)
        assert rows.loc[name, "p_value"] == pytest.approx(p_value)
        assert rows.loc[name, "method"] == "asymptotic"


def test_small_counts_are_permuted(compare, table):
    before = pd.DataFrame({"x": ["a"] * 6 + ["b"]})
    after = pd.DataFrame({"x": ["a"] + ["b"] * 6})
    row = table(compare(chi2, before, after)).loc["x"]
    assert row["method"] == "permutation"
    exact = scipy.stats.fisher_exact([[6, 1], [1, 6]]).pvalue  # of a symmetric table both orders of "as extreme" agree
    assert row["p_value"] == pytest.approx(exact, abs=4 * np.sqrt(exact / 9999))


def test_same_seed_same_answer_and_row_order_is_nothing(compare, table):
    before, after = drawn(12, 0, x=SAME, y=SAME), drawn(9, 1, x=MOVED, y=SAME)
    one = table(compare(chi2, before, after))
    two = table(compare(chi2, before.iloc[::-1], after.iloc[::-1]))
    three = table(compare(chi2, before, after, ["y", "x"]))
    pd.testing.assert_frame_equal(one, two)
    assert one["p_value"].to_dict() == three["p_value"].to_dict()


def test_missing_is_a_category(compare, table):
    before, after = drawn(200, 0, x=SAME), drawn(200, 1, x=SAME)
    after.loc[:79, "x"] = None
    result = compare(chi2, before, after)
    assert result.status == "fail"
    assert table(result).loc["x", "furthest"] == "(missing)"


def test_a_new_category_is_seen(compare, table):
    before, after = drawn(200, 0, x=SAME), drawn(200, 1, x=SAME).replace("c", "new")
    row = table(compare(chi2, before, after)).loc["x"]
    assert row["drifted"]
    assert row["categories"] == 4


def test_text_dates_and_changed_kinds_are_named_not_tested(compare, table):
    rows = 100
    before = drawn(rows, 0, x=SAME).assign(
        note=[f"n{at}" for at in range(rows)],
        day=[f"2026-01-{1 + at % 28:02d}" for at in range(rows)],
        kind=["a"] * rows,
    )
    after = before.assign(note=[f"m{at}" for at in range(rows)], day="2026-02-01", kind=range(rows))
    result = compare(chi2, before, after)
    assert table(result).index.tolist() == ["x"]
    assert "Not compared, no categories: day (datetime)" in result.reason
    assert "Left out: note (names rows)" in result.reason
    assert "kind" in result.reason
    assert result.status == "pass"


def test_booleans_and_categoricals(compare, table):
    before = pd.DataFrame({"flag": [True, False] * 50, "level": pd.Categorical(["low", "high"] * 50)})
    after = pd.DataFrame({"flag": [True] * 100, "level": pd.Categorical(["low", "high"] * 50)})
    assert table(compare(chi2, before, after))["drifted"].to_dict() == {"flag": True, "level": False}


def test_too_few_rows_is_not_fine(compare):
    one = pd.DataFrame({"x": ["a"]})
    result = compare(chi2, one, one.replace("a", "b"))
    assert result.status == "not_applicable"
    assert "Gather more rows" in result.reason


def test_many_categories_are_gathered_in_the_picture(compare):
    frame = pd.DataFrame({"x": [f"v{at % 15}" for at in range(300)]})
    view = compare(chi2, frame, frame).view("shares_1")
    assert len(view.rows) == 13
    assert view.rows[-1][0] == "(others)"
    assert sum(view.column("current")) == pytest.approx(1)


@pytest.mark.skipif(not COMPAS.is_file(), reason="the public data sets (../shared/data) are not beside the repo")
def test_compas_by_race(compare, table):
    frame = read_frame(COMPAS, name="compas.csv")
    black, white = frame[frame["race"] == "African-American"], frame[frame["race"] == "Caucasian"]
    result = compare(chi2, black, white, ["score_text", "sex"])
    rows = table(result)
    counted = pd.crosstab(frame["race"], frame["score_text"]).loc[["African-American", "Caucasian"]]
    assert rows.loc["score_text", "statistic"] == pytest.approx(scipy.stats.chi2_contingency(counted).statistic)
    assert result.status == "fail"
