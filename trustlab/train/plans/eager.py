"""The plain plan: single precision, one operation after the other. Every faster plan is measured against it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import torch


@dataclass(frozen=True)
class Eager:
    """Runs the module as it is."""

    name: str = "eager"

    def prepare(self, module: torch.nn.Module) -> torch.nn.Module:
        """Return the module itself."""
        return module

    def rows(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the inputs themselves."""
        return inputs

    def precision(self) -> AbstractContextManager[object]:
        """Return a context that changes nothing."""
        return nullcontext()
