"""How many threads a training takes: one where the work is so small that threads would only wait for each other."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

# Measured on two cores, idle and with two other busy processes. Below these a second thread saved nothing on idle
# cores, and made training 3 to 30 times slower on busy ones; above them it pays.
FEW_CELLS = 100_000
FEW_PRODUCTS = 100_000_000


def few_cells(rows: int, columns: int) -> bool:
    """Return whether a table is too small for threads to help an estimator that learns from it."""
    return rows * columns < FEW_CELLS


def few_products(module: torch.nn.Module, inputs: torch.Tensor, batch: int) -> bool:
    """Return whether a pass of ``batch`` rows through ``module`` is too small for threads to help.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    inputs : torch.Tensor, shape (n, ...)
        Its inputs; of shape (n, d) for tables. In images and sequences a parameter is used at most once per position.
    batch : int
        Rows per step.
    """
    parameters = sum(parameter.numel() for parameter in module.parameters())
    positions = inputs[0].numel() if inputs.ndim > 2 else 1
    return batch * parameters * positions < FEW_PRODUCTS


@contextmanager
def threads(*, few: bool) -> Iterator[None]:
    """Let the block run on one thread where ``few``, and put the numbers back as they were."""
    if not few:
        yield
        return
    from threadpoolctl import threadpool_limits

    with ExitStack() as stack:
        if torch := sys.modules.get("torch"):
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(1)
        stack.enter_context(threadpool_limits(limits=1))
        yield
