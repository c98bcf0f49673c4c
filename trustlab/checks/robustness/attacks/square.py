"""Random blocks of the budget's full size, kept where they help."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness.attacks.attack import Asks, Norm, one_hot

if TYPE_CHECKING:
    from trustlab.checks.robustness.attacks.attack import BlackBox
    from trustlab.stats.arrays import Ints

STEPS, FIRST = 80, 0.3


@dataclass(frozen=True)
class Square:
    """Random search with probabilities; columns of a table are laid out as a square, in their order."""

    name: str = "square"
    asks: Asks = "scores"
    norms: tuple[Norm, ...] = ("inf",)
    bounded: bool = True
    reference: str = "Andriushchenko et al. (2020). Square attack: a query-efficient black-box attack. ECCV"

    def perturb(
        self,
        victim: BlackBox,
        rows: Any,
        labels: Ints,
        norm: Norm,  # noqa: ARG002 - all attacks are called alike
        budget: float | None,
    ) -> Any:
        """Return the row after the search."""
        import numpy as np
        from art.attacks.evasion import SquareAttack

        d = rows.shape[1]
        # ART never lays a block over the last line, and wants the square larger than any block: an empty edge serves.
        side = max(math.ceil(math.sqrt(d)) + 1, 3)
        places = np.arange(d) // (side - 1) * side + np.arange(d) % (side - 1)

        def square(points: Any, fill: float) -> Any:
            grid = np.full((len(points), side * side), fill, dtype=np.float32)
            grid[:, places] = points
            return grid.reshape(len(points), 1, side, side)

        def flat(grid: Any) -> Any:
            return np.asarray(grid).reshape(len(grid), -1)[:, places]

        low, high = square(victim.low[None], 0)[0], square(victim.high[None], 1)[0]
        attack = SquareAttack(
            victim.estimator((1, side, side), low, high, flat),
            norm=np.inf,
            max_iter=STEPS,
            eps=budget,
            p_init=FIRST,
            verbose=False,
        )
        return flat(attack.generate(square(rows, 0), y=one_hot(labels, victim.classes)))
