import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score

from trustlab.checks.performance.learning_curve import learning_curve
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject

QUIET = Context(progress=False)


def rows(seed=0, n=1600, width=6, bent=False):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, width))).add_prefix("f")
    odds = 3 * np.sign(X.f0 * X.f1) if bent else 2 * X.f0
    return X, (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)


def judged(parameters=None, **named):
    subject = Subject.load(**named, context=QUIET)
    return evaluate(learning_curve, {"subject": subject}, QUIET, parameters=parameters or {})


def test_a_forest_that_still_learns_says_so_and_is_fitted_again():
    train, (Z, z) = rows(0, bent=True), rows(1, 3000, bent=True)
    model = RandomForestClassifier(20, random_state=0).fit(*train)
    result = judged({"repeats": 3}, model=model, data=Z, target=z, train=train)
    assert result.status == "pass"
    assert "RandomForestClassifier, fitted again" in result.reason
    assert "noise" not in result.reason
    assert result.interval[0] > 0
    curve = result.view("curve")
    assert curve.column("rows") == [100, 200, 400, 800, 1600, 3200, 6400]
    own = 1 - balanced_accuracy_score(z, RandomForestClassifier(20, random_state=0).fit(*train).predict(Z))
    assert curve.column("error")[4] == pytest.approx(own, abs=0.02)
    # what it foretells comes about, within its interval and that of the rows that answer
    more = rows(2, 3200, bent=True)
    later = 1 - balanced_accuracy_score(z, RandomForestClassifier(20, random_state=0).fit(*more).predict(Z))
    assert abs(curve.column("error")[5] - later) < 0.03


def test_a_line_that_has_learned_all_gains_nothing():
    train, (Z, z) = rows(0, 3200, width=2), rows(1, 2000)
    model = LogisticRegression().fit(train[0][["f0", "f1"]], train[1])
    result = judged({"repeats": 3}, model=model, data=Z, target=z, train=train)
    assert result.value < 0.01
    assert "could be noise" in result.reason


def test_predictions_alone_are_given_a_linear_learner():
    X, y = rows(3, 1000)
    result = judged({"repeats": 2}, data=X.assign(y=y, said=y), target="y", prediction="said")
    assert "a linear model in the model's place" in result.reason
    assert result.n == 500


def test_regression_is_measured_by_its_error():
    X, _ = rows(4, 900, width=20)
    y = X.f0 + np.random.default_rng(5).normal(size=900)
    model = LinearRegression().fit(X, y)
    result = judged({"repeats": 3}, model=model, data=X, target=y)
    errors = result.view("curve").column("error")
    assert errors[0] > errors[2] > 0.95
    assert result.unit == "root mean squared error"


def test_few_rows_are_not_applicable():
    X, y = rows(6, 150)
    assert judged(data=X.assign(y=y, said=y), target="y", prediction="said").status == "not_applicable"


def test_rows_sorted_by_label_are_fitted_by_the_models_own_kind_too():
    (X, y), (Z, z) = rows(4, 800), rows(5, 200)
    order = np.argsort(y, kind="stable")
    model = RandomForestClassifier(5, random_state=0).fit(X, y)
    train = X.iloc[order].reset_index(drop=True), np.asarray(y)[order]
    assert "RandomForestClassifier" in judged({"repeats": 2}, model=model, data=Z, target=z, train=train).reason
