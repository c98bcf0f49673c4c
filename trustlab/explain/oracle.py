"""The model, asked in a few large questions, and rows with some of their cells changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from trustlab.explain.actions import Action
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Bools, Floats, Ints


class Oracle:
    """The model, asked for one thing: whether rows are predicted as wanted, and how nearly.

    Parameters
    ----------
    now : ndarray of int, shape (m,)
        The prediction of each row as it is.
    goal : int or None
        The class wanted; any other than ``now`` where None.
    """

    def __init__(self, subject: Subject, now: np.ndarray, goal: int | None) -> None:
        self.subject, self.now, self.goal = subject, now, goal
        self.asked = 0
        predictor = subject.predictor
        self.graded = predictor is not None and predictor.has_proba and subject.proba is not None
        # One question is enough where the label is that of the largest probability, as it nearly always is.
        self.labels_too = not self.graded or bool((subject.proba.argmax(axis=1) != subject.y_pred).any())  # type: ignore[union-attr]

    def ask(self, frame: pd.DataFrame, owner: Ints) -> tuple[Bools, Floats]:
        """Return whether each row, a change of row ``owner``, is predicted as wanted, and its score."""
        import numpy as np

        self.asked += len(frame)
        proba = self.subject.predict_proba(frame) if self.graded else None
        labels = self.subject.predict(frame) if proba is None or self.labels_too else proba.argmax(axis=1)
        reached = labels == self.goal if self.goal is not None else labels != self.now[owner]
        if proba is None:
            return reached, reached.astype(np.float64)
        if self.goal is not None:
            return reached, proba[:, self.goal]
        return reached, 1 - proba[np.arange(len(proba)), self.now[owner]]


def put(frame: pd.DataFrame, name: Any, places: Any, values: Any) -> None:
    """Put values into places of a column of ``frame``, in the column's own type where it can hold them."""
    import numpy as np
    import pandas as pd

    column = frame[name]
    if isinstance(column.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(column):
        array = column.array.copy()
        array[places] = list(values)
    else:
        numbers = np.asarray(values)
        array = column.to_numpy(copy=True) if isinstance(column.dtype, np.dtype) else column.array.copy()
        if isinstance(column.dtype, np.dtype) and array.dtype.kind in "iub" and not _fits(numbers, array.dtype):
            array = array.astype(np.float64)
        array[places] = numbers
    frame[name] = pd.Series(array, index=frame.index)


def _fits(numbers: Any, dtype: Any) -> bool:
    import numpy as np

    floats = np.asarray(numbers, dtype=np.float64)
    return bool(np.isfinite(floats).all() and (floats.astype(dtype) == floats).all())


def cells(frame: pd.DataFrame, action: Action) -> Any:
    """Return a column's cells as the action compares them."""
    from trustlab.explain.actions import numbers_in

    return frame[action.name].to_numpy(dtype=object) if action.kind == "category" else numbers_in(frame[action.name])
