import os
import subprocess
import sys

import numpy as np
import pytest

from trustlab.core.errors import UsageError
from trustlab.models import as_predictor


def test_one_column_of_probabilities_is_the_second_classes(letters):
    predictor = as_predictor(lambda X: X["b"] * 0.75, task="binary", classes=["no", "yes"], returns="probabilities")
    np.testing.assert_allclose(predictor.predict_proba(letters), [[0.25, 0.75], [1.0, 0.0], [0.25, 0.75]])
    assert predictor.predict(letters).tolist() == ["yes", "no", "yes"]


def test_a_function_called_predict_proba_returns_probabilities(letters):
    class Model:
        classes_ = ("x", "y", "z")

        def predict_proba(self, X):
            return np.tile([0.2, 0.3, 0.5], (len(X), 1))

    predictor = as_predictor(Model().predict_proba)
    assert (predictor.task, predictor.has_proba) == ("multiclass", True)
    assert predictor.predict(letters).tolist() == ["z"] * 3


def test_the_digest_follows_what_the_function_closes_over():
    weights = np.array([1.0, 2.0])
    predictor = as_predictor(lambda X: X.to_numpy() @ weights, task="regression")
    before = predictor.digest()
    assert predictor.digest() == before
    weights[0] = 5.0
    assert predictor.digest() != before


def test_what_it_returns_must_be_a_known_word():
    with pytest.raises(UsageError, match="labels or probabilities; got 'logits'"):
        as_predictor(lambda X: X, task="binary", returns="logits")
    with pytest.raises(UsageError, match="classes must be given"):
        as_predictor(lambda X: X, task="multiclass", returns="probabilities")


def test_the_digest_sees_which_function_is_called():
    digests = {
        as_predictor(one, task="regression").digest()
        for one in (lambda X: np.sin(X["b"]), lambda X: np.cos(X["b"]), lambda X: [np.sin(b) for b in X["b"]])
    }
    assert len(digests) == 3


def test_the_digest_is_the_same_in_every_process():
    script = """
from trustlab.models.digests import of_object
print(of_object(eval("lambda X: [b in {'x', 'y', 'z'} for b in (lambda: X['b'])()]")))
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
