import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.explain.networks import contributions, judged, quality
from trustlab.core.context import Context
from trustlab.explain._encoded import Encoded, encoded
from trustlab.explain.shap_linear import _explained, shap_linear
from trustlab.models.subject import Subject


def table(n=200):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n), "town": rng.choice(["x", "y", "z"], n)})
    return X, (X.a - X.b + (X.town == "x") + 0.3 * rng.normal(size=n) > 0.3).astype(int)


def test_it_is_the_shap_librarys_linear_explainer():
    X, y = table()
    X = X[["a", "b"]]
    subject = Subject.load(model=LogisticRegression().fit(X, y), data=X, target=y, context=Context())
    made = encoded(subject, X.iloc[:5], X)
    assert isinstance(made, Encoded)
    found = _explained(subject, X.iloc[:5], made, 0.95)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

        masker = shap.maskers.Independent(X, max_samples=len(X))
        expected = shap.LinearExplainer(subject.predictor.native, masker)(X.iloc[:5])
    sign = np.where(found.codes == 1, 1, -1)
    np.testing.assert_allclose(found.values, sign[:, None] * expected.values, atol=1e-9)
    np.testing.assert_allclose(found.base, sign * expected.base_values, atol=1e-9)
    np.testing.assert_allclose(found.residual, 0, atol=1e-12)


def test_levels_go_back_to_their_column_and_the_score_is_the_models():
    X, y = table()
    prepare = ColumnTransformer([("n", StandardScaler(), ["a", "b"]), ("c", OneHotEncoder(), ["town"])])
    model = make_pipeline(prepare, LogisticRegression()).fit(X, y)
    result = judged(shap_linear, Subject.load(model=model, data=X, target=y, context=Context()), row=3)
    assert set(contributions(result)) == {"a", "b", "town"}
    assert result.unit == "log-odds"
    assert abs(result.value) == pytest.approx(abs(model.decision_function(X.iloc[[3]])[0]))
    assert quality(result)["completeness residual"] == pytest.approx(0, abs=1e-9)
    assert quality(result)["faithfulness over random"] > 0


def test_several_classes_and_a_regression_on_average():
    X, _ = table()
    y = np.digitize(X.a, [-0.5, 0.5])
    numbers = X[["a", "b"]]
    subject = Subject.load(model=LogisticRegression().fit(numbers, y), data=numbers, target=y, context=Context())
    assert judged(shap_linear, subject).view("importance").column("feature")[0] == "a"
    model = LinearRegression().fit(numbers, 2 * numbers.a)
    subject = Subject.load(
        model=model, data=numbers.assign(y=2 * numbers.a + 0.01), target="y", task="regression", context=Context()
    )
    assert judged(shap_linear, subject).value == pytest.approx(2 * (numbers.a - numbers.a.mean()).abs().mean(), rel=0.2)


def test_what_it_cannot_explain():
    X, y = table()
    numbers = X[["a", "b"]]
    mixed = make_pipeline(PCA(2), LogisticRegression()).fit(numbers, y)
    result = judged(shap_linear, Subject.load(model=mixed, data=numbers, target=y, context=Context()))
    assert result.status == "not_applicable"
    assert "mixes columns" in result.reason
    forest = RandomForestRegressor(3).fit(numbers, X.a)
    subject = Subject.load(model=forest, data=numbers.assign(y=X.a), target="y", context=Context())
    assert judged(shap_linear, subject).status == "not_applicable"
