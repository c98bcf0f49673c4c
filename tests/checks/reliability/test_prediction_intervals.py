import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import BayesianRidge, LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trustlab.checks.reliability.prediction_intervals import prediction_intervals
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


class Narrow(BayesianRidge):
    def predict(self, X, return_std=False):
        if not return_std:
            return super().predict(X)
        mean, deviation = super().predict(X, return_std=True)
        return mean, deviation / 2


def rows(seed, n=1500):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=list("abc"))
    return X, X.a + rng.normal(size=n)


def checked(model, X, y, **parameters):
    subject = Subject.load(model=model, data=X, target=y, task="regression", context=Context())
    return evaluate(prediction_intervals, {"subject": subject}, Context(), parameters=parameters)


def test_right_deviations_pass_nearly_always():
    statuses = []
    for seed in range(20):
        model = make_pipeline(StandardScaler(), BayesianRidge()).fit(*rows(seed))
        statuses.append(checked(model, *rows(seed + 100)).status)
    assert statuses.count("pass") >= 18


def test_narrow_ranges_warn_and_are_counted():
    X, y = rows(1)
    result = checked(Narrow().fit(*rows(0)), X, y)
    assert result.status == "warn"
    assert "Overconfident" in result.reason
    expected = 2 * stats.norm.cdf(1.645 / 2) - 1
    curve = result.view("coverage")
    within = dict(zip(curve.column("promised"), curve.column("within"), strict=True))
    assert within[0.9] == pytest.approx(expected, abs=0.04)
    mean, deviation = Narrow().fit(*rows(0)).predict(X, return_std=True)
    for promised, share in within.items():
        assert share == pytest.approx(np.mean(np.abs(y - mean) <= stats.norm.ppf(0.5 + promised / 2) * deviation))
    assert sum(result.view("ranks").column("rows")) == pytest.approx(1)


def test_models_that_state_nothing_or_few_rows_are_not_applicable():
    X, y = rows(0)
    result = checked(LinearRegression().fit(X, y), X, y)
    assert result.status == "not_applicable"
    assert "conformal" in result.reason
    assert checked(BayesianRidge().fit(X, y), X[:5], y[:5]).status == "not_applicable"
