"""How far are people of different groups from equal odds of a right decision?"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from trustlab.checks.fairness._gaps import AIF360_LIMIT
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.models.subject import Subject


@operation(
    "check",
    "Equalised odds",
    needs=("labels", "predictions", "sensitive"),
    tasks=("binary",),
    threshold=Threshold(warn=0.1, fail=0.1, source=AIF360_LIMIT),
    references=(
        "Hardt, Price and Srebro (2016). Equality of opportunity in supervised learning. NeurIPS",
        "Bellamy et al. (2019). AI Fairness 360. IBM Journal of Research and Development 63",
        "Newcombe (1998). Interval estimation for the difference between independent proportions. Stat. Med. 17",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "sensitive": "race"},
)
def equalized_odds(
    subject: Subject,
    min_group: Annotated[int, Range(1), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """How far are people of different groups from equal odds of a right decision?

    The headline is fairlearn's equalized_odds_difference: the largest difference between two groups of the true
    positive rate TP / (TP + FN) or the false positive rate FP / (FP + TN). Differences show what
    ``fairness.error_rates`` (ratios) overstates where errors are rare; where they are rare and costly, read the ratio.

    In plain words
    --------------
    People of one group have a worse chance of a right decision than people of another.

    What to do
    ----------
    Look at the labels and the features of the group that fares worst; then compare what mitigation costs (trust
    mitigate).

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
        Value: the difference; its interval runs from the highest lower end to the highest upper end of all pairs'
        Newcombe intervals, which hold together (Bonferroni): wide by construction.

    References
    ----------
    Hardt, Price and Srebro (2016). Equality of opportunity in supervised learning. NeurIPS.
    """
    from trustlab.checks.fairness._gaps import furthest, gap_table, gaps, impossibility, rate_views
    from trustlab.checks.fairness._groups import count_groups, left_out, look_closer
    from trustlab.stats.counts import fpr, tpr
    from trustlab.stats.disparity import worst_difference

    counted = count_groups(subject)
    found = gaps(counted, (tpr, fpr), min_group, level)
    views = rate_views(counted, (tpr, fpr), level, name="odds", title="True and false positive rates by group")
    small = left_out(counted, min_group)
    if not found:
        reason = f"needs two groups of {min_group} rows or more with the same true class.{small}"
        return replace(not_applicable(reason), views=views, n=subject.n)
    value, lo, hi = worst_difference([gap.pairs for gap in found])
    worst = furthest(found)
    high, high_rate, low, low_rate = worst.sides(worst.pairs.worst)
    truth = subject.classes[1 if worst.what == "tpr" else 0]
    reason = (
        f"Where {subject.target} is {truth}, {worst.feature} {high} is predicted {subject.classes[1]} "
        f"more often than {low}, by {value * 100:.0f} points ({worst.what.upper()} {high_rate:.2g} vs {low_rate:.2g}; "
        f"difference {lo:.2f} to {hi:.2f}, n {subject.n:,})."
    )
    group = low if worst.what == "tpr" else high
    return Result(
        reason=reason + small + impossibility(counted, min_group, level),
        value=value,
        unit="difference",
        interval=(lo, hi),
        level=level,
        n=subject.n,
        views=[*views, gap_table(found)],
        advice=look_closer(subject, worst.feature, group),
    )
