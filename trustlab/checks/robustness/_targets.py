"""What evasion attacks attack: rows as points that may move, and a copy of the model that answers about them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from trustlab.models.predictor import Predictor
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Bools, Floats, Ints

Scale = Literal["deviations", "range"]
POOL, STARTS = 500, 50


@dataclass(frozen=True)
class Target:
    """Rows under attack.

    Parameters
    ----------
    points : ndarray, shape (m, d)
        The coordinates of the attacked rows, in units of the scale; NaN for a number that the row has not.
    low, high : ndarray, shape (d,)
        The range observed.
    labels : ndarray of int, shape (m,)
        What the model says of them, which is right.
    classes : int
        How many.
    others, other_labels : ndarray, shapes (p, d) and (p,)
        Other rows, to start from.
    unit : str
        Of a coordinate, in words.
    answer : callable
        Takes row numbers and points and returns probabilities, or ones and zeros, by the model's copy.
    has_scores : bool
        Whether those are probabilities.
    gradients : Gradients or None
        The copy as ART attacks it along its gradient.
    copies : list of Predictor
        The copy that is attacked, where the model can be copied.
    """

    points: Floats
    low: Floats
    high: Floats
    labels: Ints
    classes: int
    others: Floats
    other_labels: Ints
    unit: str
    answer: Callable[[Ints, Floats], Floats]
    has_scores: bool
    gradients: Gradients | None = None
    copies: list[Predictor] = field(default_factory=list)


@dataclass(frozen=True)
class Gradients:
    """A torch module as ART attacks it.

    Parameters
    ----------
    victim : art PyTorchClassifier
        Takes inputs in units of the scale.
    rows : ndarray
        The whole inputs of the attacked rows.
    movable : ndarray of bool
        Which of an input's numbers are coordinates, in their order.
    asked : list of int
        One number: the rows put to the module.
    module : torch.nn.Module
        The copy.
    """

    victim: Any
    rows: Any
    movable: Bools
    asked: list[int]
    module: torch.nn.Module


def target_of(subject: Subject, rows: Ints, scale: Scale) -> Target | None:
    """Return the rows as a target, or None where nothing in them can move a little."""
    predictor = subject.predictor
    assert predictor is not None
    if subject.modality == "text":
        return None
    copied = _copied(predictor, subject)
    owned = subject if copied is None else replace(subject, predictor=copied, memory=dict(subject.memory))
    copies = [] if copied is None else [copied]
    if subject.modality == "image":
        return _images(owned, rows, copies)
    from trustlab.checks.robustness._pgd import numeric_inputs

    inputs = numeric_inputs(owned)
    return _table(owned, rows, scale, copies) if inputs is None else _module(owned, rows, scale, inputs, copies)


def _copied(predictor: Predictor, subject: Subject) -> Predictor | None:
    """Return the predictor over a copy of its model; None for kinds that do not copy (sessions, functions)."""
    engine: Any = predictor.engine
    inner = engine.inner if subject.modality == "image" else engine
    if predictor.kind == "torch":
        inner = replace(inner, module=copy.deepcopy(inner.module))
    elif predictor.kind == "sklearn":
        inner = replace(inner, native=copy.deepcopy(inner.native))
    else:
        return None
    return replace(predictor, engine=replace(engine, inner=inner) if subject.modality == "image" else inner)


def _answers(subject: Subject, make: Callable[[Ints, Floats], Any]) -> Callable[[Ints, Floats], Floats]:
    import numpy as np

    graded = subject.predictor is not None and subject.predictor.has_proba

    def answer(rows: Ints, points: Floats) -> Floats:
        content = make(rows, points)
        if graded:
            return np.asarray(subject.predict_proba(content), dtype=np.float64)
        return np.asarray(np.eye(len(subject.classes))[subject.predict(content)])

    return answer


def _others(subject: Subject, points: Callable[[Ints], Floats]) -> tuple[Floats, Ints]:
    """Return points of other rows with their labels: of every class in turn, however the rows are sorted."""
    import numpy as np

    assert subject.y_pred is not None
    labels = np.asarray(subject.y_pred)
    order = np.argsort(labels, kind="stable")
    first = np.searchsorted(labels[order], labels[order])
    turn = np.arange(labels.size) - first  # a row's number within its class
    places = np.sort(order[np.argsort(turn, kind="stable")[:POOL]])
    return points(places), labels[places]


def _table(subject: Subject, rows: Ints, scale: Scale, copies: list[Predictor]) -> Target | None:
    """Return a table's numbers as coordinates; text, categories and gaps stay."""
    import numpy as np

    from trustlab.checks.robustness._numbers import numbers_of

    numbers = numbers_of(subject)
    if numbers is None:
        return None
    if scale == "range":
        numbers = replace(
            numbers, mean=numbers.low, deviation=np.where(numbers.high > numbers.low, numbers.high - numbers.low, 1.0)
        )
    table = subject.X.iloc[rows].reset_index(drop=True)
    low, high = ((limit - numbers.mean) / numbers.deviation for limit in (numbers.low, numbers.high))
    assert subject.y_pred is not None
    assert subject.predictor is not None

    def make(places: Ints, points: Floats) -> Any:
        return numbers.put(table.iloc[places].reset_index(drop=True), points)

    return Target(
        numbers.of(table),
        low,
        high,
        np.asarray(subject.y_pred[rows]),
        len(subject.classes),
        *_others(subject, lambda places: numbers.of(subject.X.iloc[places])),
        "range" if scale == "range" else "standard deviations",
        _answers(subject, make),
        subject.predictor.has_proba,
        copies=copies,
    )


def _module(subject: Subject, rows: Ints, scale: Scale, inputs: slice, copies: list[Predictor]) -> Target:
    """Return a torch module's numeric inputs as coordinates."""
    import numpy as np

    from trustlab.models.labels import class_order

    assert subject.predictor is not None
    assert subject.y_pred is not None
    engine: Any = subject.predictor.engine
    prepared = engine.prepare(subject.X)
    movable = np.zeros(prepared.shape[1:], dtype=bool)
    movable[inputs] = True
    center, spread = (
        (prepared.min(axis=0), np.ptp(prepared, axis=0))
        if scale == "range"
        else (
            prepared.mean(axis=0),
            prepared.std(axis=0),
        )
    )
    movable &= spread > 0
    spread = np.where(spread > 0, spread, np.float32(1)).astype(np.float32)
    scaled = ((prepared - center) / spread).astype(np.float32)
    order = class_order(subject.predictor.classes, subject.classes)

    def forward(values: torch.Tensor, module: torch.nn.Module) -> torch.Tensor:
        from trustlab.models.torch_model import log_probabilities

        return log_probabilities(module(values), engine.output)[:, order]

    gradients = _gradients(engine.module, forward, scaled, rows, center, spread, movable, len(order))
    return _of_gradients(
        gradients, subject, scaled, rows, "range" if scale == "range" else "standard deviations", copies
    )


def _images(subject: Subject, rows: Ints, copies: list[Predictor]) -> Target:
    """Return the pixels as coordinates, from 0 to 1."""
    import numpy as np

    from trustlab.models.labels import class_order

    images = subject.images
    assert images is not None
    assert subject.predictor is not None
    assert subject.y_pred is not None
    if subject.predictor.kind == "torch":
        engine: Any = subject.predictor.engine
        order = class_order(subject.predictor.classes, subject.classes)
        first = np.ascontiguousarray(np.moveaxis(images, -1, 1))
        movable = np.ones(first.shape[1:], dtype=bool)
        zero, one = np.zeros(first.shape[1:], dtype=np.float32), np.ones(first.shape[1:], dtype=np.float32)

        def forward(values: torch.Tensor, module: torch.nn.Module) -> torch.Tensor:
            own = replace(engine, inner=replace(engine.inner, module=module))
            told: torch.Tensor = own.log_proba(values)[:, order]
            return told

        gradients = _gradients(engine.inner.module, forward, first, rows, zero, one, movable, len(order), (0.0, 1.0))
        return _of_gradients(gradients, subject, first, rows, "brightness, 0 to 1", copies)
    shape = images.shape[1:]
    d = int(np.prod(shape))
    return Target(
        np.asarray(images[rows], dtype=np.float64).reshape(len(rows), -1),
        np.zeros(d),
        np.ones(d),
        np.asarray(subject.y_pred[rows]),
        len(subject.classes),
        *_others(subject, lambda places: np.asarray(images[places], dtype=np.float64).reshape(-1, d)),
        "brightness, 0 to 1",
        _answers(subject, lambda _, points: np.clip(points, 0, 1).reshape(-1, *shape).astype(np.float32)),
        subject.predictor.has_proba,
        copies=copies,
    )


def _gradients(
    module: torch.nn.Module,
    forward: Callable[[torch.Tensor, torch.nn.Module], torch.Tensor],
    scaled: Any,
    rows: Ints,
    center: Any,
    spread: Any,
    movable: Bools,
    classes: int,
    limits: tuple[float, float] | None = None,
) -> Gradients:
    import numpy as np
    import torch
    from art.estimators.classification import PyTorchClassifier

    first = next(iter(module.parameters()), None)
    device = first.device if first is not None else torch.device("cpu")
    middle, scale = (torch.from_numpy(np.asarray(one, dtype=np.float32)).to(device) for one in (center, spread))
    free = torch.from_numpy(movable).to(device)
    asked = [0]

    class Scaled(torch.nn.Module):
        """The module, asked in units of the scale; inputs that may not move have no gradient."""

        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            asked[0] += len(values)
            held = torch.where(free, values, values.detach())
            return forward(held * scale + middle, self.module)

    low, high = scaled.min(axis=0), scaled.max(axis=0)
    # ART wants a range everywhere; an input that never varies does not move in it.
    clips = limits or (low, np.where(high > low, high, low + np.float32(1)))
    module.eval()  # it is the copy
    victim = PyTorchClassifier(
        model=Scaled(),
        loss=torch.nn.NLLLoss(),
        input_shape=tuple(scaled.shape[1:]),
        nb_classes=classes,
        clip_values=clips,
        device_type="cpu" if device.type == "cpu" else "gpu",
    )
    return Gradients(victim, scaled[rows], movable, asked, module)


def _of_gradients(
    gradients: Gradients, subject: Subject, scaled: Any, rows: Ints, unit: str, copies: list[Predictor]
) -> Target:
    import numpy as np

    movable = gradients.movable
    low, high = (np.broadcast_to(one, movable.shape)[movable] for one in gradients.victim.clip_values)

    def answer(places: Ints, points: Floats) -> Floats:
        inputs = gradients.rows[places].copy()
        inputs[:, movable] = points
        return np.exp(np.asarray(gradients.victim.predict(inputs, batch_size=256), dtype=np.float64))

    assert subject.y_pred is not None
    return Target(
        np.asarray(gradients.rows[:, movable], dtype=np.float64),
        np.asarray(low, dtype=np.float64),
        np.asarray(high, dtype=np.float64),
        np.asarray(subject.y_pred[rows]),
        gradients.victim.nb_classes,
        *_others(subject, lambda places: np.asarray(scaled[places][:, movable], dtype=np.float64)),
        unit,
        answer,
        has_scores=True,
        gradients=gradients,
        copies=copies,
    )
