"""Torch modules that load without their source code, by ``torch.export``."""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from torch import nn

from trustlab.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch


class ExportedModule(nn.Module):
    """A loaded export as an ordinary module: differentiable, its mode fixed at evaluation."""

    def __init__(self, graph: nn.Module) -> None:
        super().__init__()
        self.graph = graph
        self.training = False

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the outputs."""
        outputs: torch.Tensor = self.graph(rows)
        return outputs

    def train(self, mode: bool = True) -> ExportedModule:  # noqa: ARG002 - the signature is torch's
        """Stay in evaluation mode: an export has its mode built in."""
        return self


def export_bytes(module: nn.Module, example: torch.Tensor) -> bytes | None:
    """Return a module in the pt2 format for any number of rows, or None where torch cannot trace it.

    Parameters
    ----------
    module : torch.nn.Module
        In evaluation mode.
    example : torch.Tensor, shape (n, ...), n at least 2
        Rows as the module takes them.
    """
    import torch

    buffer = io.BytesIO()
    if isinstance(module, ExportedModule):
        module = module.graph
    with _silence():
        try:
            batch = torch.export.Dim("batch")
            program = torch.export.export(module, (example,), dynamic_shapes=({0: batch},))
            torch.export.save(program, buffer)
            same = torch.allclose(load_export(buffer.getvalue(), "it")(example), module(example), atol=1e-5)
        except Exception:  # noqa: BLE001 - tracing user code fails in many ways, and another format follows
            return None
    return buffer.getvalue() if same else None


@contextmanager
def _silence() -> Iterator[None]:
    """Hold back what tracing says about code that it cannot trace: it is tried, and another format follows."""
    before = logging.root.manager.disable
    noise = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(noise), redirect_stderr(noise):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)


def load_export(content: bytes, origin: str) -> ExportedModule:
    """Return the module in pt2 bytes; only for what ``trust.read_code`` let through."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program: Any = torch.export.load(io.BytesIO(content))
            return ExportedModule(program.module())
        except Exception as error:
            # torch's reader raises RuntimeError, zip and schema errors, and whatever pickles within do.
            raise InputError(f"an exported module must be readable; {origin}: {error}") from error
