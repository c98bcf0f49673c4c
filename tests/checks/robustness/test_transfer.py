import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from trustlab.checks.robustness._corners import worst_corners
from trustlab.checks.robustness._numbers import numbers_of
from trustlab.checks.robustness.transfer import transfer
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def table(n=600, seed=0):
    X = pd.DataFrame(np.random.default_rng(seed).normal(size=(n, 5)), columns=list("abcde"))
    return X, (X.to_numpy() @ [1, -1, 0.5, 0.5, 0] > 0).astype(int)


def subject_of(model=None, **named):
    X, y = table()
    model = model or LogisticRegression().fit(X, y)
    return Subject.load(model=model, data=X, target=y, context=Context(progress=False), **named)


def judged(subject, **parameters):
    return evaluate(transfer, {"subject": subject}, Context(progress=False), parameters=parameters)


def test_the_worst_corner_of_a_linear_score_is_the_sign_of_its_weights():
    subject = subject_of()
    numbers = numbers_of(subject)
    weights = np.array([1, -1, 0.5, 0.5, 0.2])
    rows = subject.X.iloc[:20]

    def ask(frame, _owner):
        return numbers.of(frame) @ weights

    moved = worst_corners(ask, rows, numbers, 0.1, np.random.default_rng(0))
    limits = [(one - numbers.mean) / numbers.deviation for one in (numbers.low, numbers.high)]
    assert numbers.of(moved) == pytest.approx(np.clip(numbers.of(rows) + 0.1 * np.sign(weights), *limits))


def test_a_like_model_transfers_far_more_than_chance():
    result = judged(subject_of(), surrogates=["logistic", "forest"])
    matrix = {row[0]: row[1:] for row in result.view("matrix").rows}
    assert set(matrix) == {"the model", "logistic", "forest", "random signs"}
    # the exact share: a row moves by half a standard deviation times the sum of the weights
    subject = subject_of()
    reach = 0.5 * np.abs(subject.predictor.native.coef_[0] * subject.X.std(ddof=0)).sum()
    exact = (np.abs(subject.predictor.native.decision_function(subject.X)) < reach).mean()
    assert matrix["the model"][0] == pytest.approx(exact, abs=0.12)
    assert matrix["logistic"][0] == pytest.approx(matrix["the model"][0], abs=0.08)
    assert matrix["random signs"][0] < result.value / 2
    assert result.value == max(matrix["logistic"][0], matrix["forest"][0])
    assert "no more than chance" not in result.reason


def test_another_model_by_name_and_one_that_shares_nothing():
    strange = as_predictor(
        lambda rows: (rows["e"] > 0).astype(int), task="binary", classes=[0, 1], features=list("abcde")
    )
    context = Context(progress=False, namespace={"strange": strange})
    subject = subject_of()
    result = evaluate(
        transfer, {"subject": subject}, context, parameters={"surrogates": ["logistic"], "others": ["strange"]}
    )
    assert "strange" in result.view("matrix").columns
    assert result.status == "pass", result.reason


def test_what_cannot_be_imitated_or_moved_is_not_applicable():
    constant = as_predictor(lambda rows: np.zeros(len(rows), dtype=int), task="binary", classes=[0, 1])
    assert judged(subject_of(constant), surrogates=["logistic"]).status == "not_applicable"
    X = pd.DataFrame({"t": ["x", "y"] * 30})
    rule = as_predictor(lambda rows: (rows["t"] == "x").astype(int), task="binary", classes=[0, 1])
    text = Subject.load(model=rule, data=X, target=[1, 0] * 30, context=Context())
    assert judged(text).status == "not_applicable"
    few = subject_of().take(np.arange(3))
    assert judged(few, surrogates=["logistic"]).status in {"not_applicable", "error"}
    assert judged(subject_of(), surrogates=["logistics"]).status == "error"
