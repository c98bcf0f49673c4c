"""A linear model, fitted quickly: what a few minutes of anyone's work would get."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from trustlab.models.subject import Subject

MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_PRODUCTS = 100_000_000  # rows times columns times classes: one step of the fit
FOLDS = 5
STEPS = 100


class Linear(NamedTuple):
    """A linear model's answers.

    Parameters
    ----------
    rows : ndarray of int, shape (m,)
        The audited rows that it answered for.
    y_pred : ndarray, shape (m,)
        Coded as the subject's.
    proba : ndarray, shape (m, k) or None
        None for regression.
    how : str
        On which rows it was fitted, in words.
    """

    rows: NDArray[np.int64]
    y_pred: NDArray[Any]
    proba: NDArray[np.float64] | None
    how: str


def linear(subject: Subject, rng: np.random.Generator) -> Linear | str:
    """Return a linear model's answers on the audited rows, or why there is none.

    It is fitted on the training rows where they are known; else on four fifths of the audited rows for the other fifth.
    """
    import numpy as np

    from trustlab.stats.sampling import folds, subsample

    train = subject.train
    source = train if train is not None and train.y is not None else subject
    y = source.y
    assert y is not None
    kept = columns(source.X, y, len(subject.classes))
    if not kept:
        return "no column that a linear model could take"
    width = max(len(subject.classes), 1) * len(kept)
    rows = subsample(source.n, min(MOST_ROWS, max(MOST_PRODUCTS // width, 100)), rng)
    X = source.X[kept].iloc[rows]
    if source is not subject:
        model = fitted(X, y[rows], subject.task)
        if model is None:
            return "the training rows have one class only"
        answers = _answers(model, subject.X[kept], subject)
        return Linear(np.arange(subject.n), *answers, f"fitted on {rows.size:,} training rows")
    if rows.size < 2 * FOLDS:
        return f"needs training rows, or {2 * FOLDS} audited ones"
    fold = folds(np.zeros(rows.size) if subject.task == "regression" else y[rows], FOLDS, rng)
    y_pred = np.zeros(rows.size, y.dtype)
    proba = None if subject.task == "regression" else np.zeros((rows.size, len(subject.classes)))
    for number in range(FOLDS):
        held = fold == number
        model = fitted(X[~held], y[rows][~held], subject.task)
        if model is None:
            return "too few rows of a class to fit on some and answer for others"
        y_pred[held], some = _answers(model, X[held], subject)
        if proba is not None:
            proba[held] = some
    how = f"fitted on four fifths of {rows.size:,} audited rows for the other fifth, in turn"
    return Linear(rows, y_pred, proba, how)


def columns(X: pd.DataFrame, y: NDArray[Any], classes: int) -> list[str]:
    """Return the columns to fit on: no dates, and of very many numbers those that go along with the target."""
    import numpy as np
    import pandas as pd

    from trustlab.stats.columns import LOOKED_AT, most_telling

    kinds = {name: X[name].dtype for name in X.columns} if X.columns.is_unique else {}
    dated = (pd.api.types.is_datetime64_any_dtype, pd.api.types.is_timedelta64_dtype)
    usable = [name for name, kind in kinds.items() if not any(test(kind) for test in dated)]
    if len(usable) <= MOST_COLUMNS:
        return usable
    step = max(len(X) // LOOKED_AT, 1)
    numbers = X[[name for name in usable if pd.api.types.is_numeric_dtype(kinds[name])]].iloc[::step]
    table = numbers.to_numpy(dtype=float, na_value=np.nan)
    return [str(numbers.columns[place]) for place in most_telling(table, y[::step], classes, MOST_COLUMNS)]


def fitted(X: pd.DataFrame, y: NDArray[Any], task: str) -> Any:
    """Return a fitted linear model; None where there is one class only."""
    import numpy as np
    from sklearn.pipeline import Pipeline

    from trustlab.models.threads import few_cells, threads
    from trustlab.train.preprocess import preprocessor
    from trustlab.train.quick import linear as learner

    if task != "regression" and np.unique(y).size < 2:
        return None
    classes = 0 if task == "regression" else 2
    model = Pipeline([("preprocess", preprocessor(X)), ("model", learner(classes, STEPS))])
    with threads(few=few_cells(*X.shape)), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that stops early is still a baseline
        return model.fit(_finite(X), y)


def said(model: Any, X: pd.DataFrame) -> NDArray[Any]:
    """Return a fitted linear model's answers."""
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of categories that were not there when it was fitted
        return np.asarray(model.predict(_finite(X)))


def _answers(model: Any, X: pd.DataFrame, subject: Subject) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
    import numpy as np

    from trustlab.models.threads import few_cells, threads

    with threads(few=few_cells(*X.shape)), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of categories that were not there when it was fitted
        if subject.task == "regression":
            return model.predict(_finite(X)), None
        known = model.predict_proba(_finite(X))
    proba = np.zeros((len(X), len(subject.classes)))
    proba[:, model.classes_.astype(int)] = known
    return proba.argmax(axis=1), proba


def _finite(X: pd.DataFrame) -> pd.DataFrame:
    import numpy as np

    return X.replace([np.inf, -np.inf], np.nan)
