import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from tests.explain.networks import contributions, judged, quality
from trustlab.core.context import Context
from trustlab.explain.shap_tree import shap_tree
from trustlab.explain.shap_values import attribute
from trustlab.models.subject import Subject

pytestmark = pytest.mark.filterwarnings("ignore")  # shap's own, while it is imported


def table(n=200):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=list("abc"))
    return X, (X.a + X.b * X.c > 0).astype(int)


def by_counting(model, row, background):
    """Shapley's formula itself: every set of known inputs, of three."""
    from itertools import combinations
    from math import factorial

    def worth(known):
        mixed = background.copy()
        for name in known:
            mixed[name] = row[name]
        return model.predict_proba(mixed)[:, 1].mean()

    names, values = list(background.columns), {}
    for name in names:
        others = [other for other in names if other != name]
        values[name] = sum(
            factorial(size) * factorial(2 - size) / factorial(3) * (worth((*known, name)) - worth(known))
            for size in range(3)
            for known in combinations(others, size)
        )
    return values


def test_a_forest_is_shapleys_formula():
    X, y = table(60)
    model = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, y)
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    result = judged(shap_tree, subject, row=3, background=60)
    code = int(model.predict(X.iloc[[3]])[0])
    expected = by_counting(model, X.iloc[3], X)
    assert contributions(result) == pytest.approx({n: v if code else -v for n, v in expected.items()}, abs=1e-6)
    assert quality(result)["completeness residual"] == pytest.approx(0, abs=1e-6)


def test_boosting_adds_up_in_log_odds_and_agrees_with_the_sampler():
    X, y = table()
    model = HistGradientBoostingClassifier(max_iter=15, random_state=0).fit(X, y)
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    result = judged(shap_tree, subject)
    assert result.unit == "log-odds"
    assert quality(result)["completeness residual"] == pytest.approx(0, abs=1e-5)
    sampled = attribute(subject, X.iloc[:50], X.iloc[100:130], np.random.default_rng(0)).strength().mean(axis=0)
    view = result.view("importance")
    exact = dict(zip(view.column("feature"), view.column("importance"), strict=True))
    assert np.argmax(sampled) == np.argmax([exact[name] for name in X.columns])


def test_levels_go_back_to_their_column():
    X, y = table()
    X = X.assign(town=np.where(X.a > 0, "north", "south"))
    prepare = ColumnTransformer([("c", OneHotEncoder(), ["town"])], remainder="passthrough")
    model = make_pipeline(prepare, RandomForestClassifier(5, random_state=0)).fit(X, y)
    result = judged(shap_tree, Subject.load(model=model, data=X, target=y, context=Context()), row=1, background=30)
    assert set(contributions(result)) == {"a", "b", "c", "town"}


def test_a_regression_tree():
    X, _ = table()
    model = DecisionTreeRegressor(max_depth=3).fit(X, 10 * X.a)
    subject = Subject.load(model=model, data=X.assign(price=10 * X.a), target="price", context=Context())
    result = judged(shap_tree, subject, row=0)
    assert result.value == pytest.approx(model.predict(X.iloc[[0]])[0])
    assert contributions(result)["b"] == pytest.approx(0, abs=1)


def test_what_it_cannot_explain():
    X, y = table()
    linear = Subject.load(model=LogisticRegression().fit(X, y), data=X, target=y, context=Context())
    assert judged(shap_tree, linear).status == "not_applicable"
    three = np.digitize(X.a, [-0.5, 0.5])
    boosted = GradientBoostingClassifier(n_estimators=3).fit(X, three)
    result = judged(shap_tree, Subject.load(model=boosted, data=X, target=three, context=Context()))
    assert result.status == "not_applicable"
    assert "cannot read this GradientBoostingClassifier" in result.reason
