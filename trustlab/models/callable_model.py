"""Functions: rows in, labels, values or probabilities out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.errors import UsageError
from trustlab.models.digests import of_object
from trustlab.models.predictor import Predictor, Task
from trustlab.models.tasks import NUMBERS, most_likely, settle

if TYPE_CHECKING:
    from collections.abc import Callable

Returns = Literal["labels", "probabilities"]


@dataclass(frozen=True)
class CallableEngine:
    """Asks a function.

    Parameters
    ----------
    function : callable
        Takes a frame (or what it is given), returns one entry per row.
    returns : {'labels', 'probabilities'}
        What it returns; values count as labels.
    classes : list or None
        The labels, in the order of the probabilities.
    """

    function: Callable[[Any], Any]
    returns: Returns
    classes: list[Any] | None

    @property
    def has_proba(self) -> bool:
        """Whether the function returns probabilities."""
        return self.returns == "probabilities"

    def predict(self, X: Any) -> Any:
        """Return the function's labels, or those of its largest probabilities."""
        if self.returns == "labels":
            return self.function(X)
        return most_likely(self.predict_proba(X), self.classes, "a model")

    def predict_proba(self, X: Any) -> Any:
        """Return the function's probabilities; a single column is that of the second class."""
        import numpy as np

        proba = np.asarray(self.function(X))
        return np.column_stack([1 - proba, proba]) if proba.ndim == 1 else proba

    def digest(self) -> str:
        """Return a hash of the function's code and the state it closes over."""
        return of_object(self.function)


def from_callable(
    obj: Callable[[Any], Any],
    *,
    task: Task | None,
    classes: list[Any] | None,
    features: list[str] | None,
    name: str,
    returns: Returns | None,
) -> Predictor:
    """Return a Predictor over a function; parameters as for ``as_predictor``."""
    if returns not in {None, "labels", "probabilities"}:
        raise UsageError(f"returns must be labels or probabilities; got {returns!r}")
    returns = returns or ("probabilities" if getattr(obj, "__name__", "") == "predict_proba" else "labels")
    owner = getattr(obj, "__self__", None)
    if classes is None and owner is not None and hasattr(owner, "classes_"):
        classes = list(owner.classes_)
    task, classes = settle(name, task, classes)
    if returns == "probabilities" and task == "binary" and classes is None:
        classes = [0, 1]
    if returns == "probabilities" and task not in NUMBERS and classes is None:
        raise UsageError(f"model {name!r}: classes must be given for a function of probabilities; got nothing")
    return Predictor(
        name=name,
        kind="callable",
        task=task,
        classes=classes,
        features=features,
        native=obj,
        engine=CallableEngine(obj, returns, classes),
    )
