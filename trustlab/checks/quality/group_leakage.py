"""Do training rows and audited rows belong to the same people, or other entities?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from trustlab.stats.intervals import Interval

FEWEST = 5  # entities


@operation(
    "check",
    "Group leakage",
    needs=("train",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: rows of one entity on both sides are not independent (leakage L3.2 of Kapoor and "
        "Narayanan 2023). Right where the model will be used on known entities, so nothing fails",
    ),
    references=(
        "Saeb et al. (2017). The need to approximate the use-case in clinical machine learning. GigaScience 6",
        "Kapoor and Narayanan (2023). Leakage and the reproducibility crisis in ML-based science. Patterns 4",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "groups": ["region"]},
)
def group_leakage(
    subject: Subject, groups: list[str] | None = None, level: Annotated[float, Range(0.5, 0.999)] = 0.95
) -> Result:
    """Do training rows and audited rows belong to the same people, or other entities?

    Where one customer has several rows and the split dealt rows, not customers, the model is examined on people whom
    it knows, and does better than it will on new ones. Where errors are known, those on known entities are compared
    with those on new ones. Right as it is where the model will only ever meet known entities.

    In plain words
    --------------
    The same people are in the cases it learned from and in those it was examined on, so it looks better than it is.

    What to do
    ----------
    Split by the entity, not by the row, and train again.

    Parameters
    ----------
    subject : Subject
        All columns of audited and training rows, features or not.
    groups : list
        The columns that say which rows belong together; columns called like an identifier (``customer_id``,
        ``patient``) whose values come back where not given.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    Result
        Value: the share of audited rows whose entity has training rows too, the largest over the columns, with
        Wilson's interval (of rows; entities are fewer).

    References
    ----------
    Saeb et al. (2017). The need to approximate the use-case in clinical machine learning. GigaScience 6.
    """
    train = subject.train
    assert train is not None
    mine, theirs = subject.dataset.frame, train.dataset.frame
    for name in groups or ():
        if name not in mine.columns or name not in theirs.columns:
            raise UsageError(
                f"groups must be columns of both sides; got {name!r}.{did_you_mean(name, list(map(str, mine.columns)))}"
            )
    names = groups or [name for name in mine.columns if name in theirs.columns and _is_entity(subject, str(name))]
    if not names:
        return not_applicable(
            "needs a column that says which rows belong together; none is called like an identifier whose values come "
            "back (parameter groups)"
        )
    found = sorted((_compared(subject, name, level) for name in names), key=lambda one: (-one.share.value, one.name))
    first = found[0]
    ends = f"{first.share.lo:.1%} to {first.share.hi:.1%}"
    reason = (
        f"{first.share.value:.1%} of audited rows ({ends}, n {subject.n:,}) have a {first.name} that training rows "
        f"have too ({first.shared:,} of {first.entities:,})."
    )
    if not first.shared:
        reason = f"No {first.name} stands on both sides of the split ({first.entities:,} audited, n {subject.n:,})."
    return Result(
        reason=reason + first.sentence,
        value=first.share.value,
        unit="share of rows",
        interval=(first.share.lo, first.share.hi),
        level=level,
        n=subject.n,
        views=_views(found),
        advice=[f"Split by {first.name}: all rows of one go to one side, and look at the number again."]
        if first.shared
        else [],
    )


def _views(found: Sequence[_Compared]) -> list[Series | Table]:
    columns = ("column", "entities", "in training too", "share", "share_lo", "share_hi", *_ERRORS)
    rows = [(one.name, one.entities, one.shared, *one.share, *one.errors) for one in found[:50]]
    picture = Series(
        name="picture",
        title="Audited rows whose entity has training rows",
        columns=columns[:6],
        rows=[row[:6] for row in rows[:15]],
        x="column",
        y=("share",),
        mark="bar",
    )
    table = Table(
        name="by_column",
        title="Entities on both sides of the split",
        columns=columns,
        rows=rows,
        units={"share": "share of rows"},
        caption="Errors: of audited rows whose entity has training rows, and of those that are new.",
    )
    return [picture, table]


_ERRORS = ("error on known", "error on new", "difference", "difference_lo", "difference_hi")


class _Compared(NamedTuple):
    """One column's entities on both sides, and the model's errors on known and new ones."""

    name: str
    entities: int
    shared: int
    share: Interval
    errors: tuple[float | None, ...]
    sentence: str


def _is_entity(subject: Subject, name: str) -> bool:
    """Return whether a column is called like an identifier and its values come back."""
    from trustlab.data.roles import is_entity_name, role_of

    assert subject.train is not None
    if name == subject.target or not is_entity_name(name):
        return False
    column = subject.train.dataset.frame[name]
    return role_of(column) == "entity" and column.nunique() >= FEWEST


def _compared(subject: Subject, name: str, level: float) -> _Compared:
    from trustlab.stats.intervals import wilson

    assert subject.train is not None
    mine, theirs = subject.dataset.frame[name], subject.train.dataset.frame[name]
    known = (mine.isin(theirs.dropna().unique()) & mine.notna()).to_numpy(dtype=bool)
    share = wilson(int(known.sum()), subject.n, level).at(())
    errors, sentence = _errors(subject, known, level)
    return _Compared(name, int(mine.nunique()), int(mine[known].nunique()), share, errors, sentence)


def _errors(subject: Subject, known: NDArray[Any], level: float) -> tuple[tuple[float | None, ...], str]:
    import numpy as np

    from trustlab.stats.intervals import newcombe

    sides = known.any() and not known.all()
    if subject.y is None or subject.y_pred is None or not subject.classes or not sides:
        return (None,) * len(_ERRORS), ""
    wrong = np.asarray(subject.y_pred != subject.y)
    counts = int(wrong[~known].sum()), int((~known).sum()), int(wrong[known].sum()), int(known.sum())
    gap = newcombe(*counts, level).at(())
    noise = "; the difference could be noise" if gap.lo <= 0 <= gap.hi else ""
    old, new = counts[2] / counts[3], counts[0] / counts[1]
    return (old, new, *gap), f" The model errs in {old:.1%} of known and {new:.1%} of new ones{noise}."
