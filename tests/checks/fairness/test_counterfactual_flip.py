import numpy as np
import pandas as pd
import pytest

from trustlab.checks.fairness.counterfactual_flip import counterfactual_flip
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject
from trustlab.stats.intervals import wilson


def flipped(decide, frame=None, sensitive="race", **parameters):
    frame = applicants() if frame is None else frame
    model = as_predictor(decide, task="binary", classes=[0, 1], features=[c for c in frame if c != "y"], name="decide")
    subject = Subject.load(model=model, data=frame, target="y", sensitive=sensitive, context=Context())
    return evaluate(counterfactual_flip, {"subject": subject}, Context(), parameters=parameters)


def applicants(n=1000):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "income": rng.uniform(0, 100, n),
            "race": rng.choice(["Blue", "Green", None], n),
            "age": rng.integers(18, 80, n),
        }
    )
    return frame.assign(y=(frame.income > 50).astype(int))


def test_a_model_that_uses_the_attribute_warns_with_the_share_that_would_change():
    def decide(X):
        return (X["income"] + 20 * (X["race"] == "Green") > 50).astype(int)

    result = flipped(decide)
    frame = applicants()
    between = int(((frame.income > 30) & (frame.income <= 50)).sum())
    assert result.value == pytest.approx(between / 1000)
    assert result.interval == pytest.approx(wilson(between, 1000).at(())[1:])
    assert result.status == "warn"


def test_a_model_that_ignores_it_passes_with_nothing_changed():
    result = flipped(lambda X: (X["income"] > 50).astype(int))
    assert (result.status, result.value) == ("pass", 0.0)
    assert result.view("flips").column("changed") == [0.0, 0.0]


def test_numbers_are_set_to_the_middles_of_their_quartiles():
    result = flipped(lambda X: (X["age"] > 40).astype(int), sensitive="age")
    assert result.value == 1.0
    assert len(result.view("flips").rows) == 4


def test_an_attribute_that_is_no_input_is_not_applicable_and_says_proxy():
    frame = applicants().assign(sex="f")
    model = as_predictor(
        lambda X: (X["income"] > 50).astype(int), task="binary", classes=[0, 1], features=["income"], name="m"
    )
    subject = Subject.load(model=model, data=frame, target="y", sensitive="race", context=Context())
    result = evaluate(counterfactual_flip, {"subject": subject}, Context())
    assert result.status == "not_applicable"
    assert "proxy" in result.reason
    alone = flipped(lambda X: (X["income"] > 50).astype(int), frame, sensitive="sex")
    assert alone.status == "not_applicable"


def test_of_several_attributes_the_worst_has_the_interval_that_all_share():
    def decide(X):
        return (X["income"] + 20 * (X["race"] == "Green") > 50).astype(int)

    alone, beside = flipped(decide), flipped(decide, sensitive="race,age")
    assert beside.value == alone.value
    assert beside.interval == pytest.approx(wilson(round(1000 * beside.value), 1000, 0.975).at(())[1:])
