"""Integrated gradients of torch modules, by captum."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.core.views import Image
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from trustlab.models.torch_model import TorchEngine
    from trustlab.stats.arrays import Floats

ID = "explain.integrated_gradients"
MAX_ROWS = 50
SIDES = (2, 3)  # an image is height by width, or channels of that


@operation(
    "explainer",
    "Integrated gradients",
    needs=("model", "features"),
    references=(
        "Sundararajan, Taly and Yan (2017). Axiomatic attribution for deep networks. ICML",
        "Kokhlikyan et al. (2020). Captum: a unified and generic model interpretability library. arXiv:2009.07896",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def integrated_gradients(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    steps: Annotated[int, Range(8, 1000)] = 64,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say what each input of a torch module adds to its prediction, along the gradient.

    The gradient is summed on the straight way from a baseline (a black image; the mean row of a table) to the row.
    The contributions add up to the difference between the two predictions but for the steps' error, which is shown.
    Not for modules with flat or jumping answers, and a baseline that says something (black, for night pictures) is
    not neutral.

    Parameters
    ----------
    subject : Subject
        A torch module and the rows.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the mean size over up to 50 rows.
    steps : int
        Points on the way.
    level : float
        Confidence level of the intervals over rows.
    context : Context
        Where the rows are drawn.

    Returns
    -------
    Result
        As explain.shap, without intervals for one row; for images also the view ``heat_map``.
    """
    predictor = subject.predictor
    if predictor is None or predictor.kind != "torch":
        return not_applicable("needs a torch module, whose gradient can be followed")
    if row is None:
        return _whole(subject, steps, level, context)
    return _row(subject, row, steps)


def _row(subject: Subject, number: int, steps: int) -> Result:
    from trustlab.explain import _words

    engine: TorchEngine = subject.predictor.engine  # type: ignore[assignment, union-attr]
    found, outputs, base, codes = _attributed(subject, subject.row(number), steps)
    code, values, prediction = int(codes[0]), found[0], float(outputs[0])
    names, cells = _inputs(subject, engine, subject.row(number))
    order = (-abs(values.ravel())).argsort(kind="stable").tolist()
    lines = [(names[at], cells[at], float(values.ravel()[at]), None, None) for at in order]
    outcome, unit = _words.outcome_of(subject, code), _words.unit_of(subject)
    told = f"{outcome} with {prediction:.2f}" if subject.classes else f"{outcome} {prediction:.4g}"
    return Result(
        reason=f"Row {number}: {told}; mostly because {_words.because(lines)}.",
        value=prediction,
        unit=unit,
        n=1,
        views=[
            *_pictures(values, outcome),
            *_words.contribution_views(lines, f"What each input adds to {outcome}", unit),
            _words.quality_view(
                [
                    ("prediction", prediction, f"the model's output for {outcome}"),
                    ("base", float(base[0]), "its output for the baseline"),
                    (
                        "completeness residual",
                        prediction - float(base[0]) - float(values.sum()),
                        "prediction minus base minus their sum",
                    ),
                ]
            ),
        ],
        provenance={"row": number, "steps": steps},
    )


def _whole(subject: Subject, steps: int, level: float, context: Context) -> Result:
    import numpy as np

    from trustlab.explain import _words
    from trustlab.explain.shap_values import rank_agreement
    from trustlab.stats.intervals import mean_interval
    from trustlab.stats.sampling import subsample

    engine: TorchEngine = subject.predictor.engine  # type: ignore[assignment, union-attr]
    rng = context.rng(ID)
    rows = subject.X.iloc[subsample(subject.n, MAX_ROWS, rng)]
    found, outputs, base, _ = _attributed(subject, rows, steps)
    sizes = np.abs(found).reshape(len(rows), -1)
    names, _ = _inputs(subject, engine, rows)
    lines = sorted(
        ((name, *mean_interval(sizes[:, at], level)) for at, name in enumerate(names)), key=lambda line: -line[1]
    )
    unit = _words.unit_of(subject)
    residual = np.abs(outputs - base - found.reshape(len(rows), -1).sum(axis=1)).max()
    agreement = rank_agreement(sizes, sizes, rng, level).value if sizes.shape[1] > 1 else None
    columns = ("feature", "importance", "importance_lo", "importance_hi")
    said = ", ".join(f"{line[0]} ({line[1]:.2g})" for line in lines[: _words.SAID])
    return Result(
        reason=f"On average over {len(rows)} rows the prediction is moved most by {said}.",
        value=lines[0][1],
        unit=unit,
        interval=(lines[0][2], lines[0][3]),
        level=level,
        n=len(rows),
        views=[
            *_pictures(np.abs(found).mean(axis=0), "the predictions, by mean size"),
            *_words.importance_views(lines, columns, "Mean size of the contributions", unit),
            _words.quality_view(
                [
                    ("completeness residual", float(residual), "the largest over the rows"),
                    ("stability over reruns", agreement, "rank correlation of two disjoint halves of the rows"),
                ]
            ),
        ],
        provenance={"steps": steps},
    )


def _attributed(subject: Subject, rows: pd.DataFrame, steps: int) -> tuple[Floats, Floats, Floats, Any]:
    """Return contributions, outputs, outputs of the baseline, and the predicted class's code, a row each."""
    import numpy as np
    import torch

    from trustlab.models.labels import class_order
    from trustlab.models.torch_model import evaluating

    assert subject.predictor is not None
    engine: TorchEngine = subject.predictor.engine  # type: ignore[assignment]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # captum's own, and torch's about it
        from captum.attr import IntegratedGradients

        first = next(iter(engine.module.parameters()), None)
        device = first.device if first is not None else torch.device("cpu")
        inputs = torch.from_numpy(engine.prepare(rows)).to(device)
        baseline = _baseline(subject, engine, inputs)
        with evaluating(engine.module):
            answer = _answers(engine)
            with torch.no_grad():
                outputs, base = answer(inputs), answer(baseline)
            target = outputs.argmax(dim=1) if subject.classes else None
            found = IntegratedGradients(answer).attribute(
                inputs, baseline, target=target if target is not None else 0, n_steps=steps, internal_batch_size=256
            )
    chosen = target if target is not None else torch.zeros(len(rows), dtype=torch.int64, device=device)
    own = chosen.cpu().numpy()
    pick = np.arange(len(rows)), own
    codes = np.argsort(class_order(subject.predictor.classes, subject.classes))[own] if subject.classes else own
    values = found.detach().double().cpu().numpy()
    return values, outputs.double().cpu().numpy()[pick], base.double().cpu().numpy()[pick], codes


def _answers(engine: TorchEngine) -> Any:
    """Return the function that is explained: probabilities, or values in the target's unit; shape (n, k)."""
    from trustlab.models.torch_model import log_probabilities

    def answer(rows: torch.Tensor) -> torch.Tensor:
        raw: torch.Tensor = engine.module(rows)
        if engine.task == "regression":
            return raw.reshape(len(rows), -1)[:, :1] * engine.target_scale + engine.target_mean
        return log_probabilities(raw, engine.output).exp()

    return answer


def _baseline(subject: Subject, engine: TorchEngine, inputs: torch.Tensor) -> torch.Tensor:
    import torch

    if inputs.ndim > 2:
        return torch.zeros_like(inputs)
    mean = engine.prepare(subject.inputs()).mean(axis=0)
    return torch.from_numpy(mean).to(inputs.device).expand_as(inputs).contiguous()


def _inputs(subject: Subject, engine: TorchEngine, rows: pd.DataFrame) -> tuple[list[str], list[Any]]:
    """Return the names of the module's inputs, and their values in the first row."""
    if engine.preprocess is None:
        return [str(name) for name in subject.X.columns], rows.iloc[0].tolist()
    values = engine.prepare(rows.iloc[:1])[0].ravel().tolist()
    named = getattr(engine.preprocess, "get_feature_names_out", None)
    names = [str(name).split("__", 1)[-1] for name in named()] if named else []
    return (names if len(names) == len(values) else [f"input {at}" for at in range(len(values))]), values


def _pictures(values: Floats, outcome: str) -> list[Image]:
    """Return the heat map of an image's contributions; none for a table."""
    from trustlab.explain._heatmap import heat_map

    if values.ndim not in SIDES:
        return []
    flat = values.sum(axis=0) if values.ndim == max(SIDES) else values
    height, width = flat.shape
    at = divmod(int(abs(flat).argmax()), width)
    return [
        Image(
            name="heat_map",
            title=f"What speaks for {outcome}",
            png=heat_map(flat),
            alt=f"A map of {height} by {width} pixels, the strongest in row {at[0]} and column {at[1]}, from 0.",
            caption="Orange speaks for it, blue against; the paler the less.",
        )
    ]
