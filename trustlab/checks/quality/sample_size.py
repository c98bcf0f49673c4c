"""Are groups large enough to see a difference that matters?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

FIFTH = 0.2  # of the overall rate: the four-fifths rule
MOST_ROWS = 100
SHOWN = 20


@operation(
    "check",
    "Sample size of groups",
    needs=("sensitive",),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        warn=FIFTH,
        fail=None,
        source="The four-fifths rule (29 CFR 1607.4(D)) speaks of rates that differ by a fifth: a group in which only "
        "a larger difference would be seen cannot be cleared. Power 80 % by Cohen (1988)",
    ),
    references=(
        "Cohen (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd edition, chapter 6",
        "Equal Employment Opportunity Commission (1978). Uniform Guidelines, 29 CFR 1607.4(D)",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "sensitive": "race"},
)
def sample_size(
    subject: Subject,
    power: Annotated[float, Range(0.5, 0.999)] = 0.8,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Are groups large enough to see a difference that matters?

    For each group: by how much must its rate lie below that of the other rows for a two-sided test at ``level`` to see
    it with chance ``power``? Told as a share of the overall rate, to be held against the four-fifths rule. "No
    difference was found" says nothing of a group in which none of the policy's size could have been found. The rate
    is that of the most frequent decision but one: the positive predictions where there are two classes, labels where
    there are no predictions. Groups of the same person's rows are smaller than they look.

    In plain words
    --------------
    Some groups of people are so few in the data that unfair treatment of them would not be noticed.

    What to do
    ----------
    Gather more rows of the groups named, or audit on all rows held out; until then no verdict of fairness about them is
    a clearance.

    Parameters
    ----------
    subject : Subject
        Sensitive attributes; predictions or labels.
    power : float
        The chance with which the difference is to be seen.
    level : float
        Confidence level of the test.

    Returns
    -------
    Result
        Value: the largest of the smallest differences that would be seen, over the overall rate.

    References
    ----------
    Cohen (1988). Statistical Power Analysis for the Behavioral Sciences, chapter 6: arcsine-transformed proportions.
    """
    import numpy as np

    from trustlab.stats.power import detectable_drop

    values = subject.y_pred if subject.y_pred is not None else subject.y
    what = "predictions" if subject.y_pred is not None else "labels"
    if values is None:
        return not_applicable("needs predictions or labels")
    counts = np.bincount(values.astype(int), minlength=len(subject.classes))
    chosen = 1 if counts.size == 2 else int(np.argsort(-counts, kind="stable")[1])
    rate = float(counts[chosen]) / subject.n
    if not 0 < rate < 1:
        return not_applicable(f"needs {what} that vary")
    assert subject.sensitive is not None
    rows = []
    for name in subject.sensitive.columns:
        sizes = subject.sensitive[name].astype(str).value_counts()
        if len(sizes) < 2:
            continue  # nobody to differ from
        for group in sorted(sizes.index, key=lambda group: (int(sizes[group]), group)):
            size = int(sizes[group])
            drop = detectable_drop(rate, size, subject.n - size, power=power, level=level)
            rows.append((str(name), str(group), size, drop, drop / rate))
    if not rows:
        return not_applicable("needs two groups of one attribute")
    rows.sort(key=lambda row: (-row[4], row[0], row[1]))
    worst = rows[0]
    small = sum(row[4] > FIFTH for row in rows)
    chance = f"with chance {power:.0%}"
    seen = f"only if it is {worst[4]:.0%} lower" if worst[4] < 1 else "not even if it is 0"
    return Result(
        reason=f"{worst[0]} = {worst[1]} (n {worst[2]:,}) shows a lower rate {chance} {seen}; a difference of a fifth "
        f"would be missed in {small} of {counted(len(rows), 'group')} (overall rate {rate:.1%} of {what} "
        f"{subject.classes[chosen]}).",
        value=worst[4],
        unit="share of the overall rate",
        n=subject.n,
        views=_views(rows),
        advice=["Gather more rows of the small groups, or join groups, before calling them alike."] if small else [],
    )


def _views(rows: Sequence[tuple[Any, ...]]) -> list[Series | Table]:
    picture = Series(
        name="picture",
        title="The smallest drop of a group's rate that would be seen",
        columns=("group", "drop"),
        rows=[(f"{row[0]} = {row[1]}", row[4]) for row in rows[:SHOWN]],
        x="group",
        y=("drop",),
        mark="bar",
        units={"drop": "share of the overall rate"},
        reference={"four fifths": FIFTH},
    )
    table = Table(
        name="by_group",
        title="What could be seen in each group",
        columns=("attribute", "group", "rows", "smallest drop seen", "as a share of the overall rate"),
        rows=rows[:MOST_ROWS],
        units={"rows": "rows"},
        caption="The worst first." + (f" {len(rows) - MOST_ROWS:,} more." * (len(rows) > MOST_ROWS)),
    )
    return [picture, table]
