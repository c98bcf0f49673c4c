"""What a training of a module is told, in one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustlab.core.errors import UsageError
from trustlab.train.plans import Eager, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from trustlab.models import Task

    Progress = Callable[[Iterable[int], str], Iterable[int]]
    Measured = Callable[[Mapping[str, float]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to train a module; the meaning of each is told at ``fit``."""

    task: Task
    seed: int = 0
    epochs: int = 60
    learning_rate: float = 1e-3
    batch_size: int | None = None
    input_shape: tuple[int, ...] | None = None
    plan: Plan = field(default_factory=Eager)
    progress: Progress | None = None
    measured: Measured | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        if self.epochs < 0:
            raise UsageError(f"epochs must not be negative; got {self.epochs}")
        if self.learning_rate <= 0:
            raise UsageError(f"learning_rate must be positive; got {self.learning_rate:g}")
        if self.batch_size is not None and self.batch_size < 1:
            raise UsageError(f"batch_size must be 1 or more; got {self.batch_size}")
        if self.seed < 0:
            raise UsageError(f"seed must not be negative; got {self.seed}")
