"""Many small steps along the gradient, kept within the budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness.attacks.attack import Asks, Norm, one_hot, order

if TYPE_CHECKING:
    from trustlab.stats.arrays import Ints

STEPS = 20


@dataclass(frozen=True)
class Pgd:
    """Projected gradient descent, from the row itself: the usual yardstick within a budget."""

    name: str = "pgd"
    asks: Asks = "gradients"
    norms: tuple[Norm, ...] = ("inf", "l2")
    bounded: bool = True
    reference: str = "Madry et al. (2018). Towards deep learning models resistant to adversarial attacks. ICLR"

    def perturb(self, victim: Any, rows: Any, labels: Ints, norm: Norm, budget: float | None) -> Any:
        """Return the rows after twenty steps within the budget."""
        from art.attacks.evasion import ProjectedGradientDescentPyTorch

        assert budget is not None
        attack = ProjectedGradientDescentPyTorch(
            victim,
            norm=order(norm),
            eps=budget,
            eps_step=2.5 * budget / STEPS,
            max_iter=STEPS,
            batch_size=256,
            verbose=False,
        )
        return attack.generate(rows, y=one_hot(labels, victim.nb_classes))
