"""Several models, or columns of their predictions, on the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from trustlab.core.context import Context  # noqa: TC001 - read at run time, by the annotation
from trustlab.core.errors import InputError, TrustlabError, UsageError
from trustlab.core.operation import Bundle, Operation
from trustlab.core.parameters import Column, Columns, Data, Format, Positional, Repeated, Short
from trustlab.models.subject import Subject, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from trustlab.data.dataset import Dataset

FEWEST = 2
Rows = Literal["auto", "all", "held_out"]


@dataclass(frozen=True, kw_only=True)
class Candidates(Bundle):
    """What is compared.

    Parameters
    ----------
    subjects : mapping of str to Subject
        By the candidates' names, all on the same rows and in the same coding.
    failed : mapping of str to str
        The candidates that could not answer, and why.
    """

    subjects: Mapping[str, Subject]
    failed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        candidates: Annotated[list[str], Positional(), Format("model")],
        data: Annotated[Data, Short("d")] = None,
        target: Annotated[Column, Short("t")] = None,
        sensitive: Annotated[Columns, Short("s")] = None,
        train: Data = None,
        task: Task = "auto",
        positive: str | None = None,
        drop: Annotated[list[str] | None, Format("column")] = None,
        derive: Annotated[list[str] | None, Format("expression"), Repeated()] = None,
        where: Annotated[str | None, Format("expression")] = None,
        names: list[str] | None = None,
        rows: Rows = "auto",
        images: Column = None,
        text: Column = None,
        query: Column = None,
        trust_pickle: bool = False,
        *,
        context: Context,
    ) -> Candidates:
        """Load what the user named.

        Parameters
        ----------
        candidates : list
            Two or more: registered models (lender@1), files, columns of the data that hold predictions or the positive
            class's probability, or in a notebook variables.
        data : data
            The rows: a ref (loans@main), a CSV or Parquet file, or in a notebook a variable.
        target : column
            The column of true labels.
        sensitive : columns
            Sensitive attributes, comma-separated.
        train : data
            The training data, for the checks that compare with it.
        task : str
            The learning task; found from the target where auto.
        positive : str
            The positive class of a binary target; the last in sorted order where not given.
        drop : list
            Columns that are no features.
        derive : list
            New columns, as NAME = EXPRESSION over the columns; may be repeated.
        where : str
            Keep the rows for which this expression over the columns is true.
        names : list
            The column names of a text file that has no header.
        rows : str
            Which rows to look at, where a model was trained on the same data: auto takes those held out from all.
        images : column
            The column of paths of image files, where the models see images; not needed for folders and arrays.
        text : column
            The column of texts, where the models read texts.
        query : column
            For ranking: the column that says which rows compete with each other.
        trust_pickle : bool
            Load a pickled model from outside the workspace: this runs code from the file.
        """
        from trustlab.data.modal import load_rows

        if data is None:
            raise UsageError("data is needed: a ref (loans@main), a file or a table; nothing came", "--data loans@main")
        named = _named(candidates)
        dataset = load_rows(data, context, names=names, images=images, text=text)
        columns = [name for name, given in named.items() if isinstance(given, str) and given in dataset.frame.columns]
        common = {
            "data": dataset,
            "target": target,
            "sensitive": sensitive,
            "train": train,
            "task": task,
            "positive": positive,
            "drop": [*(drop or ()), *columns],
            "derive": derive,
            "where": where,
            "query": query,
            "trust_pickle": trust_pickle,
            "context": context,
        }
        found: dict[str, Subject] = {}
        errors: dict[str, TrustlabError] = {}
        for name in sorted(named, key=columns.__contains__):  # models first: they know their target
            try:
                found[name] = _loaded(named[name], dataset, rows, common)
                common["target"] = common["target"] if common["target"] is not None else found[name].target
            except TrustlabError as error:
                errors[name] = error
        if not found:
            raise next(iter(errors.values()))
        found = {name: found[name] for name in named if name in found}
        return cls(subjects=_together(found), failed={name: error.message for name, error in errors.items()})

    def why_not(self, operation: Operation) -> str | None:  # noqa: ARG002 - the bundle's interface
        """Return None: candidates are compared as they are."""
        return None

    def provenance(self) -> dict[str, Any]:
        """Return what is compared on which rows, as JSON data."""
        shared = next(iter(self.subjects.values())).provenance()
        models = {name: subject.provenance()["model"] for name, subject in self.subjects.items()}
        return {**shared, "model": None, "candidates": models, "failed": dict(self.failed)}


def _named(candidates: Any) -> dict[str, Any]:
    """Return the candidates by name; objects are numbered."""
    if not isinstance(candidates, list | tuple):
        raise UsageError(f"candidates must be a list of models or columns; got {type(candidates).__name__}")
    found = {given if isinstance(given, str) else f"candidate {at}": given for at, given in enumerate(candidates, 1)}
    if len(candidates) < FEWEST or len(found) < len(candidates):
        raise UsageError(
            f"candidates must be {FEWEST} or more, all different; got {len(candidates)}, {len(found)} different",
            hint="trust compare lender@1 lender@2 --data loans@main",
        )
    return found


def _loaded(given: Any, dataset: Dataset, rows: Rows, common: Mapping[str, Any]) -> Subject:
    if not isinstance(given, str) or given not in dataset.frame.columns:
        subject = Subject.load(model=given, rows=rows, **common)
    else:
        drop = [name for name in common["drop"] if name != given]
        ordering = common["query"] is not None or common["task"] == "ranking"
        kind = "score" if ordering or _is_score(dataset, given, common["task"]) else "prediction"
        if common["target"] is None:
            raise UsageError("target is needed where a candidate is a column of predictions; nothing came")
        subject = Subject.load(**{**common, "drop": drop, kind: given})
    if subject.y is None:
        raise UsageError("target is needed to compare candidates; nothing came", hint="--target COLUMN")
    if subject.y_pred is None:
        raise InputError(next(iter(subject.faults.values()), "its predictions are not known"))
    return subject


def _is_score(dataset: Dataset, name: str, task: str) -> bool:
    """Return whether a column holds probabilities: numbers from 0 to 1, and others than these two."""
    import pandas as pd

    column = dataset.frame[name]
    if task not in {"auto", "binary"} or not pd.api.types.is_float_dtype(column):
        return False
    return bool(column.between(0, 1).all()) and not bool(column.isin([0.0, 1.0]).all())


def _together(found: Mapping[str, Subject]) -> dict[str, Subject]:
    """Return the subjects on the rows that all of them have."""
    import numpy as np

    first = next(iter(found.values()))
    for name, subject in found.items():
        if (subject.task, subject.classes) != (first.task, first.classes):
            raise InputError(
                f"candidates must answer one question; {name} is {subject.task} over {_listed(subject)}, "
                f"{next(iter(found))} is {first.task} over {_listed(first)}",
                hint="Say the same --task and --positive for all, and compare models of the same classes",
            )
    shared = np.asarray(first.X.index)
    for subject in found.values():
        shared = np.intersect1d(shared, np.asarray(subject.X.index))
    if not shared.size:
        raise InputError(
            "candidates must have rows in common; the rows held out from one were used to train another",
            hint="--data with rows that none was trained on, or --rows all",
        )
    return {name: _on(subject, shared) for name, subject in found.items()}


def _on(subject: Subject, shared: np.ndarray) -> Subject:
    import numpy as np

    if len(shared) == subject.n:
        return subject
    places = np.flatnonzero(np.isin(np.asarray(subject.X.index), shared))
    return replace(subject.take(places), scope="rows held out from training of every candidate")


def _listed(subject: Subject) -> str:
    return ", ".join(str(label) for label in subject.classes[:10]) or "numbers"
