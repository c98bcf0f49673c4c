"""Occlusion: what is lost when one input, or one patch of an image, is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import torch

    from trustlab.explain._finding import Explained
    from trustlab.explain._network import Network

ID = "explain.occlusion"
ANSWERS, WIDTH, MAX_FEATURES, CELLS = 200_000, 100, 1000, 100_000_000


@operation(
    "explainer",
    "Occlusion",
    needs=("model", "features"),
    references=(
        "Zeiler and Fergus (2014). Visualizing and understanding convolutional networks. ECCV",
        "Robnik-Sikonja and Kononenko (2008). Explaining classifications for individual instances. IEEE TKDE 20",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def occlusion(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    patch: Annotated[int, Range(1, 256), Unit("pixels")] = 3,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say what the prediction loses when one input, or one patch of an image, is hidden.

    Hidden is: taken from up to 20 other rows in turn, for tables and any model; made black, for images and torch
    modules, by a patch that slides over the picture. The loss is the output as it is minus the mean output without
    the input. Losses do not add up to the prediction, and two inputs that stand in for each other both show none:
    explain.shap shares between them.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the mean size over up to 100 rows (50
        images).
    patch : int
        Side of the patch, for images.
    level : float
        Confidence level of the intervals over rows.
    context : Context
        Where rows are drawn.

    Returns
    -------
    Result
        As explain.shap, without completeness; for images also the view ``heat_map``.
    """
    from trustlab.explain import _network, _table

    if is_image(subject):
        return _network.explain(
            subject,
            row,
            level,
            context,
            ID,
            lambda net: hidden_patches(net, patch),
            adds_up=False,
            provenance={"patch": patch},
        )

    if subject.X.shape[1] > MAX_FEATURES:
        return not_applicable(
            f"{subject.X.shape[1]:,} inputs are too many to hide in turn; the limit is {MAX_FEATURES:,}"
        )

    def attribute(rows: pd.DataFrame, rng: np.random.Generator) -> Explained:
        return _hidden_columns(subject, rows, rng)

    few = max(CELLS // (2 * subject.X.shape[1] ** 2), 1)
    return _table.explain(subject, row, level, context, ID, attribute, most=few)


def is_image(subject: Subject) -> bool:
    """Return whether the model is a torch module that is given images."""
    from trustlab.models.torch_model import TorchEngine

    engine = subject.predictor.engine if subject.predictor is not None else None
    return isinstance(engine, TorchEngine) and engine.prepare(subject.X.iloc[:1]).ndim > 2


def hidden_patches(net: Network, patch: int) -> torch.Tensor:
    """Return captum's occlusion by a square patch over all channels, in steps of half its side."""
    from captum.attr import Occlusion

    *channels, height, width = net.inputs.shape[1:]
    sides = [min(patch, height), min(patch, width)]
    steps = [max(1, side // 2) for side in sides]
    found: torch.Tensor = Occlusion(net.answer).attribute(
        net.inputs,
        sliding_window_shapes=(*channels, *sides),
        strides=(*channels, *steps),
        baselines=net.baseline,
        target=net.target,
    )
    return found


def _hidden_columns(subject: Subject, rows: pd.DataFrame, rng: np.random.Generator) -> Explained:
    import numpy as np

    from trustlab.explain import _table, _words
    from trustlab.explain._finding import Explained
    from trustlab.explain.masking import row_masks
    from trustlab.stats.sampling import subsample

    outputs, codes = _table.predicted(subject, rows)
    pool = subject.inputs()
    d = rows.shape[1]
    others = pool.iloc[subsample(len(pool), int(np.clip(ANSWERS // (len(rows) * d), 2, 20)), rng)]
    masked = row_masks(subject, rows, others, codes)
    values = np.empty((len(rows), d))
    for start in range(0, d, WIDTH):
        hidden = np.arange(start, min(start + WIDTH, d))
        keep = np.arange(d) != hidden[:, None]
        values[:, hidden] = outputs[:, None] - masked(np.broadcast_to(keep, (len(rows), *keep.shape)))
    return Explained(
        names=[str(name) for name in rows.columns],
        cells=rows.iloc[0].tolist(),
        values=values,
        outputs=outputs,
        base=None,
        codes=codes,
        unit=_words.unit_of(subject),
    )
