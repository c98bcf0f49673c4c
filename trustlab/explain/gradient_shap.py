"""Expected gradients of torch modules (GradientSHAP), by captum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import torch

    from trustlab.explain._network import Network

ID = "explain.gradient_shap"


@operation(
    "explainer",
    "Gradient SHAP",
    needs=("model", "features"),
    references=(
        (
            "Erion et al. (2021). Improving performance of deep learning models with axiomatic attribution priors and "
            "expected gradients. Nature Machine Intelligence 3"
        ),
        "Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS 30",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def gradient_shap(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    samples: Annotated[int, Range(2, 2000)] = 200,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say what each input of a torch module adds to its prediction, against rows of the data instead of one baseline.

    The gradient at a random point between the row and a random row of the data, times their difference, averaged over
    ``samples`` of both: integrated gradients whose baseline is the data (expected gradients). It approximates SHAP
    values, and equals them for a linear module. The residual is the error of the draws: more samples make it smaller.
    Not for modules with flat or jumping answers.

    Parameters
    ----------
    subject : Subject
        A torch module and the rows.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the mean size over up to 50 rows.
    samples : int
        Draws of a background row and a point on the way to it.
    level : float
        Confidence level of the intervals over rows.
    context : Context
        Where rows and draws come from.

    Returns
    -------
    Result
        As explain.integrated_gradients; the base is the mean output over the background.
    """
    from trustlab.explain import _network

    def attribute(net: Network) -> torch.Tensor:
        return expected_gradients(net, samples)

    refused = _network.why_not(subject)
    return refused or _network.explain(
        subject, row, level, context, ID, attribute, against=_network.POOL, provenance={"samples": samples}
    )


def expected_gradients(net: Network, samples: int) -> torch.Tensor:
    """Return captum's GradientShap in batches of draws."""
    import torch
    from captum.attr import GradientShap

    method = GradientShap(net.answer)
    total, left = torch.zeros_like(net.inputs), samples
    size = max(1, min(samples, 4096 // len(net.inputs)))
    while left > 0:
        count = min(size, left)
        total += count * method.attribute(net.inputs, net.pool, n_samples=count, stdevs=0.0, target=net.target)
        left -= count
    return total / samples
