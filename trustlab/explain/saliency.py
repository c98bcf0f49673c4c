"""Saliency and SmoothGrad of torch modules, by captum."""

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

ID = "explain.saliency"


@operation(
    "explainer",
    "Saliency",
    needs=("model", "features"),
    references=(
        "Simonyan, Vedaldi and Zisserman (2014). Deep inside convolutional networks. ICLR workshop",
        "Smilkov et al. (2017). SmoothGrad: removing noise by adding noise. arXiv:1706.03825",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def saliency(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    samples: Annotated[int, Range(0, 500)] = 0,
    noise: Annotated[float, Range(0.0, 1.0)] = 0.15,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say to which inputs of a torch module its prediction is most sensitive.

    The size of the gradient of the predicted class's probability (or the value) by each input; with ``samples``,
    its mean over noisy copies of the row (SmoothGrad), which wavers less. Sizes have no sign and do not add up to
    the prediction: they say where a small change would matter, not what made the prediction. Not where the answer is
    saturated: its gradient is near 0 everywhere.

    Parameters
    ----------
    subject : Subject
        A torch module and the rows.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the mean size over up to 50 rows.
    samples : int
        Noisy copies; 0 for the plain gradient.
    noise : float
        Their noise's standard deviation, as a share of each row's range of inputs.
    level : float
        Confidence level of the intervals over rows.
    context : Context
        Where rows and noise are drawn.

    Returns
    -------
    Result
        As explain.integrated_gradients; contributions are sizes.
    """
    from trustlab.explain import _network

    def attribute(net: Network) -> torch.Tensor:
        from captum.attr import NoiseTunnel, Saliency

        plain = Saliency(net.answer)
        if not samples:
            return plain.attribute(net.inputs, target=net.target)  # type: ignore[no-any-return]
        span = float((net.inputs.amax() - net.inputs.amin()).cpu())
        found: torch.Tensor = NoiseTunnel(plain).attribute(
            net.inputs, target=net.target, nt_type="smoothgrad", nt_samples=samples, stdevs=noise * span
        )
        return found

    refused = _network.why_not(subject)
    return refused or _network.explain(
        subject, row, level, context, ID, attribute, adds_up=False, signed=False, provenance={"samples": samples}
    )
