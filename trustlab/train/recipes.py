"""Ready-made models, by name, for the command line: one table."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import torch

    from trustlab.models import Task

CLASSIFY: tuple[Task, ...] = ("binary", "multiclass")
ANY: tuple[Task, ...] = ("binary", "multiclass", "regression")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a recipe is asked to suit.

    Parameters
    ----------
    X : frame
        The training rows.
    task : {'binary', 'multiclass', 'regression'}
        What is learned.
    outputs : int
        Classes, or 1 for regression.
    seed : int
        Fixes the first weights and every draw.
    """

    X: pd.DataFrame
    task: Task
    outputs: int
    seed: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """A ready-made model.

    Parameters
    ----------
    title : str
        What it is, in a few words.
    tasks : tuple of str
        What it can learn.
    make : callable
        Returns the unfitted model.
    """

    title: str
    tasks: tuple[Task, ...]
    make: Callable[[Wanted], Any]


def build(name: str, X: pd.DataFrame, y: Any, *, task: Task, seed: int = 0) -> Any:
    """Return the unfitted model of a recipe, made for these rows.

    Parameters
    ----------
    name : str
        One of ``RECIPES``.
    X : frame
        Training rows.
    y : array
        Their labels or values.
    task : {'binary', 'multiclass', 'regression'}
        What is learned.
    seed : int
        Fixes the first weights and every draw.

    Raises
    ------
    UsageError
        Where there is no such recipe, or it does not serve the task.
    """
    import numpy as np

    if name not in RECIPES:
        raise UsageError(f"recipe must be one of {', '.join(RECIPES)}; got {name!r}.{did_you_mean(name, RECIPES)}")
    recipe = RECIPES[name]
    if task not in recipe.tasks:
        others = ", ".join(key for key, other in RECIPES.items() if task in other.tasks)
        raise UsageError(f"recipe {name} serves {' and '.join(recipe.tasks)} tasks; got {task}", hint=f"Use {others}.")
    outputs = 1 if task == "regression" else len(np.unique(np.asarray(y)))
    return recipe.make(Wanted(X, task, outputs, seed))


def _logistic(wanted: Wanted) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    from trustlab.train.preprocess import preprocessor

    model = LogisticRegression(max_iter=1000, random_state=wanted.seed)
    return Pipeline([("preprocess", preprocessor(wanted.X)), ("model", model)])


def _forest(wanted: Wanted) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestRegressor if wanted.task == "regression" else RandomForestClassifier
    return kind(n_estimators=200, min_samples_leaf=2, random_state=wanted.seed)


def _boosting(wanted: Wanted) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if wanted.task == "regression" else HistGradientBoostingClassifier
    return kind(random_state=wanted.seed)


def _mlp(wanted: Wanted) -> torch.nn.Module:
    import torch
    from torch import nn

    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(wanted.seed)
        return nn.Sequential(
            nn.LazyLinear(64),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(64, 32),
            nn.ReLU(),
            nn.Linear(32, wanted.outputs),
        )


def _cnn(wanted: Wanted) -> torch.nn.Module:
    import torch
    from torch import nn

    side = round(wanted.X.shape[1] ** 0.5)
    if side * side != wanted.X.shape[1] or side < 4:
        raise UsageError(
            f"recipe cnn wants a square image, 4 by 4 or more, as pixel columns; got {wanted.X.shape[1]} columns",
            hint="For tables use mlp.",
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(wanted.seed)
        return nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(32 * (side // 2) ** 2, wanted.outputs),
        )


RECIPES: dict[str, Recipe] = {
    "logistic": Recipe("Logistic regression on filled, scaled, one-hot columns", CLASSIFY, _logistic),
    "forest": Recipe("Random forest of 200 trees", ANY, _forest),
    "boosting": Recipe("Histogram gradient boosting", ANY, _boosting),
    "mlp": Recipe("Torch network of two hidden layers, for tables", ANY, _mlp),
    "cnn": Recipe("Torch network of two convolutions, for square images as pixel columns", CLASSIFY, _cnn),
}
