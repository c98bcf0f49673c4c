"""GradCAM of convolutional torch modules, by captum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import torch

    from trustlab.explain._network import Network

ID = "explain.gradcam"


@operation(
    "explainer",
    "GradCAM",
    needs=("model", "features"),
    references=(
        (
            "Selvaraju et al. (2017). Grad-CAM: visual explanations from deep networks via gradient-based "
            "localization. ICCV"
        ),
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def gradcam(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    layer: str | None = None,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say which regions of an image a convolutional module looks at for its prediction.

    The maps of the last convolution, weighted by their mean gradient towards the predicted class, summed, cut at 0
    and spread over the image. A coarse picture of where, not of what each pixel adds: it has no sign, does not add up,
    and is no finer than the layer's maps.

    Parameters
    ----------
    subject : Subject
        A torch module with two-dimensional convolutions, and images as rows.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the mean map over up to 50 rows.
    layer : str
        The convolution to look at, by its name in the module; the last one where not given.
    level : float
        Confidence level of the intervals over rows.
    context : Context
        Where the rows are drawn.

    Returns
    -------
    Result
        As explain.integrated_gradients, with the view ``heat_map``.
    """
    from trustlab.explain import _network

    refused = _network.why_not(subject)
    if refused:
        return refused
    layers = _convolutions(subject.predictor.native)  # type: ignore[union-attr]
    if not layers:
        return not_applicable("needs a two-dimensional convolution; the module has none")
    if layer is not None and layer not in layers:
        raise UsageError(
            f"explain.gradcam: layer must be one of {', '.join(layers)}; got {layer!r}.{did_you_mean(layer, layers)}"
        )
    name = layer or layers[-1]

    def attribute(net: Network) -> torch.Tensor:
        return class_activation(net, name)

    return _network.explain(
        subject, row, level, context, ID, attribute, adds_up=False, signed=False, provenance={"layer": name}
    )


def _convolutions(module: torch.nn.Module) -> list[str]:
    return [name for name, part in module.named_modules() if type(part).__name__ == "Conv2d"]


def class_activation(net: Network, layer: str) -> torch.Tensor:
    """Return the map of each row over the image, the same for each channel and shared among them."""
    from captum.attr import LayerAttribution, LayerGradCam

    chosen = dict(net.engine.module.named_modules())[layer]
    coarse = LayerGradCam(net.answer, chosen).attribute(net.inputs, target=net.target, relu_attributions=True)
    sides = net.inputs.shape[-2:]
    fine = LayerAttribution.interpolate(coarse, tuple(sides), interpolate_mode="bilinear")
    channels = net.inputs.shape[1] if net.inputs.ndim == 4 else 1
    shared: torch.Tensor = fine.expand(-1, channels, -1, -1) / channels
    return shared.reshape(net.inputs.shape)
