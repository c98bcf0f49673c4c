import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from trustlab.checks.reliability.determinism import determinism
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


class Moody(LogisticRegression):
    """Adds chance, or what its neighbours are, to every answer."""

    how = "chance"

    def predict_proba(self, X):
        p = super().predict_proba(X)[:, 1]
        added = np.random.default_rng().uniform(-0.2, 0.2, len(p)) if self.how == "chance" else X["a"].mean() / 3
        p = np.clip(p + added, 0, 1)
        return np.column_stack([1 - p, p])

    def predict(self, X):
        return (self.predict_proba(X)[:, 1] >= 0.5).astype(int)


def rows(n=300):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 2)), columns=["a", "b"])
    return X, (X.a + rng.normal(size=n) > 0).astype(int)


def checked(model, X, y, **parameters):
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    return evaluate(determinism, {"subject": subject}, Context(), parameters=parameters)


def test_a_plain_model_answers_the_same():
    X, y = rows()
    result = checked(LogisticRegression().fit(X, y), X, y)
    assert (result.status, result.value) == ("pass", 0)
    assert "5 ways" in result.reason
    assert max(result.view("ways").column("largest difference")) < 1e-9
    number = Subject.load(
        model=LinearRegression().fit(X, X.a), data=X, target=X.a, task="regression", context=Context()
    )
    assert evaluate(determinism, {"subject": number}, Context()).status == "pass"


def test_chance_in_the_answers_warns():
    X, y = rows()
    result = checked(Moody().fit(X, y), X, y)
    assert result.status == "warn"
    assert result.value > 0.95
    assert result.view("ways").rows[0][2] > 150


def test_an_answer_that_hangs_on_its_neighbours_warns_but_not_by_asking_again():
    X, y = rows()
    model = Moody().fit(X, y)
    model.how = "neighbours"
    result = checked(model, X, y)
    other = dict(zip(result.view("ways").column("asked"), result.view("ways").column("another answer"), strict=True))
    assert result.status == "warn"
    assert (other["a second time"], other["in another order"]) == (0, 0)
    assert other["one by one"] == 25


@pytest.mark.parametrize("n", [1, 3])
def test_few_rows(n):
    X, y = rows()
    assert checked(LogisticRegression().fit(X, y), X[:n], y[:n]).status == "pass"


def test_images_are_asked_again_as_well():
    rng = np.random.default_rng(1)
    images, y = rng.uniform(size=(40, 5, 5)).astype(np.float32), np.arange(40) % 2

    class Bright:
        classes_ = np.array([0, 1])

        def predict_proba(self, X):
            p = np.asarray(X).reshape(len(X), -1).mean(axis=1)
            return np.column_stack([1 - p, p])

        def predict(self, X):
            return (self.predict_proba(X)[:, 1] > 0.5).astype(int)

    assert checked(Bright(), images, y).status == "pass"
