"""Does a prediction mean the same for people of different groups?"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.models.subject import Subject


@operation(
    "check",
    "Predictive parity",
    needs=("labels", "predictions", "sensitive"),
    tasks=("binary",),
    threshold=Threshold(
        warn=1.25,
        fail=1.25,
        source="Aequitas judges every disparity fair between 0.8 and 1.25 (Saleiro et al. 2018), after the four-fifths "
        "rule, which is about selection rates: a convention, not a law",
    ),
    references=(
        "Chouldechova (2017). Fair prediction with disparate impact. Big Data 5",
        "Kleinberg, Mullainathan and Raghavan (2017). Inherent trade-offs in the fair determination of risk scores",
        "Saleiro et al. (2018). Aequitas: a bias and fairness audit toolkit. arXiv:1811.05577",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "sensitive": "race"},
)
def predictive_parity(
    subject: Subject,
    min_group: Annotated[int, Range(1), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Does a prediction mean the same for people of different groups?

    The headline is the worst ratio between two groups, larger over smaller, of the positive predictive value
    TP / (TP + FP) or the negative one TN / (TN + FN). It cannot be equal together with the error rates where base rates
    differ; then read it beside ``fairness.error_rates`` and say which of the two matters here, and why.

    In plain words
    --------------
    A yes or a no turns out right more often for one group of people than for another.

    What to do
    ----------
    Decide which matters here, that a prediction means the same or that errors are equal; where it is this, recalibrate
    or move the cuts.

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
        Value: the worst ratio; its interval holds although the pair was picked, see ``fairness.error_rates``. View
        ``by_group``: counts, PPV, NPV and the base rate with Wilson intervals.

    References
    ----------
    Chouldechova (2017). Fair prediction with disparate impact. Big Data 5.
    """
    from trustlab.checks.fairness._gaps import impossibility, rate_views
    from trustlab.checks.fairness._groups import compare, comparison_table, count_groups, left_out, look_closer
    from trustlab.stats.counts import base_rate, npv, ppv
    from trustlab.stats.disparity import worst_ratio

    counted = count_groups(subject)
    compared = [one for one in compare(counted, (ppv, npv), min_group, level) if one.pairs.value.size]
    title = "What predictions are worth, by group"
    views = rate_views(counted, (ppv, npv, base_rate), level, name="predictive_values", title=title)
    small = left_out(counted, min_group)
    if not compared:
        reason = f"needs two groups of {min_group} rows or more that get the same prediction.{small}"
        return replace(not_applicable(reason), views=views, n=subject.n)
    ratio, lo, hi = worst_ratio([one.pairs for one in compared])
    worst = max(compared, key=lambda one: float(one.pairs.finite.max()))
    high, high_rate, low, low_rate = worst.sides(worst.pairs.worst)
    said = subject.classes[1 if worst.rate.name == "ppv" else 0]
    upper = f"to {hi:.2f}" if hi < 1e6 else "upwards"
    reason = (
        f"A prediction of {said} is right {ratio:.2f} times as often for {worst.feature} {high} as for {low} "
        f"({worst.rate.name.upper()} {high_rate:.2g} vs {low_rate:.2g}; ratio {lo:.2f} {upper}, n {subject.n:,})."
    )
    return Result(
        reason=reason + small + impossibility(counted, min_group, level),
        value=ratio,
        unit="ratio",
        interval=(lo, hi),
        level=level,
        n=subject.n,
        views=[*views, comparison_table(compared)],
        advice=look_closer(subject, worst.feature, low),
    )
