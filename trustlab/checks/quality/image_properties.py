"""Are images constant, copies, or told apart by how they were taken?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.core.views import View

ID = "quality.image_properties"
MOST_PAIRS = 8


@operation(
    "check",
    "Properties of the images",
    needs=("images",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: a constant image shows nothing, and a copy says nothing new. By tests: it fails where "
        "more audited images stand in training than training images are copies among themselves, and warns where a "
        "property gives the label away or has moved since training",
    ),
    references=(
        "Barz and Denzler (2020). Do we train on test data? Purging CIFAR of near-duplicates. J. Imaging 6",
        "Krawetz (2013). Kind of like that. The Hacker Factor Blog",
        "Torralba and Efros (2011). Unbiased look at dataset bias. CVPR",
    ),
    cost="seconds",
    example={"data": "shapes.npz", "target": "y"},
)
def image_properties(
    subject: Subject,
    almost: Annotated[float, Range(0, 1)] = 0.9,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Are images constant, copies, or told apart by how they were taken?

    Brightness, contrast, sharpness and the shares of colours are those of the whole image: where one of them alone
    tells the label, the classes were taken with different cameras or light, and a model may learn that. Where the
    label is such a thing (day and night), it is right. Copies are images of one difference hash whose pixels correlate
    at 0.99 or more: also brightened, compressed again or resized before.

    In plain words
    --------------
    Pictures can be told apart by how they were taken and not by what they show.

    What to do
    ----------
    Balance how the classes were photographed, or train with changed brightness, colour and sharpness; drop copies.

    Parameters
    ----------
    subject : Subject
        Images; labels, training images and sensitive attributes where known.
    almost : float
        From this share of the way from a guess to certainty a property is named. A choice, with no source.
    level : float
        Confidence level of the intervals.
    context : Context
        Where the halves come from on which a property is fitted and tried; row order matters through them.

    Returns
    -------
    Result
        Value: the share of images that are constant or copies; where more stand in training than images there are
        copies, that excess. Views: what each property tells, the images found,
        a table of the properties with their change since training.

    References
    ----------
    Torralba and Efros (2011). Unbiased look at dataset bias. CVPR.
    """
    import numpy as np

    from trustlab.checks.quality._content import copies_of, judged
    from trustlab.stats import pictures

    images, train = subject.images, subject.train.images if subject.train is not None else None
    assert images is not None
    everything = images if train is None else np.concatenate([train, images])
    copies = copies_of(pictures.copies(everything), 0 if train is None else len(train), level)
    flat = pictures.constant(images)
    properties = subject.memo("quality.properties", lambda: pictures.properties(images))
    return judged(
        subject,
        "image",
        {"of a single value": flat},
        properties,
        None if train is None else pictures.properties(train),
        copies,
        almost=almost,
        level=level,
        rng=context.rng(ID),
        pictures=_found(everything, np.flatnonzero((copies.among | copies.of_training) & ~flat), copies.heads),
    )


def _found(everything: NDArray[np.float32], rows: NDArray[np.intp], heads: NDArray[np.int64]) -> list[View]:
    """Return the copies beside what they are copies of."""
    import numpy as np

    from trustlab.checks.quality._sheet import sheet

    if not len(rows):
        return []
    shown = rows[:MOST_PAIRS]
    start = len(everything) - len(heads)
    pairs = [everything[place] for row in shown for place in (start + row, heads[row])]
    return [
        sheet(
            np.stack(pairs),
            "copies",
            "Copies, each beside its original",
            f"{len(shown)} pairs of images that are nearly the same",
            f"{len(shown)} of {len(rows):,}.",
        )
    ]
