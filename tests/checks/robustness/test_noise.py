import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier

from trustlab.checks.robustness.noise import noise
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def subject_of(model, X, y):
    return Subject.load(model=model, data=X, target=y, context=Context())


def judged(subject, **parameters):
    return evaluate(noise, {"subject": subject}, Context(), parameters=parameters)


def test_a_threshold_rule_drops_by_the_chance_to_cross_it():
    X = pd.DataFrame({"a": np.random.default_rng(0).normal(size=20_000)})
    y = (X.a > 0).astype(int)
    result = judged(subject_of(DecisionTreeClassifier(max_depth=1).fit(X, y), X, y), max_rows=20_000, repeats=5)
    # a standard normal and its noisy copy of correlation r differ in sign with chance arccos(r) / pi
    expected = np.arccos(1 / np.sqrt(1 + 0.1**2)) / np.pi
    assert result.interval[0] < expected < result.interval[1]
    assert result.value == pytest.approx(expected, rel=0.1)
    assert result.status == "pass"
    assert "shown, not judged" in result.threshold.source.lower()


def test_wide_margins_do_not_drop_and_still_have_an_interval():
    X = pd.DataFrame({"a": np.r_[np.full(50, -1.0), np.full(50, 1.0)] + np.linspace(0, 0.01, 100)})
    y = (X.a > 0).astype(int)
    result = judged(subject_of(DecisionTreeClassifier(max_depth=1).fit(X, y), X, y))
    assert result.value == 0
    assert result.interval == pytest.approx((-result.interval[1], result.interval[1]))
    z = norm.ppf(0.975)
    assert result.interval[1] == pytest.approx(z**2 / (100 + z**2))


def test_the_curve_grows_and_r2_drops_by_the_noise_in_the_prediction():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.uniform(size=(4000, 2)), columns=["a", "b"])
    y = 2 * X.a + rng.normal(0, 0.1, 4000)
    model = LinearRegression().fit(X, y)
    result = judged(subject_of(model, X, y), size=0.05)
    assert result.unit == "R2"
    expected = (model.coef_[0] * 0.05 * X.a.std()) ** 2 / y.var()
    assert result.value == pytest.approx(expected, rel=0.25)
    drops = result.view("by_size").column("drop")
    assert drops[-1] > drops[2]


def test_text_gaps_and_yes_or_no_columns_stay():
    seen = []

    class Watching:
        def predict(self, X):
            seen.append(X)
            return (X["a"].fillna(0) > 0).astype(int).to_numpy()

    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=100), "flag": rng.integers(0, 2, 100), "town": ["x", "y"] * 50})
    X.loc[:9, "a"] = np.nan
    model = as_predictor(Watching(), task="binary", classes=[0, 1])
    subject = subject_of(model, X, rng.integers(0, 2, 100))
    assert judged(subject).status == "pass"
    for moved in seen[1:]:
        assert moved["a"].isna().sum() == 10
        assert (moved["flag"] == X["flag"]).all()
        assert (moved["town"] == X["town"]).all()
        assert moved["a"].max() <= X["a"].max()


def test_nothing_that_can_move_is_not_applicable():
    X = pd.DataFrame({"flag": [0, 1] * 30})
    model = HistGradientBoostingClassifier(max_iter=2).fit(X, X.flag)
    assert judged(subject_of(model, X, X.flag)).status == "not_applicable"
