"""The one view over every kind of model: rows in, checked labels, values and probabilities out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from trustlab.core.errors import InputError, TrustlabError, did_you_mean
from trustlab.models.tasks import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt


Kind = Literal["sklearn", "torch", "onnx", "callable", "mlflow"]
Task = Literal["binary", "multiclass", "regression", "ranking"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression", "ranking")
Modality = Literal["tabular", "image", "text"]

SUM_TOLERANCE = 1e-3
"""How far a row of probabilities may be from 1: single precision's rounding over some thousand classes."""


class Engine(Protocol):
    """What one kind of model must be able to do; a Predictor checks what comes out of it."""

    @property
    def has_proba(self) -> bool:
        """Whether ``predict_proba`` answers."""
        ...

    def predict(self, X: Any) -> Any:
        """Return labels or values, one per row, unchecked."""
        ...

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities, a row each, in the order of the classes, unchecked."""
        ...

    def digest(self) -> str:
        """Return a hash of the model's state."""
        ...


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """A model as the rest of trustlab sees it.

    Parameters
    ----------
    name : str
        What messages and reports call it.
    kind : {'sklearn', 'torch', 'onnx', 'callable', 'mlflow'}
        Which library the native object belongs to.
    task : {'binary', 'multiclass', 'regression', 'ranking'}
        What is predicted; for ranking a score, the higher the further up.
    classes : list or None
        The labels, in the order of the columns of ``predict_proba``; None for numbers, or where nobody knows.
    features : list of str or None
        The columns the model wants, in its order; None where it takes what comes.
    native : object
        The raw model: estimator, module, session, function.
    engine : Engine
        How this kind of model is asked.
    record : mapping
        How it came about: seed, preprocessing, epochs, warnings; JSON data.
    training : mapping or None
        What it was trained on: data, target, share held out, seed; JSON data. None where trustlab did not train it.
    modality : {'tabular', 'image', 'text'}
        What a row is: of a table, an image of shape (h, w, c) from 0 to 1, or a text.
    """

    name: str
    kind: Kind
    task: Task
    classes: list[Any] | None
    features: list[str] | None
    native: Any
    engine: Engine = field(repr=False)
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)
    training: Mapping[str, Any] | None = field(default=None, repr=False)
    modality: Modality = "tabular"

    @property
    def has_proba(self) -> bool:
        """Whether the model gives probabilities."""
        return self.task not in NUMBERS and self.engine.has_proba

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the predicted labels, or the values for regression.

        Parameters
        ----------
        X : frame or array, shape (n, features)
            A frame may hold more columns than the model wants, in any order.

        Returns
        -------
        ndarray, shape (n,)
            Labels of ``classes``; float64 for regression.

        Raises
        ------
        InputError
            Where a column is missing, the model raises, or what it returns has the wrong shape, holds NaN or a label
            that is not one of the classes.
        """
        table, n = self._table(X)
        answer = self._ask("predict", table, n)
        return self._values(answer, n) if self.task in NUMBERS else self._labels(answer, n)

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64] | None:
        """Return the class probabilities, or None where the model has none.

        Parameters
        ----------
        X : frame or array, shape (n, features)
            As for ``predict``.

        Returns
        -------
        ndarray of float64, shape (n, k), or None
            Each row sums to 1; column j belongs to ``classes[j]``.

        Raises
        ------
        InputError
            As for ``predict``, and where the numbers are not probabilities.
        """
        if not self.has_proba:
            return None
        table, n = self._table(X)
        return self._probabilities(self._ask("predict_proba", table, n), n)

    def check(self, X: Any) -> None:
        """Raise InputError where rows are not what the model takes: a column is missing, or the shape is another."""
        self._table(X)

    def digest(self) -> str:
        """Return a hash of the model's parameters and state: equal before and after a method that must not alter it."""
        return self.engine.digest()

    def _ask(self, what: str, table: Any, n: int) -> Any:
        try:
            return getattr(self.engine, what)(table)
        except TrustlabError:
            raise
        except Exception as error:
            raise InputError(
                f"model {self.name!r}: {what} must answer for {n} rows; it raised {type(error).__name__}: {error}",
                hint="Call the model on the same rows by hand to see where it fails.",
            ) from error

    def _table(self, X: Any) -> tuple[Any, int]:
        """Return the rows as the model wants them, and how many there are; never the caller's own object."""
        import numpy as np
        import pandas as pd

        if self.modality != "tabular":
            return self._content(X)
        if hasattr(X, "to_pandas"):
            X = X.to_pandas()
        table = X.copy(deep=False) if isinstance(X, pd.DataFrame) else np.asarray(X)
        if table.ndim < 2:
            raise InputError(f"model {self.name!r}: X must have rows and columns; got shape {tuple(table.shape)}")
        if len(table) == 0:
            raise InputError(f"model {self.name!r}: X must have at least one row; got 0")
        if isinstance(table, pd.DataFrame):
            return self._ordered(table), len(table)
        if self.features is None or table.ndim > 2:
            return table, len(table)
        if table.shape[1] != len(self.features):
            raise InputError(
                f"model {self.name!r}: X must have the {len(self.features)} columns of the model; got {table.shape[1]}"
            )
        return pd.DataFrame(table, columns=self.features).infer_objects(), len(table)

    def _content(self, X: Any) -> tuple[Any, int]:
        """Return images or texts as an array, and how many there are."""
        import numpy as np

        rows = np.asarray(X) if self.modality == "image" else np.asarray(list(X), dtype=object)
        wanted = 4 if self.modality == "image" else 1
        if rows.ndim != wanted or len(rows) == 0:
            shape = "(n, height, width, channels)" if self.modality == "image" else "(n,)"
            raise self._must(f"{self.modality}s must be an array of shape {shape}", f"shape {tuple(rows.shape)}")
        return rows, len(rows)

    def _ordered(self, frame: Any) -> Any:
        if self.features is None:
            return frame
        absent = [name for name in self.features if name not in frame.columns]
        if absent:
            raise InputError(
                f"model {self.name!r}: X must have the column {absent[0]!r}; it is missing"
                + (f", and so are {len(absent) - 1} more." if len(absent) > 1 else ".")
                + did_you_mean(absent[0], [name for name in frame.columns if name not in self.features])
            )
        return frame[self.features]

    def _must(self, what: str, came: str) -> InputError:
        return InputError(f"model {self.name!r}: {what}; got {came}")

    def _labels(self, answer: Any, n: int) -> npt.NDArray[Any]:
        import pandas as pd

        labels = self._column(answer, n, "predict must return one label per row")
        gaps = int(pd.isna(labels).sum())
        if gaps:
            raise self._must("predict must return a label for every row", f"{gaps} missing of {n}")
        if self.classes is not None:
            strangers = [label for label in pd.unique(labels).tolist() if label not in self.classes]
            if strangers:
                known = ", ".join(map(repr, self.classes[:10]))
                raise self._must(f"predict must return labels among {known}", repr(strangers[0]))
        return labels

    def _values(self, answer: Any, n: int) -> npt.NDArray[np.float64]:
        import numpy as np

        column = self._column(answer, n, "predict must return one value per row")
        try:
            values = column.astype(np.float64)
        except (TypeError, ValueError):
            raise self._must("predict must return numbers", repr(column.tolist()[0])) from None
        gaps = int((~np.isfinite(values)).sum())
        if gaps:
            raise self._must("predict must return finite numbers", f"{gaps} NaN or infinite of {n}")
        return values

    def _column(self, answer: Any, n: int, what: str) -> npt.NDArray[Any]:
        import numpy as np

        values = np.asarray(answer)
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.shape != (n,):
            raise self._must(f"{what} (shape ({n},))", f"shape {tuple(values.shape)}")
        return values

    def _probabilities(self, answer: Any, n: int) -> npt.NDArray[np.float64]:
        import numpy as np

        raw = np.asarray(answer)
        k = len(self.classes) if self.classes is not None else None
        if raw.ndim != 2 or len(raw) != n or raw.shape[1] < 2 or (k is not None and raw.shape[1] != k):
            wanted = f"({n}, {'number of classes' if k is None else k})"
            raise self._must(f"predict_proba must return shape {wanted}", f"shape {tuple(raw.shape)}")
        try:
            proba = raw.astype(np.float64)
        except (TypeError, ValueError):
            raise self._must("predict_proba must return numbers", repr(raw.ravel().tolist()[0])) from None
        gaps = int((~np.isfinite(proba)).any(axis=1).sum())
        if gaps:
            raise self._must("predict_proba must return finite numbers", f"NaN or infinity in {gaps} of {n} rows")
        low, high = float(proba.min()), float(proba.max())
        if low < -SUM_TOLERANCE or high > 1 + SUM_TOLERANCE:
            raise self._must("predict_proba must return numbers between 0 and 1", f"{low:.4g} to {high:.4g}")
        sums = proba.sum(axis=1)
        worst = float(sums[np.abs(sums - 1).argmax()])
        if abs(worst - 1) > SUM_TOLERANCE:
            raise self._must("each row of predict_proba must sum to 1", f"a row that sums to {worst:.4g}")
        if raw.dtype == np.float64 and abs(worst - 1) < 1e-9:
            return proba
        clipped: npt.NDArray[np.float64] = proba.clip(0.0, 1.0)
        rescaled: npt.NDArray[np.float64] = clipped / clipped.sum(axis=1, keepdims=True)
        return rescaled
