"""Along the boundary by the predicted class alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness.attacks.attack import Asks, Norm, one_hot, order

if TYPE_CHECKING:
    from trustlab.checks.robustness.attacks.attack import BlackBox
    from trustlab.stats.arrays import Ints

ROUNDS, QUESTIONS = 12, 100


@dataclass(frozen=True)
class HopSkipJump:
    """Needs no probabilities; starts from the nearest row that is predicted otherwise."""

    name: str = "hopskipjump"
    asks: Asks = "labels"
    norms: tuple[Norm, ...] = ("inf", "l2")
    bounded: bool = False
    reference: str = "Chen, Jordan and Wainwright (2020). HopSkipJumpAttack. IEEE S&P"

    def perturb(
        self,
        victim: BlackBox,
        rows: Any,
        labels: Ints,
        norm: Norm,
        budget: float | None,  # noqa: ARG002 - all attacks are called alike
    ) -> Any:
        """Return the row moved to the nearest turned point that was met."""
        import numpy as np
        from art.attacks.evasion import HopSkipJump as Method

        if not len(victim.others):
            return rows
        turned = np.flatnonzero(victim.ask(victim.others).argmax(axis=1) != labels[0])
        if not turned.size:
            return rows
        start = victim.others[turned[:1]].astype(np.float32)
        attack = Method(
            victim.vector(),
            norm=order(norm),
            max_iter=ROUNDS,
            init_eval=QUESTIONS,
            max_eval=4 * QUESTIONS,
            batch_size=1024,
            verbose=False,
        )
        return attack.generate(rows.astype(np.float32), y=one_hot(labels, victim.classes), x_adv_init=start)
