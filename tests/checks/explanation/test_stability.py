import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from trustlab.checks.explanation.stability import _of_both_halves, stability
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def judged(predict, features=8, n=200):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(n, features))).rename(columns=lambda at: f"x{at}")
    subject = Subject.load(model=predict, data=X, target=X.x0 * 1.0, task="regression", context=Context())
    return evaluate(stability, {"subject": subject}, Context())


class Weighted:
    """A linear model of given weights."""

    def __init__(self, weights):
        self.weights = weights

    def fit(self):
        X = pd.DataFrame(np.eye(len(self.weights)), columns=[f"x{at}" for at in range(len(self.weights))])
        return LinearRegression(fit_intercept=False).fit(X, np.asarray(self.weights))


def test_clearly_ordered_inputs_are_stable():
    result = judged(Weighted([2.0**at for at in range(8)]).fit())
    assert result.status == "pass"
    assert result.value == 1.0
    assert result.view("halves").column("feature")[0] == "x7"


def test_inputs_that_matter_alike_are_not():
    result = judged(Weighted([1.0] * 8).fit())
    assert result.status == "warn"
    assert result.interval[0] < 0.7


def test_the_number_is_that_of_the_whole_sample_which_the_halves_foretell():
    """By simulation: r of two independent samples of 2n is 2r / (1 + r) of the r of two of n."""
    rng = np.random.default_rng(1)
    true, noise = rng.normal(size=100_000), rng.normal(size=(4, 100_000))
    half = np.corrcoef(true + noise[0], true + noise[1])[0, 1]
    whole = np.corrcoef(true + noise[:2].mean(axis=0), true + noise[2:].mean(axis=0))[0, 1]
    assert _of_both_halves(half) == pytest.approx(whole, abs=0.01)
    assert (_of_both_halves(0), _of_both_halves(1), _of_both_halves(-0.5)) == (0, 1, -0.5)


def test_too_few_inputs_or_rows_or_no_answer_at_all():
    assert judged(Weighted([1.0, 2.0]).fit(), features=2).status == "not_applicable"
    assert judged(Weighted([1.0] * 8).fit(), n=8).status == "not_applicable"
    assert judged(Weighted([0.0] * 8).fit()).status == "not_applicable"
