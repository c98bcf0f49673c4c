"""Gradients estimated by questions, coordinate by coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness.attacks.attack import Asks, Norm, one_hot

if TYPE_CHECKING:
    from trustlab.checks.robustness.attacks.attack import BlackBox
    from trustlab.stats.arrays import Ints

STEPS, SEARCHES, PARALLEL = 40, 4, 64
SHARE = 0.05  # of the range: a tree does not answer smaller steps


@dataclass(frozen=True)
class Zoo:
    """Zeroth-order optimisation; needs probabilities, and sees nothing where they are flat."""

    name: str = "zoo"
    asks: Asks = "scores"
    norms: tuple[Norm, ...] = ("l2",)
    bounded: bool = False
    reference: str = "Chen et al. (2017). ZOO: zeroth order optimization based black-box attacks. AISec"

    def perturb(
        self,
        victim: BlackBox,
        rows: Any,
        labels: Ints,
        norm: Norm,  # noqa: ARG002 - all attacks are called alike
        budget: float | None,  # noqa: ARG002 - all attacks are called alike
    ) -> Any:
        """Return the row moved to the nearest turned point that was met."""
        import numpy as np
        from art.attacks.evasion import ZooAttack

        attack = ZooAttack(
            victim.vector(),
            learning_rate=0.1,
            max_iter=STEPS,
            binary_search_steps=SEARCHES,
            initial_const=1.0,
            use_resize=False,
            use_importance=False,
            nb_parallel=min(PARALLEL, rows.shape[1]),
            batch_size=1,
            variable_h=SHARE * float(np.median(victim.high - victim.low)),
            verbose=False,
        )
        return attack.generate(rows.astype(np.float32), y=one_hot(labels, victim.classes))
