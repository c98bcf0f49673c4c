import re

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier

from tests.explain.networks import judged, quality
from trustlab.core.context import Context
from trustlab.explain.surrogate import surrogate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def table(n=600):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n), "town": rng.choice(["x", "y", "z"], n)})


def test_a_model_that_is_two_rules_is_found():
    X = table(4000)

    def model(rows):
        return ((rows["a"] > 0.5) & (rows["town"] == "x")).to_numpy().astype(int)

    predictor = as_predictor(model, task="binary", features=list(X.columns), classes=[0, 1])
    subject = Subject.load(model=predictor, data=X.assign(y=model(X)), target="y", context=Context())
    result = judged(surrogate, subject)
    assert result.value == pytest.approx(1.0, abs=0.03)
    assert "town is x" in result.view("rules").text
    cut = float(re.search(r"a > (\S+)", result.view("rules").text).group(1))
    assert cut == pytest.approx(0.5, abs=0.05)
    assert sum(result.view("leaves").column("share")) == pytest.approx(1)
    assert quality(result)["fidelity of one answer"] < 0.95


def test_fidelity_is_that_of_the_tree_on_held_out_rows():
    X = table()[["a", "b"]]
    y = (X.a * X.b > 0).astype(int)
    subject = Subject.load(model=DecisionTreeClassifier(random_state=0).fit(X, y), data=X, target=y, context=Context())
    result = judged(surrogate, subject, depth=1)
    assert result.n == 300
    leaves = result.view("leaves")
    shares = zip(leaves.column("share"), leaves.column("fidelity"), strict=True)
    assert sum(share * fidelity for share, fidelity in shares) == pytest.approx(result.value)
    assert judged(surrogate, subject, depth=4).value > result.value


def test_a_regression_by_r2_and_gaps():
    X = table()[["a", "b"]]
    model = LinearRegression().fit(X, 3 * X.a)
    subject = Subject.load(model=model, data=X.assign(y=3 * X.a + 0.01), target="y", context=Context())
    result = judged(surrogate, subject)
    assert result.unit == "R2"
    assert 0.7 < result.value < 1
    assert quality(result)["stability over reruns"] > 0.7


def test_one_answer_and_few_rows():
    X = table()[["a", "b"]]
    constant = as_predictor(lambda rows: np.zeros(len(rows)), task="regression", features=["a", "b"])
    subject = Subject.load(model=constant, data=X.assign(y=X.a), target="y", context=Context())
    assert judged(surrogate, subject).status == "not_applicable"
    assert judged(surrogate, subject.take(np.arange(10))).status == "not_applicable"
