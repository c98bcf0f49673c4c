import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.explain.permutation import permutation
from trustlab.models.subject import Subject


def judged(model, X, y, **parameters):
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    return evaluate(permutation, {"subject": subject}, Context(), parameters=parameters)


def test_it_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(2000, 3)), columns=["a", "b", "noise"])
    y = (X.a + 0.5 * X.b > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(X, y)
    result = judged(model, X, y, repeats=20)
    expected = permutation_importance(model, X, y, n_repeats=20, random_state=1, scoring="accuracy").importances_mean
    view = result.view("importance")
    assert view.column("feature") == ["a", "b", "noise"]
    assert view.column("importance") == pytest.approx(list(expected), abs=0.01)
    assert result.interval[0] < result.value < result.interval[1]


def test_regression_by_the_closed_form():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(3000, 2)), columns=["a", "b"])
    y = 3 * X.a + X.b
    result = judged(LinearRegression().fit(X, y), X, y)
    # shuffling a leaves an error of twice the variance that a explains
    assert result.unit == "R2"
    assert result.value == pytest.approx(2 * 9 / 10, rel=0.1)


def test_an_unused_text_column_loses_nothing_and_wide_data_take_fewer_rows():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(3000, 60))).rename(columns="x{}".format)
    y = (X.x0 > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=3).fit(X, y)
    result = judged(model, X.assign(town="here"), y, repeats=2, max_rows=3000)
    assert result.n == 300_000 // (60 * 2)
    assert "town" not in result.view("importance").column("feature")
    assert result.view("importance").column("importance")[1:] == [0.0] * 59
