import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.execute import evaluate
from trustlab.explain.shap import shap
from trustlab.models.subject import Subject


@pytest.fixture
def subject():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 3)), columns=["income", "debt", "noise"])
    y = np.where(X.income - 0.4 * X.debt > 0, "yes", "no")
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(X, y)
    return Subject.load(model=model, data=X.assign(ok=y), target="ok", context=Context())


def judged(subject, **parameters):
    return evaluate(shap, {"subject": subject}, Context(), parameters=parameters)


def test_a_row_is_explained_and_adds_up(subject):
    result = judged(subject, row=7)
    assert result.status == "pass"
    assert result.value == pytest.approx(subject.predict_proba(subject.X.iloc[[7]]).max())
    assert result.reason.startswith("Row 7: ok = ")
    assert "mostly because income" in result.reason
    quality = dict(zip(result.view("quality").column("measure"), result.view("quality").column("value"), strict=True))
    table = result.view("contributions")
    assert quality["base"] + sum(table.column("contribution")) == pytest.approx(quality["prediction"])
    assert quality["completeness residual"] == pytest.approx(0, abs=1e-12)
    assert table.column("feature")[0] == "income"
    assert table.column("contribution_lo")[0] <= table.column("contribution")[0] <= table.column("contribution_hi")[0]


def test_on_average_the_true_cause_comes_first_and_noise_last(subject):
    result = judged(subject)
    assert result.view("importance").column("feature") == ["income", "debt", "noise"]
    assert result.interval[0] > 0
    assert sum(result.view("importance").column("share")) == pytest.approx(1)
    quality = dict(zip(result.view("quality").column("measure"), result.view("quality").column("value"), strict=True))
    assert quality["stability over reruns"] == pytest.approx(1)


def test_the_same_seed_gives_the_same_and_another_seed_another(subject):
    first, second = judged(subject, row=3), judged(subject, row=3)
    assert first.views == second.views
    other = evaluate(shap, {"subject": subject}, Context(seed=5), parameters={"row": 3})
    assert other.views != first.views


def test_a_value_in_the_targets_unit_for_regression():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 2)), columns=["a", "b"])
    model = HistGradientBoostingRegressor(max_iter=20).fit(X, 100 * X.a)
    result = judged(Subject.load(model=model, data=X.assign(price=100 * X.a), target="price", context=Context()), row=0)
    assert result.unit == "price"
    assert result.value == pytest.approx(model.predict(X.iloc[[0]])[0])


def test_a_row_that_is_not_there(subject):
    with pytest.raises(UsageError, match="row must be from 0 to 299"):
        shap(subject, row=300, context=Context())
    bare = Subject.load(data=subject.dataset.frame, target="ok", context=Context())
    assert judged(bare, row=0).status == "not_applicable"


def test_a_model_that_answers_always_the_same():
    X = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0)})
    constant = HistGradientBoostingRegressor(max_iter=1).fit(X, np.ones(20))
    result = judged(Subject.load(model=constant, data=X.assign(y=np.arange(20.0) + 0.5), target="y", context=Context()))
    assert "by no input" in result.reason
