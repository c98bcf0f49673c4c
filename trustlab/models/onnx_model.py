"""ONNX models, run by onnxruntime on the processor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from trustlab.core.errors import InputError
from trustlab.core.optional import load
from trustlab.models.digests import of_bytes
from trustlab.models.predictor import Predictor, Task
from trustlab.models.tasks import NUMBERS, most_likely, settle

ELEMENT: dict[str, str] = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(bool)": "bool",
    "tensor(string)": "object",
}


@dataclass(frozen=True)
class OnnxEngine:
    """Asks an ONNX model.

    Parameters
    ----------
    content : bytes
        The model as stored.
    task : {'binary', 'multiclass', 'regression'}
        What is predicted.
    classes : list or None
        Labels in the order of the probabilities.
    """

    content: bytes
    task: Task
    classes: list[Any] | None

    @cached_property
    def session(self) -> Any:
        """The runtime's session, made at the first question."""
        return open_session(self.content)

    @property
    def has_proba(self) -> bool:
        """Whether some output holds scores."""
        return self.task not in NUMBERS and any(_is_scores(out.type) for out in self.session.get_outputs())

    def predict(self, X: Any) -> Any:
        """Return the label output, the label of the largest probability, or the value."""
        import numpy as np

        answers = self._answers(X)
        if self.task in NUMBERS:
            return answers[0]
        for answer, output in zip(answers, self.session.get_outputs(), strict=True):
            if not _is_scores(output.type):
                return np.asarray(answer)
        return most_likely(self.predict_proba(X), self.classes, "the ONNX model")

    def predict_proba(self, X: Any) -> Any:
        """Return the scores as probabilities: maps by label, a tensor of probabilities, or one of logits."""
        import numpy as np

        outputs = self.session.get_outputs()
        answer = next(a for a, o in zip(self._answers(X), outputs, strict=True) if _is_scores(o.type))
        if isinstance(answer, list):
            keys = self.classes or sorted(answer[0])
            return np.array([[row[key] for key in keys] for row in answer], dtype=np.float64)
        scores = np.asarray(answer, dtype=np.float64)
        if scores.ndim == 1 or scores.shape[1] == 1:
            chance = scores.reshape(-1)
            if chance.min() < 0 or chance.max() > 1:
                chance = 1 / (1 + np.exp(-chance))
            return np.column_stack([1 - chance, chance])
        if scores.min() >= 0 and np.abs(scores.sum(axis=1) - 1).max() < 1e-4:
            return scores
        shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)

    def digest(self) -> str:
        """Return the hash of the stored bytes."""
        return of_bytes(self.content)

    def _answers(self, X: Any) -> list[Any]:
        inputs = self.session.get_inputs()
        if len(inputs) == 1:
            return list(self.session.run(None, {inputs[0].name: _tensor(X, inputs[0])}))
        feed = {item.name: _tensor(X[[item.name]], item) for item in inputs}
        return list(self.session.run(None, feed))


def _is_scores(kind: str) -> bool:
    return "map" in kind or kind in {"tensor(float)", "tensor(double)", "tensor(float16)"}


def _tensor(X: Any, item: Any) -> Any:
    import numpy as np

    dtype = ELEMENT.get(item.type)
    if dtype is None:
        raise InputError(f"ONNX input {item.name!r} must be a tensor of numbers or text; got {item.type}")
    array = np.asarray(X.to_numpy() if hasattr(X, "to_numpy") else X)
    array = array.astype(str).astype(object) if dtype == "object" else array.astype(dtype)
    shape = item.shape[1:]
    if len(shape) > 1 and all(isinstance(side, int) for side in shape):
        array = array.reshape(len(array), *shape)
    return np.ascontiguousarray(array)


def open_session(content: bytes) -> Any:
    """Return an onnxruntime session over a model's bytes, or InputError where they are none."""
    runtime = load("onnxruntime", "onnx", "an ONNX model")
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    try:
        return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # onnxruntime's error classes share no base with a public name.
        raise InputError(f"an ONNX model must be readable by onnxruntime; it says: {error}") from error


def from_onnx(
    obj: Any, *, task: Task | None, classes: list[Any] | None, features: list[str] | None, name: str
) -> Predictor:
    """Return a Predictor over an ONNX model, its bytes or an onnxruntime session; parameters as for ``as_predictor``.

    The classes are read from the graph where it states them, else counted from the width of the scores.
    """
    content = _content(obj, name)
    session = open_session(content)
    if features is None and len(session.get_inputs()) > 1:
        features = [item.name for item in session.get_inputs()]
    if classes is None and task not in NUMBERS:
        classes = _stated_classes(content) or _counted_classes(session)
    if task is None and classes is None and len(session.get_outputs()) == 1:
        task = "regression"
    task, classes = settle(name, task, classes)
    return Predictor(
        name=name,
        kind="onnx",
        task=task,
        classes=classes,
        features=features,
        native=obj,
        engine=OnnxEngine(content, task, classes),
    )


def _content(obj: Any, name: str) -> bytes:
    if isinstance(obj, bytes):
        return obj
    if hasattr(obj, "SerializeToString"):
        return bytes(obj.SerializeToString())
    stored = getattr(obj, "_model_bytes", None)
    path = getattr(obj, "_model_path", None)
    if stored:
        return bytes(stored)
    if path:
        return Path(path).read_bytes()
    raise InputError(f"model {name!r}: an ONNX session must know its model; got one without bytes or path")


def _stated_classes(content: bytes) -> list[Any] | None:
    onnx = load("onnx", "onnx", "an ONNX model")
    for node in onnx.load_from_string(content).graph.node:
        for attribute in node.attribute:
            if attribute.name in {"classlabels_int64s", "classlabels_ints"} and attribute.ints:
                return [int(label) for label in attribute.ints]
            if attribute.name == "classlabels_strings" and attribute.strings:
                return [label.decode() for label in attribute.strings]
    return None


def _counted_classes(session: Any) -> list[Any] | None:
    for output in session.get_outputs():
        if _is_scores(output.type) and len(output.shape or ()) == 2 and isinstance(output.shape[1], int):
            return list(range(output.shape[1])) if output.shape[1] > 1 else None
    return None
