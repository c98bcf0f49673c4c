"""Turning whatever predicts into a Predictor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, UsageError, did_you_mean
from trustlab.models.predictor import TASKS, Predictor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.models.callable_model import Returns
    from trustlab.models.predictor import Task


def as_predictor(
    obj: Any,
    *,
    task: Task | None = None,
    classes: Sequence[Any] | None = None,
    features: Sequence[str] | None = None,
    name: str | None = None,
    returns: Returns | None = None,
) -> Predictor:
    """Return a Predictor over ``obj``; which kind it is shows in its type, so no library is imported to ask.

    Parameters
    ----------
    obj : object
        A fitted estimator, a ``torch.nn.Module``, an ONNX model or session, an MLflow model, any object with
        ``predict``, a function of the rows, or a Predictor.
    task : {'binary', 'multiclass', 'regression'} or None
        Needed only where the object does not tell: functions, and modules with one output.
    classes : sequence or None
        The labels in the order of the model's outputs, where the object does not tell.
    features : sequence of str or None
        The columns to pass, in order; by default those the model was fitted with.
    name : str or None
        What to call it; by default its class's or function's name.
    returns : {'labels', 'probabilities'} or None
        What a function returns; by default probabilities for one called ``predict_proba``, else labels.

    Returns
    -------
    Predictor
        The frozen view.

    Raises
    ------
    UsageError
        Where the task is unknown and cannot be told.
    InputError
        Where the object cannot predict, or is not fitted.
    """
    if task is not None and task not in TASKS:
        raise UsageError(f"task must be one of {', '.join(TASKS)}; got {task!r}.{did_you_mean(task, TASKS)}")
    if isinstance(obj, type):
        raise InputError(f"a model must be an object that was fitted; got the class {obj.__name__}")
    called = name or _name(obj)
    if _is_pyfunc(obj):
        from trustlab.models.mlflow_model import within

        obj = within(obj)
    if isinstance(obj, Predictor):
        return replace(obj, name=name or obj.name)
    given: dict[str, Any] = {
        "task": task,
        "classes": None if classes is None else list(classes),
        "features": None if features is None else list(features),
        "name": called,
    }
    homes = {cls.__module__.split(".")[0] for cls in type(obj).__mro__}
    if "torch" in homes and hasattr(obj, "state_dict"):
        from trustlab.models.torch_model import from_module as adapt
    elif isinstance(obj, bytes) or homes & {"onnx", "onnxruntime"}:
        from trustlab.models.onnx_model import from_onnx as adapt
    elif _is_pyfunc(obj):
        from trustlab.models.mlflow_model import from_pyfunc as adapt
    elif hasattr(obj, "predict"):
        from trustlab.models.sklearn_model import from_estimator as adapt
    elif callable(obj):
        from trustlab.models.callable_model import from_callable

        return from_callable(obj, **given, returns=returns)
    else:
        raise InputError(
            f"a model must predict: an estimator, a torch module, an ONNX model or a function; got {type(obj).__name__}"
        )
    return adapt(obj, **given)


def _is_pyfunc(obj: Any) -> bool:
    return hasattr(obj, "metadata") and any(cls.__module__.split(".")[0] == "mlflow" for cls in type(obj).__mro__)


def _name(obj: Any) -> str:
    steps = getattr(obj, "steps", None)
    if isinstance(steps, list) and steps:
        return type(steps[-1][1]).__name__
    return str(getattr(obj, "__name__", type(obj).__name__))
