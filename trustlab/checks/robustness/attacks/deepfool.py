"""Steps to the nearest boundary of the model made linear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trustlab.checks.robustness.attacks.attack import Asks, Norm
    from trustlab.stats.arrays import Ints

STEPS, OVERSHOOT = 50, 0.02  # the paper's


@dataclass(frozen=True)
class DeepFool:
    """Looks for the smallest Euclidean change; exact for linear models but for the overshoot."""

    name: str = "deepfool"
    asks: Asks = "gradients"
    norms: tuple[Norm, ...] = ("l2",)
    bounded: bool = False
    reference: str = "Moosavi-Dezfooli, Fawzi and Frossard (2016). DeepFool. CVPR"

    def perturb(
        self,
        victim: Any,
        rows: Any,
        labels: Ints,  # noqa: ARG002 - all attacks are called alike
        norm: Norm,  # noqa: ARG002 - all attacks are called alike
        budget: float | None,  # noqa: ARG002 - all attacks are called alike
    ) -> Any:
        """Return the rows just across the boundary."""
        import numpy as np
        from art.attacks.evasion import DeepFool as Method

        classes = min(victim.nb_classes, 10)
        attack = Method(victim, max_iter=STEPS, epsilon=OVERSHOOT, nb_grads=classes, batch_size=256, verbose=False)
        low, high = victim.clip_values
        # ART multiplies every step by the range, which is right for a range of 1 only.
        victim.set_params(clip_values=None)
        try:
            return np.clip(attack.generate(rows), low, high)
        finally:
            victim.set_params(clip_values=(low, high))
