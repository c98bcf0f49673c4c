"""How a subject is put together from what the user named."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, UsageError
from trustlab.data.dataset import Dataset, load_dataset
from trustlab.models.subject import Subject, column_of, encode, same_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd

    from trustlab.core.context import Context
    from trustlab.models.predictor import Predictor

MAX_CLASSES = 200  # beyond this a text target is an identifier or free text, not a class
FEW_VALUES = 20  # a whole-number target with more distinct values is a quantity
BAND_FROM = 12  # a numeric sensitive attribute with more distinct values is cut into bands
TARGET = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the user named; the fields are the parameters of `Subject.load`."""

    model: Any
    data: Any
    target: Any
    prediction: str | None
    score: str | None
    sensitive: Any
    train: Any
    task: str
    positive: str | None
    drop: Sequence[str] | None
    derive: Sequence[str] | None
    where: str | None
    names: Sequence[str] | None
    rows: str
    trust_pickle: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labels:
    task: str
    classes: tuple[Any, ...]


def load_subject(named: Named, context: Context) -> Subject:
    """Return the subject that the user named."""
    if named.data is None:
        raise UsageError(
            "data is needed: a ref (loans@main), a file or a table; nothing came", hint="--data loans@main"
        )
    if named.model is None and named.prediction is None and named.score is None and named.target is None:
        raise UsageError("a model, a prediction column or a target is needed; nothing came", hint="--target COLUMN")
    predictor = _predictor(named.model, context, trust_pickle=named.trust_pickle)
    dataset = _prepared(load_dataset(named.data, context, names=named.names), named.derive, named.where)
    dataset, target = _with_target(dataset, _trained_target(predictor) if named.target is None else named.target)
    groups = _groups(dataset, named.sensitive)
    labels = _labels(dataset, target, named, predictor)
    for name in named.drop or ():
        column_of(dataset.frame, name, "drop", dataset.name)
    held = _held_out(dataset, predictor, named.rows)
    shown = dataset if held is None else dataset.with_frame(dataset.frame.iloc[held[1]])
    assemble = _Assembly(named=named, predictor=predictor, target=target, labels=labels)
    other = _train_dataset(named, context, target)
    if other is None and held is not None:
        other = dataset.with_frame(dataset.frame.iloc[held[0]])
    return replace(
        assemble(shown, named.prediction, named.score),
        sensitive=None if groups is None else groups.loc[shown.frame.index],
        scope="all rows" if held is None else "rows held out from training",
        train=None if other is None else assemble(other, None, None),
    )


def _predictor(model: Any, context: Context, *, trust_pickle: bool) -> Predictor | None:
    if model is None:
        return None
    from trustlab.models.find import find_model

    return find_model(model, context, trust_pickle=trust_pickle)


def _prepared(dataset: Dataset, derive: Sequence[str] | None, where: str | None) -> Dataset:
    from trustlab.data import expressions

    if derive:
        dataset = dataset.with_frame(expressions.derive(dataset.frame, derive), derive=list(derive))
    if where:
        dataset = dataset.with_frame(expressions.where(dataset.frame, where), where=where)
    return dataset.with_frame(dataset.frame.reset_index(drop=True))


def _trained_target(predictor: Predictor | None) -> str | None:
    return predictor.training.get("target") if predictor is not None and predictor.training else None


def _with_target(dataset: Dataset, target: Any) -> tuple[Dataset, str | None]:
    """Return the data with the target as a column, and the column's name."""
    if target is None or isinstance(target, str):
        if target is not None:
            column_of(dataset.frame, target, "target", dataset.name)
        return dataset, target
    import numpy as np

    values = np.asarray(target).reshape(-1)
    if len(values) != len(dataset.frame):
        raise UsageError(f"target must have {len(dataset.frame)} values, one a row; got {len(values)}")
    name = str(getattr(target, "name", None) or TARGET)
    if name in dataset.frame.columns:
        name = f"{name} (given)"
    return dataset.with_frame(dataset.frame.assign(**{name: values})), name


def _labels(dataset: Dataset, target: str | None, named: Named, predictor: Predictor | None) -> _Labels:
    """Find the task and the classes, refusing targets that no model could learn."""
    task, positive = named.task, named.positive
    if predictor is not None and task == "auto":
        task = predictor.task
    if target is None:
        return _labels_without_target(dataset, named, predictor, task)
    column = dataset.frame[target]
    if absent := int(column.isna().sum()):
        raise InputError(
            f"target {target!r} must have a label in every row; {absent} of {len(column)} are missing",
            hint=f'Drop them: --where "notnull({target})"' if target.isidentifier() else None,
        )
    distinct = list(dict.fromkeys(column.tolist()))
    if task == "auto":
        task = _task_of(column, len(distinct))
    if task == "regression":
        encode(column, (), f"target {target!r}")
        return _Labels(task=task, classes=())
    if len(distinct) < 2 and not (predictor and predictor.classes):
        raise InputError(f"target {target!r} must have two classes or more; every row says {distinct[0]!r}")
    if len(distinct) > MAX_CLASSES:
        raise InputError(f"target {target!r} must have at most {MAX_CLASSES} classes; it has {len(distinct)}")
    if task == "binary" and len(distinct) > 2:
        raise InputError(f"target {target!r} must have two classes for a binary task; it has {len(distinct)}")
    known = {same_label(label): label for label in [*(predictor.classes or ()), *distinct]} if predictor else None
    labels = list(known.values()) if known else distinct
    return _Labels(task=task, classes=_ordered(labels, positive, task))


def _labels_without_target(dataset: Dataset, named: Named, predictor: Predictor | None, task: str) -> _Labels:
    """Find the classes from the model, or from the predictions where there is none."""
    if predictor is not None:
        return _Labels(task=task, classes=tuple(predictor.classes or ()))
    if named.prediction is None:
        return _Labels(task="binary", classes=(0, 1))
    column = column_of(dataset.frame, named.prediction, "prediction", dataset.name).dropna()
    distinct = list(dict.fromkeys(column.tolist()))
    task = _task_of(column, len(distinct)) if task == "auto" else task
    return _Labels(task=task, classes=() if task == "regression" else _ordered(distinct, named.positive, task))


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


def _groups(dataset: Dataset, sensitive: Any) -> pd.DataFrame | None:
    """Return the sensitive attributes as text, a column each."""
    import numpy as np
    import pandas as pd

    if sensitive is None:
        return None
    frame = dataset.frame
    if isinstance(sensitive, str):
        sensitive = [part.strip() for part in sensitive.split(",") if part.strip()]
    if isinstance(sensitive, list | tuple) and all(isinstance(name, str) for name in sensitive):
        if not sensitive:
            raise UsageError("sensitive must name at least one column; got an empty list")
        chosen = {name: column_of(frame, name, "sensitive", dataset.name) for name in sensitive}
    else:
        given = sensitive if isinstance(sensitive, pd.DataFrame) else pd.DataFrame(_named(sensitive))
        if len(given) != len(frame):
            raise UsageError(f"sensitive must have {len(frame)} rows, as the data; got {len(given)}")
        chosen = {str(name): given[name].set_axis(frame.index) for name in given.columns}
    return (
        pd.DataFrame({name: band(column) for name, column in chosen.items()}, index=frame.index)
        .astype(object)
        .where(lambda table: table.notna(), np.nan)
        .fillna("(missing)")
    )


def _named(values: Any) -> Mapping[str, Any]:
    import numpy as np

    return {str(getattr(values, "name", None) or "group"): np.asarray(values).reshape(-1)}


def band(column: pd.Series) -> pd.Series:
    """Return a column as group names; numbers with many values are cut at their quartiles."""
    import pandas as pd

    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and column.nunique() > BAND_FROM:
        edges = sorted(set(column.quantile([0, 0.25, 0.5, 0.75, 1]).tolist()))
        names = [f"{lo:g} to {hi:g}" for lo, hi in itertools.pairwise(edges)]
        return pd.cut(column, edges, labels=names, include_lowest=True).astype(object)
    if numeric:
        return column.map(lambda value: f"{value:g}", na_action="ignore").astype(object)
    return column.map(str, na_action="ignore").astype(object)


def _held_out(dataset: Dataset, predictor: Predictor | None, rows: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return (training rows, held-out rows) where the model was trained on these very data, else None."""
    training = (predictor.training if predictor is not None else None) or {}
    same = bool(training) and training.get("data_digest") == dataset.origin.get("digest")
    if rows == "held_out" and not (same and training.get("test_share")):
        raise UsageError(
            "rows: held_out needs a registered model that was trained on these very data with rows held out",
            hint="--rows all",
        )
    if rows == "all" or not same or not training or not training.get("test_share"):
        return None
    from trustlab.data.split import split_rows

    return split_rows(dataset.frame, float(training["test_share"]), int(training["seed"]), dataset.columns)


def _train_dataset(named: Named, context: Context, target: str | None) -> Dataset | None:
    train = named.train
    if train is None:
        return None
    features, labels = train if isinstance(train, tuple) else (train, None)
    dataset = _prepared(
        load_dataset(features, context, parameter="train", names=named.names), named.derive, named.where
    )
    if labels is None:
        return dataset
    dataset, name = _with_target(dataset, labels)
    return dataset.with_frame(dataset.frame.rename(columns={name: target})) if name and target else dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assembly:
    """Put a subject together from rows; the audited and the training rows are treated alike."""

    named: Named
    predictor: Predictor | None
    target: str | None
    labels: _Labels

    def __call__(self, dataset: Dataset, prediction: str | None, score: str | None) -> Subject:
        frame, target, predictor = dataset.frame, self.target, self.predictor
        y = None
        if target is not None:
            y = encode(column_of(frame, target, "target", dataset.name), self.labels.classes, f"target {target!r}")
        own = predictor.features if predictor is not None else None
        excluded = {target, self.named.prediction, self.named.score, *(self.named.drop or ())}
        rest = [column for column in frame.columns if column not in excluded]
        subject = Subject(
            dataset=dataset,
            X=frame[list(own) if own and set(own) <= set(frame.columns) else rest],
            y=y,
            y_pred=None,
            proba=None,
            task=self.labels.task,
            classes=self.labels.classes,
            target=target,
            predictor=predictor,
            sensitive=None,
            train=None,
        )
        return _from_columns(subject, prediction, score) if predictor is None else _predicted(subject, predictor)


def _predicted(subject: Subject, predictor: Predictor) -> Subject:
    if not subject.classes and predictor.classes:
        subject = replace(subject, classes=tuple(predictor.classes), task=predictor.task)
    proba = subject.predict_proba(subject.X) if predictor.has_proba and subject.classes else None
    return replace(subject, y_pred=subject.predict(subject.X), proba=proba)


def _from_columns(subject: Subject, prediction: str | None, score: str | None) -> Subject:
    import numpy as np

    frame, name = subject.dataset.frame, subject.dataset.name
    y_pred, proba = None, None
    if score is not None:
        column = column_of(frame, score, "score", name)
        try:
            values = np.asarray(column, dtype=float)
        except (TypeError, ValueError):
            raise InputError(f"score {score!r} must hold numbers from 0 to 1; got text") from None
        if not np.all((values >= 0) & (values <= 1)):
            raise InputError(
                f"score {score!r} must hold probabilities from 0 to 1 in every row; "
                f"got {np.nanmin(values):g} to {np.nanmax(values):g}, {int(np.isnan(values).sum())} missing",
                hint='Rescale it first, for instance --derive "p = score / 10"',
            )
        if subject.task != "binary":
            raise UsageError(f"score is for binary targets; this task is {subject.task}")
        proba = np.column_stack([1 - values, values])
        y_pred = (values >= 0.5).astype(int)
    if prediction is not None:
        column = column_of(frame, prediction, "prediction", name)
        if column.isna().any():
            raise InputError(
                f"prediction {prediction!r} must be known in every row; {int(column.isna().sum())} are missing"
            )
        y_pred = encode(column, subject.classes, f"prediction {prediction!r}")
    return replace(subject, y_pred=y_pred, proba=proba)
