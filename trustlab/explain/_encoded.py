"""An estimator behind its preprocessing: what it is given, and which of the user's columns each number comes from."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Floats, Ints

MAX_FEATURES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The last estimator of a model, and rows as it is given them.

    Parameters
    ----------
    estimator : object
        The last step of a pipeline, or the model itself.
    rows, pool : ndarray, shape (n, e)
        The rows to explain and those to compare with, encoded.
    owner : ndarray of int, shape (e,)
        The user's column that each encoded one comes from; -1 where it never varies.
    """

    estimator: Any
    rows: Floats
    pool: Floats
    owner: Ints

    def gathered(self, values: Floats, columns: int) -> Floats:
        """Return contributions by the user's columns, shape (n, columns), from those by encoded ones."""
        import numpy as np

        total = np.zeros((len(values), columns))
        for at in np.flatnonzero(self.owner >= 0).tolist():
            total[:, self.owner[at]] += values[:, at]
        return total


def last_estimator(subject: Subject) -> Any:
    """Return the estimator that answers: the last step of a scikit-learn pipeline, else the model itself."""
    native = subject.predictor.native if subject.predictor is not None else None
    steps = getattr(native, "steps", None)
    return steps[-1][1] if steps else native


def encoded(subject: Subject, rows: pd.DataFrame, pool: pd.DataFrame) -> Encoded | str:
    """Return the rows as the last estimator is given them, or why the user's columns cannot be told apart in them.

    Which encoded column comes from which of the user's is seen by shuffling each of these: what changes is theirs.
    """
    import numpy as np
    import pandas as pd

    native = subject.predictor.native if subject.predictor is not None else None
    steps = getattr(native, "steps", None)
    d = rows.shape[1]
    if not steps or len(steps) == 1:
        try:
            plain = [np.asarray(part, np.float64) for part in (rows, pool)]
        except (TypeError, ValueError):
            return "the model takes text, which has no coefficient or cut of its own"
        return Encoded(estimator=last_estimator(subject), rows=plain[0], pool=plain[1], owner=np.arange(d))
    if d > MAX_FEATURES:
        return f"its preprocessing of {d:,} columns is too long to look through; the limit is {MAX_FEATURES}"
    prepare = native[:-1]  # type: ignore[index]
    both = pd.concat([rows, pool])
    whole = _transformed(prepare, both)
    owner = np.full(whole.shape[1], -1)
    order = np.random.default_rng(0).permutation(len(both))
    for at, name in enumerate(both.columns):
        changed = np.zeros(whole.shape[1], bool)
        for one in (order, order[::-1]):
            moved = _transformed(prepare, both.assign(**{str(name): both[name].array.take(one)}))
            changed |= ~np.isclose(moved, whole, equal_nan=True).all(axis=0)
        if (owner[changed] >= 0).any():
            return "its preprocessing mixes columns, so a contribution has no single column to go to"
        owner[changed] = at
    return Encoded(estimator=steps[-1][1], rows=whole[: len(rows)], pool=whole[len(rows) :], owner=owner)


def _transformed(prepare: Any, frame: pd.DataFrame) -> Floats:
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = prepare.transform(frame)
    return np.asarray(found.toarray() if hasattr(found, "toarray") else found, np.float64)
