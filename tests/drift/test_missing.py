"""Missing values: begun, ceased, unchanged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from trustlab.drift.missing import missing


def holed(rows, **gone):
    return pd.DataFrame({name: [np.nan] * many + [1.5] * (rows - many) for name, many in gone.items()})


def test_fires_where_values_vanish(compare, table):
    result = compare(missing, holed(200, a=0, b=4), holed(150, a=0, b=60))
    assert result.status == "fail"
    rows = table(result)
    assert rows["drifted"].to_dict() == {"b": True, "a": False}
    assert rows.loc["b", ["reference_missing", "current_missing"]].tolist() == [0.02, 0.4]
    expected = scipy.stats.chi2_contingency([[4, 196], [60, 90]], correction=False)
    assert rows.loc["b", "statistic"] == pytest.approx(expected.statistic)
    assert rows.loc["b", "p_value"] == pytest.approx(expected.pvalue)


def test_fires_where_values_come_back(compare):
    assert compare(missing, holed(200, a=60), holed(200, a=0)).status == "fail"


def test_does_not_fire_where_shares_stay(compare, table):
    result = compare(missing, holed(200, a=20, b=0), holed(100, a=11, b=0))
    assert result.status == "pass"
    assert not table(result)["drifted"].any()


def test_a_small_sure_change_warns(compare):
    assert compare(missing, holed(10_000, a=100), holed(10_000, a=300)).status == "warn"


def test_text_columns_count_too(compare, table):
    before = pd.DataFrame({"word": ["a", "b"] * 50})
    after = pd.DataFrame({"word": ["a", None] * 50})
    assert table(compare(missing, before, after))["drifted"].to_dict() == {"word": True}


def test_nothing_missing_says_so(compare):
    result = compare(missing, holed(50, a=0, b=0), holed(50, a=0, b=0))
    assert result.status == "pass"
    assert result.reason == "No value is missing on either side, in 2 columns."


def test_one_row_cannot_say(compare):
    assert compare(missing, holed(1, a=0), holed(1, a=0)).status == "not_applicable"
