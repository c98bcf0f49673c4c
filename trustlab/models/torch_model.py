"""Torch modules: what goes in is made float32, what comes out is told apart (logits, probabilities, a value)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.errors import InputError
from trustlab.models.digests import of_bytes, of_object
from trustlab.models.predictor import Predictor, Task
from trustlab.models.tasks import NUMBERS, most_likely, settle
from trustlab.models.threads import few_products, threads

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt
    import torch

Output = Literal["logits", "probabilities", "log_probabilities"]

TABLE_BATCH = 4096
IMAGE_BATCH = 256


@dataclass(frozen=True, kw_only=True)
class TorchEngine:
    """Asks a module in batches, in evaluation mode, and leaves its mode as it was.

    Parameters
    ----------
    module : torch.nn.Module
        The model; takes float32 of shape (n, features) or (n, ...).
    output : {'logits', 'probabilities', 'log_probabilities'}
        What it returns for classification.
    task : {'binary', 'multiclass', 'regression', 'ranking'}
        What is predicted.
    classes : list or None
        Labels by output column.
    preprocess : object or None
        A fitted transformer from the user's columns to numbers.
    input_shape : tuple of int or None
        The shape of one example, such as (1, 8, 8) for an image whose pixels are the columns.
    input_scale : float
        Inputs are divided by it: the largest pixel of the training data, for images.
    target_mean, target_scale : float
        Regression modules learn (y - mean) / scale; predictions are turned back.
    """

    module: torch.nn.Module
    output: Output
    task: Task
    classes: list[Any] | None = None
    preprocess: Any = None
    input_shape: tuple[int, ...] | None = None
    input_scale: float = 1.0
    target_mean: float = 0.0
    target_scale: float = 1.0

    @property
    def has_proba(self) -> bool:
        """A classifying module always has probabilities."""
        return self.task not in NUMBERS

    def prepare(self, X: Any) -> npt.NDArray[np.float32]:
        """Return the rows as the module takes them: float32, preprocessed, shaped."""
        import numpy as np

        table = X
        if self.preprocess is not None and getattr(X, "ndim", 2) == 2:
            table = self.preprocess.transform(X)
        array = np.array(table, dtype=np.float32)
        flat = array.ndim == 2 and self.preprocess is None
        shape = self.input_shape or (input_shape_of(self.module, array.shape[1]) if flat else None)
        if shape is not None:
            if array[0].size != int(np.prod(shape)):
                raise InputError(f"a row must have {int(np.prod(shape))} values to become {shape}; got {array[0].size}")
            array = array.reshape(len(array), *shape)
        return array / np.float32(self.input_scale)

    def raw(self, X: Any) -> torch.Tensor:
        """Return the module's own outputs, on the processor, without gradients; a tensor is taken as it is."""
        import torch

        inputs = X if isinstance(X, torch.Tensor) else torch.from_numpy(self.prepare(X))
        size = IMAGE_BATCH if inputs.ndim > 2 else TABLE_BATCH
        first = next(iter(self.module.parameters()), None)
        device = first.device if first is not None else torch.device("cpu")
        with evaluating(self.module), torch.no_grad(), threads(few=few_products(self.module, inputs)):
            return torch.cat([self.module(part.to(device)).detach().cpu() for part in torch.split(inputs, size)])

    def predict(self, X: Any) -> Any:
        """Return labels, or values in the target's unit."""
        if self.task in NUMBERS:
            return self.raw(X).double().numpy() * self.target_scale + self.target_mean
        return most_likely(self.predict_proba(X), self.classes, "the module")

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities in the order of the classes."""
        return log_probabilities(self.raw(X).double(), self.output).exp().numpy()

    def digest(self) -> str:
        """Return a hash of every tensor of the module's state and of the preprocessing."""
        import torch

        parts: list[bytes] = []
        for key, value in sorted(self.module.state_dict().items()):
            if isinstance(value, torch.Tensor):
                flat = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
                parts += [f"{key} {value.dtype} {tuple(value.shape)}".encode(), flat.numpy().tobytes()]
            else:
                parts += [key.encode(), of_object(value).encode()]
        return of_bytes(*parts, of_object(self.preprocess).encode())


@contextmanager
def evaluating(module: torch.nn.Module) -> Iterator[None]:
    """Switch a module to evaluation, and each of its parts back to the mode it had."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, training in modes.items():
            part.training = training


def log_probabilities(raw: torch.Tensor, output: Output) -> torch.Tensor:
    """Return log-probabilities, shape (n, k), differentiable, from a module's outputs.

    One output column (or none) is the second class's logit or probability; several that are already non-negative
    and sum to 1 in every row are probabilities, whatever the module's last layer is called.
    """
    import torch
    from torch.nn import functional

    raw = raw.squeeze(-1) if raw.ndim == 2 and raw.shape[1] == 1 else raw
    tiny = torch.finfo(raw.dtype).tiny
    if raw.ndim == 1:
        if output == "logits":
            return torch.stack([functional.logsigmoid(-raw), functional.logsigmoid(raw)], dim=1)
        chance = raw.exp() if output == "log_probabilities" else raw
        return torch.stack([1 - chance, chance], dim=1).clamp_min(tiny).log()
    if output == "log_probabilities":
        return raw
    if output == "probabilities":
        return raw.clamp_min(tiny).log()
    sums = raw.detach().sum(dim=1)
    if bool((raw.detach() >= 0).all()) and bool((sums - 1).abs().max() < 1e-5):
        return raw.clamp_min(tiny).log()
    return raw.log_softmax(dim=1)


def last_layer(module: torch.nn.Module) -> torch.nn.Module:
    """Return the part of a module that was registered last and has no parts of its own."""
    leaves = [part for part in module.modules() if not any(part.children())]
    return leaves[-1] if leaves else module


def output_of(module: torch.nn.Module) -> Output:
    """Tell what a classifying module returns by the name of its last layer."""
    last = type(last_layer(module)).__name__
    if last in {"Softmax", "Sigmoid"}:
        return "probabilities"
    return "log_probabilities" if last in {"LogSoftmax", "LogSigmoid"} else "logits"


def output_width(module: torch.nn.Module) -> int | None:
    """Return how many outputs the last layer with a width has; None where no layer says."""
    widths = [getattr(part, "out_features", None) for part in module.modules()]
    return next((int(width) for width in reversed(widths) if width), None)


def input_shape_of(module: torch.nn.Module, columns: int) -> tuple[int, ...] | None:
    """Return the image shape that a module's first convolution implies for flat pixel columns, or None for tables.

    Raises
    ------
    InputError
        Where the columns cannot be a square image of as many channels as the convolution takes.
    """
    first = next((part for part in module.modules() if type(part).__name__ in {"Conv2d", "Linear"}), None)
    if first is None or type(first).__name__ == "Linear":
        return None
    channels = int(getattr(first, "in_channels", 1))
    side = round((columns / channels) ** 0.5)
    if channels * side * side != columns:
        raise InputError(
            f"pixel columns must fill a square image of {channels} channels, or input_shape must be given; "
            f"got {columns} columns"
        )
    return channels, side, side


def from_module(
    obj: torch.nn.Module, *, task: Task | None, classes: list[Any] | None, features: list[str] | None, name: str
) -> Predictor:
    """Return a Predictor over a trained module; parameters as for ``as_predictor``.

    Without ``task`` and ``classes`` a module tells its classes by an attribute of that name; else one with two or more
    outputs classifies into 0, 1, 2 …, and one that ends in a sigmoid is binary.
    """
    width, output = output_width(obj), output_of(obj)
    stated = getattr(obj, "classes", None)
    if classes is None and task not in NUMBERS and isinstance(stated, list | tuple):
        classes = list(stated)
    if classes is None and task not in NUMBERS:
        if width is not None and width > 1:
            classes = list(range(width))
        elif task == "binary" or (width == 1 and output != "logits"):
            classes = [0, 1]
    task, classes = settle(name, task, classes)
    engine = TorchEngine(module=obj, output=output, task=task, classes=classes)
    return Predictor(name=name, kind="torch", task=task, classes=classes, features=features, native=obj, engine=engine)
