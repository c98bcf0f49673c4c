import numpy as np
import pytest

from tests.checks.explanation.subjects import judged, linear
from trustlab.checks.explanation.feature_importance import feature_importance
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.core.result import Threshold


def test_the_share_and_the_effective_number():
    result = judged(feature_importance, linear([4.0, 1.0, 1.0]))
    assert result.status == "pass"
    assert result.value == pytest.approx(4 / 6, abs=0.05)
    assert result.interval[0] < 4 / 6 < result.interval[1]
    shares = result.view("importance").column("share")
    assert result.provenance["effective number of inputs"] == pytest.approx(1 / sum(share**2 for share in shares))
    assert sum(result.view("importance").column("first")) == pytest.approx(1)


def test_equal_inputs_are_as_many_as_they_are():
    result = judged(feature_importance, linear([1.0] * 6))
    assert result.provenance["effective number of inputs"] == pytest.approx(6, abs=0.3)


def test_a_policys_limit_is_judged_by_the_interval():
    subject, limit = linear([9.0, 1.0]), Threshold(0.5, 0.8, "the owner of this test")
    assert evaluate(feature_importance, {"subject": subject}, Context(), threshold=limit).status == "fail"
    assert judged(feature_importance, linear([1.0])).status == "not_applicable"


def test_shares_and_sizes_are_those_of_a_linear_models_weights():
    result = judged(feature_importance, linear([3.0, 1.0, 0.0]))
    assert result.status == "pass"
    assert result.interval[0] < 0.75 < result.interval[1]
    view = result.view("importance")
    assert sum(view.column("share")) == pytest.approx(1)
    sizes = np.array(view.column("importance"))
    assert sizes[0] / sizes[1] == pytest.approx(3, abs=0.5)
    assert sizes / sizes.sum() == pytest.approx(view.column("share"))


def test_the_values_are_computed_once_for_both_checks(monkeypatch):
    from trustlab.checks.explanation.stability import stability
    from trustlab.explain import shap_values

    asked = []
    compute = shap_values.attribute
    monkeypatch.setattr(shap_values, "attribute", lambda *a: asked.append(1) or compute(*a))
    subject = linear([1.0, 2.0, 3.0])
    judged(feature_importance, subject)
    judged(stability, subject)
    assert len(asked) == 1


def test_a_model_of_nothing_is_not_applicable():
    assert judged(feature_importance, linear([0.0, 0.0, 0.0])).status == "not_applicable"
