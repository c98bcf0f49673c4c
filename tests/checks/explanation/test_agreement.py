import numpy as np
import pandas as pd
import pytest

from tests.checks.explanation.subjects import asked, judged, linear
from trustlab.checks.explanation.agreement import agreement


def test_methods_agree_on_a_linear_model():
    result = judged(agreement, linear([8.0, 4.0, 2.0, 1.0, 0.5]))
    assert result.value == pytest.approx(1.0)
    assert len(result.view("pairs").rows) == 3
    assert "share 5 of their first 5" in result.reason


def test_an_interaction_that_cancels_on_average_is_seen_by_shap_and_not_by_dependence():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 5)), columns=list("abcde"))
    subject = asked(lambda rows: (3 * rows["a"] * rows["b"] + rows["c"] + 0.5 * rows["d"]).to_numpy(), X)
    result = judged(agreement, subject)
    assert result.value < 0.8
    pairs = {frozenset(row[:2]): row[2] for row in result.view("pairs").rows}
    assert pairs[frozenset(("SHAP", "partial dependence"))] < 0.8


def test_too_few_inputs():
    assert judged(agreement, linear([1.0, 2.0])).status == "not_applicable"
