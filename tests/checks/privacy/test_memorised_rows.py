import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from trustlab.checks.privacy.memorised_rows import memorised_rows
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(seed, n=1000, wrong=0.1):
    """A clear rule, and some labels turned round."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=list("abc"))
    turned = rng.random(n) < wrong
    return X, np.where(turned, X.a <= 0, X.a > 0).astype(int), turned


def checked(model, train, test, **parameters):
    subject = Subject.load(model=model, data=test[0], target=test[1], train=train[:2], context=Context())
    return evaluate(memorised_rows, {"subject": subject}, Context(), parameters=parameters)


def test_a_tree_knows_the_turned_labels_by_heart():
    train, test = rows(0), rows(1)
    result = checked(DecisionTreeClassifier(random_state=0).fit(*train[:2]), train, test)
    assert result.interval[0] > 0.05
    assert result.value < 0.3
    listed = result.view("rows").column("row")
    assert len(listed) == 20
    assert train[2][listed].mean() > 0.9  # what is memorised are the turned labels
    for _, _, told, stand_in, difference in result.view("rows").rows:
        assert told == 1
        assert difference == pytest.approx(told - stand_in)


def test_a_stiff_model_knows_none():
    train, test = rows(2), rows(3)
    result = checked(LogisticRegression().fit(*train[:2]), train, test)
    assert result.interval[0] < 0 < result.interval[1]
    assert "could be noise" in result.reason
    for column in ("training rows", "audited rows"):
        assert sum(result.view("gaps").column(column)) == pytest.approx(1)


def test_a_better_model_is_no_memory():
    # The stand-ins learn from few rows; the model knows the rule. Audited rows gain as much as training rows.
    train, test = rows(2, 150, wrong=0.0), rows(3, 150, wrong=0.0)
    known = LogisticRegression(C=1e6, max_iter=10_000).fit(rows(4, 5000, wrong=0.0)[0], rows(4, 5000, wrong=0.0)[1])
    result = checked(known, train, test, gap=0.05)
    assert result.interval[0] < 0.02


def test_too_few_rows_or_one_class_are_not_applicable():
    train, test = rows(0), rows(1)
    model = LogisticRegression().fit(*train[:2])
    assert checked(model, tuple(part[:10] for part in train), test).status == "not_applicable"
    ones = (train[0], np.ones(1000, int))
    result = checked(model, ones, test)
    assert result.status == "not_applicable"
    assert "one class" in result.reason
