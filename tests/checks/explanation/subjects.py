"""Subjects of known structure, for the tests of this family."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def judged(operation, subject, seed=0, **parameters):
    return evaluate(operation, {"subject": subject}, Context(seed=seed), parameters=parameters)


def linear(weights, X=None, n=400, seed=0, **parameters):
    """A linear regression of exactly these weights over inputs x0, x1, ..."""
    if X is None:
        X = pd.DataFrame(np.random.default_rng(seed).normal(size=(n, len(weights))))
        X.columns = [f"x{at}" for at in range(len(weights))]
    y = X.to_numpy(float) @ np.asarray(weights, float)
    model = LinearRegression().fit(X, y)
    model.coef_ = np.asarray(weights, float)
    noise = np.random.default_rng(seed + 1).normal(size=len(X))
    return Subject.load(model=model, data=X.assign(y=y + noise), target="y", context=Context(), **parameters)


def asked(function, X, **parameters):
    """A regression that is any function of a frame."""
    predictor = as_predictor(function, task="regression", features=list(X.columns))
    return Subject.load(
        model=predictor, data=X.assign(y=np.arange(len(X)) * 1.0), target="y", context=Context(), **parameters
    )
