"""Labels: which task they make, their classes, and their codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from trustlab.core.errors import InputError, UsageError, did_you_mean
from trustlab.models.tasks import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from trustlab.data.dataset import Dataset
    from trustlab.models.predictor import Predictor

MAX_CLASSES = 200  # beyond this a text target is an identifier or free text, not a class
FEW_VALUES = 20  # a whole-number target with more distinct values is a quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The task and the classes in the order of their codes; no classes for regression and ranking."""

    task: str
    classes: tuple[Any, ...]


class Asked(Protocol):
    """What the user said about the labels."""

    @property
    def task(self) -> str:
        """The task, or auto."""

    @property
    def positive(self) -> str | None:
        """The positive class."""

    @property
    def prediction(self) -> str | None:
        """The column of predictions."""


def labels_of(dataset: Dataset, target: str | None, predictor: Predictor | None, asked: Asked) -> Labels:
    """Find the task and the classes, refusing targets that no model could learn."""
    task, positive = asked.task, asked.positive
    if predictor is not None and task == "auto":
        task = predictor.task
    if target is None:
        return _labels_without_target(dataset, asked, predictor, task)
    column = dataset.frame[target]
    if absent := int(column.isna().sum()):
        raise InputError(
            f"target {target!r} must have a label in every row; {absent} of {len(column)} are missing",
            hint=f'Label them, or leave those rows out (trust train, trust audit): --where "notnull({target})"'
            if target.isidentifier()
            else None,
        )
    distinct = list(dict.fromkeys(column.tolist()))
    if task == "auto":
        task = _task_of(column, len(distinct))
    if task in NUMBERS:
        encode(column, (), f"target {target!r}")
        return Labels(task=task, classes=())
    if len(distinct) < 2 and not (predictor and predictor.classes):
        raise InputError(f"target {target!r} must have two classes or more; every row says {distinct[0]!r}")
    if len(distinct) > MAX_CLASSES:
        raise InputError(f"target {target!r} must have at most {MAX_CLASSES} classes; it has {len(distinct)}")
    if task == "binary" and len(distinct) > 2 and (predictor is None or asked.task == "binary"):
        raise InputError(f"target {target!r} must have two classes for a binary task; it has {len(distinct)}")
    if predictor is not None and predictor.classes:
        _refuse_strangers(distinct, predictor, target)
    known = {same_label(label): label for label in [*(predictor.classes or ()), *distinct]} if predictor else None
    labels = list(known.values()) if known else distinct
    if task == "binary" and len(labels) > 2:
        task = "multiclass"  # the target has a label that the model has never seen
    return Labels(task=task, classes=_ordered(labels, positive, task))


def _refuse_strangers(distinct: Sequence[Any], predictor: Predictor, target: str) -> None:
    """Refuse a target of which the model knows no label: it is another column, or coded in another way."""
    known = [same_label(label) for label in predictor.classes or ()]
    if not any(same_label(label) in known for label in distinct):
        raise InputError(
            f"target {target!r} must have labels that model {predictor.name!r} knows; it has "
            f"{', '.join(map(repr, distinct[:5]))}, the model predicts {', '.join(map(repr, predictor.classes or ()))}",
            hint="Name the column that the model was trained on, or give its labels the model's names.",
        )


def _labels_without_target(dataset: Dataset, asked: Asked, predictor: Predictor | None, task: str) -> Labels:
    """Find the classes from the model, or from the predictions where there is none."""
    if predictor is not None:
        return Labels(task=task, classes=tuple(predictor.classes or ()))
    if asked.prediction is None:
        return Labels(task="binary", classes=(0, 1))
    column = column_of(dataset.frame, asked.prediction, "prediction", dataset.name).dropna()
    distinct = list(dict.fromkeys(column.tolist()))
    task = _task_of(column, len(distinct)) if task == "auto" else task
    return Labels(task=task, classes=() if task in NUMBERS else _ordered(distinct, asked.positive, task))


def _task_of(column: pd.Series, distinct: int) -> str:
    import pandas as pd

    if distinct <= 2:
        return "binary"
    if not pd.api.types.is_numeric_dtype(column):
        return "multiclass"
    whole = bool((column == column.round()).all())
    return "multiclass" if whole and distinct <= FEW_VALUES else "regression"


def _ordered(labels: Sequence[Any], positive: str | None, task: str) -> tuple[Any, ...]:
    try:
        ordered = sorted(labels)
    except TypeError:
        ordered = sorted(labels, key=str)
    if positive is None:
        return tuple(ordered)
    if task != "binary":
        raise UsageError(f"positive is for binary targets; this task is {task}")
    chosen = [label for label in ordered if same_label(label) == same_label(positive)]
    if not chosen:
        raise UsageError(f"positive must be one of {', '.join(map(str, ordered))}; got {positive!r}")
    return (*(label for label in ordered if label is not chosen[0]), chosen[0])


def encode(values: Any, classes: tuple[Any, ...], what: str) -> np.ndarray:
    """Return class labels as their index in ``classes``, or numbers as floats where there are no classes.

    Raises
    ------
    InputError
        Where a label is none of the classes.
    """
    import numpy as np
    import pandas as pd

    if not classes:
        try:
            return np.asarray(values, dtype=float).reshape(-1)
        except (TypeError, ValueError):
            raise InputError(f"{what} must be numbers for a regression; got text") from None
    numbers, distinct = pd.factorize(np.asarray(values).reshape(-1), use_na_sentinel=False)
    known = pd.Index([same_label(label) for label in classes])
    codes = known.get_indexer([same_label(value) for value in np.asarray(distinct).tolist()])
    if (codes < 0).any():
        odd = ", ".join(sorted(str(value) for value in np.asarray(distinct)[codes < 0].tolist())[:5])
        raise InputError(f"{what} must be one of {', '.join(map(str, classes))}; got {odd}")
    return np.asarray(codes)[numbers]


def same_label(value: Any) -> Any:
    """Return a label in the form in which equal labels are equal: True is 1, 1.0 is 1, text is text."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def class_order(given: list[Any] | None, wanted: tuple[Any, ...]) -> list[int]:
    """Return where each wanted class stands among the model's."""
    own = [same_label(label) for label in (given if given is not None else wanted)]
    missing = [label for label in wanted if same_label(label) not in own]
    if missing:
        raise InputError(f"the model must know every class of the target; it knows {own} and not {missing}")
    return [own.index(same_label(label)) for label in wanted]


def column_of(frame: pd.DataFrame, name: str, parameter: str, data_name: str) -> pd.Series:
    """Return a column, or raise UsageError with the nearest name."""
    if name not in frame.columns:
        raise UsageError(
            f"{parameter} must be a column of {data_name}; got {name!r}.{did_you_mean(name, list(frame.columns))}"
        )
    return frame[name]
