"""A fast learner of the audit's own: columns as numbers, and predictions by models that did not see the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    frame: pd.DataFrame,
    y: NDArray[Any],
    classes: int,
    context: Context,
    salt: str,
    *,
    linear: bool = True,
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
    from trustlab.stats.sampling import folds

    fold = folds(y if classes else y * 0, FOLDS, context.rng(salt, "folds"))
    tried = _tried(frame, y, classes, fold, context.seed, linear=linear)
    return tried[_best(tried, y, classes)]


def judged_half(
    frame: pd.DataFrame, y: NDArray[Any], classes: int, context: Context, salt: str
) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Return which rows judge, a half, and their predictions by the learner that is best within the other half.

    For tests: predictions of `held_out` share their learners, and the learner is chosen by the rows that it predicts,
    so that of equal sides a pooled area is beyond 0.5 three times as often as its interval says.

    Parameters
    ----------
    frame, y, classes, context, salt
        As for `held_out`.
    """
    import numpy as np

    from trustlab.stats.sampling import folds

    judges = folds(y if classes else y * 0, 2, context.rng(salt, "halves")) == 1
    inside = folds(y[~judges] if classes else y[~judges] * 0, FOLDS, context.rng(salt, "folds"))
    best = _best(_tried(frame[~judges], y[~judges], classes, inside, context.seed), y[~judges], classes)
    final = _tried(frame, y, classes, np.where(judges, 0, FOLDS), context.seed)
    return judges, final[min(best, len(final) - 1)][judges]


def _tried(
    frame: pd.DataFrame, y: NDArray[Any], classes: int, fold: NDArray[np.int64], seed: int, *, linear: bool = True
) -> tuple[NDArray[Any], ...]:
    """Return predictions out of the fold: trees', and where a linear learner is tried its own and their mean."""
    from trustlab.train import quick

    matrix = numbers_of(frame)
    varied = [place for place in range(matrix.shape[1]) if _varies(matrix[:, place])]
    if not varied:
        return (_constant(y, classes),)
    frame, matrix = frame.iloc[:, varied], matrix[:, varied]
    grown = _out_of_fold(matrix, y, classes, fold, lambda: quick.trees(classes, seed))
    if not linear or matrix.shape[1] > MOST_COLUMNS:
        return (grown,)
    straight = _out_of_fold(indicators_of(frame, matrix), y, classes, fold, lambda: quick.linear(classes))
    return grown, straight, (grown + straight) / 2


def _best(tried: Sequence[NDArray[Any]], y: NDArray[Any], classes: int) -> int:
    """Return the place of the predictions with the least loss."""
    losses = [_loss(one, y, classes) for one in tried]
    return losses.index(min(losses))


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


def _out_of_fold(
    X: NDArray[np.float32], y: NDArray[Any], classes: int, fold: NDArray[np.int64], make: Callable[[], Any]
) -> NDArray[Any]:
    import warnings

    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    from trustlab.stats.columns import most_telling

    found = np.zeros((y.size, classes) if classes else y.size)
    for number in range(FOLDS):
        inside, outside = fold != number, fold == number
        if not inside.any() or not outside.any():
            continue
        if classes and len(np.unique(y[inside])) < 2:
            found[outside, y[inside][0]] = 1.0
            continue
        wide = X.shape[1] > 5 * MOST_COLUMNS
        places = most_telling(X[inside], y[inside], classes, MOST_COLUMNS) if wide else np.arange(X.shape[1])
        # one thread: on so few rows, threads that wait for each other cost more than they bring
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near enough to rank rows
            model = make().fit(X[inside][:, places], y[inside])
            if classes:
                found[np.ix_(outside, model.classes_.astype(int))] = model.predict_proba(X[outside][:, places])
            else:
                found[outside] = model.predict(X[outside][:, places])
    return found
