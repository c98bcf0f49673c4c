"""How many threads a model is trained and asked with: one where the work is small and threads only wait for each other.

Measured on two cores, idle and beside two other busy processes: below these limits a second thread saved less than a
tenth of a second on idle cores, and made work 3 to 30 times slower on busy ones, because every step waits for both.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

FEW_CELLS = 1_000_000
FEW_PRODUCTS = 100_000_000  # of one step, of which a training has many
FEW_PRODUCTS_ONCE = 1_000_000_000
LIBRARIES = ("numpy", "scipy.linalg", "sklearn", "torch", "xgboost", "lightgbm")  # that may bring threads of their own


def few_cells(rows: int, columns: int) -> bool:
    """Return whether a table is too small for threads to help an estimator that learns from it or answers on it."""
    return rows * columns < FEW_CELLS


def few_products(module: torch.nn.Module, inputs: torch.Tensor, batch: int | None = None) -> bool:
    """Return whether passing rows through ``module`` is too little work for threads to help.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    inputs : torch.Tensor, shape (n, ...)
        Its inputs; of shape (n, d) for tables. In images and sequences a parameter is used at most once per position.
    batch : int or None
        Rows per step of a training; None where all rows pass once.
    """
    parameters = sum(parameter.numel() for parameter in module.parameters())
    positions = inputs[0].numel() if inputs.ndim > 2 else 1
    rows, limit = (len(inputs), FEW_PRODUCTS_ONCE) if batch is None else (batch, FEW_PRODUCTS)
    return rows * parameters * positions < limit


@contextmanager
def threads(*, few: bool) -> Iterator[None]:
    """Let the block run on one thread where ``few``, and put the numbers back as they were."""
    if not few:
        yield
        return
    with ExitStack() as stack:
        if torch := sys.modules.get("torch"):
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(1)
        stack.enter_context(_pools(tuple(name for name in LIBRARIES if name in sys.modules)).limit(limits=1))
        yield


@lru_cache(maxsize=4)
def _pools(loaded: tuple[str, ...]) -> Any:  # noqa: ARG001 - the key: each of them may load another pool
    """Return the pools of threads in this process; looking for them takes longer than many a prediction."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
