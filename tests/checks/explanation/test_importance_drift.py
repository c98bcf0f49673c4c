import numpy as np
import pandas as pd
import pytest

from tests.checks.explanation.subjects import asked, judged
from trustlab.checks.explanation.importance_drift import _distance, importance_drift


def subject_of(spread, n=300):
    rng = np.random.default_rng(0)
    train = pd.DataFrame(rng.normal(size=(n, 3)), columns=list("abc"))
    now = pd.DataFrame(rng.normal(size=(n, 3)), columns=list("abc"))
    now["b"] *= spread
    return asked(lambda rows: rows["a"].to_numpy() + rows["b"].to_numpy(), now, train=train.assign(y=1.0))


def test_an_input_that_spreads_is_found():
    result = judged(importance_drift, subject_of(4.0))
    assert result.status == "warn"
    assert result.p_value < 0.01
    assert set(result.view("importance").column("feature")[:2]) == {"a", "b"}
    # against the common background of the audited rows: mean sizes of a normal difference, closed form
    assert 0.1 < result.value < 0.5


def test_rows_of_one_population_do_not():
    result = judged(importance_drift, subject_of(1.0))
    assert result.status == "pass"
    assert "could be chance" in result.reason
    assert result.p_value > 0.01


def test_the_distance_is_total_variation():
    assert _distance(np.array([1.0, 1.0]), np.array([3.0, 1.0])) == pytest.approx(0.25)
    assert _distance(np.array([1.0, 0.0]), np.array([0.0, 5.0])) == 1.0
