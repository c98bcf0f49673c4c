import pytest

from tests.checks.explanation.subjects import judged, linear
from trustlab.checks.explanation.dominant_feature import dominant_feature
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.core.result import Threshold


def test_the_share_and_the_effective_number():
    result = judged(dominant_feature, linear([4.0, 1.0, 1.0]))
    assert result.status == "pass"
    assert result.value == pytest.approx(4 / 6, abs=0.05)
    assert result.interval[0] < 4 / 6 < result.interval[1]
    shares = result.view("importance").column("share")
    assert result.provenance["effective number of inputs"] == pytest.approx(1 / sum(share**2 for share in shares))
    assert sum(result.view("importance").column("first")) == pytest.approx(1)


def test_equal_inputs_are_as_many_as_they_are():
    result = judged(dominant_feature, linear([1.0] * 6))
    assert result.provenance["effective number of inputs"] == pytest.approx(6, abs=0.3)


def test_a_policys_limit_is_judged_by_the_interval():
    subject, limit = linear([9.0, 1.0]), Threshold(0.5, 0.8, "the owner of this test")
    assert evaluate(dominant_feature, {"subject": subject}, Context(), threshold=limit).status == "fail"
    assert judged(dominant_feature, linear([1.0])).status == "not_applicable"
