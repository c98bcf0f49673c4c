"""Are people of different groups selected equally often?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.checks.fairness._groups import Compared
    from trustlab.stats.counts import GroupCounts


@operation(
    "check",
    "Selection rate by group",
    needs=("predictions", "sensitive"),
    tasks=("binary",),
    better="higher",
    threshold=Threshold(
        warn=0.8,
        fail=0.8,
        source="Four-fifths rule: EEOC Uniform Guidelines on Employee Selection Procedures 1978, 29 CFR 1607.4 D",
    ),
    references=(
        "Uniform Guidelines on Employee Selection Procedures (1978), 29 CFR 1607.4 D",
        "Castaneda v. Partida, 430 U.S. 482 (1977), note 17: two or three standard deviations",
        "Hazelwood School District v. United States, 433 U.S. 299 (1977), note 17: the same, for hiring",
        "Koopman (1984). Confidence intervals for the ratio of two binomial proportions. Biometrics 40",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "sensitive": "race"},
)
def selection_rate(
    subject: Subject,
    min_group: Annotated[int, Range(1), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Are people of different groups selected equally often?

    The headline is the lowest group's share of positive predictions over the highest group's. It asks nothing about
    who deserved to be selected: where base rates differ for good reason, read ``fairness.error_rates`` beside it.

    In plain words
    --------------
    People of one group get a yes much less often than people of another.

    What to do
    ----------
    Ask for the business reason of the difference, and whether another cut would serve it as well with less difference
    (trust mitigate).

    Parameters
    ----------
    subject : Subject
        Predictions and sensitive attributes; labels are not used.
    min_group : int
        Groups with fewer rows are shown and named, not judged.
    level : float
        Confidence level of every interval.

    Returns
    -------
    Result
        Value: the lowest ratio over all attributes, 1 where all are equal. The interval holds although the pair was
        picked: see ``fairness.error_rates``. View ``by_group``: rates with Wilson intervals. Beside the ratio stands
        how many standard deviations the two rates are apart, were they equal: courts find more than two or three of
        them hard to put down to chance (Castaneda, Hazelwood), for a pair that was not picked among many.

    References
    ----------
    Uniform Guidelines on Employee Selection Procedures (1978), 29 CFR 1607.4 D, which also says that differences
    may be no evidence where they rest on small numbers and are not statistically significant.
    """
    from trustlab.checks.fairness._groups import compare, comparison_table, count_groups, left_out, look_closer
    from trustlab.stats import counts
    from trustlab.stats.disparity import worst_ratio

    counted = count_groups(subject)
    compared = [one for one in compare(counted, (counts.selection_rate,), min_group, level) if one.pairs.value.size]
    views = _views(counted, level)
    small = left_out(counted, min_group)
    if not compared:
        reason = f"needs two groups of {min_group} rows or more.{small}"
        return replace(not_applicable(reason), views=views, n=subject.n)
    wanted = subject.classes[1] if subject.classes else 1
    if not any(value > 0 for one in compared for value in one.values):
        reason = f"nobody in the judged groups is predicted {wanted}: there is no rate to compare.{small}"
        return replace(not_applicable(reason), views=views, n=subject.n)
    worst = max(compared, key=lambda one: (float(one.pairs.value.max()), float(one.pairs.lo.max())))
    _, lo, hi = worst_ratio([one.pairs for one in compared])
    value, ends = 1 / float(worst.pairs.value.max()), (1 / hi, 1 / lo)
    place = int(worst.pairs.value.argmax())
    high, high_rate, low, low_rate = worst.sides(place)
    apart = _deviations(counted, worst, place)
    reason = (
        f"{worst.feature} {low} is predicted {wanted} less often than {high}: {value:.2f} times as often "
        f"({low_rate:.2g} vs {high_rate:.2g}; ratio {ends[0]:.2f} to {ends[1]:.2f}, {apart:.1f} standard deviations, n "
        f"{subject.n:,}).{small}"
    )
    return Result(
        reason=reason,
        value=value,
        unit="ratio",
        interval=ends,
        level=level,
        n=subject.n,
        views=[*views, comparison_table(compared)],
        advice=look_closer(subject, worst.feature, low),
    )


def _deviations(counted: Mapping[str, GroupCounts], worst: Compared, place: int) -> float:
    """Return the difference of a pair's rates in standard deviations under equal rates."""
    from trustlab.stats.counts import selection_rate
    from trustlab.stats.disparity import pair_differences

    counts = counted[worst.feature]
    names = [str(group) for group in counts.groups.tolist()]
    high, _, low, _ = worst.sides(place)
    pair = counts.cells[[names.index(str(high)), names.index(str(low))]]
    return float(pair_differences(*selection_rate.parts(pair)).z[0])


def _views(counted: Mapping[str, GroupCounts], level: float) -> list[Table | Series]:
    from trustlab.checks.fairness._groups import group_rows, rate_columns
    from trustlab.stats import counts

    names, cells = group_rows(counted)
    columns, values = rate_columns((counts.selection_rate,), cells, level)
    selected, n = counts.selection_rate.parts(cells)
    rows = [
        (*name, int(n[place]), int(selected[place]), *(column[place] for column in values))
        for place, name in enumerate(names)
    ]
    table = Table(
        name="by_group",
        title="Selection rate by group",
        columns=("feature", "group", "n", "selected", *columns),
        rows=rows,
        units={"n": "rows", "selected": "rows"},
        caption="Selected: predicted to be of the positive class.",
    )
    picture = Series(
        name="selection_rates",
        title="Share selected by group",
        columns=("feature", "group", *columns),
        rows=[(*row[:2], *row[4:]) for row in rows[1:]],
        x="group",
        y=("selection_rate",),
        group="feature" if len(counted) > 1 else None,
        mark="point",
        reference={"all": values[0][0]},
        caption="Bars are intervals; groups whose bars are wide are small.",
    )
    return [picture, table]
