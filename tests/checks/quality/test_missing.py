import numpy as np
import pandas as pd
import pytest
from scipy import stats

from trustlab.checks.quality.missing import missing
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.intervals import wilson


def rows(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"a": rng.normal(size=n), "b": rng.choice(["x", "y"], n), "y": rng.integers(0, 2, n)})


def checked(frame, **given):
    subject = Subject.load(data=frame, target="y", context=Context(), **given)
    return evaluate(missing, {"subject": subject}, Context())


def test_complete_data_pass_and_gaps_warn():
    whole = checked(rows())
    assert whole.status == "pass"
    assert whole.value == 0
    frame = rows()
    frame.loc[:199, "a"] = np.nan
    frame.loc[:9, "b"] = None
    result = checked(frame)
    assert result.status == "warn"
    assert result.value == pytest.approx(0.2)
    assert result.reason.startswith("a is missing in 20.0% of rows, the most of 2 features")
    assert result.interval == pytest.approx(wilson(200, 1000, 0.975).at(())[1:])
    assert result.view("by_column").column("column") == ["a", "b"]


def test_few_gaps_pass():
    frame = rows()
    frame.loc[:19, "a"] = np.nan
    assert checked(frame).status == "pass"


def test_gaps_that_go_with_the_target_are_named():
    frame = rows()
    frame.loc[(frame.y == 1) & (np.arange(1000) % 3 == 0), "a"] = np.nan
    frame.loc[np.random.default_rng(1).random(1000) < 0.1, "b"] = None
    result = checked(frame)
    assert "goes together with y: a." in result.reason
    table = pd.crosstab(frame.a.isna(), frame.y).to_numpy()
    assert result.p_value == pytest.approx(2 * stats.chi2_contingency(table, correction=False).pvalue, rel=1e-6)
    row = dict(zip(result.view("by_column").columns, result.view("by_column").rows[0], strict=True))
    assert row["y_if_missing"] == 1.0
    assert row["y_otherwise"] == pytest.approx(frame.y[frame.a.notna()].mean())


def test_gaps_by_chance_are_not_named():
    named = 0
    for seed in range(20):
        frame = rows(seed=seed)
        frame.loc[np.random.default_rng(seed + 100).random(1000) < 0.2, "a"] = np.nan
        named += "goes together" in checked(frame).reason
    assert named <= 4


def test_an_all_missing_feature_and_a_regression_target():
    frame = rows().assign(y=np.random.default_rng(3).normal(size=1000), empty=np.nan)
    frame.loc[frame.y > 0.5, "a"] = np.nan
    result = checked(frame)
    assert result.value == 1.0
    assert result.status == "warn"
    assert "goes together with y: a." in result.reason


def test_without_a_target_only_the_shares_are_told():
    subject = Subject.load(
        data=rows().assign(a=np.nan, said=0), prediction="said", task="binary", context=Context()
    )  # fmt: skip
    result = evaluate(missing, {"subject": subject}, Context())
    assert result.value == 1.0
    assert result.p_value is None
