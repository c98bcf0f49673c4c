import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from statsmodels.stats.proportion import proportion_confint

from trustlab.checks.robustness.expectations import expectations
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def judged(model, X, **parameters):
    subject = Subject.load(model=model, data=X, context=Context())
    return evaluate(expectations, {"subject": subject}, Context(), parameters=parameters)


def score(function):
    return as_predictor(lambda rows: np.asarray(function(rows)), task="binary", classes=[0, 1], returns="probabilities")


def table(n=400):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.uniform(size=n), "b": rng.uniform(size=n), "race": rng.choice(["u", "v", "w"], n)})


def test_directions_hold_or_break_in_the_rows_where_they_do():
    # it rises with a where b is below 0.5, and falls where it is above
    model = score(lambda rows: 0.5 + 0.4 * (rows["a"] - 0.5) * np.where(rows["b"] < 0.5, 1, -1))
    X = table()
    result = judged(model, X, expect={"a": "+"}, max_rows=400)
    share = (X["b"] >= 0.5).mean()
    assert result.value == pytest.approx(share)
    assert result.interval == pytest.approx(proportion_confint(round(share * 400), 400, method="wilson"))
    assert result.status == "fail"
    assert "must not fall with a" in result.reason
    assert judged(model, X, expect={"a": "-"}, max_rows=400).value == pytest.approx(1 - share)
    monotone = score(lambda rows: rows["a"] * 0.9)
    assert judged(monotone, X, expect={"a": "+", "b": "="}).status == "pass"
    assert judged(monotone, X, expect={"a": "-"}).value == 1


def test_the_worst_move_is_the_largest_fall_after_a_rise():
    model = score(lambda rows: np.where(rows["a"] > 0.55, 0.3, 0.2 + rows["a"]))
    view = judged(model, table(), expect={"a": "+"}).view("by_feature")
    options = np.array(sorted(judged(model, table(), expect={"a": "+"}).view("curves").column("score")))
    assert view.column("worst")[0] == pytest.approx(options.max() - 0.3)


def test_a_category_stays_within_the_tolerance():
    model = score(lambda rows: 0.5 + 0.005 * (rows["race"] == "u"))
    assert judged(model, table(), expect={"race": "="}).value == 0
    assert judged(model, table(), expect={"race": "="}, tolerance=0.001).value == 1


def test_regression_is_measured_in_its_own_spread():
    X = table()[["a", "b"]]
    model = HistGradientBoostingRegressor(monotonic_cst=[1, 0]).fit(X, 5 * X.a + np.sin(20 * X.b))
    assert judged(model, X, expect={"a": "+"}).status == "pass"
    assert judged(model, X, expect={"b": "+"}).value == 1


def test_what_is_stated_must_make_sense():
    model = score(lambda rows: rows["a"])
    assert judged(model, table()).status == "not_applicable"
    for expect in ({"c": "+"}, {"a": "up"}, {"race": "+"}):
        result = judged(model, table(), expect=expect)
        assert result.status == "error"
        assert "expect" in result.reason
