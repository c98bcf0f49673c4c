from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from trustlab.checks.reliability.reseeding import reseeding
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(seed, n=600):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    return X, (X.a + rng.normal(size=n) > 0).astype(int)


def checked(model, train, test, task="auto", **parameters):
    subject = Subject.load(model=model, data=test[0], target=test[1], train=train, task=task, context=Context())
    return evaluate(reseeding, {"subject": subject}, Context(progress=False), parameters=parameters)


def measures(result):
    return {row[0]: row[1:4] for row in result.view("measures").rows}


def test_a_tree_is_arbitrary_where_a_stiff_model_is_not():
    train, test = rows(0), rows(1)
    tree = checked(DecisionTreeClassifier(random_state=0).fit(*train), train, test, refits=6)
    stiff = checked(LogisticRegression().fit(*train), train, test, refits=6)
    assert tree.value > 0.2 > 0.08 > stiff.value
    assert tree.interval[0] > stiff.interval[1]
    found = measures(tree)
    assert found["ambiguity"][0] >= found["discrepancy"][0] > 0.2
    assert found["self-consistency"][0] == pytest.approx(1 - tree.value)
    assert found["rows of one answer"][0] < 0.7
    assert sum(row[1] for row in tree.view("rows").rows) == pytest.approx(1)
    assert "6 trainings" in tree.reason


def test_the_churn_is_that_of_models_trained_by_hand():
    train, test = rows(0), rows(1)
    result = checked(LogisticRegression().fit(*train), train, test, refits=3)
    rng = Context().rng("reliability.reseeding")
    answers = []
    for _ in range(3):
        drawn = rng.integers(0, 600, 600)
        rng.integers(0, 2**31)
        own = LogisticRegression().fit(train[0].iloc[drawn], train[1].iloc[drawn])
        answers.append(own.predict(test[0]))
    apart = [np.mean(one != two) for one, two in combinations(answers, 2)]
    assert result.value == pytest.approx(np.mean(apart))
    assert result.view("models").column("accuracy")[1] == pytest.approx(np.mean(answers[0] == test[1]))


def test_a_model_that_has_no_seed_does_not_move_on_the_same_rows():
    train, test = rows(0), rows(1)
    result = checked(LogisticRegression().fit(*train), train, test, refits=3, resample="none")
    assert (result.value, result.status) == (0, "pass")


def test_a_regression_spreads():
    train, test = rows(0), rows(1)
    pair = [(X, X.a + np.random.default_rng(len(X)).normal(size=len(X))) for X, _ in (train, test)]
    result = checked(LinearRegression().fit(*pair[0]), *pair, task="regression", refits=5)
    # the standard error of a prediction: root of 5 coefficients over 600 rows
    assert result.value == pytest.approx(np.sqrt(5 / 600), rel=0.5)
    assert result.interval[0] < result.value < result.interval[1]


def test_what_cannot_be_trained_again_is_not_applicable():
    train, test = rows(0), rows(1)

    class Oracle:
        classes_ = np.array([0, 1])

        def predict(self, X):
            return (X.a > 0).astype(int)

    result = checked(Oracle(), train, test, task="binary")
    assert result.status == "not_applicable"
    assert "trained again" in result.reason
    few = tuple(part[:10] for part in train)
    assert checked(LogisticRegression().fit(*train), few, test).status == "not_applicable"
