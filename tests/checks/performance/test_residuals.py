import numpy as np
import pandas as pd
import pytest

from trustlab.checks.performance.residuals import residuals
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    said = 10 + 3 * rng.normal(size=n)
    return pd.DataFrame({"x": rng.normal(size=n), "said": said, "y": said + rng.normal(size=n)})


def judged(frame):
    subject = Subject.load(data=frame, target="y", prediction="said", task="regression", context=Context())
    return evaluate(residuals, {"subject": subject}, Context())


def test_clean_errors_pass_and_none_fails():
    found = [judged(rows(seed=seed)) for seed in range(20)]
    assert sum(result.status == "pass" for result in found) >= 19
    assert not any(result.status == "fail" for result in found)


@pytest.mark.parametrize("seed", range(5))
def test_a_bias_that_follows_the_prediction_warns(seed):
    frame = rows(seed=seed)
    frame["said"] = 10 + 0.8 * (frame.said - 10)
    result = judged(frame)
    assert result.status == "warn"
    assert result.interval[0] > 0.1
    table = result.view("bands")
    errors = (frame.said - frame.y).groupby(pd.qcut(frame.said, 10, labels=False)).mean()
    assert table.column("error") == pytest.approx(errors.to_numpy())
    assert "standard deviations" in result.reason


def test_a_growing_spread_is_said_but_not_judged():
    frame = rows(seed=3)
    noise = np.random.default_rng(4).normal(size=1000)
    frame["y"] = frame.said + noise * np.exp(0.3 * (frame.said - 10))
    result = judged(frame)
    assert result.provenance["spread_p_value"] < 0.001
    assert result.p_value > 0.01, "of the headline, which is the bias"
    assert "spread follows the prediction" in result.reason
    assert result.status == "pass"


def test_the_worst_rows_are_named():
    frame = rows()
    frame.loc[[7, 21], "y"] = [1000.0, -500.0]
    assert judged(frame).view("worst_rows").column("row")[:2] == [7, 21]
    shares = judged(frame).view("errors").column("share")
    assert sum(shares) == pytest.approx(1)


def test_errors_that_do_not_vary():
    frame = rows(100)
    exact = judged(frame.assign(said=frame.y))
    assert (exact.status, exact.value) == ("pass", 0)
    shifted = judged(frame.assign(y=np.arange(100.0), said=np.arange(100.0) + 2))
    assert shifted.status == "warn"
    assert "off by the same, 2" in shifted.reason


def test_one_prediction_for_all_is_still_looked_at():
    result = judged(rows(200).assign(said=9.0))
    assert result.status == "warn"
    assert len(result.view("bands").rows) == 1


def test_few_rows_are_not_applicable():
    assert judged(rows(30)).status == "not_applicable"
