"""The attacks, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.checks.robustness.attacks.carlini_wagner import CarliniWagner
from trustlab.checks.robustness.attacks.deepfool import DeepFool
from trustlab.checks.robustness.attacks.fgsm import Fgsm
from trustlab.checks.robustness.attacks.hopskipjump import HopSkipJump
from trustlab.checks.robustness.attacks.pgd import Pgd
from trustlab.checks.robustness.attacks.square import Square
from trustlab.checks.robustness.attacks.zoo import Zoo

if TYPE_CHECKING:
    from trustlab.checks.robustness.attacks.attack import Attack

ATTACKS: dict[str, Attack] = {
    attack.name: attack for attack in (Fgsm(), Pgd(), DeepFool(), CarliniWagner(), HopSkipJump(), Square(), Zoo())
}
