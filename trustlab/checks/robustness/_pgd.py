"""Projected gradient descent by ART, on torch modules whose numeric inputs are known."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

    from trustlab.models.subject import Subject
    from trustlab.models.torch_model import TorchEngine
    from trustlab.stats.arrays import Bools, Floats, Ints

STEPS = 10
NUMBERS = "numbers"  # the name that training gives to the part that keeps numeric columns numbers


def numeric_inputs(subject: Subject) -> slice | None:
    """Return which of a torch module's inputs are numbers that may move; None where that cannot be told."""
    predictor = subject.predictor
    if predictor is None or predictor.kind != "torch":
        return None
    prepared = predictor.engine.preprocess  # type: ignore[attr-defined]
    if prepared is None:
        return slice(None) if len(subject.numeric_columns) == subject.X.shape[1] else None
    found = getattr(prepared, "output_indices_", {}).get(NUMBERS)
    return found if isinstance(found, slice) and found.stop > found.start else None


def smallest_by_gradient(subject: Subject, rows: Ints, budgets: Sequence[float], inputs: slice) -> Floats:
    """Return the smallest budget within which each row's prediction was turned; infinite where none was.

    The module's inputs are measured in standard deviations of the audited rows, each moves by the budget at most and
    stays within the range observed.

    Parameters
    ----------
    rows : ndarray of int
        Row numbers of the subject; their predictions are right.
    budgets : sequence of float
        Standard deviations, ascending.
    inputs : slice
        Which inputs may move.

    References
    ----------
    Madry, Makelov, Schmidt, Tsipras and Vladu (2018). Towards deep learning models resistant to adversarial attacks.
    ICLR.
    """
    import numpy as np

    from trustlab.models.labels import class_order
    from trustlab.models.torch_model import evaluating

    assert subject.predictor is not None
    assert subject.y is not None
    engine: TorchEngine = subject.predictor.engine  # type: ignore[assignment]
    prepared = engine.prepare(subject.X)
    center, spread, movable = _scale(prepared, inputs)
    standard = (prepared - center) / spread
    low, high = standard.min(axis=0), standard.max(axis=0)
    # ART wants a range everywhere; an input that never varies does not move in it.
    clips = low, np.where(high > low, high, low + np.float32(1))
    own_order = np.asarray(class_order(subject.predictor.classes, subject.classes))
    labels = own_order[subject.y[rows]]
    smallest = np.full(rows.size, np.inf)
    with evaluating(engine.module), _gradients_kept(engine.module), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ART and torch warn about each other's versions
        victim = _victim(engine, center, spread, clips, len(subject.classes))
        for budget in budgets:
            left = ~np.isfinite(smallest)
            if not left.any():
                break
            turned = _turned(victim, standard[rows][left], labels[left], budget, movable)
            smallest[np.flatnonzero(left)[turned]] = budget
    return smallest


@contextmanager
def _gradients_kept(module: torch.nn.Module) -> Iterator[None]:
    """Give every parameter back the gradient that it had: ART's steps fill them in."""
    kept = [(parameter, parameter.grad) for parameter in module.parameters()]
    try:
        yield
    finally:
        for parameter, gradient in kept:
            parameter.grad = gradient


def _scale(prepared: Any, inputs: slice) -> tuple[Any, Any, Any]:
    """Return mean, standard deviation and a mask of what may move, each of the shape of one example."""
    import numpy as np

    center, spread = prepared.mean(axis=0), prepared.std(axis=0)
    movable = np.zeros(prepared.shape[1:], dtype=np.float32)
    movable[inputs] = 1
    movable[spread == 0] = 0
    spread = np.where(spread == 0, np.float32(1), spread)
    return center.astype(np.float32), spread.astype(np.float32), movable


def _victim(engine: TorchEngine, center: Any, spread: Any, clips: tuple[Any, Any], classes: int) -> Any:
    import torch
    from art.estimators.classification import PyTorchClassifier

    from trustlab.models.torch_model import log_probabilities

    first = next(iter(engine.module.parameters()), None)
    device = first.device if first is not None else torch.device("cpu")
    middle, scale = torch.from_numpy(center).to(device), torch.from_numpy(spread).to(device)

    class Standardised(torch.nn.Module):
        """The module, asked in standard deviations, answering log-probabilities."""

        def __init__(self) -> None:
            super().__init__()
            self.module = engine.module

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return log_probabilities(self.module(rows * scale + middle), engine.output)

    return PyTorchClassifier(
        model=Standardised(),
        loss=torch.nn.NLLLoss(),
        input_shape=tuple(center.shape),
        nb_classes=classes,
        clip_values=clips,
        device_type="cpu" if device.type == "cpu" else "gpu",
    )


def _turned(victim: Any, rows: Any, labels: Ints, budget: float, movable: Any) -> Bools:
    import numpy as np
    from art.attacks.evasion import ProjectedGradientDescentPyTorch

    attack = ProjectedGradientDescentPyTorch(
        victim,
        norm=np.inf,
        eps=budget,
        eps_step=2.5 * budget / STEPS,
        max_iter=STEPS,
        batch_size=256,
        verbose=False,
    )
    moved = attack.generate(rows, y=labels, mask=movable)
    return np.asarray(victim.predict(moved, batch_size=256).argmax(axis=1) != labels)
