"""One way to train anything: an estimator, a pipeline, a torch module, or what is trained already."""

from __future__ import annotations

import time
import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError
from trustlab.models import Predictor, as_predictor
from trustlab.models.threads import few_cells, threads
from trustlab.train import preprocess
from trustlab.train.options import Options
from trustlab.train.plans import Eager

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from trustlab.models import Task
    from trustlab.train.options import Measured, Progress
    from trustlab.train.plans import Plan


def fit(
    model: Any,
    X: pd.DataFrame,
    y: Any,
    *,
    task: Task,
    seed: int = 0,
    epochs: int = 60,
    learning_rate: float = 1e-3,
    batch_size: int | None = None,
    input_shape: tuple[int, ...] | None = None,
    name: str | None = None,
    plan: Plan | None = None,
    progress: Progress | None = None,
    measured: Measured | None = None,
) -> Predictor:
    """Return ``model``, trained on ``X`` and ``y``.

    An unfitted estimator is fitted, as it is where it can take the columns, else behind a preprocessing pipeline; a
    fitted one is taken as it is; a torch module is trained by ``train.loop``. What was done stands in ``record``.

    Parameters
    ----------
    model : object
        Estimator, pipeline, module, function or Predictor.
    X : frame, shape (n, features)
        Training rows.
    y : array of shape (n,)
        Labels, or numbers for regression; none may be missing.
    task : {'binary', 'multiclass', 'regression'}
        What is learned.
    seed : int
        Fixes every draw, also those of estimators whose ``random_state`` is None.
    epochs, learning_rate, batch_size : int, float, int or None
        For modules: the most passes over the data, AdamW's step size, rows per step (by the number of rows). With 0
        epochs a module is taken as it is.
    input_shape : tuple of int or None
        For modules that take images: the shape of a row, such as (1, 8, 8); a square by default.
    name : str or None
        What to call the model.
    plan : Plan or None
        For modules: how to run the training; eager by default.
    progress : callable or None
        Takes the epochs and a label and gives the epochs back, showing how far it is.
    measured : callable or None
        For modules: takes the losses after each epoch, by name, the epoch first.

    Returns
    -------
    Predictor
        With ``record`` of seed, seconds, preprocessing and whatever the training said.

    Raises
    ------
    InputError
        Where the labels do not suit the task, or the model cannot be fitted on these rows.
    """
    import numpy as np

    options = Options(
        task=task,
        seed=seed,
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        input_shape=input_shape,
        plan=plan or Eager(),
        progress=progress,
        measured=measured,
    )
    labels = check_labels(np.asarray(y), len(X), task)
    started = time.perf_counter()
    is_module = any(cls.__module__.split(".")[0] == "torch" for cls in type(model).__mro__)
    if is_module and epochs == 0:
        classes = None if task == "regression" else np.unique(labels).tolist()
        predictor = _as_it_is(as_predictor(model, task=task, classes=classes, features=_names(X), name=name))
    elif is_module:
        from trustlab.train.torch_fit import fit_module

        predictor = fit_module(model, X, labels, options, name)
    else:
        predictor = _fit_estimator(model, X, labels, task=task, seed=seed, name=name)
    record = {**predictor.record, "seed": seed, "rows": len(X), "seconds": round(time.perf_counter() - started, 3)}
    return replace(predictor, record=record)


def check_labels(y: Any, n: int, task: Task) -> Any:
    """Return labels as a flat array that suits the task, or raise InputError that says what is wrong."""
    import numpy as np
    import pandas as pd

    flat = y.reshape(-1) if y.ndim == 2 and y.shape[1] == 1 else y
    if flat.shape != (n,):
        raise InputError(f"the target must have one label per row ({n}); got shape {tuple(y.shape)}")
    gaps = int(pd.isna(flat).sum())
    if gaps:
        raise InputError(f"the target must have no missing values; got {gaps} in {n} rows")
    if task == "regression":
        try:
            values = flat.astype(np.float64)
        except (TypeError, ValueError):
            raise InputError(f"the target of a regression must be numbers; got {flat.tolist()[0]!r}") from None
        if not np.isfinite(values).all():
            raise InputError("the target of a regression must be finite; got an infinity")
        return values
    found = pd.unique(flat)
    if flat.dtype.kind in "mM" or len({isinstance(label, str) for label in found.tolist()}) > 1:
        kinds = sorted({type(label).__name__ for label in found.tolist()})
        raise InputError(
            f"the labels of a target must all be text, or all numbers or truth values; got {' and '.join(kinds)}",
            hint="Make them one type, for example frame['y'] = frame['y'].astype(str).",
        )
    if len(found) < 2:
        raise InputError(f"the target must have at least two classes; got one, {found.tolist()}")
    if task == "binary" and len(found) > 2:
        raise InputError(f"a binary target must have two classes; got {len(found)}")
    return flat


def _fit_estimator(model: Any, X: pd.DataFrame, y: Any, *, task: Task, seed: int, name: str | None) -> Predictor:
    from trustlab.models.sklearn_model import is_fitted

    if not hasattr(model, "fit") or isinstance(model, Predictor):
        return _as_it_is(as_predictor(model, task=task, name=name))
    if hasattr(model, "get_params") and is_fitted(model):
        return _as_it_is(as_predictor(model, task=task, name=name))
    _check_kind(model, task)
    why = None if hasattr(model, "steps") else preprocess.reason_to_wrap(model, X)
    whole = model if why is None else _wrapped(model, X)
    with threads(few=few_cells(*X.shape)), seeded(seed), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            whole.fit(X, y)
        except Exception as error:
            # An estimator may raise anything on rows it does not like.
            raise InputError(
                f"the model must fit {len(X)} rows of {X.shape[1]} columns; {type(model).__name__} raised "
                f"{type(error).__name__}: {error}"
            ) from error
    record = {
        "already_fitted": False,
        "preprocessing": None if why is None else f"put behind preprocessing, because of {why}",
        "warnings": sorted({f"{item.category.__name__}: {item.message}" for item in said}),
    }
    predictor = as_predictor(whole, task=task, features=_names(X), name=name)
    return replace(predictor, record=record)


def _wrapped(model: Any, X: pd.DataFrame) -> Any:
    from sklearn.pipeline import Pipeline

    gaps = preprocess.takes_gaps(model)
    return Pipeline([("preprocess", preprocess.preprocessor(X, fill=not gaps, scale=not gaps)), ("model", model)])


def _names(X: pd.DataFrame) -> list[str]:
    return [str(column) for column in X.columns]


def _check_kind(model: Any, task: Task) -> None:
    """Raise InputError where a scikit-learn estimator learns another task."""
    if not hasattr(model, "__sklearn_tags__"):
        return
    from sklearn.base import is_classifier, is_regressor

    if (is_classifier(model) and task == "regression") or (is_regressor(model) and task != "regression"):
        learns = "classifies" if is_classifier(model) else "is a regressor"
        raise InputError(f"the model must learn a {task} task; {type(model).__name__} {learns}")


def _as_it_is(predictor: Predictor) -> Predictor:
    record: dict[str, Any] = {"already_fitted": True, "preprocessing": None, "warnings": []}
    return replace(predictor, record={**record, **predictor.record})


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed NumPy's global generator, from which estimators without ``random_state`` draw, and put it back after."""
    import numpy as np

    state = np.random.get_state()  # noqa: NPY002 - the global generator is the point
    try:
        np.random.seed(seed % 2**32)  # noqa: NPY002 - the same
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002 - the same
