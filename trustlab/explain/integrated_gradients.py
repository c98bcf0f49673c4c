"""Integrated gradients of torch modules, by captum."""

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

ID = "explain.integrated_gradients"


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
    from trustlab.explain import _network

    def attribute(net: Network) -> torch.Tensor:
        from captum.attr import IntegratedGradients

        found: torch.Tensor = IntegratedGradients(net.answer).attribute(
            net.inputs, net.baseline, target=net.target, n_steps=steps, internal_batch_size=256
        )
        return found

    refused = _network.why_not(subject)
    return refused or _network.explain(subject, row, level, context, ID, attribute, provenance={"steps": steps})
