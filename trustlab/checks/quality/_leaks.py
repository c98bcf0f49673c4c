"""What the searches for leaks share: targets of two classes, and guesses learned on one half of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trustlab.models.subject import Subject

FEWEST_OF_CLASS = 20
MOST_CLASSES = 3


def binary_targets(subject: Subject, rows: NDArray[Any]) -> list[tuple[str, NDArray[Any]]]:
    """Return the target as questions of yes and no: the positive class, each of the largest, or above the median."""
    import numpy as np

    assert subject.y is not None
    y = subject.y[rows]
    if not subject.classes:
        asked = [(f"above {np.median(y):.4g}", y > np.median(y))]
    else:
        counts = np.bincount(y.astype(int), minlength=len(subject.classes))
        codes = [1] if len(counts) == 2 else np.argsort(-counts, kind="stable")[:MOST_CLASSES].tolist()
        asked = [(str(subject.classes[code]), y == code) for code in codes]
    return [(label, hit) for label, hit in asked if FEWEST_OF_CLASS <= hit.sum() <= hit.size - FEWEST_OF_CLASS]


def guessed(codes: NDArray[Any], hit: NDArray[Any], halves: tuple[Any, Any]) -> NDArray[Any]:
    """Return the chance of a hit for the second half's rows: the share of hits by code in the first half."""
    import numpy as np

    one, two = halves
    size = int(codes.max()) + 1
    n = np.bincount(codes[one], minlength=size)
    table = (np.bincount(codes[one], hit[one], size) + float(hit[one].mean())) / (n + 1)
    found: NDArray[Any] = table[codes[two]]
    return found
