"""Is every class given, missed and mistaken equally often for people of different groups?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.checks.fairness._gaps import AIF360_LIMIT
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.checks.fairness._gaps import Gap
    from trustlab.stats.counts import GroupCounts

MOST_CLASSES = 50
SHOWN = 200


@operation(
    "check",
    "Multiclass fairness",
    needs=("labels", "predictions", "sensitive"),
    tasks=("multiclass",),
    threshold=Threshold(warn=0.1, fail=0.1, source=AIF360_LIMIT),
    references=(
        "Hardt, Price and Srebro (2016). Equality of opportunity in supervised learning. NeurIPS",
        "Putzel and Lee (2022). Blackbox post-processing for multiclass fairness. SafeAI workshop, AAAI",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "region", "prediction": "region", "sensitive": "race"},
)
def multiclass(
    subject: Subject,
    min_group: Annotated[int, Range(1), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Is every class given, missed and mistaken equally often for people of different groups?

    Each class is taken against the rest. The headline is the largest difference between two groups, over all classes,
    of the true positive rate (the class is recognised) or the false positive rate (it is given wrongly): equalised
    odds, class by class. Selection rates stand beside them, unjudged: with several classes none need be a benefit.

    In plain words
    --------------
    People of one group are put into the wrong class more often than people of another.

    What to do
    ----------
    Look at the class and the group named: too few training rows, or labels given differently?

    Parameters
    ----------
    subject : Subject
        Labels, predictions and sensitive attributes.
    min_group : int
        Groups with fewer rows are shown and named, not judged.
    level : float
        Confidence level of every interval.

    Returns
    -------
    Result
        Value: the difference; its interval holds although class, rate and pair were picked (Bonferroni over all).

    References
    ----------
    Hardt, Price and Srebro (2016). Equality of opportunity in supervised learning. NeurIPS.
    """
    from trustlab.checks.fairness._gaps import furthest, gaps
    from trustlab.checks.fairness._groups import left_out, look_closer
    from trustlab.stats.counts import fpr, tpr
    from trustlab.stats.disparity import shared_level, worst_difference

    classes = len(subject.classes)
    if classes > MOST_CLASSES:
        return not_applicable(f"compares at most {MOST_CLASSES} classes; there are {classes}")
    by_class = {place: _one_against_rest(subject, place) for place in range(classes)}
    found = {
        place: some
        for place, counted in by_class.items()
        if (some := gaps(counted, (tpr, fpr), min_group, shared_level(level, classes)))
    }
    views = _views(by_class, subject, level)
    small = left_out(by_class[0], min_group)
    if not found:
        reason = f"needs two groups of {min_group} rows or more with the same true class.{small}"
        return replace(not_applicable(reason), views=views, n=subject.n)
    value, lo, hi = worst_difference([gap.pairs for some in found.values() for gap in some])
    place = max(found, key=lambda one: float(furthest(found[one]).pairs.value.max()))
    worst = furthest(found[place])
    high, high_rate, low, low_rate = worst.sides(worst.pairs.worst)
    name = subject.classes[place]
    truth = f"{subject.target} is {'' if worst.what == 'tpr' else 'not '}{name}"
    reason = (
        f"Where {truth}, {worst.feature} {high} is predicted {name} more often than {low}, by "
        f"{value * 100:.0f} points "
        f"({high_rate:.2g} vs {low_rate:.2g}; difference {lo:.2f} to {hi:.2f}, n {subject.n:,}).{small}"
    )
    return Result(
        reason=reason,
        value=value,
        unit="difference",
        interval=(lo, hi),
        level=level,
        n=subject.n,
        views=[*views, _comparisons(found, subject)],
        advice=look_closer(subject, worst.feature, low if worst.what == "tpr" else high),
    )


def _one_against_rest(subject: Subject, place: int) -> dict[str, GroupCounts]:
    """Return the four counts of one class by group, from the table of all classes that is counted once."""
    import numpy as np

    from trustlab.stats.counts import GroupCounts

    found = {}
    for name, (labels, table) in _tables(subject).items():
        hit, truth, said = table[:, place, place], table[:, place].sum(axis=1), table[:, :, place].sum(axis=1)
        total = table.sum(axis=(1, 2))
        cells = np.stack([total - truth - said + hit, said - hit, truth - hit, hit], axis=1)
        found[name] = GroupCounts(labels, cells)
    return found


def _tables(subject: Subject) -> dict[str, tuple[Any, Any]]:
    import numpy as np

    from trustlab.checks.fairness._groups import coded

    def count() -> dict[str, tuple[Any, Any]]:
        assert subject.sensitive is not None
        size = len(subject.classes)
        found = {}
        for name in map(str, subject.sensitive.columns):
            labels, code = coded(subject, name)
            cell = (code * size + subject.y) * size + subject.y_pred
            found[name] = (labels, np.bincount(cell, minlength=len(labels) * size * size).reshape(-1, size, size))
        return found

    return subject.memo("fairness.multiclass", count)  # type: ignore[no-any-return] # memo keeps anything


def _comparisons(found: Mapping[int, Sequence[Gap]], subject: Subject) -> Table:
    from trustlab.checks.fairness._gaps import gap_table

    tables = {place: gap_table(some) for place, some in found.items()}
    first = next(iter(tables.values()))
    rows = [(str(subject.classes[place]), *row) for place, table in tables.items() for row in table.rows]
    rows.sort(key=lambda row: -float(row[7]))
    return replace(first, columns=("class", *first.columns), rows=rows[:SHOWN])


def _views(by_class: Mapping[int, Mapping[str, GroupCounts]], subject: Subject, level: float) -> list[Table | Series]:
    from trustlab.checks.fairness._groups import group_rows, rate_columns
    from trustlab.stats.counts import fpr, selection_rate, tpr

    columns: list[str] = []
    rows: list[tuple[Any, ...]] = []
    for place, counted in by_class.items():
        names, cells = group_rows(counted)
        columns, values = rate_columns((tpr, fpr, selection_rate), cells, level)
        rows += [
            (str(subject.classes[place]), *group, int(cells[at].sum()), *(column[at] for column in values))
            for at, group in enumerate(names)
        ]
    left = max(len(rows) - SHOWN, 0)
    table = Table(
        name="by_group",
        title="Each class against the rest, by group",
        columns=("class", "feature", "group", "n", *columns),
        rows=rows[:SHOWN],
        units={"n": "rows"},
        caption="Wilson intervals." + (f" {left} more rows are left out." if left else ""),
    )
    several = len({row[1] for row in rows[1:]} - {"(all)"}) > 1
    drawn = [
        (f"{row[1]} {row[2]}" if several else row[2], row[0], *row[4:7]) for row in rows[:SHOWN] if row[1] != "(all)"
    ]
    picture = Series(
        name="recognised",
        title="Share recognised of each class, by group",
        columns=("group", "class", "tpr", "tpr_lo", "tpr_hi"),
        rows=drawn,
        x="class",
        y=("tpr",),
        group="group",
        mark="point",
        caption="Of the rows of a class, the share predicted so. Bars are intervals.",
    )
    return [picture, table]
