"""How much worse does the model get on images that went bad?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

ID = "robustness.image_corruptions"
PIXELS = 20_000_000  # of all corrupted images together: what a small network looks at in seconds
FEWEST = 30


@operation(
    "check",
    "Corrupted images",
    needs=("model", "labels", "images"),
    tasks=("binary", "multiclass", "regression"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: published mean corruption errors are of one benchmark and relative to one network. "
        "Shown, not judged",
    ),
    references=("Hendrycks and Dietterich (2019). Benchmarking neural network robustness to common corruptions. ICLR",),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def image_corruptions(
    subject: Subject,
    max_rows: Annotated[int, Range(10), Unit("images")] = 200,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """How much worse does the model get on images that went bad?

    Twelve corruptions, each at five severities: gaussian, shot and impulse noise, blur, brightness, darkness, low
    contrast, coarse pixels, JPEG, fog, rotation, translation. The kinds are those of ImageNet-C, the strengths are
    not: they are chosen for small images, and figures do not compare with published ones. The drop is the accuracy on
    the images as they are minus that on the same images corrupted; the mean corruption error is the mean error over
    corruptions and severities, not divided by another network's. Rotations are no corruption where any way up is
    right.

    In plain words
    --------------
    When pictures are dark, blurred or noisy, the model becomes much worse.

    What to do
    ----------
    Train with the corruptions that will occur, and refuse images that are too dark, blurred or small.

    Parameters
    ----------
    subject : Subject
        The model and audited images with labels.
    max_rows : int
        Images drawn by the seed where there are more; fewer where they are large.
    level : float
        Confidence level of every interval.
    context : Context
        Where chance comes from.

    Returns
    -------
    Result
        Value: the mean drop over corruptions and severities, with Student's interval of the differences image by
        image. Views ``drop`` (corruption by severity), ``curves`` and ``by_corruption``.
    """
    import numpy as np

    from trustlab.checks.robustness._image_corruptions import image_suite
    from trustlab.checks.robustness._numbers import chosen_rows
    from trustlab.checks.robustness._suite import SEVERITIES, run_suite, told

    rng = context.rng(ID)
    images = subject.images
    assert images is not None
    suite = image_suite(rng)
    many = PIXELS // (len(suite) * len(SEVERITIES) * images[0].size)
    chosen = chosen_rows(np.ones(subject.n, dtype=bool), min(max_rows, max(many, FEWEST)), rng)
    found = run_suite(subject, chosen, images[chosen], suite, _joined)
    return told(subject, chosen, found, level, "the images")


def _joined(made: Sequence[Any]) -> Any:
    import numpy as np

    return np.concatenate(made)
