import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score, r2_score
from sklearn.tree import DecisionTreeClassifier

from trustlab.checks.performance._headline import difference
from trustlab.checks.performance.train_test_gap import train_test_gap
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.intervals import newcombe, wilson


def rows(seed, n=1000):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    return X, (X.a + rng.normal(size=n) > 0).astype(int)


def judged(model, train, test):
    subject = Subject.load(model=model, data=test[0], target=test[1], train=train, context=Context())
    return evaluate(train_test_gap, {"subject": subject}, Context())


def test_a_memorising_model_warns_and_a_stiff_one_passes():
    train, test = rows(0), rows(1)
    tree = DecisionTreeClassifier(random_state=0).fit(*train)
    result = judged(tree, train, test)
    assert result.status == "warn"
    assert result.value == pytest.approx(1 - balanced_accuracy_score(test[1], tree.predict(test[0])))
    assert result.interval[0] > 0.1
    assert "surely worse on rows it has not seen" in result.reason
    by_measure = {row[0]: row[1:] for row in result.view("measures").rows}
    assert by_measure["accuracy"][2] == pytest.approx(1 - (tree.predict(test[0]) == test[1]).mean())
    assert by_measure["log loss"][3] > 0, "a loss that grew is a gap too"
    stiff = LogisticRegression().fit(*train)
    fine = judged(stiff, train, test)
    assert fine.status == "pass"
    assert "could be noise" in fine.reason


def test_regression_uses_the_explained_variance():
    X, _ = rows(2, 60)
    other, _ = rows(3, 400)
    y, later = X.a + np.random.default_rng(4).normal(size=60), other.a + np.random.default_rng(5).normal(size=400)
    model = LinearRegression().fit(X, y)
    result = judged(model, (X, y), (other, later))
    expected = r2_score(y, model.predict(X)) - r2_score(later, model.predict(other))
    assert result.value == pytest.approx(expected)
    assert result.unit == "R2"


def test_without_training_rows_it_is_not_applicable():
    test = rows(1)
    subject = Subject.load(model=LogisticRegression().fit(*test), data=test[0], target=test[1], context=Context())
    assert evaluate(train_test_gap, {"subject": subject}, Context()).status == "not_applicable"


def test_square_and_add_is_newcombes_for_two_shares():
    found = difference(wilson(56, 70).at(()), wilson(48, 80).at(()))
    assert tuple(found) == pytest.approx(tuple(newcombe(56, 70, 48, 80).at(())))
