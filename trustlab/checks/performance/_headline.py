"""The one number by which a model is compared with a baseline, and with itself on other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from trustlab.core.result import Status, Threshold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.models.subject import Subject
    from trustlab.stats.intervals import Interval

MOST_DRAWN = 5_000_000  # cells drawn in all: bounds time and memory where classes are many
DRAWS = 2000
FEWEST_DRAWS = 200
CONSTANT = "needs a target that varies; every one of these rows has the same"


class Headline(NamedTuple):
    """The name of the number, the number, and what always guessing the same would get."""

    name: str
    interval: Interval
    baseline: float
    guess: str


def headline(subject: Subject, rng: np.random.Generator, level: float) -> Headline:
    """Return balanced accuracy against one over the number of classes, or R2 against 0.

    Both are what the best constant guess gets, whatever the shares of the classes or the spread of the target. The
    number is NaN where the target does not vary: every constant guess is then right.
    """
    import numpy as np

    from trustlab.stats import classification
    from trustlab.stats.intervals import Interval
    from trustlab.stats.posterior import cell_chances, chance_interval
    from trustlab.stats.regression import r2_interval

    assert subject.y is not None
    assert subject.y_pred is not None
    if subject.task == "regression":
        return Headline("R2", r2_interval(subject.y, subject.y_pred, level), 0.0, "the mean")
    matrix = confusion(subject)
    present = int((matrix.sum(axis=1) > 0).sum())
    drawn = cell_chances(matrix, draws_for(matrix), rng)
    found = chance_interval(matrix, drawn, classification.balanced_accuracy, level)
    common = subject.classes[int(np.argmax(matrix.sum(axis=1)))]
    if present < 2:
        found = Interval(float("nan"), float("nan"), float("nan"))
    return Headline("Balanced accuracy", found, 1 / max(present, 1), f"always {common}")


def tested(*, beaten: bool, worse: bool) -> Status:
    """Return what the test against a guess says: surely better passes, surely no better fails."""
    return Status.PASS if beaten else Status.FAIL if worse else Status.WARN


def guess_limit(baseline: float, guess: str) -> Threshold:
    """Return what a guess gets on these rows as the limit, on both sides."""
    source = f"By a test against guessing {guess}: passes where surely better, fails where surely no better"
    return Threshold(baseline, baseline, source)


def confusion(subject: Subject) -> NDArray[np.int64]:
    """Return the confusion matrix, counted once for a subject."""
    from trustlab.stats.classification import confusion_matrix

    y, y_pred = subject.y, subject.y_pred
    assert y is not None
    assert y_pred is not None
    matrix: NDArray[np.int64] = subject.memo(
        "performance.confusion", lambda: confusion_matrix(y, y_pred, len(subject.classes))
    )
    return matrix


def draws_for(matrix: NDArray[np.int64]) -> int:
    """Return the number of draws that a matrix of this size affords."""
    return max(min(DRAWS, MOST_DRAWN // matrix.size), FEWEST_DRAWS)


def difference(one: Interval, two: Interval) -> Interval:
    """Return one number minus another of other rows, from their own intervals (square-and-add).

    References
    ----------
    Zou and Donner (2008). Construction of confidence limits about effect measures. Statistics in Medicine 27.
    """
    import numpy as np

    from trustlab.stats.intervals import Interval

    value = one.value - two.value
    down = float(np.hypot(one.value - one.lo, two.hi - two.value))
    up = float(np.hypot(one.hi - one.value, two.value - two.lo))
    return Interval(value, value - down, value + up)
