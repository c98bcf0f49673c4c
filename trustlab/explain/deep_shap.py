"""DeepLIFT against many baselines (DeepSHAP) of torch modules, by captum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import torch

    from trustlab.explain._network import Network

ID = "explain.deep_shap"


@operation(
    "explainer",
    "Deep SHAP",
    needs=("model", "features"),
    references=(
        (
            "Shrikumar, Greenside and Kundaje (2017). Learning important features through propagating activation "
            "differences. ICML"
        ),
        "Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS 30",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def deep_shap(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    background: Annotated[int, Range(1, 500)] = 50,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say what each input of a torch module adds to its score, by passing differences back through its layers.

    DeepLIFT's rules carry the difference between the score and that of a baseline back to the inputs; the mean over
    baselines drawn from the data approximates SHAP values. It explains the module's raw score (a logit), before
    probabilities are made of it, and its contributions add up to the score less the mean score of the baselines. Not
    for modules that use one activation layer twice, or activations without a layer: the rules cannot see them, and
    the residual says so.

    Parameters
    ----------
    subject : Subject
        A torch module and the rows.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the mean size over up to 50 rows.
    background : int
        Baselines drawn from the data.
    level : float
        Confidence level of the intervals over rows.
    context : Context
        Where rows and baselines are drawn.

    Returns
    -------
    Result
        As explain.integrated_gradients, in the unit of the module's score.
    """
    from trustlab.explain import _network

    def attribute(net: Network) -> torch.Tensor:
        import torch
        from captum.attr import DeepLiftShap

        baselines = net.pool[:background]
        pairs = max(1, 4096 // len(baselines))
        method = DeepLiftShap(_scores_of(net))
        parts = zip(torch.split(net.inputs, pairs), torch.split(net.target, pairs), strict=True)
        return torch.cat([method.attribute(part, baselines, target=own) for part, own in parts])

    refused = _network.why_not(subject)
    if refused:
        return refused
    try:
        return _network.explain(
            subject,
            row,
            level,
            context,
            ID,
            attribute,
            against=background,
            score=True,
            provenance={"background": background},
        )
    except (AssertionError, AttributeError, RuntimeError) as error:
        return not_applicable(f"DeepLIFT's rules do not fit this module: {error}")


def _scores_of(net: Network) -> torch.nn.Module:
    """Return a module over the explained one whose outputs have a column per class."""
    import torch

    from trustlab.explain._network import scores

    class Scores(torch.nn.Module):
        """The hooks of DeepLIFT need a module to hang on."""

        def __init__(self) -> None:
            super().__init__()
            self.explained = net.engine.module

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            """Return the scores, shape (n, k)."""
            return scores(self.explained(rows), regression=net.engine.task == "regression")

    return Scores()
