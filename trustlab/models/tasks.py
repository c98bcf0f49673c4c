"""What a model predicts, told from what it says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.models.predictor import Task

NUMBERS = ("regression", "ranking")
"""Tasks whose predictions are numbers, not labels."""


def plain(labels: Any) -> list[Any]:
    """Return labels as Python values: NumPy's own scalars become int, float, bool and str."""
    return [label.item() if hasattr(label, "item") else label for label in labels]


def most_likely(proba: Any, classes: Sequence[Any] | None, name: str) -> Any:
    """Return the label of each row's largest probability.

    Raises
    ------
    InputError
        Where the shape does not fit the classes, or a probability is no finite number: NaN has no largest.
    """
    import numpy as np

    if proba.ndim != 2 or (classes is not None and proba.shape[1] != len(classes)):
        wanted = "number of classes" if classes is None else len(classes)
        raise InputError(f"{name}'s probabilities must have shape (rows, {wanted}); got {tuple(proba.shape)}")
    if gaps := int((~np.isfinite(proba)).any(axis=1).sum()):
        raise InputError(
            f"{name}'s probabilities must be finite numbers; NaN or infinity in {gaps} of {len(proba)} rows"
        )
    labels = np.asarray(classes) if classes is not None else np.arange(proba.shape[1])
    return labels[proba.argmax(axis=1)]


def settle(name: str, task: Task | None, classes: Sequence[Any] | None) -> tuple[Task, list[Any] | None]:
    """Return the task and the classes, one from the other where only one is known.

    Parameters
    ----------
    name : str
        The model's name, for messages.
    task : {'binary', 'multiclass', 'regression', 'ranking'} or None
        What is known about the task.
    classes : sequence or None
        What is known about the labels.

    Returns
    -------
    tuple
        Task and classes (None for numbers, or where unknown).

    Raises
    ------
    UsageError
        Where neither is known.
    InputError
        Where they do not fit each other.
    """
    if task in NUMBERS:
        return task, None
    if classes is None:
        if task is None:
            raise UsageError(
                f"model {name!r}: task must be given, since the model does not tell what it predicts; got nothing",
                hint="Pass task='binary', 'multiclass', 'regression' or 'ranking'.",
            )
        return task, None
    labels = plain(classes)
    if len(labels) < 2:
        raise InputError(f"model {name!r}: a classifier must know at least 2 classes; got {labels!r}")
    if task == "binary" and len(labels) > 2:
        raise InputError(f"model {name!r}: a binary model must have 2 classes; got {len(labels)}: {labels[:10]!r}")
    return task or ("binary" if len(labels) == 2 else "multiclass"), labels
