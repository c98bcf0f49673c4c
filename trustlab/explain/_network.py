"""A torch module as the gradient methods want it: inputs, baseline, a differentiable answer, and its random twin."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Result, not_applicable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import pandas as pd
    import torch

    from trustlab.core.context import Context
    from trustlab.core.views import View
    from trustlab.explain._finding import Explained
    from trustlab.explain.quality import Masked, Measure
    from trustlab.models.subject import Subject
    from trustlab.models.torch_model import TorchEngine
    from trustlab.stats.arrays import Bools, Floats

    Attribute = Callable[["Network"], "torch.Tensor"]

MAX_ROWS, QUALITY_ROWS, POOL = 50, 10, 2000
NOISE_SHARE = 0.05  # of each input's standard deviation
BATCH = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A module and the rows to explain.

    Parameters
    ----------
    engine : TorchEngine
        The module and how it is asked.
    inputs, baseline : torch.Tensor, shape (n, ...)
        The rows as the module takes them, and what stands for nothing: a black image, the mean row of a table.
    pool : torch.Tensor, shape (m, ...)
        Rows of the data, for methods that draw their baseline.
    target : torch.Tensor of int64, shape (n,)
        The output that is explained: the predicted class's column; 0 for regression.
    seed : int
        For methods that draw.
    score : bool
        Explain the module's raw score instead of what is made of it.
    """

    engine: TorchEngine
    inputs: torch.Tensor
    baseline: torch.Tensor
    pool: torch.Tensor
    target: torch.Tensor
    seed: int
    score: bool = False

    def answer(self, rows: torch.Tensor) -> torch.Tensor:
        """Return what is explained: probabilities, values in the target's unit, or raw scores; shape (n, k)."""
        from trustlab.models.torch_model import log_probabilities

        raw: torch.Tensor = self.engine.module(rows)
        if self.score:
            return scores(raw, regression=self.engine.task == "regression")
        if self.engine.task == "regression":
            return raw.reshape(len(rows), -1)[:, :1] * self.engine.target_scale + self.engine.target_mean
        return log_probabilities(raw, self.engine.output).exp()

    def chosen(self, rows: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the explained output of other rows, without a gradient, in batches."""
        import torch

        with torch.no_grad():
            parts = zip(torch.split(rows, BATCH), torch.split(target, BATCH), strict=True)
            return torch.cat([self.answer(part).gather(1, own[:, None])[:, 0] for part, own in parts])


def scores(raw: torch.Tensor, *, regression: bool) -> torch.Tensor:
    """Return outputs with a column per class; one output speaks for the second class, its negative for the first."""
    import torch

    flat = raw.reshape(len(raw), -1)
    return flat if regression or flat.shape[1] > 1 else torch.cat([-flat, flat], dim=1)


def why_not(subject: Subject) -> Result | None:
    """Return the finding that there is no module to follow, or None where there is one."""
    predictor = subject.predictor
    if predictor is None or predictor.kind != "torch":
        return not_applicable("needs a torch module, whose gradient can be followed")
    return None


def network(subject: Subject, rows: pd.DataFrame, context: Context, salt: str, *, score: bool = False) -> Network:
    """Return the subject's module with ``rows`` to explain."""
    import torch

    from trustlab.stats.sampling import subsample

    engine: TorchEngine = subject.predictor.engine  # type: ignore[assignment, union-attr]
    first = next(iter(engine.module.parameters()), None)
    device = first.device if first is not None else torch.device("cpu")
    rng = context.rng(salt, "pool")
    whole = subject.inputs()
    pool = torch.from_numpy(engine.prepare(whole.iloc[subsample(len(whole), POOL, rng)])).to(device)
    inputs = torch.from_numpy(engine.prepare(rows)).to(device)
    base = torch.zeros_like(inputs) if inputs.ndim > 2 else pool.mean(dim=0).expand_as(inputs).contiguous()
    made = Network(
        engine=engine,
        inputs=inputs,
        baseline=base,
        pool=pool,
        target=torch.zeros(len(rows), dtype=torch.int64, device=device),
        seed=int(rng.integers(2**31)),
        score=score,
    )
    if engine.task == "regression":
        return made
    with explaining(engine), torch.no_grad():
        target = torch.cat([made.answer(part).argmax(dim=1) for part in torch.split(inputs, BATCH)])
    return replace(made, target=target)


@contextmanager
def explaining(engine: TorchEngine) -> Iterator[None]:
    """Switch the module to evaluation, and silence what captum says while it hooks into it."""
    from trustlab.models.torch_model import evaluating

    with warnings.catch_warnings(), evaluating(engine.module):
        warnings.simplefilter("ignore")
        yield


def attributed(net: Network, attribute: Attribute) -> Floats:
    """Return the contributions as float64, shape of the inputs; the module's gradients are left as they were."""
    import torch

    with explaining(net.engine), torch.random.fork_rng(devices=[]):
        torch.manual_seed(net.seed)
        found: Floats = attribute(net).detach().double().cpu().numpy()
    return found


def explain(
    subject: Subject,
    row: int | None,
    level: float,
    context: Context,
    salt: str,
    attribute: Attribute,
    *,
    adds_up: bool = True,
    signed: bool = True,
    against: int | None = None,
    score: bool = False,
    provenance: dict[str, Any] | None = None,
) -> Result:
    """Return the finding of a method that needs the module itself.

    Parameters
    ----------
    attribute : callable
        Takes a Network and returns contributions to the explained output, shaped as the inputs.
    adds_up : bool
        Whether they are meant to add up to the output less that of the baseline.
    signed : bool
        Whether the sign says for or against.
    against : int or None
        The baseline is the mean output over so many rows of the pool, not one row.
    score : bool
        Explain the module's raw score.
    """
    from trustlab.explain import _finding
    from trustlab.stats.sampling import subsample

    chosen = subsample(subject.n, MAX_ROWS, context.rng(salt))
    rows = subject.X.iloc[chosen] if row is None else subject.row(row)
    net = network(subject, rows, context, salt, score=score)
    base = _base(net, against) if adds_up else None
    found = _explained(subject, net, rows, attributed(net, attribute), base)
    made = quality_of(net, found, attribute, context.rng(salt, "quality"), level, signed=signed)
    said = provenance or {}
    if row is not None:
        return _finding.of_row(subject, found, row, made, level, said)
    return _finding.of_all(found, made, level, said)


def _base(net: Network, against: int | None) -> Floats:
    import torch

    with explaining(net.engine):
        if against is None:
            return net.chosen(net.baseline, net.target).double().cpu().numpy()
        pool = net.pool[:against]
        with torch.no_grad():
            parts = [net.answer(part).double() for part in torch.split(pool, BATCH)]
        found: Floats = torch.cat(parts).mean(dim=0)[net.target].cpu().numpy()
    return found


def _explained(subject: Subject, net: Network, rows: pd.DataFrame, values: Floats, base: Floats | None) -> Explained:
    import numpy as np

    from trustlab.explain import _words
    from trustlab.explain._finding import Explained
    from trustlab.models.labels import class_order

    assert subject.predictor is not None
    with explaining(net.engine):
        outputs = net.chosen(net.inputs, net.target).double().cpu().numpy()
    own = net.target.cpu().numpy()
    codes = np.argsort(class_order(subject.predictor.classes, subject.classes))[own] if subject.classes else own
    names, cells = inputs_of(subject, net.engine, rows)
    return Explained(
        names=names,
        cells=cells,
        values=values,
        outputs=outputs,
        base=base,
        codes=codes,
        unit="the module's score" if net.score else _words.unit_of(subject),
    )


def inputs_of(subject: Subject, engine: TorchEngine, rows: pd.DataFrame) -> tuple[list[str], list[Any]]:
    """Return the names of the module's inputs, and their values in the first row."""
    if engine.preprocess is None:
        return [str(name) for name in subject.X.columns], rows.iloc[0].tolist()
    values = engine.prepare(rows.iloc[:1])[0].ravel().tolist()
    named = getattr(engine.preprocess, "get_feature_names_out", None)
    names = [str(name).split("__", 1)[-1] for name in named()] if named else []
    return (names if len(names) == len(values) else [f"input {at}" for at in range(len(values))]), values


def quality_of(
    net: Network, found: Explained, attribute: Attribute, rng: np.random.Generator, level: float, *, signed: bool
) -> tuple[list[Measure], list[View]]:
    """Return the measures of an explanation by this method, and the picture of its faithfulness; over up to 10 rows."""
    from trustlab.explain import quality

    few = slice(0, QUALITY_ROWS)
    part = replace(net, inputs=net.inputs[few], baseline=net.baseline[few], target=net.target[few])
    values, outputs = found.flat[few], found.outputs[few]
    faithful = quality.faithfulness(values, masks(part), rng, level, outputs=None if signed else outputs)
    lines = [] if found.residual is None else [quality.completeness_measure(found.residual)]
    lines.append(quality.faithfulness_measure(faithful, found.unit))
    again = {
        quality.RERUN: (replace(part, seed=part.seed + 1), "rank correlation of the sizes with another seed's"),
        quality.NOISE: (noisy(part, rng), f"the same with noise of {NOISE_SHARE:.0%} of each input's deviation"),
        quality.RANDOMISED: (
            replace(part, engine=random_twin(net.engine, part.seed)),
            "the same with the parameters drawn anew: near 1 it would not speak of this model (Adebayo et al. 2018)",
        ),
    }
    for name, (other, meaning) in again.items():
        values_again = attributed(other, attribute).reshape(len(values), -1)
        lines.append(quality.similarity_measure(name, values, values_again, level, meaning))
    return lines, [] if faithful is None else [quality.curves(faithful, found.unit)]


def masks(net: Network) -> Masked:
    """Return the function from kept inputs, shape (rows, masks, d), to outputs; the rest is the baseline's."""

    def answer(keep: Bools) -> Floats:
        import numpy as np
        import torch

        n, count, d = keep.shape
        found = np.empty((n, count))
        with explaining(net.engine):
            for at in range(n):
                kept = torch.from_numpy(keep[at]).to(net.inputs.device)
                flat = torch.where(kept, net.inputs[at].reshape(1, d), net.baseline[at].reshape(1, d))
                rows = flat.reshape(count, *net.inputs.shape[1:])
                found[at] = net.chosen(rows, net.target[at].expand(count)).double().cpu().numpy()
        return found

    return answer


def noisy(net: Network, rng: np.random.Generator) -> Network:
    """Return the network with a little noise on its inputs."""
    import numpy as np
    import torch

    spread = net.pool.std(dim=0, keepdim=True) if len(net.pool) > 1 else torch.zeros_like(net.inputs[:1])
    drawn = torch.from_numpy(rng.normal(size=net.inputs.shape).astype(np.float32)).to(net.inputs.device)
    return replace(net, inputs=net.inputs + NOISE_SHARE * spread * drawn)


def random_twin(engine: TorchEngine, seed: int) -> TorchEngine:
    """Return the engine over a copy of its module whose parameters are drawn anew; the module itself stays.

    A layer that knows how to start afresh does; any other floating parameter gets normal numbers of its own mean and
    spread.
    """
    import copy

    import torch

    twin = copy.deepcopy(engine.module)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        for part in twin.modules():
            fresh = getattr(part, "reset_parameters", None)
            if callable(fresh):
                fresh()
                continue
            for parameter in part.parameters(recurse=False):
                if parameter.is_floating_point() and parameter.numel() > 1:
                    parameter.normal_(float(parameter.mean()), float(parameter.std()))
    return replace(engine, module=twin)
