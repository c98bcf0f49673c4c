"""Fits on fewer rows: the model's own kind where it can be fitted again, else a linear one."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from trustlab.core.errors import TrustlabError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from trustlab.models.subject import Subject

    Learner = Callable[[pd.DataFrame, NDArray[Any]], Callable[[pd.DataFrame], NDArray[Any]]]

FEWEST = 50  # rows of the smallest fit
STEPS = 5  # sizes, each half of the next
MOST_TESTED = 20_000


class Fits(NamedTuple):
    """What was fitted and how it did.

    Parameters
    ----------
    sizes : ndarray of int, shape (f,)
        The rows of each fit.
    y : ndarray, shape (m,)
        The truth of the rows that were answered.
    wrong : ndarray of float, shape (f, m)
        Each fit's mistakes (0/1), or squared errors for regression.
    learner : str
        What was fitted, in words.
    """

    sizes: NDArray[np.int64]
    y: NDArray[Any]
    wrong: NDArray[np.float64]
    learner: str


def fits(
    subject: Subject, learner: str, max_rows: int, repeats: int, rng: np.random.Generator, track: Any
) -> Fits | str:
    """Return fits on growing shares of the training rows, or why there are none."""
    import numpy as np

    X, y, rest = _split(subject, rng)
    top = min(len(X), max_rows)
    sizes = [top // 2**step for step in range(STEPS) if top // 2**step >= FEWEST][::-1]
    if len(sizes) < 3:
        return f"needs {4 * FEWEST} rows to fit on, for three sizes from {FEWEST}; got {top}"
    assert subject.y is not None
    test, truth = subject.X.iloc[rest], subject.y[rest]
    made, name = _learner(subject, learner, X, y)
    done, wrong = [], []
    whole = [(size, repeat) for size in sizes for repeat in range(1 if size == len(X) else repeats)]
    orders = [rng.permutation(len(X)) for _ in range(repeats)]
    for size, repeat in track(whole, "learning curve"):
        rows = orders[repeat][:size]
        if subject.task != "regression" and np.unique(y[rows]).size < 2:
            continue
        answers = made(X.iloc[rows], y[rows])(test)
        done.append(size)
        wrong.append((answers - truth) ** 2 if subject.task == "regression" else (answers != truth).astype(float))
    if len(set(done)) < 3:
        return "its smaller shares hold one class only"
    return Fits(np.array(done), truth, np.array(wrong, dtype=float), name)


def _split(subject: Subject, rng: np.random.Generator) -> tuple[pd.DataFrame, NDArray[Any], NDArray[np.int64]]:
    """Return the rows to fit on with their labels, and the audited rows to answer for."""
    import numpy as np

    from trustlab.stats.sampling import stratified_halves, subsample

    train = subject.train
    if train is not None and train.y is not None:
        return train.X, train.y, subsample(subject.n, MOST_TESTED, rng)
    assert subject.y is not None
    strata = np.zeros(subject.n, int) if subject.task == "regression" else subject.y
    pool, rest = stratified_halves(strata, rng)
    return subject.X.iloc[pool], subject.y[pool], rest[subsample(rest.size, MOST_TESTED, rng)]


def _learner(subject: Subject, asked: str, X: pd.DataFrame, y: NDArray[Any]) -> tuple[Learner, str]:
    """Return a function that fits rows and returns one that answers, and its name."""
    from trustlab.checks.performance._linear import columns, fitted, said

    if asked != "linear":
        own = _own(subject)
        if own is not None:
            return own, f"{_name(subject)}, fitted again"
    kept = columns(X, y, len(subject.classes))

    def linear(rows: pd.DataFrame, labels: NDArray[Any]) -> Callable[[pd.DataFrame], NDArray[Any]]:
        model = fitted(rows[kept], labels, subject.task)
        return lambda others: said(model, others[kept])

    return linear, "a linear model in the model's place"


def _own(subject: Subject) -> Learner | None:
    """Return how to fit the model's own kind again; None where it is no estimator, or does not take these rows."""
    import numpy as np
    from sklearn.base import clone

    from trustlab.train.fit import fit

    predictor = subject.predictor
    native = predictor.native if predictor is not None else None
    if predictor is None or predictor.kind != "sklearn" or not hasattr(native, "get_params"):
        return None

    def own(rows: pd.DataFrame, labels: NDArray[Any]) -> Callable[[pd.DataFrame], NDArray[Any]]:
        model = fit(clone(native), rows, labels, task=subject.task)  # type: ignore[arg-type] # one of its three words
        return model.predict

    probe = subject.train if subject.train is not None else subject
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a fit on few rows
            assert probe.y is not None
            order = np.argsort(probe.y, kind="stable")  # of every class, however the rows are sorted
            rows = order[np.linspace(0, probe.n - 1, min(probe.n, FEWEST)).astype(int)]
            own(probe.X.iloc[rows], probe.y[rows])
    except (TrustlabError, TypeError):
        return None
    return own


def _name(subject: Subject) -> str:
    native = subject.predictor.native if subject.predictor is not None else None
    steps = getattr(native, "steps", None)
    last = steps[-1][1] if steps else native
    return type(last).__name__
