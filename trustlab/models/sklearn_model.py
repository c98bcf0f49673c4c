"""Estimators: scikit-learn's, those that follow its manners, and any object with ``predict``."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from trustlab.core.errors import InputError
from trustlab.models.digests import of_object
from trustlab.models.predictor import Predictor, Task
from trustlab.models.tasks import plain, settle
from trustlab.models.threads import few_cells, threads


@dataclass(frozen=True)
class EstimatorEngine:
    """Asks an object that has ``predict`` and perhaps ``predict_proba``.

    Parameters
    ----------
    native : object
        The estimator.
    by_name : bool
        Whether it was fitted on a frame; where not, it is given a bare array, as scikit-learn wants it.
    """

    native: Any
    by_name: bool

    @property
    def has_proba(self) -> bool:
        """Whether the estimator offers probabilities, as it is configured."""
        return hasattr(self.native, "predict_proba")

    def predict(self, X: Any) -> Any:
        """Return the estimator's predictions."""
        with threads(few=few_cells(*_size(X))):
            return self.native.predict(self._rows(X))

    def predict_proba(self, X: Any) -> Any:
        """Return the estimator's probabilities."""
        with threads(few=few_cells(*_size(X))):
            return self.native.predict_proba(self._rows(X))

    def digest(self) -> str:
        """Return a hash of the estimator and everything it holds."""
        return of_object(self.native)

    def _rows(self, X: Any) -> Any:
        return X.to_numpy() if not self.by_name and hasattr(X, "to_numpy") else X


def _size(X: Any) -> tuple[int, int]:
    rows, *rest = getattr(X, "shape", (len(X),))
    return rows, prod(rest)


def from_estimator(
    obj: Any, *, task: Task | None, classes: list[Any] | None, features: list[str] | None, name: str
) -> Predictor:
    """Return a Predictor over a fitted estimator; parameters as for ``as_predictor``."""
    ours = any(cls.__module__.split(".")[0] == "sklearn" for cls in type(obj).__mro__)
    if ours and not is_fitted(obj):
        raise InputError(
            f"model {name!r}: the estimator must be fitted; got an unfitted {type(obj).__name__}",
            hint="Call its fit, or train it with %%trust train.",
        )
    names = getattr(obj, "feature_names_in_", None)
    known = getattr(obj, "classes_", None)
    if classes is None and known is not None:
        if any(getattr(label, "ndim", 0) for label in known):
            raise InputError(f"model {name!r}: must predict one target; got a model of {len(known)}")
        classes = plain(known)
    task = task or ("regression" if classes is None and _is_regressor(obj, ours=ours) else None)
    task, classes = settle(name, task, classes)
    if features is None and names is not None:
        features = [str(column) for column in names]
    return Predictor(
        name=name,
        kind="sklearn" if ours or hasattr(obj, "get_params") else "callable",
        task=task,
        classes=classes,
        features=features,
        native=obj,
        engine=EstimatorEngine(obj, by_name=names is not None or not ours),
    )


def is_fitted(estimator: Any) -> bool:
    """Return whether a scikit-learn estimator has been fitted."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    except TypeError:
        return hasattr(estimator, "predict")
    return True


def _is_regressor(obj: Any, *, ours: bool) -> bool:
    if not ours:
        return False
    from sklearn.base import is_regressor

    return bool(is_regressor(obj))
