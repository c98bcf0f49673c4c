import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression

from trustlab.checks.robustness.small_changes import small_changes
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def judged(model, X, y=None, seed=0, **parameters):
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    return evaluate(small_changes, {"subject": subject}, Context(seed=seed), parameters=parameters)


def rule(function):
    return as_predictor(lambda rows: np.asarray(function(rows)).astype(int), task="binary", classes=[0, 1])


def table(n=2000, seed=0):
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(n, 4)), columns=list("abcd"))


def test_a_threshold_changes_as_often_as_it_is_crossed():
    result = judged(rule(lambda rows: rows["a"] > 0), table(20_000), max_rows=20_000, size=0.1)
    expected = np.arccos(1 / np.sqrt(1 + 0.1**2)) / np.pi
    assert result.interval[0] < expected < result.interval[1]
    assert result.view("alone").rows[0][0] == "a"
    assert result.view("alone").rows[1][1] == 0


def test_a_brittle_model_fails_and_a_smooth_one_never_does():
    # every hundredth of a standard deviation another class
    stripes = rule(lambda rows: np.floor(rows["a"] * 100) % 2)
    assert all(judged(stripes, table(500, seed), seed=seed).status == "fail" for seed in range(20))
    for seed in range(6):
        X = table(1000, seed)
        y = (X.a + X.b + np.random.default_rng(seed).normal(size=1000) > 0).astype(int)
        assert judged(HistGradientBoostingClassifier(max_iter=15).fit(X, y), X, y, seed=seed).status == "pass"


def test_regression_moves_by_more_than_a_share_of_its_spread():
    X = table(4000)
    steep = judged(LinearRegression().fit(X, X.a), X, size=0.05, max_rows=4000)
    # the noise is one standard normal number in units of the limit: outside ±1 in 32%
    assert steep.value == pytest.approx(0.317, abs=0.03)
    assert judged(LinearRegression().fit(X, X.a), X).value == 0


def test_text_alone_is_not_applicable_and_wide_tables_take_fewer_rows():
    X = pd.DataFrame({"t": ["x", "y"] * 20})
    assert judged(rule(lambda rows: rows["t"] == "x"), X).status == "not_applicable"
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 20_000)), columns=[f"x{at}" for at in range(20_000)])
    assert judged(rule(lambda rows: rows["x0"] > 0), wide).n == 250
