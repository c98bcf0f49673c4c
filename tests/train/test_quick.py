"""The audit's own quick learners learn, are seeded, and stay small."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from trustlab.train import quick


@pytest.mark.parametrize("classes", [0, 2, 5])
def test_trees_learn_and_are_seeded(classes):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = X[:, 0] + X[:, 1] if not classes else (X[:, 0] > np.linspace(-1, 1, classes - 1)[:, None]).sum(axis=0)
    one, two = (quick.trees(classes, 7).fit(X, y).predict(X[:9]) for _ in range(2))
    assert (one == two).all()
    assert quick.trees(classes, 7).fit(X[:400], y[:400]).score(X[400:], y[400:]) > 0.8


def test_many_classes_get_fewer_trees_each():
    assert [quick.trees(classes, 0).max_iter for classes in (0, 2, 6, 100)] == [60, 60, 20, 10]


def test_the_linear_one_is_of_the_task():
    assert isinstance(quick.linear(0), Ridge)
    assert isinstance(quick.linear(3, 50), LogisticRegression)
    assert quick.linear(3, 50).max_iter == 50
