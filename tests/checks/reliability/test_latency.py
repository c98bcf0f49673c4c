import time

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from trustlab.checks.reliability.latency import latency
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


class Slow(LogisticRegression):
    wait, numbers = 0.02, 0

    def predict_proba(self, X):
        time.sleep(self.wait)
        held = np.ones(self.numbers)
        return super().predict_proba(X) + 0 * held.sum()


def subject_of(model=Slow, n=150):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 2)), columns=["a", "b"])
    y = (X.a > 0).astype(int)
    return Subject.load(model=model().fit(X, y), data=X, target=y, context=Context())


def checked(subject, **parameters):
    return evaluate(latency, {"subject": subject}, Context(), parameters={"budget": 0.3, **parameters})


def test_it_measures_what_the_model_takes():
    result = checked(subject_of(), calls=8)
    view = result.view("by_batch")
    assert view.column("batch") == [1, 10, 100]
    assert all(
        0.02 < median <= slow < 2 for median, slow in zip(view.column("median"), view.column("p95"), strict=True)
    )
    assert all(5 <= calls <= 8 for calls in view.column("calls"))
    rates = [batch / median for batch, median in zip(view.column("batch"), view.column("median"), strict=True)]
    assert view.column("throughput") == pytest.approx(rates)
    assert result.status == "pass"  # shown, not judged
    assert result.interval is None  # 8 calls say nothing about a 95th percentile's end
    assert " ms" in result.reason


def test_many_calls_give_an_interval():
    result = checked(subject_of(LogisticRegression), calls=120, budget=30)
    assert result.interval[0] <= result.value <= result.interval[1]
    assert result.view("by_batch").column("calls") == [120, 120, 120]


def test_the_memory_of_a_call_is_counted():
    subject = subject_of()
    subject.predictor.native.numbers = 1_000_000
    (size, peak) = checked(subject, calls=5).view("memory").rows[0]
    assert size == 100
    assert 8 <= peak < 12


def test_one_row_and_no_probabilities_will_do():
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    model = LinearRegression().fit(X, X.a)
    one = Subject.load(model=model, data=X[:1], target=X.a[:1], task="regression", context=Context())
    assert checked(one).view("by_batch").column("batch") == [1]
