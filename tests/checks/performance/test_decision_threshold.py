import numpy as np
import pandas as pd
import pytest

from trustlab.checks.performance.decision_threshold import decision_threshold
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=2000, seed=0, squeeze=1.0):
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 2, n)
    return pd.DataFrame({"x": rng.normal(size=n), "y": (rng.random(n) < p).astype(int), "p": p**squeeze})


def judged(frame, **parameters):
    subject = Subject.load(data=frame, target="y", score="p", context=Context())
    return evaluate(decision_threshold, {"subject": subject}, Context(), parameters=parameters)


def cuts(result):
    view = result.view("cuts")
    return pd.DataFrame(view.rows, columns=view.columns).set_index("way")


@pytest.mark.parametrize("seed", range(5))
def test_right_probabilities_cut_at_a_half_pass_with_equal_costs(seed):
    result = judged(rows(seed=seed))
    assert result.status == "pass"
    assert result.interval[0] <= 0


@pytest.mark.parametrize("seed", range(5))
def test_unequal_costs_ask_for_another_cut(seed):
    frame = rows(seed=seed)
    result = judged(frame, cost_fn=5.0)
    assert result.status == "warn"
    assert result.interval[0] > 0.05
    found = cuts(result)
    assert found.loc["best cut, charged on other rows", "cut"] == pytest.approx(1 / 6, abs=0.08)
    called, y = frame.p >= 0.5, frame.y == 1
    assert found.loc["now", "cost"] == pytest.approx(((called & ~y) + 5 * (~called & y)).mean())
    assert found.loc["now", "false_negatives"] == (~called & y).sum()
    assert found.loc["cut that trusts the probabilities", "cut"] == pytest.approx(1 / 6)
    assert found.loc["every row positive", "cost"] == pytest.approx((~y).mean())
    assert found.loc["no row positive", "cost"] == pytest.approx(5 * y.mean())


def test_squeezed_scores_ask_for_another_cut_too():
    assert judged(rows(squeeze=3.0)).status == "warn"


def test_the_order_of_rows_does_not_matter():
    frame = rows(400)
    one, two = judged(frame, cost_fn=2.0), judged(frame.sample(frac=1, random_state=1), cost_fn=2.0)
    assert one.value == pytest.approx(two.value)
    for name in ("cut", "cost", "cost_lo", "false_negatives"):
        assert cuts(one)[name].to_numpy(float) == pytest.approx(cuts(two)[name].to_numpy(float), nan_ok=True)


def test_views_are_small_and_no_mistake_is_a_pass():
    frame = rows(5000)
    result = judged(frame)
    assert len(result.view("cost").rows) <= 200
    assert len(result.view("net_benefit").rows) == 49
    perfect = judged(frame.assign(p=frame.y.astype(float)))
    assert (perfect.status, perfect.value) == ("pass", 0)


def test_few_rows_of_a_class_are_not_applicable():
    frame = rows(200).assign(y=np.r_[np.ones(5, int), np.zeros(195, int)])
    assert judged(frame).status == "not_applicable"
