"""What every attack must do, and how it sees a model that answers questions alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustlab.stats.arrays import Bools, Floats, Ints

Asks = Literal["gradients", "scores", "labels"]
Norm = Literal["inf", "l2"]
REMEMBERED = 4


class Attack(Protocol):
    """One way to look for small changes that turn predictions.

    An attack that asks for gradients gets ART's classifier and all rows at once; any other gets a `BlackBox` and one
    row. Attacks that are ``bounded`` look within a budget, the others for the smallest change.
    """

    @property
    def name(self) -> str:
        """The word that parameters and reports use."""
        ...

    @property
    def asks(self) -> Asks:
        """What it must learn of the model."""
        ...

    @property
    def norms(self) -> tuple[Norm, ...]:
        """In which norms it bounds its changes; what it finds is measured in any."""
        ...

    @property
    def bounded(self) -> bool:
        """Whether it looks within a budget."""
        ...

    @property
    def reference(self) -> str:
        """The paper."""
        ...

    def perturb(self, victim: Any, rows: Any, labels: Ints, norm: Norm, budget: float | None) -> Any:
        """Return the changed rows, of the shape of ``rows``; those it could not turn may be anything."""
        ...


@dataclass(frozen=True, slots=True)
class BlackBox:
    """A model as one row's attacker sees it.

    Parameters
    ----------
    ask : callable
        Takes points, shape (k, d), and returns probabilities, shape (k, classes); of a model without, ones and zeros.
    low, high : ndarray, shape (d,)
        The range in which every coordinate stays.
    classes : int
        How many.
    others : ndarray, shape (p, d)
        Points of rows that are predicted otherwise, the nearest first.
    """

    ask: Callable[[Floats], Floats]
    low: Floats
    high: Floats
    classes: int
    others: Floats

    def estimator(self, shape: tuple[int, ...], low: Any, high: Any, flat: Callable[[Any], Any]) -> Any:
        """Return ART's view of it.

        Parameters
        ----------
        shape : tuple of int
            Of one input, as the attack wants it.
        low, high : ndarray of that shape
            The range.
        flat : callable
            Takes inputs and returns points.
        """
        import numpy as np
        from art.estimators.classification.blackbox import BlackBoxClassifierNeuralNetwork

        known: dict[bytes, Any] = {}

        def answer(inputs: Any) -> Any:
            """Ask, but not again what has just been asked: ART asks for the label and for the loss."""
            points = np.ascontiguousarray(flat(inputs), dtype=np.float64)
            key = points.tobytes()
            if key not in known:
                if len(known) >= REMEMBERED:
                    known.pop(next(iter(known)))
                known[key] = self.ask(points).astype(np.float32)
            return known[key]

        return BlackBoxClassifierNeuralNetwork(
            answer,
            shape,
            self.classes,
            channels_first=True,
            clip_values=(np.asarray(low, dtype=np.float32), np.asarray(high, dtype=np.float32)),
        )

    def vector(self) -> Any:
        """Return ART's view of it on points as they are."""
        return self.estimator(self.low.shape, self.low, self.high, lambda inputs: inputs)


def pulled_back(turned: Callable[[Floats], Bools], rows: Floats, moved: Floats, steps: int = 32) -> Floats:
    """Return the turned points nearest to each row on the straight line to where an attack ended.

    Attacks stop beyond the boundary: HopSkipJump's last step, for one, is a share 1/sqrt(rounds) of the way too long.
    A grid on the line is asked at once, and a finer one within its cell.

    Parameters
    ----------
    turned : callable
        Takes points of shape (steps, m, d), and returns which are turned, shape (steps, m).
    rows, moved : ndarray, shape (m, d)
        Where the lines start and end.
    """
    import numpy as np

    low, width = np.zeros(len(rows)), np.ones(len(rows))
    for _ in range(2):
        share = low + width * (np.arange(1, steps + 1) / steps)[:, None]
        hit = turned(rows + share[:, :, None] * (moved - rows))
        first = np.where(hit.any(axis=0), hit.argmax(axis=0), steps - 1)
        low, width = low + width * first / steps, width / steps
    return np.asarray(rows + (low + width)[:, None] * (moved - rows))


def one_hot(labels: Ints, classes: int) -> Any:
    """Return labels as ART wants them."""
    import numpy as np

    return np.eye(classes, dtype=np.float32)[labels]


def order(norm: Norm) -> float:
    """Return the norm as NumPy and ART call it."""
    return float("inf") if norm == "inf" else 2
