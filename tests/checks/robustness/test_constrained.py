import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier
from statsmodels.stats.proportion import proportion_confint

from trustlab.checks.robustness.constrained import constrained
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def judged(rule, X, y, **parameters):
    model = as_predictor(lambda rows: rule(rows).astype(int).to_numpy(), task="binary", classes=[0, 1])
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    return evaluate(constrained, {"subject": subject}, Context(), parameters=parameters)


def table(n=300):
    rng = np.random.default_rng(0)
    return pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))


def test_one_lie_turns_what_hangs_on_one_feature():
    X = table()
    result = judged(lambda rows: rows["a"] > 0, X, (X.a > 0).astype(int), max_rows=50)
    assert result.value == 1
    assert result.interval == pytest.approx(proportion_confint(50, 50, method="wilson"))
    assert result.view("used").rows == (("a", "a number", 50),)
    shares = result.view("by_cost").column("turned")
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_agreement_of_two_features_takes_two():
    X = table()
    X[["a", "b"]] = np.where(np.arange(300)[:, None] % 2, np.abs(X[["a", "b"]]), -np.abs(X[["a", "b"]]))
    # three votes of which two always agree: no single feature turns one
    vote = lambda rows: (rows[["a", "b", "c"]] > 0).sum(axis=1) >= 2  # noqa: E731
    X["c"] = X["a"]
    result = judged(vote, X, vote(X).astype(int), max_rows=40)
    assert result.value == 0
    assert result.view("by_features").column("turned")[1] == 1
    assert judged(vote, X, vote(X).astype(int), max_rows=40, features=2).value == 1


def test_immutable_features_stay_and_nothing_left_is_not_applicable():
    X = table()
    y = (X.a > 0).astype(int)
    assert judged(lambda rows: rows["a"] > 0, X, y, immutable=["a"], max_rows=20).value == 0
    result = judged(lambda rows: rows["a"] > 0, X, y, immutable=list("abcd"))
    assert result.status == "not_applicable"
    assert judged(lambda rows: rows["a"] > 0, X, 1 - y).status == "not_applicable"


@pytest.mark.parametrize("rows", [3, 40])
def test_gaps_constants_and_few_rows_survive(rows):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=rows), "gap": np.nan, "one": 1.0, "many": rng.permutation(rows)})
    X.loc[0, "a"] = np.nan
    y = np.arange(rows) % 2
    model = DecisionTreeClassifier().fit(X, y)
    result = evaluate(
        constrained, {"subject": Subject.load(model=model, data=X, target=y, context=Context())}, Context()
    )
    assert result.status == "pass", result.reason
