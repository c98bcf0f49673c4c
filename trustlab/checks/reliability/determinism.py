"""Does the model answer the same question the same way twice?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustlab.stats.arrays import Floats, Ints

ID = "reliability.determinism"
ALONE = 25  # rows that are asked one by one
BATCH = 7  # not a divisor of the usual sizes


class _Compared(NamedTuple):
    way: str
    rows: int
    other: int
    label: int
    largest: float


@operation(
    "check",
    "Same question, same answer",
    needs=("model",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: an answer that depends on chance, or on which rows stand beside it, cannot be checked "
        "again. Some models draw by intent, so there is no accepted limit to fail",
    ),
    references=(
        "Gundersen and Kjensmo (2018). State of the art: reproducibility in artificial intelligence. AAAI",
        "Regulation (EU) 2024/1689 (AI Act), Article 15(1): perform consistently",
    ),
    cost="instant",
    example={"model": "lender", "data": "loans@main"},
)
def determinism(
    subject: Subject,
    max_rows: Annotated[int, Range(1), Unit("rows")] = 200,
    tolerance: Annotated[float, Range(0, 1)] = 1e-5,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Does the model answer the same question the same way twice?

    The same rows are asked again, in another order, in small batches, one by one, and beside all other rows. An
    answer differs where a probability moves by more than ``tolerance`` (for regression: by more than that share of
    the answers' range), which single precision may reach but not pass. Whether another training would answer the same
    is asked by reliability.reseeding.

    In plain words
    --------------
    Asked the same thing twice, the model gives two different answers.

    What to do
    ----------
    Switch the model to its mode for use, fix its seed, and make no answer depend on the other rows of the batch.

    Parameters
    ----------
    subject : Subject
        The model and rows.
    max_rows : int
        Rows drawn by the seed where there are more.
    tolerance : float
        What rounding may do.
    level : float
        Confidence level of the interval.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: the share of rows with another answer in at least one way, with Wilson's interval. View ``ways``.
    """
    import numpy as np

    from trustlab.stats.intervals import wilson
    from trustlab.stats.sampling import subsample

    rng = context.rng(ID)
    rows = np.asarray(subsample(subject.n, max_rows, rng))
    compared, differs = _compare(subject, rows, rng, tolerance)
    share = wilson(int(differs.sum()), rows.size, level).at(())
    worst = max(compared, key=lambda one: (one.other, one.largest))
    if not differs.any():
        reason = f"The same answers to {rows.size:,} rows, asked again in {len(compared)} ways."
    else:
        reason = (
            f"{int(differs.sum()):,} of {rows.size:,} rows ({share.value:.1%}, {share.lo:.1%} to {share.hi:.1%}) get "
            f"another answer when asked again, most {worst.way}: by up to {worst.largest:.2g}; "
            f"{max(one.label for one in compared):,} of them another label."
        )
    return Result(
        reason=reason,
        value=share.value,
        unit="share of rows",
        interval=(share.lo, share.hi) if differs.any() else None,
        level=level if differs.any() else None,
        n=int(rows.size),
        views=_views(compared, subject),
    )


def _compare(subject: Subject, rows: Ints, rng: Any, tolerance: float) -> tuple[list[_Compared], Floats]:
    import numpy as np

    from trustlab.checks.reliability._asking import answers, at

    def ask(which: Any) -> Floats:
        return answers(subject, at(content, which))

    content = at(subject.content, rows)
    every = np.arange(rows.size)
    first = ask(every)
    allowed = tolerance * (float(np.ptp(first)) or 1.0) if subject.task == "regression" else tolerance
    order = rng.permutation(rows.size)
    alone = np.arange(min(ALONE, rows.size))
    together = subject.proba if _by_probability(subject) else subject.y_pred
    assert together is not None
    ways = [
        ("a second time", every, ask(every)),
        ("in another order", order, ask(order)),
        ("in small batches", every, _in_batches(ask, every, BATCH)),
        ("one by one", alone, _in_batches(ask, alone, 1)),
        ("beside all other rows", every, np.asarray(together, np.float64)[rows].reshape(rows.size, -1)),
    ]
    differs = np.zeros(rows.size, dtype=bool)
    compared = []
    for way, places, answer in ways:
        moved = np.abs(answer - first[places]).max(axis=1)
        differs[places] |= moved > allowed
        labels = _labels(answer, subject) != _labels(first[places], subject)
        compared.append(
            _Compared(way, len(places), int((moved > allowed).sum()), int(labels.sum()), float(moved.max()))
        )
    return compared, differs


def _by_probability(subject: Subject) -> bool:
    return subject.proba is not None


def _in_batches(ask: Callable[[Any], Floats], rows: Ints, size: int) -> Floats:
    import numpy as np

    return np.concatenate([ask(rows[start : start + size]) for start in range(0, rows.size, size)])


def _labels(answer: Floats, subject: Subject) -> Any:
    """Return what is decided; for regression nothing is."""
    import numpy as np

    if subject.task == "regression":
        return np.zeros(len(answer))
    return answer.argmax(axis=1) if _by_probability(subject) else answer[:, 0]


def _views(compared: list[_Compared], subject: Subject) -> list[Any]:
    unit = "probability" if _by_probability(subject) else "value"
    return [
        Series(
            name="picture",
            title="Rows with another answer, by how they were asked again",
            columns=("asked", "rows that differ"),
            rows=[(one.way, one.other) for one in compared],
            x="asked",
            y=("rows that differ",),
            mark="bar",
        ),
        Table(
            name="ways",
            title="Asked again",
            columns=("asked", "n", "another answer", "another label", "largest difference"),
            rows=[tuple(one) for one in compared],
            units={"n": "rows", "another answer": "rows", "another label": "rows", "largest difference": unit},
        ),
    ]
