import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from trustlab.checks.explanation.shap_importance import shap_importance
from trustlab.checks.explanation.stability import stability
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def subject_of(weights, sensitive=None):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 3)), columns=["income", "debt", "sex"])
    model = LinearRegression().fit(X, X @ np.asarray(weights))
    return Subject.load(
        model=model, data=X.assign(y=X @ np.asarray(weights) + 1e-3), target="y", sensitive=sensitive, context=Context()
    )


def judged(subject):
    return evaluate(shap_importance, {"subject": subject}, Context())


def test_shares_are_those_of_a_linear_models_weights():
    result = judged(subject_of([3.0, 1.0, 0.0]))
    assert result.status == "pass"
    assert result.value == pytest.approx(0.75, abs=0.05)
    assert result.interval[0] < 0.75 < result.interval[1]
    view = result.view("importance")
    assert view.column("feature") == ["income", "debt", "sex"]
    assert sum(view.column("share")) == pytest.approx(1)


def test_a_sensitive_input_warns_only_where_it_is_relied_on():
    result = judged(subject_of([1.0, 1.0, 3.0], sensitive="sex"))
    assert result.status == "warn"
    assert result.reason.startswith("The model relies on the sensitive sex (")
    assert judged(subject_of([1.0, 1.0, 0.1], sensitive="sex")).status == "pass"
    assert judged(subject_of([1.0, 1.0, 3.0])).status == "pass"


def test_the_values_are_computed_once_for_both_checks(monkeypatch):
    from trustlab.explain import shap_values

    asked = []
    compute = shap_values.attribute
    monkeypatch.setattr(shap_values, "attribute", lambda *a: asked.append(1) or compute(*a))
    subject = subject_of([1.0, 2.0, 3.0])
    judged(subject)
    evaluate(stability, {"subject": subject}, Context())
    assert len(asked) == 1


def test_a_model_of_nothing_is_not_applicable():
    assert judged(subject_of([0.0, 0.0, 0.0])).status == "not_applicable"
