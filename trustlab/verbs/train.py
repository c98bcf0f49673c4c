"""``trust train``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Column, Data, Format, Model, PathLike, Positional, Range, Repeated, Short
from trustlab.core.result import Outcome
from trustlab.core.step import current
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.models.predictor import Predictor
    from trustlab.models.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """An unfitted model and where it came from."""

    model: Any
    origin: str
    code: str | None


@operation(
    "verb",
    "Training",
    cost="minutes",
    records=True,
    example={
        "data": "loans@main",
        "target": "approved",
        "name": "lender",
        "recipe": "logistic",
        "drop": ["decision", "score"],
    },
)
def train(
    model: Annotated[Model, Positional()] = None,
    data: Annotated[Data, Short("d")] = None,
    target: Annotated[Column, Short("t")] = None,
    name: Annotated[str | None, Short("n")] = None,
    recipe: Annotated[str | None, Format("recipe")] = None,
    code: PathLike = None,
    drop: Annotated[list[str] | None, Format("column")] = None,
    derive: Annotated[list[str] | None, Format("expression"), Repeated()] = None,
    where: Annotated[str | None, Format("expression")] = None,
    names: list[str] | None = None,
    task: Literal["auto", "binary", "multiclass", "regression"] = "auto",
    test_share: Annotated[float, Range(0.0, 0.9)] = 0.25,
    epochs: Annotated[int, Range(0, 100_000)] = 60,
    learning_rate: Annotated[float, Range(1e-7, 10)] = 1e-3,
    *,
    context: Context,
) -> Outcome:
    """Train a model on a version of the data, hold rows out for its audit, and register it with its whole origin.

    Parameters
    ----------
    model : model
        In a notebook or from Python: the estimator or torch module to fit. Elsewhere give recipe or code.
    data : data
        The rows: a ref (loans@main), a file, or in a notebook a variable.
    target : column
        The column to learn.
    name : str
        The name to register the model under; the recipe's name where not given.
    recipe : str
        A ready-made model: logistic, forest, boosting, mlp or cnn.
    code : path
        A Python file that builds `model`; the cell magic %%trust train takes the cell instead.
    drop : list
        Columns that are no features.
    derive : list
        New columns, as NAME = EXPRESSION over the columns; may be repeated.
    where : str
        Keep the rows for which this expression over the columns is true.
    names : list
        The column names of a text file that has no header.
    task : str
        The learning task; found from the target where auto.
    test_share : float
        The share of rows held out, which an audit of the model on the same data then looks at.
    epochs : int
        For torch modules: the most passes over the data.
    learning_rate : float
        For torch modules: the optimiser's step size.
    """
    import numpy as np

    from trustlab.models.subject import Subject

    _need(data=data, target=target)
    subject = Subject.load(
        data=data,
        target=target,
        drop=drop,
        derive=derive,
        where=where,
        names=names,
        task=task,
        rows="all",
        context=context,
    )
    train_rows, test_rows = _split(subject, test_share, context.seed)
    fitting = subject.take(train_rows)
    labels = np.asarray(subject.dataset.frame[subject.target])
    built = _build(model, recipe, code, fitting, labels[train_rows], context)
    predictor = _fit(built, fitting, labels[train_rows], context, epochs=epochs, learning_rate=learning_rate)
    origin = _origin(subject, test_share, context.seed, drop=drop, derive=derive, where=where)
    metrics = _metrics(predictor, subject, labels, test_rows if len(test_rows) else train_rows)
    version = _register(predictor, name or built.origin, fitting, built, origin, metrics, context)
    shown = [(key, value) for key, value in metrics.items()]
    return Outcome(
        payload={
            "model": {"name": version.name, "version": version.version, "kind": predictor.kind, "task": subject.task},
            "data": subject.dataset.provenance(),
            "rows": {"train": len(train_rows), "held_out": len(test_rows)},
            "metrics": metrics,
            "training": dict(predictor.record),
        },
        summary=f"{version.name} v{version.version} ({predictor.kind}, {subject.task}) trained on {len(train_rows):,} "
        f"rows of {subject.dataset.name}; {len(test_rows):,} held out",
        views=[Table(name="metrics", title="On the held-out rows", columns=("metric", "value"), rows=shown)],
        advice=[f"%trust audit {version.name}@{version.version} --data {subject.dataset.name}"],
        value=predictor,
    )


def _need(**given: Any) -> None:
    for name, value in given.items():
        if value is None:
            raise UsageError(f"train: {name} is needed; nothing came", hint="See: trust train --help")


def _split(subject: Subject, test_share: float, seed: int) -> tuple[Any, Any]:
    import numpy as np

    from trustlab.data.split import split_rows

    if test_share == 0:
        return np.arange(subject.n), np.arange(0)
    return split_rows(subject.dataset.frame, test_share, seed, subject.dataset.columns)


def _build(model: Any, recipe: str | None, code: Any, fitting: Subject, labels: Any, context: Context) -> _Built:
    """Return the unfitted model from whichever of the four sources was given."""
    from trustlab.train import recipes
    from trustlab.train.code import run_code

    given = [
        word
        for word, value in (("model", model), ("recipe", recipe), ("code", code), ("a cell", context.cell))
        if value is not None
    ]
    if len(given) != 1:
        came = " and ".join(given) or "nothing"
        raise UsageError(
            f"train: one of model, recipe, code or a cell must say what to train; {came} came",
            hint="For instance --recipe boosting",
        )
    if recipe is not None:
        return _Built(
            model=recipes.build(recipe, fitting.X, labels, task=fitting.task, seed=context.seed),  # type: ignore[arg-type] # a task's word
            origin=recipe,
            code=f"recipe {recipe}",
        )
    if model is not None:
        if isinstance(model, str):
            if model not in context.namespace:
                raise NotFoundError(f"train: model {model!r} is no notebook variable", hint="Give --recipe or --code")
            return _Built(model=context.namespace[model], origin=model, code=None)
        return _Built(model=model, origin=type(model).__name__.lower(), code=None)
    path = context.path(code) if code is not None else None
    if path is not None and not path.is_file():
        raise NotFoundError(f"train: no such file: {path}")
    source = path.read_text(encoding="utf-8") if path else context.cell or ""
    names = {**context.namespace, "X": fitting.X, "y": labels}
    built = run_code(source, names, origin=str(code) if code is not None else "the cell")
    return _Built(model=built.model, origin=Path(str(code)).stem if code is not None else "model", code=built.code)


def _fit(built: _Built, fitting: Subject, labels: Any, context: Context, **options: Any) -> Predictor:
    from trustlab.train.fit import fit

    return fit(
        built.model,
        fitting.X,
        labels,
        task=fitting.task,  # type: ignore[arg-type] # a task's word
        seed=context.seed,
        progress=lambda items, label: context.track(items, label),
        measured=context.on_measure,
        **options,
    )


def _origin(subject: Subject, test_share: float, seed: int, **asked: Any) -> dict[str, Any]:
    origin, step = subject.dataset.origin, current()
    within = {} if step is None else {"pipeline": step.pipeline, "run": step.run, "step": step.step}
    return {
        "target": subject.target,
        "test_share": test_share,
        "seed": seed,
        "data_digest": origin.get("digest"),
        "name": subject.dataset.name,
        "commit": origin.get("commit"),
        "rows": subject.n,
        **within,
        **{key: value for key, value in asked.items() if value},
    }


def _metrics(predictor: Predictor, subject: Subject, labels: Any, rows: Any) -> dict[str, float]:
    import numpy as np
    from sklearn import metrics

    truth, told = labels[rows], predictor.predict(subject.X.iloc[rows])
    if subject.task == "regression":
        return {
            "rmse": float(np.sqrt(metrics.mean_squared_error(truth, told))),
            "mae": float(metrics.mean_absolute_error(truth, told)),
            "r2": float(metrics.r2_score(truth, told)),
        }
    return {
        "accuracy": float(metrics.accuracy_score(truth, told)),
        "balanced_accuracy": float(metrics.balanced_accuracy_score(truth, told)),
    }


def _register(
    predictor: Predictor,
    name: str,
    fitting: Subject,
    built: _Built,
    origin: Mapping[str, Any],
    metrics: Mapping[str, float],
    context: Context,
) -> Any:
    from trustlab.models.registry import Registry

    return Registry(context.ensure_workspace()).log_training(
        predictor,
        name=name,
        example=fitting.X.head(5),
        params={"task": fitting.task, "from": built.origin},
        metrics=metrics,
        data=origin,
        code=built.code,
        seed=context.seed,
    )
