"""The parts of a subject, put together from what the user named."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, UsageError
from trustlab.models.groups import groups_of
from trustlab.models.labels import Labels, column_of, encode, labels_of
from trustlab.models.predicted import predicted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd

    from trustlab.core.context import Context
    from trustlab.data.dataset import Dataset
    from trustlab.models.predictor import Predictor

TARGET = "target"
OWN_TARGETS = ("label", "y")  # of a folder of class folders, of an .npz


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the user named; the fields are the parameters of `Subject.load`."""

    model: Any
    data: Any
    target: Any
    prediction: Any
    score: Any
    sensitive: Any
    train: Any
    task: str
    positive: str | None
    drop: Sequence[str] | None
    derive: Sequence[str] | None
    where: str | None
    names: Sequence[str] | None
    rows: str
    images: str | None
    text: str | None
    query: str | None
    trust_pickle: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a subject is made of; the fields are those of `Subject`."""

    dataset: Dataset
    X: pd.DataFrame
    y: np.ndarray | None
    y_pred: np.ndarray | None
    proba: np.ndarray | None
    task: str
    classes: tuple[Any, ...]
    target: str | None
    predictor: Predictor | None
    sensitive: pd.DataFrame | None = None
    train: Parts | None = None
    scope: str = "all rows"
    whole: Dataset | None = None
    query: np.ndarray | None = None
    query_names: tuple[Any, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


def load_parts(named: Named, context: Context) -> Parts:
    """Return the parts of the subject that the user named."""
    if named.data is None:
        raise UsageError(
            "data is needed: a ref (loans@main), a file or a table; nothing came", hint="--data loans@main"
        )
    if named.model is not None and (named.prediction is not None or named.score is not None):
        raise UsageError(
            "either a model or a column of its predictions or scores must be given; both came",
            hint="A column that is no feature is left out by --drop COLUMN",
        )
    _refuse_other_order(named)
    named = _completed(named)
    whole = _derived(_rows(named, named.data, context), named.derive)
    named, whole = _answers(_labelled(named, whole), whole)
    if named.model is None and named.prediction is None and named.score is None and named.target is None:
        raise UsageError("a model, a prediction column or a target is needed; nothing came", hint="--target COLUMN")
    predictor = _predictor(named, whole, context)
    answered, target = _with_target(whole, _trained_target(predictor) if named.target is None else named.target)
    if predictor is not None:
        predictor = _suited(predictor, answered, target, named)
    dataset, kept = _kept(answered, named.where)
    groups = groups_of(dataset, _rows_of(named.sensitive, kept, len(whole.frame)))
    labels = labels_of(dataset, target, predictor, named)
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
        whole=whole,
        train=None if other is None else assemble(other, None, None),
    )


def _rows(named: Named, given: Any, context: Context, parameter: str = "data") -> Dataset:
    from trustlab.data.modal import load_rows

    return load_rows(given, context, parameter=parameter, names=named.names, images=named.images, text=named.text)


def _refuse_other_order(named: Named) -> None:
    """Raise UsageError where values given row by row are in another order than the table that they belong to.

    Arrays are taken as they stand; a series says by its index which row each value is of.
    """
    import pandas as pd

    pairs = [(name, getattr(named, name), named.data) for name in ("target", "prediction", "score", "sensitive")]
    if isinstance(named.train, tuple) and len(named.train) == 2:
        pairs.append(("train", named.train[1], named.train[0]))
    for name, given, table in pairs:
        if not isinstance(given, pd.Series | pd.DataFrame) or not isinstance(table, pd.DataFrame):
            continue
        own, other = table.index, given.index
        if len(own) != len(other) or own.equals(other) or not (own.is_unique and other.is_unique):
            continue
        if own.isin(other).all():
            raise UsageError(
                f"{name} must be in the order of the rows; its index names the same rows in another order",
                hint="Sort it first: .loc[data.index]; or say that the order is right: .to_numpy()",
            )


def _answers(named: Named, whole: Dataset) -> tuple[Named, Dataset]:
    """Return what was named, and the rows, with predictions and scores that came as arrays as columns."""
    prediction, score = named.prediction, named.score
    if prediction is not None and not isinstance(prediction, str):
        whole, prediction = _with_values(whole, prediction, "prediction", "prediction")
    if score is not None and not isinstance(score, str):
        whole, score = _with_values(whole, score, "score", "score")
    return replace(named, prediction=prediction, score=score), whole


def _completed(named: Named) -> Named:
    """Return what was named, with the task that a query column implies."""
    if named.query is None:
        return named
    if named.task not in {"auto", "ranking"}:
        raise UsageError(f"query is for ranking; this task is {named.task}")
    return replace(named, task="ranking")


def _labelled(named: Named, whole: Dataset) -> Named:
    """Return what was named, with the target that a folder of class folders or an archive brings."""
    if named.target is not None or whole.images is None:
        return named
    own = next((name for name in OWN_TARGETS if name in whole.frame.columns), None)
    return replace(named, target=own)


def _suited(predictor: Predictor, dataset: Dataset, target: str | None, named: Named) -> Predictor:
    """Return the predictor as it is asked about these rows, for this task."""
    from trustlab.models.modality import as_ranker, suited

    labels = None if target is None else dataset.frame[target].dropna().unique().tolist()
    predictor = suited(predictor, dataset, labels)
    return as_ranker(predictor) if named.task == "ranking" else predictor


def _predictor(named: Named, whole: Dataset, context: Context) -> Predictor | None:
    if named.model is None:
        return None
    from trustlab.models.find import find_model

    def task() -> str | None:
        if named.task != "auto" or named.target is None:
            return None if named.task == "auto" else named.task
        return labels_of(*_with_target(whole, named.target), None, named).task

    return find_model(named.model, context, trust_pickle=named.trust_pickle, task=task)


def _derived(dataset: Dataset, derive: Sequence[str] | None) -> Dataset:
    """Return the rows numbered as they were read, with the derived columns."""
    from trustlab.data import expressions

    frame = dataset.frame.reset_index(drop=True)
    if not derive:
        return dataset.with_frame(frame)
    return dataset.with_frame(expressions.derive(frame, derive), derive=list(derive))


def _kept(dataset: Dataset, where: str | None) -> tuple[Dataset, np.ndarray | None]:
    """Return the rows that ``where`` keeps, counted anew, and their places; None for all of them."""
    from trustlab.data import expressions

    if not where:
        return dataset, None
    frame = expressions.where(dataset.frame.rename_axis("row"), where)  # a named index outlives the filter
    return dataset.with_frame(frame.reset_index(drop=True), where=where), frame.index.to_numpy()


def _rows_of(values: Any, kept: np.ndarray | None, rows: int) -> Any:
    """Return the kept rows of what was given row by row; names are left as they are."""
    if kept is None or not hasattr(values, "__len__") or isinstance(values, str) or len(values) != rows:
        return values
    if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
        return values
    return values.iloc[kept] if hasattr(values, "iloc") else [values[place] for place in kept]


def _trained_target(predictor: Predictor | None) -> str | None:
    return predictor.training.get("target") if predictor is not None and predictor.training else None


def _with_target(dataset: Dataset, target: Any) -> tuple[Dataset, str | None]:
    """Return the data with the target as a column, and the column's name."""
    if target is None or isinstance(target, str):
        if target is not None:
            column_of(dataset.frame, target, "target", dataset.name)
        return dataset, target
    return _with_values(dataset, target, "target", str(getattr(target, "name", None) or TARGET))


def _with_values(dataset: Dataset, given: Any, parameter: str, name: str) -> tuple[Dataset, str]:
    """Return the data with values that came row by row as a column, and its name."""
    import numpy as np

    values = np.asarray(given).reshape(-1)
    if len(values) != len(dataset.frame):
        raise UsageError(f"{parameter} must have {len(dataset.frame)} values, one a row; got {len(values)}")
    if name in dataset.frame.columns:
        name = f"{name} (given)"
    return dataset.with_frame(dataset.frame.assign(**{name: values})), name


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
    dataset = _derived(_rows(named, features, context, "train"), named.derive)
    if labels is not None:
        dataset, name = _with_target(dataset, labels)
        if name and target:
            dataset = dataset.with_frame(dataset.frame.rename(columns={name: target}))
    return _kept(dataset, named.where)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assembly:
    """Put a subject together from rows; the audited and the training rows are treated alike."""

    named: Named
    predictor: Predictor | None
    target: str | None
    labels: Labels

    def __call__(self, dataset: Dataset, prediction: str | None, score: str | None) -> Parts:
        frame, target, predictor = dataset.frame, self.target, self.predictor
        y = None
        if target is not None:
            y = encode(column_of(frame, target, "target", dataset.name), self.labels.classes, f"target {target!r}")
        own = predictor.features if predictor is not None else None
        query = self.named.query
        excluded = {target, self.named.prediction, self.named.score, query, *(self.named.drop or ())}
        rest = [column for column in frame.columns if column not in excluded]
        codes, query_names = _query_codes(dataset, query)
        chosen = list(own) if own and set(own) <= set(frame.columns) else rest
        parts = Parts(
            dataset=dataset,
            X=frame[chosen if dataset.modality == "tabular" else []],
            y=y,
            y_pred=None,
            proba=None,
            task=self.labels.task,
            classes=self.labels.classes,
            target=target,
            predictor=predictor,
            query=codes,
            query_names=query_names,
        )
        return _from_columns(parts, prediction, score) if predictor is None else predicted(parts, predictor)


def _query_codes(dataset: Dataset, query: str | None) -> tuple[np.ndarray | None, tuple[Any, ...]]:
    """Return the number of each row's query and the queries' names in sorted order."""
    if query is None:
        return None, ()
    column = column_of(dataset.frame, query, "query", dataset.name)
    if absent := int(column.isna().sum()):
        raise InputError(
            f"query {query!r} must be known in every row; {absent} of {len(column)} are missing",
            hint=f'Leave those rows out: --where "notnull({query})"' if query.isidentifier() else None,
        )
    codes, names = (column if column.dtype.kind in "iuf" else column.map(str)).factorize(sort=True)
    return codes, tuple(names.tolist())


def _numbers(parts: Parts, name: str, parameter: str) -> np.ndarray:
    """Return a column of scores for a ranking: any numbers, known in every row."""
    import numpy as np

    column = column_of(parts.dataset.frame, name, parameter, parts.dataset.name)
    try:
        values = np.asarray(column, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{parameter} {name!r} must hold numbers; got text") from None
    if odd := int((~np.isfinite(values)).sum()):
        raise InputError(f"{parameter} {name!r} must be a finite number in every row; {odd} of {len(values)} are not")
    return values


def _from_columns(parts: Parts, prediction: str | None, score: str | None) -> Parts:
    import numpy as np

    if parts.task == "ranking":
        chosen = score or prediction
        return replace(
            parts,
            y_pred=None if chosen is None else _numbers(parts, chosen, "score" if score else "prediction"),
        )
    frame, name = parts.dataset.frame, parts.dataset.name
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
        if parts.task != "binary":
            raise UsageError(f"score is for binary targets; this task is {parts.task}")
        proba = np.column_stack([1 - values, values])
        y_pred = (values >= 0.5).astype(int)
    if prediction is not None:
        column = column_of(frame, prediction, "prediction", name)
        if column.isna().any():
            raise InputError(
                f"prediction {prediction!r} must be known in every row; {int(column.isna().sum())} are missing"
            )
        y_pred = encode(column, parts.classes, f"prediction {prediction!r}")
    return replace(parts, y_pred=y_pred, proba=proba)
