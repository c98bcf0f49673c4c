"""The subject of an audit or an explanation: rows, labels, predictions, groups and the model, loaded once."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from trustlab.core.context import Context  # noqa: TC001 - read at run time, by the annotation
from trustlab.core.errors import InputError, UsageError
from trustlab.core.operation import Bundle, Operation
from trustlab.core.parameters import Column, Columns, Data, Format, Model, Positional, Repeated, Short
from trustlab.models.labels import class_order, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pandas as pd

    from trustlab.data.dataset import Dataset
    from trustlab.models.predictor import Predictor
    from trustlab.models.subject_parts import Parts

Task = Literal["auto", "binary", "multiclass", "regression", "ranking"]

REASONS = {
    "model": "needs a model to ask; only its predictions are known",
    "labels": "needs a target",
    "predictions": "needs a model or a column of predictions",
    "scores": "needs probabilities: a model with predict_proba, or a score column",
    "sensitive": "needs a sensitive attribute (--sensitive COLUMN)",
    "train": "needs the training data (--train, or a registered model trained on this data)",
    "features": "needs feature columns beside the target, predictions and sensitive columns",
    "numeric": "needs numeric feature columns",
    "images": "needs rows that are images (an array of images, a folder of class folders, or --images COLUMN of paths)",
    "texts": "needs rows that are texts (a list of texts, or --text COLUMN)",
    "gradients": "needs a torch module, whose gradients can be followed",
    "query": "needs the column that says to which query a row belongs (--query COLUMN)",
}
OF_TABLES = {"features", "numeric"}
OF_TASKS = {"labels", "predictions", "scores", "model"}
ROWS = {"image": "an image", "text": "a text"}


@dataclass(frozen=True, kw_only=True)
class Subject(Bundle):
    """What an audit looks at.

    Parameters
    ----------
    dataset : Dataset
        The audited rows, all columns, with their origin.
    X : pandas.DataFrame of shape (n, d)
        The model's inputs; without a model, every column that is no target, prediction or score. No columns where the
        rows are images or texts: see ``modality`` and ``content``.
    y : numpy.ndarray of shape (n,) or None
        Labels: 0/1 for binary tasks (1 is the positive class), the class's index for multiclass, floats for regression;
        graded relevance for ranking.
    y_pred : numpy.ndarray of shape (n,) or None
        Predictions, coded as ``y``; scores for ranking.
    proba : numpy.ndarray of shape (n, k) or None
        Probabilities, a column per class.
    classes : tuple
        The labels as they stand in the data, in the order of the codes; empty for regression and ranking.
    sensitive : pandas.DataFrame of shape (n, s) or None
        Group names as text; numbers with many values are cut into bands at their quartiles.
    train : Subject or None
        The training rows, in the same coding.
    whole : Dataset or None
        The data as read, with the derived columns: before ``where`` and before rows were held out.
    query : numpy.ndarray of shape (n,) or None
        For ranking: a number for each row, the same for rows of one query.
    query_names : tuple
        The queries as they stand in the data, by their numbers, in sorted order.
    faults : mapping of str to str
        Needs (``predictions``, ``scores``) that the model should meet and does not: why, such as NaN in probabilities.
    """

    dataset: Dataset
    X: pd.DataFrame
    y: np.ndarray | None
    y_pred: np.ndarray | None
    proba: np.ndarray | None
    task: str
    classes: tuple[Any, ...]
    target: str | None
    predictor: Predictor | None
    sensitive: pd.DataFrame | None
    train: Subject | None
    scope: str = "all rows"
    whole: Dataset | None = None
    query: np.ndarray | None = None
    query_names: tuple[Any, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(
        cls,
        model: Annotated[Model, Positional()] = None,
        data: Annotated[Data, Short("d")] = None,
        target: Annotated[Column, Short("t")] = None,
        prediction: Column = None,
        score: Column = None,
        sensitive: Annotated[Columns, Short("s")] = None,
        train: Data = None,
        task: Task = "auto",
        positive: str | None = None,
        drop: Annotated[list[str] | None, Format("column")] = None,
        derive: Annotated[list[str] | None, Format("expression"), Repeated()] = None,
        where: Annotated[str | None, Format("expression")] = None,
        names: list[str] | None = None,
        rows: Literal["auto", "all", "held_out"] = "auto",
        images: Column = None,
        text: Column = None,
        query: Column = None,
        trust_pickle: bool = False,
        *,
        context: Context,
    ) -> Subject:
        """Load what the user named.

        Parameters
        ----------
        model : model
            A registered model (lender, lender@champion, lender@3), a file, an MLflow URI, or in a notebook a variable.
            Not needed where the data hold a column of predictions.
        data : data
            The rows: a ref (loans@main), a CSV or Parquet file, or in a notebook a variable. Also a folder of class
            folders of images, an .npz file of arrays X and y, from Python an array of images or a list of texts.
        target : column
            The column of true labels; from Python also an array or series.
        prediction : column
            The column of predictions, for a model that is only known by them; from Python also an array or series.
        score : column
            The column of the positive class's probability; for ranking, of the score. From Python also an array.
        sensitive : columns
            Sensitive attributes, comma-separated; from Python also a list, a series or a frame.
        train : data
            The training data, for the checks that compare with it; from Python also (X, y).
        task : str
            The learning task; found from the target where auto, and ranking where query is given.
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
            Which rows to look at, where the model was trained on the same data: auto takes the rows held out.
        images : column
            The column of paths of image files, relative to the table's folder, where the model sees images.
        text : column
            The column of texts, where the model reads texts.
        query : column
            For ranking: the column that says which rows compete with each other, such as a query or a user.
        trust_pickle : bool
            Load a pickled model from outside the workspace: this runs code from the file.
        """
        from trustlab.models.subject_parts import Named, load_parts

        named = Named(
            model=model,
            data=data,
            target=target,
            prediction=prediction,
            score=score,
            sensitive=sensitive,
            train=train,
            task=task,
            positive=positive,
            drop=drop,
            derive=derive,
            where=where,
            names=names,
            rows=rows,
            images=images,
            text=text,
            query=query,
            trust_pickle=trust_pickle,
        )
        return cls.of(load_parts(named, context))

    @classmethod
    def of(cls, parts: Parts) -> Subject:
        """Return the subject made of ``parts``."""
        own = {part.name: getattr(parts, part.name) for part in fields(parts)}
        return cls(**{**own, "train": None if parts.train is None else cls.of(parts.train)})

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.X)

    @property
    def score(self) -> np.ndarray | None:
        """The positive class's probability of shape (n,), for binary tasks."""
        return self.proba[:, 1] if self.proba is not None and self.task == "binary" else None

    @cached_property
    def numeric_columns(self) -> list[str]:
        """The features that are numbers."""
        return [str(column) for column in self.X.select_dtypes(include="number").columns]

    @property
    def modality(self) -> str:
        """What a row is: tabular, image or text."""
        return self.dataset.modality

    @property
    def images(self) -> np.ndarray | None:
        """The images, float32 of shape (n, height, width, channels), from 0 to 1; None where the rows are none."""
        from trustlab.data.modal import images_in

        return self.memo("images", lambda: images_in(self.dataset)) if self.modality == "image" else None

    @property
    def texts(self) -> np.ndarray | None:
        """The texts, an array of str of shape (n,), a missing one empty; None where the rows are none."""
        from trustlab.data.modal import texts_in

        return self.memo("texts", lambda: texts_in(self.dataset)) if self.modality == "text" else None

    @property
    def content(self) -> Any:
        """What the model is asked about: ``images``, ``texts`` or ``X``; `predict` takes the like."""
        return {"image": self.images, "text": self.texts}.get(self.modality, self.X)

    def row_keys(self) -> np.ndarray:
        """Return a hash for each row's content, uint64 of shape (n,): equal rows have equal ones."""
        import pandas as pd

        if self.modality == "tabular":
            return pd.util.hash_pandas_object(self.X, index=False).to_numpy()
        rows = [image.tobytes() for image in self.images] if self.images is not None else self.texts
        return pd.util.hash_array(pd.Series(rows, dtype=object).to_numpy(), categorize=False)

    def offers(self, need: str) -> bool:
        """Return whether the subject has what ``need`` names."""
        tabular = self.modality == "tabular"
        present = {
            "model": self.predictor is not None,
            "labels": self.y is not None,
            "predictions": self.y_pred is not None,
            "scores": self.proba is not None,
            "sensitive": self.sensitive is not None,
            "train": self.train is not None,
            "features": tabular and self.X.shape[1] > 0,
            "numeric": tabular and bool(self.numeric_columns),
            "images": self.modality == "image",
            "texts": self.modality == "text",
            "gradients": self.predictor is not None and self.predictor.kind == "torch",
            "query": self.query is not None,
        }
        return present[need]

    def why_not(self, operation: Operation) -> str | None:
        """Return why ``operation`` does not apply here, or None where it does.

        Raises
        ------
        InputError
            Where it applies, and the model failed at what it needs: that is an error, and no matter of course.
        """
        if operation.tasks and self.task not in operation.tasks:
            return f"serves {', '.join(operation.tasks)} tasks; this one is {self.task}"
        # A ranking's numbers mean something within a query only: what does not name the task would misread them.
        if not operation.tasks and self.task == "ranking" and operation.needs & OF_TASKS:
            return "serves tasks in which each row stands for itself; this one is ranking"
        lacking = [need for need in sorted(operation.needs) if not self.offers(need)]
        absent = [need for need in lacking if need not in self.faults]
        if absent:
            return self._lack(absent[0])
        asked = operation.needs | ({"predictions"} if "model" in operation.needs else set())
        for faults, where in ((self.faults, ""), (self._train_faults(operation), "on the training rows: ")):
            if broken := sorted(asked & set(faults)):
                raise InputError(f"{where}{faults[broken[0]]}")
        return None

    def _train_faults(self, operation: Operation) -> Mapping[str, str]:
        return self.train.faults if self.train is not None and "train" in operation.needs else {}

    def _lack(self, need: str) -> str:
        if need in OF_TABLES and self.modality != "tabular":
            return f"asks about columns of a table; each row here is {ROWS[self.modality]}"
        return REASONS[need]

    def provenance(self) -> dict[str, Any]:
        """Return data, model, target and scope as JSON data."""
        model = {"name": self.predictor.name, "kind": self.predictor.kind} if self.predictor else None
        return {
            "data": self.dataset.provenance(),
            "model": model,
            "target": self.target,
            "task": self.task,
            "classes": list(self.classes),
            "modality": self.modality,
            "rows": self.scope,
        }

    def inputs(self) -> pd.DataFrame:
        """Return the model's inputs of the data as read: also the rows that are not looked at here."""
        return self.X if self.whole is None else self.whole.frame[list(self.X.columns)]

    def row(self, number: int) -> pd.DataFrame:
        """Return the model's inputs, shape (1, d), of one row of the data as read, counted from 0.

        Raises
        ------
        UsageError
            Where the data have no such row.
        """
        rows = self.inputs()
        if not 0 <= number < len(rows):
            raise UsageError(f"row must be from 0 to {len(rows) - 1}, the rows of {self.dataset.name}; got {number}")
        return rows.iloc[[number]]

    def memo(self, key: str, compute: Callable[[], Any]) -> Any:
        """Return ``compute()``, computed once for this subject: predictions and attributions are shared by checks."""
        if key not in self.memory:
            self.memory[key] = compute()
        return self.memory[key]

    def predict(self, X: Any) -> np.ndarray:
        """Return the model's predictions for other rows (of a table, images or texts), coded as ``y``."""
        assert self.predictor is not None
        return encode(self.predictor.predict(X), self.classes, "the model's prediction")

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the model's probabilities for other rows, a column per class in the order of ``classes``."""
        assert self.predictor is not None
        proba = self.predictor.predict_proba(X)
        assert proba is not None
        return proba[:, class_order(self.predictor.classes, self.classes)]

    def take(self, index: np.ndarray) -> Subject:
        """Return the subject with only the rows at ``index``."""

        def rows(values: Any) -> Any:
            return None if values is None else values[index]

        return replace(
            self,
            dataset=self.dataset.with_frame(self.dataset.frame.iloc[index]),
            X=self.X.iloc[index],
            y=rows(self.y),
            y_pred=rows(self.y_pred),
            proba=rows(self.proba),
            query=rows(self.query),
            sensitive=None if self.sensitive is None else self.sensitive.iloc[index],
            memory={},
        )
