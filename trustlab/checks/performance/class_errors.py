"""Which classes does the model confuse?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Matrix, Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.stats.intervals import Intervals

    # true class, what it is called, such rows, rows of the class, and the one as a share of the other
    Pair = tuple[str, str, int, int, float, float, float]

MOST_CLASSES = 30
MOST_PAIRS = 20
NAMED = 5


@operation(
    "check",
    "Confused classes",
    needs=("labels", "predictions"),
    tasks=("multiclass",),
    better="higher",
    threshold=Threshold(
        warn=None,
        fail=None,
        source="How often a class must be found depends on the use: no accepted limit. By a test: the check warns "
        "where a class is surely found less often among its own rows than it is called among all rows",
    ),
    references=(
        "Wilson (1927). Probable inference, the law of succession, and statistical inference. JASA 22",
        "Dunn (1961). Multiple comparisons among means. JASA 56",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "region", "prediction": "region", "drop": ["score"]},
)
def class_errors(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95) -> Result:
    """Which classes does the model confuse?

    The headline is the recall of the class that is found least often: an average over classes can hide one that the
    model never finds. A class is not learned at all where its own rows are surely called so less often than all rows
    are, or where it is never found and a guess among the classes would have found it. Each class's interval holds
    together with all the others', since the worst of many is picked.

    In plain words
    --------------
    The model often mistakes one class for another.

    What to do
    ----------
    Gather more rows of the class found least often, or weigh it in training; merge classes that people confuse too.

    Parameters
    ----------
    subject : Subject
        Labels and predictions of more than two classes.
    level : float
        Confidence level, shared by the classes (Bonferroni), and by the pairs of classes among themselves.

    Returns
    -------
    Result
        Value: the lowest recall with a Wilson interval. Views: recall of each class, the shares of each class's rows
        that are called something else, and the confusions from the most frequent down.

    References
    ----------
    Wilson (1927). Probable inference, the law of succession, and statistical inference. JASA 22.
    Dunn (1961). Multiple comparisons among means. JASA 56.
    """
    import numpy as np

    from trustlab.checks.performance._headline import confusion
    from trustlab.stats.disparity import shared_level
    from trustlab.stats.intervals import wilson

    matrix = confusion(subject)
    support = matrix.sum(axis=1)
    present = np.flatnonzero(support)
    if present.size < 2:
        return not_applicable("needs labels of two classes or more; every one of these rows has the same")
    recall = wilson(np.diagonal(matrix), support, shared_level(level, int(present.size)))
    called = matrix.sum(axis=0) / matrix.sum()
    guessed = np.where(np.diagonal(matrix) == 0, np.maximum(called, 1 / present.size), called)
    surely = [int(place) for place in present if recall.hi[place] < guessed[place]]
    worst = min(present.tolist(), key=lambda place: (recall.value[place], recall.hi[place]))
    value, lo, hi = recall.at(worst)
    pairs = _pairs(subject, matrix, level)
    return Result(
        status=Status.WARN if surely else Status.PASS,
        reason=f"Found least often is {subject.classes[worst]}: recall {value:.3g} ({lo:.3g} to {hi:.3g}, "
        f"n {int(support[worst]):,}).{_unlearned(subject, surely)}{_often(pairs)}",
        value=value,
        unit="recall",
        interval=(lo, hi),
        level=level,
        n=int(support[worst]),
        views=_views(subject, matrix, recall, called, pairs),
    )


def _unlearned(subject: Subject, surely: list[int]) -> str:
    names = ", ".join(str(subject.classes[place]) for place in surely[:NAMED])
    more = f" and {len(surely) - NAMED} more" if len(surely) > NAMED else ""
    return f" Found less often than by a guess: {names}{more}." if surely else ""


def _often(pairs: list[Pair]) -> str:
    return f" Most often {pairs[0][0]} is called {pairs[0][1]} ({pairs[0][4]:.3g} of its rows)." if pairs else ""


def _pairs(subject: Subject, matrix: NDArray[np.int64], level: float) -> list[Pair]:
    """Return the confusions that hit most rows."""
    import numpy as np

    from trustlab.stats.disparity import shared_level
    from trustlab.stats.intervals import wilson

    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    support = matrix.sum(axis=1)
    order = np.argsort(-wrong.ravel(), kind="stable")[:MOST_PAIRS]
    rows, columns = np.unravel_index(order[wrong.ravel()[order] > 0], wrong.shape)
    asked = int((support > 0).sum()) * (len(matrix) - 1)
    share = wilson(wrong[rows, columns], support[rows], shared_level(level, max(asked, 1)))
    return [
        (
            str(subject.classes[row]),
            str(subject.classes[column]),
            int(wrong[row, column]),
            int(support[row]),
            *share.at(at),
        )
        for at, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True))
    ]


def _views(
    subject: Subject,
    matrix: NDArray[np.int64],
    recall: Intervals,
    called: NDArray[np.float64],
    pairs: list[Pair],
) -> list[Series | Matrix | Table]:
    import numpy as np

    from trustlab.stats.arrays import ratio

    support = matrix.sum(axis=1)
    shown = np.sort(np.argsort(-support, kind="stable")[:MOST_CLASSES])
    shown = shown[support[shown] > 0]
    names = [str(subject.classes[place]) for place in shown]
    share = ratio(matrix, support[:, None])
    more = f" The {MOST_CLASSES} most frequent classes." if len(matrix) > MOST_CLASSES else ""
    numbers = zip(names, support[shown].tolist(), *(part[shown].tolist() for part in (*recall, called)), strict=True)
    return [
        Series(
            name="picture",
            title="Recall by class",
            columns=("class", "n", "recall", "recall_lo", "recall_hi", "called"),
            rows=list(numbers),
            units={"n": "rows"},
            x="class",
            y=("recall", "called"),
            mark="point",
            caption=f"called: the share of all rows that are called so, which a blind guess would reach.{more}",
        ),
        Matrix(
            name="shares",
            title="What each class is called",
            columns=("true", *names),
            rows=[(name, *share[place, shown].tolist()) for name, place in zip(names, shown, strict=True)],
            row_axis="true",
            column_axis="predicted",
            caption=f"Shares of each class's rows.{more}",
        ),
        _confusions(matrix, pairs),
    ]


def _confusions(matrix: NDArray[np.int64], pairs: list[Pair]) -> Table:
    distinct = int((matrix > 0).sum() - (matrix.diagonal() > 0).sum())
    return Table(
        name="pairs",
        title="Confusions",
        columns=("true", "called", "rows", "n", "share", "share_lo", "share_hi"),
        rows=pairs,
        units={"rows": "rows", "n": "rows"},
        caption=f"The {len(pairs)} most frequent of {distinct} confusions that occur; share of the class's rows.",
    )
