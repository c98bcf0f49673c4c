"""One step along the sign of the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness.attacks.attack import Asks, Norm, one_hot, order

if TYPE_CHECKING:
    from trustlab.stats.arrays import Ints


@dataclass(frozen=True)
class Fgsm:
    """The fast gradient (sign) method: cheap, and a first bound only."""

    name: str = "fgsm"
    asks: Asks = "gradients"
    norms: tuple[Norm, ...] = ("inf", "l2")
    bounded: bool = True
    reference: str = "Goodfellow, Shlens and Szegedy (2015). Explaining and harnessing adversarial examples. ICLR"

    def perturb(self, victim: Any, rows: Any, labels: Ints, norm: Norm, budget: float | None) -> Any:
        """Return the rows after one step of the budget's size."""
        from art.attacks.evasion import FastGradientMethod

        attack = FastGradientMethod(victim, norm=order(norm), eps=budget, batch_size=256)
        return attack.generate(rows, y=one_hot(labels, victim.nb_classes))
