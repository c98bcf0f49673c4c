"""Models that are asked about images and texts: the same engines, given what they take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError
from trustlab.models.labels import same_label
from trustlab.models.torch_model import TorchEngine, log_probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray

    from trustlab.data.dataset import Dataset
    from trustlab.data.images import Images
    from trustlab.models.predictor import Engine, Predictor

CHANNELS_FIRST = {"torch", "onnx"}


@dataclass(frozen=True, kw_only=True)
class ImageEngine:
    """Asks a model about images of shape (n, h, w, c) from 0 to 1.

    Parameters
    ----------
    inner : Engine
        The model's own.
    kind : str
        The predictor's kind: torch and ONNX models get (n, c, h, w), an estimator rows of pixels, any other model the
        layout and the values that the caller's own images had.
    images : Images
        How the caller's images were laid out, and in which unit.
    """

    inner: Engine
    kind: str
    images: Images

    @property
    def has_proba(self) -> bool:
        """Whether the model gives probabilities."""
        return self.inner.has_proba

    @property
    def unit(self) -> tuple[float, float]:
        """Offset and scale from 0 to 1 to what the model takes: it was shown pixels of that range."""
        if not self.images.decoded:
            return self.images.offset, self.images.scale
        return 0.0, self.inner.input_scale if isinstance(self.inner, TorchEngine) else 1.0

    def prepare(self, images: Any) -> NDArray[Any]:
        """Return images of shape (n, h, w, c) from 0 to 1 as the model takes them."""
        import numpy as np

        given = self.images.as_given(images)
        if self.images.decoded and self.unit[1] != 1.0:
            given = given * np.float32(self.unit[1])
        if self.kind in CHANNELS_FIRST or self.images.layout == "chw":
            given = np.ascontiguousarray(np.moveaxis(given, -1, 1))
        elif self.images.layout == "hw":
            given = given[..., 0]
        wanted = getattr(getattr(self.inner, "native", None), "n_features_in_", None)
        return given.reshape(len(given), -1) if wanted == given[0].size else given

    def predict(self, X: Any) -> Any:
        """Return the model's labels or values."""
        return self.inner.predict(self.prepare(X))

    def predict_proba(self, X: Any) -> Any:
        """Return the model's probabilities."""
        return self.inner.predict_proba(self.prepare(X))

    def log_proba(self, images: torch.Tensor) -> torch.Tensor:
        """Return log-probabilities, differentiable, of images of shape (n, c, h, w) from 0 to 1; torch modules only."""
        engine = self.inner
        assert isinstance(engine, TorchEngine)
        offset, scale = self.unit
        inputs = (images * scale + offset) / engine.input_scale
        return log_probabilities(engine.module(inputs), engine.output)

    def digest(self) -> str:
        """Return a hash of the model's state."""
        return self.inner.digest()


@dataclass(frozen=True, kw_only=True)
class TextEngine:
    """Asks a model about texts: functions and pipelines get a list of str.

    Parameters
    ----------
    inner : Engine
        The model's own. A torch module needs a method ``encode``: a list of str in, a tensor with a row each out.
    """

    inner: Engine

    @property
    def has_proba(self) -> bool:
        """Whether the model gives probabilities."""
        return self.inner.has_proba

    def predict(self, X: Any) -> Any:
        """Return the model's labels or values."""
        return self.inner.predict(self.prepare(X))

    def predict_proba(self, X: Any) -> Any:
        """Return the model's probabilities."""
        return self.inner.predict_proba(self.prepare(X))

    def prepare(self, texts: Sequence[str]) -> Any:
        """Return the texts as the model takes them: encoded for a torch module."""
        listed = [str(text) for text in texts]
        if not isinstance(self.inner, TorchEngine):
            return listed
        import torch

        return torch.as_tensor(self.inner.module.encode(listed))  # type: ignore[operator] # `suited` saw that it is there

    def digest(self) -> str:
        """Return a hash of the model's state."""
        return self.inner.digest()


def suited(predictor: Predictor, dataset: Dataset, labels: Sequence[Any] | None) -> Predictor:
    """Return the predictor as it is asked about a data set's rows: unchanged for tables.

    Parameters
    ----------
    labels : sequence or None
        The target's distinct labels. A network whose classes are only counted (0, 1, 2 …) gets them in sorted order
        where they are names and as many: so a folder of class folders is read everywhere.

    Raises
    ------
    InputError
        Where a torch module cannot take texts.
    """
    if dataset.modality == "tabular" or predictor.modality != "tabular":
        return predictor
    predictor = named(predictor, labels)
    engine: Engine
    if dataset.images is not None:
        engine = ImageEngine(inner=predictor.engine, kind=predictor.kind, images=dataset.images)
    else:
        if isinstance(predictor.engine, TorchEngine) and not callable(getattr(predictor.native, "encode", None)):
            raise InputError(
                f"model {predictor.name!r}: a torch module for texts must have a method encode(texts) that returns a "
                f"tensor with a row each; {type(predictor.native).__name__} has none",
                hint="Add it to the module, or pass a function that takes a list of texts.",
            )
        engine = TextEngine(inner=predictor.engine)
    return replace(predictor, engine=engine, features=None, modality=dataset.modality)  # type: ignore[arg-type] # one of the three words


def named(predictor: Predictor, labels: Sequence[Any] | None) -> Predictor:
    """Return a network's predictor with the labels' names for its classes, where those are only counted."""
    known = predictor.classes
    if predictor.kind not in CHANNELS_FIRST or labels is None or known != list(range(len(known or ()))):
        return predictor
    if len(labels) != len(known) or {same_label(label) for label in labels} == {same_label(label) for label in known}:
        return predictor
    classes = sorted(labels, key=str)
    inner: Any = predictor.engine
    return replace(predictor, classes=classes, engine=replace(inner, classes=classes))


@dataclass(frozen=True, kw_only=True)
class ScoreEngine:
    """Asks a binary classifier for a score: the probability of its second class."""

    inner: Engine

    @property
    def has_proba(self) -> bool:
        """A score is no probability."""
        return False

    def predict(self, X: Any) -> Any:
        """Return the second class's probability."""
        import numpy as np

        return np.asarray(self.inner.predict_proba(X))[:, 1]

    def predict_proba(self, X: Any) -> Any:
        """Return the classifier's probabilities."""
        return self.inner.predict_proba(X)

    def digest(self) -> str:
        """Return a hash of the model's state."""
        return self.inner.digest()


def as_ranker(predictor: Predictor) -> Predictor:
    """Return a predictor whose predictions are scores, the higher the further up.

    Raises
    ------
    InputError
        Where it classifies and has no one score: more than two classes, or labels alone.
    """
    if predictor.classes is None:
        return replace(predictor, task="ranking")
    if len(predictor.classes) != 2 or not predictor.has_proba:
        raise InputError(
            f"model {predictor.name!r}: a ranking needs a score for each row: a regressor, or a binary classifier with "
            f"predict_proba; this one knows {len(predictor.classes)} classes"
            + ("" if predictor.has_proba else " and gives labels alone")
        )
    return replace(predictor, task="ranking", classes=None, engine=ScoreEngine(inner=predictor.engine))
