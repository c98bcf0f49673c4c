"""The training loop: AdamW, mini-batches, and a stop when rows held out get no better."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError
from trustlab.models.threads import few_products, threads

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

    from trustlab.models.torch_model import Output
    from trustlab.train.options import Options

HELD_OUT = 0.15
FEWEST_HELD_OUT = 20
PATIENCE = 10
WEIGHT_DECAY = 1e-2  # AdamW's own default


@dataclass(frozen=True)
class Examples:
    """Inputs and targets, row by row.

    Parameters
    ----------
    inputs : torch.Tensor, shape (n, ...)
        float32.
    targets : torch.Tensor, shape (n,)
        Class codes, or standardised values.
    """

    inputs: torch.Tensor
    targets: torch.Tensor

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.inputs)

    def at(self, rows: torch.Tensor) -> Examples:
        """Return some of the rows."""
        return Examples(self.inputs[rows], self.targets[rows])


def train(module: torch.nn.Module, examples: Examples, output: Output, options: Options) -> dict[str, Any]:
    """Train a module in place and return what happened.

    The loss is cross-entropy (binary cross-entropy where the module has one output) or mean squared error. 15 % of the
    rows are held out; after ten epochs in which their loss has not fallen the loop stops, and the best parameters are
    kept. With too few rows to hold out 20, the training loss decides.

    Parameters
    ----------
    module : torch.nn.Module
        The model; put back as it was where the training raises or is interrupted.
    examples : Examples
        All rows.
    output : {'logits', 'probabilities', 'log_probabilities'}
        What the module returns.
    options : Options
        Task, seed, epochs, learning rate, batch size, plan, progress and who is told the losses.

    Returns
    -------
    dict
        ``epochs`` run, ``best_epoch``, ``held_out`` rows, ``loss`` and ``held_out_loss`` by epoch, ``plan`` and
        ``threads``.

    Raises
    ------
    InputError
        Where the loss becomes NaN.
    """
    import torch

    generator = torch.Generator().manual_seed(options.seed)
    order = torch.randperm(len(examples), generator=generator)
    held = int(len(examples) * HELD_OUT)
    held = held if held >= FEWEST_HELD_OUT else 0
    state = _State(module, options.plan.prepare(module), output, options)
    first, modes = copy.deepcopy(module.state_dict()), {part: part.training for part in module.modules()}
    batch = options.batch_size or usual_batch(len(examples) - held)
    try:
        with threads(few=few_products(module, examples.inputs, batch)):
            used = torch.get_num_threads()
            best, history = _epochs(state, examples.at(order[held:]), examples.at(order[:held]), generator)
    except BaseException:
        module.load_state_dict(first)
        for part, training in modes.items():
            part.training = training
        raise
    module.load_state_dict(best)
    module.eval()
    return {**history, "held_out": held, "plan": options.plan.name, "threads": used}


def _epochs(
    state: _State, learned: Examples, watched: Examples, generator: torch.Generator
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the epochs; return the best parameters and the losses."""
    import torch

    options = state.options
    optimiser = torch.optim.AdamW(state.module.parameters(), lr=options.learning_rate, weight_decay=WEIGHT_DECAY)
    losses: list[float] = []
    judged: list[float] = []
    best, best_epoch = copy.deepcopy(state.module.state_dict()), 0
    rounds: Iterable[int] = range(options.epochs)
    for epoch in rounds if options.progress is None else options.progress(rounds, "training"):
        losses.append(_epoch(state, learned, optimiser, generator))
        judged.append(state.evaluate(watched) if len(watched) else losses[-1])
        if options.measured is not None:
            held_out = {"held_out_loss": judged[-1]} if len(watched) else {}
            options.measured({"epoch": epoch + 1, "loss": losses[-1], **held_out})
        if judged[-1] <= min(judged):
            best, best_epoch = copy.deepcopy(state.module.state_dict()), epoch + 1
        if epoch + 1 - best_epoch >= PATIENCE:
            break
    watched_losses = judged if len(watched) else []
    return best, {"epochs": len(losses), "best_epoch": best_epoch, "loss": losses, "held_out_loss": watched_losses}


@dataclass(frozen=True)
class _State:
    module: torch.nn.Module
    runner: torch.nn.Module
    output: Output
    options: Options

    def loss(self, batch: Examples) -> torch.Tensor:
        from torch.nn import functional

        from trustlab.models.torch_model import log_probabilities

        plan = self.options.plan
        with plan.precision():
            raw = self.runner(plan.rows(batch.inputs))
        if self.options.task == "regression":
            return functional.mse_loss(raw.float().reshape(-1), batch.targets.float())
        return functional.nll_loss(log_probabilities(raw.float(), self.output), batch.targets.long())

    def evaluate(self, examples: Examples) -> float:
        import torch

        self.module.eval()
        with torch.no_grad():
            parts = [(len(part), float(self.loss(part))) for part in batches(examples, 1024)]
        return sum(n * loss for n, loss in parts) / len(examples)


def _epoch(state: _State, examples: Examples, optimiser: torch.optim.Optimizer, generator: torch.Generator) -> float:
    import torch

    state.module.train()
    order = torch.randperm(len(examples), generator=generator)
    total, seen = 0.0, 0
    for batch in batches(examples.at(order), state.options.batch_size or usual_batch(len(examples))):
        if len(batch) == 1 and seen:
            continue  # a batch of one has no spread, which batch normalisation refuses
        optimiser.zero_grad(set_to_none=True)
        loss = state.loss(batch)
        if not bool(torch.isfinite(loss)):
            raise InputError(
                "the training loss must stay finite; it became NaN or infinite",
                hint="Lower the learning rate, and look for infinite values in the data.",
            )
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total, seen = total + float(loss.detach()) * len(batch), seen + len(batch)
    return total / seen


def batches(examples: Examples, size: int) -> Iterable[Examples]:
    """Yield the rows in parts of ``size``, in order."""
    for start in range(0, len(examples), size):
        yield Examples(examples.inputs[start : start + size], examples.targets[start : start + size])


def usual_batch(n: int) -> int:
    """Return how many rows a step takes where the user does not say: more steps for little data, fewer for much."""
    return 32 if n < 2_000 else 128 if n < 20_000 else 512
