"""What every plan must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import torch


class Plan(Protocol):
    """How the training loop runs a module; what it learns stays the module's own parameters."""

    @property
    def name(self) -> str:
        """The word that records and reports use."""
        ...

    def prepare(self, module: torch.nn.Module) -> torch.nn.Module:
        """Return what the loop calls in the module's place, over the same parameters."""
        ...

    def rows(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return inputs in the layout that the plan wants."""
        ...

    def precision(self) -> AbstractContextManager[object]:
        """Return the context of the forward pass."""
        ...
