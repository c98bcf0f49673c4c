"""Do people of different groups meet the same errors?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.checks.fairness._groups import Compared
    from trustlab.stats.counts import GroupCounts


@operation(
    "check",
    "Error rates by group",
    needs=("labels", "predictions", "sensitive"),
    tasks=("binary",),
    threshold=Threshold(
        warn=1.25,
        fail=1.25,
        source="Four-fifths rule, 1 / 0.8 (EEOC Uniform Guidelines on Employee Selection Procedures 1978, 29 CFR "
        "1607.4 D). The rule is about selection rates; Aequitas (Saleiro et al. 2018) takes it for error rates too: a "
        "convention, not a law",
    ),
    references=(
        "Hardt, Price and Srebro (2016). Equality of opportunity in supervised learning. NeurIPS",
        "Angwin, Larson, Mattu and Kirchner (2016). Machine bias. ProPublica",
        "Saleiro et al. (2018). Aequitas: a bias and fairness audit toolkit. arXiv:1811.05577",
        "Koopman (1984). Confidence intervals for the ratio of two binomial proportions. Biometrics 40",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "sensitive": "race"},
)
def error_rates(
    subject: Subject,
    min_group: Annotated[int, Range(1), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Do people of different groups meet the same errors?

    The headline is the worst ratio between two groups, larger over smaller, of the false positive rate FP / (FP + TN)
    or the false negative rate FN / (FN + TP). Do not read it alone where base rates differ: error rates, calibration
    and equal treatment cannot all be equal then, and which of them matters is not a statistical question.

    In plain words
    --------------
    People of one group are wrongly refused, or wrongly accepted, more often than people of another.

    What to do
    ----------
    Look at the refused rows of the group that fares worst, and at its labels; then compare what mitigation costs (trust
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
        Value: the worst ratio. Its interval holds although the pair was picked for being the worst: it runs from the
        highest lower end to the highest upper end of all pairs' Koopman intervals, which hold together (Bonferroni).
        Where one group has no such error, half an error is added on both sides, and the upper end is open.
        View ``by_group``: counts and rates with Wilson intervals.

    References
    ----------
    Hardt, Price and Srebro (2016). Equality of opportunity in supervised learning. NeurIPS.
    Chouldechova (2017). Fair prediction with disparate impact. Big Data 5: why not everything can be equal at once.
    """
    from trustlab.checks.fairness._gaps import impossibility
    from trustlab.checks.fairness._groups import compare, comparison_table, count_groups, left_out, look_closer
    from trustlab.stats.counts import fnr, fpr
    from trustlab.stats.disparity import worst_ratio

    counted = count_groups(subject)
    compared = [one for one in compare(counted, (fpr, fnr), min_group, level) if one.pairs.value.size]
    views = _views(counted, level)
    if not compared:
        reason = f"needs two groups of {min_group} rows or more in which the same error can happen."
        return replace(not_applicable(reason + left_out(counted, min_group)), views=views, n=subject.n)
    ratio, lo, hi = worst_ratio([one.pairs for one in compared])
    worst = max(compared, key=lambda one: float(one.pairs.finite.max()))
    group = worst.sides(worst.pairs.worst)[0]
    return Result(
        reason=_sentence(subject, worst, compared, (lo, hi))
        + left_out(counted, min_group)
        + impossibility(counted, min_group, level),
        value=ratio,
        unit="ratio",
        interval=(lo, hi),
        level=level,
        n=subject.n,
        views=[*views, comparison_table(compared)],
        advice=look_closer(subject, worst.feature, group),
    )


def _sentence(subject: Subject, worst: Compared, compared: Sequence[Compared], ends: tuple[float, float]) -> str:
    negative, positive = subject.classes
    truth, wrong = (negative, positive) if worst.rate.name == "fpr" else (positive, negative)
    group, rate, other, other_rate = worst.sides(worst.pairs.worst)
    if rate == 0:
        return f"No judged group meets a wrong prediction (n {subject.n:,})."
    ratio = worst.pairs.at(worst.pairs.worst).value
    about = "about " if other_rate == 0 else ""
    upper = f"to {ends[1]:.1f}" if ends[1] < 1e6 else "upwards"
    sentence = (
        f"Where {subject.target} is {truth}, {worst.feature} {group} is predicted {wrong} more often than {other}: "
        f"{about}{ratio:.1f} times as often ({worst.rate.name.upper()} {rate:.2g} vs {other_rate:.2g}; ratio "
        f"{ends[0]:.1f} {upper}, n {subject.n:,})."
    )
    sure = max(compared, key=lambda one: float(one.pairs.lo.max()))
    place = sure.pairs.surest
    if (sure is worst and place == worst.pairs.worst) or sure.pairs.lo[place] <= 1:
        return sentence
    group, _, other, _ = sure.sides(place)
    ratio, lo, hi = sure.pairs.at(place)
    return (
        f"{sentence} Surest: {sure.feature} {group} against {other}, {sure.rate.name.upper()} ratio {ratio:.1f} "
        f"({lo:.1f} to {hi:.1f})."
    )


def _views(counted: Mapping[str, GroupCounts], level: float) -> list[Table | Series]:
    from trustlab.checks.fairness._groups import group_rows, rate_columns
    from trustlab.stats.counts import fnr, fpr, ppv, selection_rate

    names, cells = group_rows(counted)
    columns, values = rate_columns((fpr, fnr, ppv, selection_rate), cells, level)
    rows = [
        (*name, int(four.sum()), *four.tolist(), *(column[place] for column in values))
        for place, (name, four) in enumerate(zip(names, cells, strict=True))
    ]
    table = Table(
        name="by_group",
        title="Error rates by group",
        columns=("feature", "group", "n", "tn", "fp", "fn", "tp", *columns),
        rows=rows,
        units={"n": "rows", "tn": "rows", "fp": "rows", "fn": "rows", "tp": "rows"},
        caption="FPR: of those who are negative, the share called positive; FNR: of those who are positive, the "
        "share called negative; PPV: of those called positive, the share who are.",
    )
    drawn = ("feature", "group", "fpr", "fpr_lo", "fpr_hi", "fnr", "fnr_lo", "fnr_hi")
    places = [table.columns.index(column) for column in drawn]
    picture = Series(
        name="error_rates",
        title="False positives and false negatives by group",
        columns=drawn,
        rows=[[row[place] for place in places] for row in rows[1:]],
        x="group",
        y=("fpr", "fnr"),
        group="feature" if len(counted) > 1 else None,
        mark="point",
        reference={"FPR of all": values[0][0], "FNR of all": values[3][0]},
        caption="Bars are intervals; groups whose bars are wide are small.",
    )
    return [picture, table]
