import numpy as np
import pandas as pd

from tests.checks.explanation.subjects import asked, judged, linear
from trustlab.checks.explanation.completeness import completeness


def test_a_model_that_answers_alike_adds_up():
    result = judged(completeness, linear([1.0, 2.0, 3.0]))
    assert result.status == "pass"
    assert result.value < 1e-9
    assert "but for rounding" in result.reason


def test_a_model_that_draws_does_not():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    result = judged(completeness, asked(lambda rows: rows["a"].to_numpy() + rng.normal(size=len(rows)), X))
    assert result.status == "warn"
    assert result.interval[0] > 0.05
    assert len(result.view("residuals").rows) == 10


def test_nothing_to_explain():
    assert judged(completeness, linear([0.0, 0.0])).status == "not_applicable"
