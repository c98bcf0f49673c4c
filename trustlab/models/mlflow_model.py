"""MLflow's generic models: what ``mlflow.pyfunc.load_model`` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trustlab.models.digests import of_bytes, of_object
from trustlab.models.predictor import Predictor, Task
from trustlab.models.tasks import settle


@dataclass(frozen=True)
class PyfuncEngine:
    """Asks a pyfunc model, which knows one question only."""

    native: Any

    @property
    def has_proba(self) -> bool:
        """Never: the generic form has no probabilities."""
        return False

    def predict(self, X: Any) -> Any:
        """Return the model's answer; of a frame with one column, that column."""
        answer = self.native.predict(X)
        return answer.to_numpy() if hasattr(answer, "to_numpy") else answer

    def predict_proba(self, X: Any) -> Any:
        """Never asked, as ``has_proba`` is False."""
        raise NotImplementedError(type(X))

    def digest(self) -> str:
        """Return a hash of the model within, and of the identity MLflow gave it."""
        return of_bytes(str(self.native.metadata.model_uuid).encode(), of_object(_raw(self.native)).encode())


def within(obj: Any) -> Any:
    """Return the model within a pyfunc model where that one says more: a Predictor, or an estimator with classes."""
    raw = _raw(obj)
    says_more = isinstance(raw, Predictor) or hasattr(raw, "predict_proba") or hasattr(raw, "classes_")
    return raw if says_more else obj


def from_pyfunc(
    obj: Any, *, task: Task | None, classes: list[Any] | None, features: list[str] | None, name: str
) -> Predictor:
    """Return a Predictor over a pyfunc model."""
    if features is None and (signature := obj.metadata.signature) is not None and signature.inputs is not None:
        features = [str(column) for column in signature.inputs.input_names()] or None
    task, classes = settle(name, task, classes)
    return Predictor(
        name=name,
        kind="mlflow",
        task=task,
        classes=classes,
        features=features,
        native=obj,
        engine=PyfuncEngine(obj),
    )


def _raw(obj: Any) -> Any:
    try:
        return obj.get_raw_model()
    except (NotImplementedError, AttributeError):
        return None
