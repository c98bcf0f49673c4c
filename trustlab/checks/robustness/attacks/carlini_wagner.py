"""The smallest Euclidean change, by optimisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness.attacks.attack import Asks, Norm, one_hot

if TYPE_CHECKING:
    from trustlab.stats.arrays import Ints

STEPS, SEARCHES = 30, 6


@dataclass(frozen=True)
class CarliniWagner:
    """Trades the size of the change against its effect, with the price searched by bisection."""

    name: str = "carlini_wagner"
    asks: Asks = "gradients"
    norms: tuple[Norm, ...] = ("l2",)
    bounded: bool = False
    reference: str = "Carlini and Wagner (2017). Towards evaluating the robustness of neural networks. IEEE S&P"

    def perturb(
        self,
        victim: Any,
        rows: Any,
        labels: Ints,
        norm: Norm,  # noqa: ARG002 - all attacks are called alike
        budget: float | None,  # noqa: ARG002 - all attacks are called alike
    ) -> Any:
        """Return the nearest turned rows that were met."""
        from art.attacks.evasion import CarliniL2Method

        attack = CarliniL2Method(
            victim,
            max_iter=STEPS,
            binary_search_steps=SEARCHES,
            initial_const=1.0,
            learning_rate=0.1,
            batch_size=256,
            verbose=False,
        )
        return attack.generate(rows, y=one_hot(labels, victim.nb_classes))
