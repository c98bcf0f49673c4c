"""A fast learner of the audit's own: columns as numbers, and predictions by models that did not see the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from trustlab.core.context import Context
    from trustlab.models.subject import Subject

MOST_CELLS = 20_000_000  # of a matrix of numbers: 80 MB
MOST_COLUMNS = 100  # learned from; of more, those that go along with the target best among the rows learned from
INDICATORS = 10  # categories with a column of their own for the linear learner
MOST_CODES = 100  # categories of a column with a code of their own
FOLDS = 5
TREES = 60
FEWEST_TREES = 10


def affordable(limit: int, columns: int) -> int:
    """Return how many rows of so many columns fit the bound on cells, at most ``limit``."""
    return min(limit, max(MOST_CELLS // max(columns, 1), 200))


def numbers_of(frame: pd.DataFrame) -> NDArray[np.float32]:
    """Return columns as numbers, missing as NaN: times as seconds, categories as ranks by frequency."""
    import numpy as np
    from pandas.api import types

    from trustlab.data.coding import learn_coding
    from trustlab.data.roles import is_time

    matrix = np.empty(frame.shape, np.float32)
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        if types.is_numeric_dtype(column) and not types.is_complex_dtype(column):
            numbers = column.to_numpy(dtype=float, na_value=np.nan)
        elif is_time(column):
            numbers = seconds_of(column)
        else:
            coding = learn_coding(column, most=MOST_CODES)
            found = coding.codes(column)
            numbers = np.where(found == 0, np.nan, found)
        with np.errstate(over="ignore"):
            matrix[:, place] = numbers
    matrix[~np.isfinite(matrix)] = np.nan
    return matrix


def seconds_of(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Return points in time as seconds since 1970, missing and unreadable ones as NaN."""
    import numpy as np
    import pandas as pd

    times = pd.to_datetime(column, utc=True, errors="coerce", format=None if _typed(column) else "ISO8601")
    gone = times.isna().to_numpy()
    seconds = times.dt.as_unit("s").astype("int64").to_numpy().astype(float)
    found: NDArray[np.float64] = np.where(gone, np.nan, seconds)
    return found


def _typed(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_datetime64_any_dtype(column))


def features_of(subject: Subject) -> list[str]:
    """Return the features that describe rows: neither their names nor their numbers. Found once."""
    from trustlab.data.roles import counts_rows, names_rows

    def find() -> list[str]:
        frame = subject.X
        return [name for name in frame.columns if not names_rows(frame[name]) and not counts_rows(frame[name])]

    found: list[str] = subject.memo("quality.features", find)
    return found


def fold_of(y: NDArray[Any], rng: np.random.Generator, folds: int = FOLDS) -> NDArray[np.int64]:
    """Return a fold for each row; each class's rows are dealt evenly over the folds."""
    import numpy as np

    mixed = rng.permutation(y.size)
    grouped = mixed[np.argsort(y[mixed], kind="stable")]
    fold = np.empty(y.size, np.int64)
    fold[grouped] = np.arange(y.size) % folds
    return fold


def indicators_of(frame: pd.DataFrame, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `numbers_of` for a linear learner: numbers scaled, their gaps 0, each frequent category a column."""
    import numpy as np
    from pandas.api import types

    parts = []
    for place in range(frame.shape[1]):
        column, numbers = frame.iloc[:, place], matrix[:, place]
        if types.is_numeric_dtype(column) or float(np.nan_to_num(numbers, nan=0).max(initial=0)) > MOST_CODES + 1:
            known = numbers[~np.isnan(numbers)]
            middle, spread = (float(known.mean()), float(known.std())) if known.size else (0.0, 0.0)
            scaled = np.nan_to_num((numbers - middle) / (spread if spread > 0 else 1.0), nan=0.0)
            parts.append(np.clip(scaled, -5, 5)[:, None])
        else:
            parts.append((numbers[:, None] == np.arange(1, INDICATORS + 1)).astype(np.float32))
    return np.hstack(parts).astype(np.float32)


def held_out(
    frame: pd.DataFrame, y: NDArray[Any], classes: int, context: Context, salt: str, *, linear: bool = True
) -> NDArray[Any]:
    """Return each row's prediction by a model that did not see it: boosted trees, a linear one, or their mean.

    Of the three, the one that predicts the rows it did not see best.

    Parameters
    ----------
    frame : pandas.DataFrame of shape (n, d)
        Features.
    y : ndarray of shape (n,)
        Codes of classes, or numbers where ``classes`` is 0.
    classes : int
        How many there are.
    context : Context
        Where the folds come from.
    salt : str
        The name of the check that asks.
    linear : bool
        Whether the linear model is tried.

    Returns
    -------
    ndarray
        Probabilities of shape (n, classes), or numbers of shape (n,).
    """
    matrix = numbers_of(frame)
    varied = [place for place in range(matrix.shape[1]) if _varies(matrix[:, place])]
    if not varied:
        return _constant(y, classes)
    frame, matrix = frame.iloc[:, varied], matrix[:, varied]
    fold = fold_of(y if classes else y * 0, context.rng(salt, "folds"))
    trees = _out_of_fold(matrix, y, classes, fold, lambda: _trees(classes, context.seed))
    if not linear or matrix.shape[1] > MOST_COLUMNS:
        return trees
    straight = _out_of_fold(indicators_of(frame, matrix), y, classes, fold, lambda: _linear(classes))
    return min((trees, straight, (trees + straight) / 2), key=lambda tried: _loss(tried, y, classes))


def _varies(numbers: NDArray[np.float32]) -> bool:
    import numpy as np

    known = numbers[~np.isnan(numbers)]
    return bool(known.size) and (known.size < numbers.size or bool((known != known[0]).any()))


def _constant(y: NDArray[Any], classes: int) -> NDArray[Any]:
    """Return what is predicted without a feature that varies: the shares of the classes, or the mean."""
    import numpy as np

    if not classes:
        return np.full(y.size, float(y.mean()))
    return np.tile(np.bincount(y, minlength=classes) / y.size, (y.size, 1))


def _loss(predicted: NDArray[Any], y: NDArray[Any], classes: int) -> float:
    import numpy as np

    if not classes:
        return float(np.mean((predicted - y) ** 2))
    return -float(np.mean(np.log(np.clip(predicted[np.arange(y.size), y], 1e-6, 1))))


def _trees(classes: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    return (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(
        max_iter=max(TREES * 2 // max(classes, 2), FEWEST_TREES),
        max_leaf_nodes=15,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )


def _linear(classes: int) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    return LogisticRegression(max_iter=200) if classes else Ridge()


def _out_of_fold(
    X: NDArray[np.float32], y: NDArray[Any], classes: int, fold: NDArray[np.int64], make: Callable[[], Any]
) -> NDArray[Any]:
    import warnings

    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    found = np.zeros((y.size, classes) if classes else y.size)
    for number in range(FOLDS):
        inside, outside = fold != number, fold == number
        if not inside.any() or not outside.any():
            continue
        if classes and len(np.unique(y[inside])) < 2:
            found[outside, y[inside][0]] = 1.0
            continue
        places = _telling(X[inside], y[inside], classes)
        # one thread: on so few rows, threads that wait for each other cost more than they bring
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near enough to rank rows
            model = make().fit(X[inside][:, places], y[inside])
            if classes:
                found[np.ix_(outside, model.classes_.astype(int))] = model.predict_proba(X[outside][:, places])
            else:
                found[outside] = model.predict(X[outside][:, places])
    return found


def _telling(X: NDArray[np.float32], y: NDArray[Any], classes: int) -> NDArray[np.int64]:
    """Return the columns to learn from: those that go along with the target best, where there are many."""
    import numpy as np

    if X.shape[1] <= 5 * MOST_COLUMNS:
        return np.arange(X.shape[1])
    filled = np.where(np.isnan(X), 0, X)
    filled = filled - filled.mean(axis=0)
    spread = np.sqrt((filled**2).sum(axis=0, dtype=np.float64)) + 1e-12
    targets = [(y == code).astype(np.float32) for code in np.unique(y)[:10]] if classes else [y.astype(np.float32)]
    strength = np.max([np.abs((one - one.mean()) @ filled) / spread for one in targets], axis=0)
    return np.sort(np.argsort(-strength, kind="stable")[:MOST_COLUMNS])
