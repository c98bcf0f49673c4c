"""Do people who belong to several groups at once fare worse than each group does?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.stats.counts import GroupCounts, Rate

SHOWN = 30
JOIN = " & "
CROSSED = "crossing"


@dataclass(frozen=True, slots=True)
class _Against:
    """One crossing's rate against all other rows."""

    rate: str
    group: str
    n: int
    hits: int
    value: float
    lo: float
    hi: float
    shrunk: float
    others: float
    p_value: float


@operation(
    "check",
    "Intersectional groups",
    needs=("predictions", "sensitive"),
    tasks=("binary",),
    threshold=Threshold(
        warn=1.25,
        fail=1.25,
        source="Four-fifths rule, 1 / 0.8 (29 CFR 1607.4 D), applied to crossings of groups, and to error rates as "
        "Aequitas does (Saleiro et al. 2018): a convention, not a law",
    ),
    references=(
        "Crenshaw (1989). Demarginalizing the intersection of race and sex. University of Chicago Legal Forum",
        "Buolamwini and Gebru (2018). Gender shades. FAT*",
        "Foulds, Islam, Keya and Pan (2020). An intersectional definition of fairness. ICDE",
        "Efron and Morris (1975). Data analysis using Stein's estimator and its generalizations. JASA 70",
        "Saleiro et al. (2018). Aequitas: a bias and fairness audit toolkit. arXiv:1811.05577",
        "Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "sensitive": "race,self_employed"},
)
def intersectional(
    subject: Subject,
    min_group: Annotated[int, Range(1), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Do people who belong to several groups at once fare worse than each group does?

    Every crossing of the sensitive attributes that has rows is a group. The headline is the worst ratio between two of
    them, larger over smaller, of the selection rate or, with labels, of the false positive or false negative rate. With
    many crossings and few rows it finds only large disparities: the interval says what it cannot exclude.

    In plain words
    --------------
    People who belong to several groups at once fare worse than each of these groups by itself.

    What to do
    ----------
    Look at the crossing that fares worst: how large it is, and whether training had enough of it. Gather more rows
    before small ones are judged.

    Parameters
    ----------
    subject : Subject
        Predictions and two or more sensitive attributes; labels where there are some.
    min_group : int
        Crossings with fewer rows are shown, shrunk towards all rows, and named, not judged.
    level : float
        Confidence level of every interval.

    Returns
    -------
    Result
        Value: the worst ratio, its interval as in ``fairness.error_rates``. View ``crossings``: each crossing against
        all other rows by Fisher's exact test, p-values by Holm; exact intervals (Clopper and Pearson, wide by
        construction in small groups), and an empirical Bayes estimate (beta-binomial, by moments).

    References
    ----------
    Foulds, Islam, Keya and Pan (2020). An intersectional definition of fairness. ICDE.
    """
    from trustlab.checks.fairness._groups import compare, comparison_table, left_out
    from trustlab.stats.counts import fnr, fpr, selection_rate
    from trustlab.stats.disparity import worst_ratio

    assert subject.sensitive is not None
    if subject.sensitive.shape[1] < 2:
        return not_applicable("needs two sensitive attributes or more (--sensitive race,sex); there is one")
    counts = _crossed(subject)
    counted = {CROSSED: counts}
    rates: Sequence[Rate] = (selection_rate,) if subject.y is None else (selection_rate, fpr, fnr)
    compared = [one for one in compare(counted, rates, min_group, level) if one.pairs.value.size]
    table = [one for rate in rates for one in _against(counts, rate, level)]
    views = _views(table, level)
    small = left_out(counted, min_group)
    if not compared:
        reason = f"needs two crossings of {min_group} rows or more.{small}"
        return replace(not_applicable(reason), views=views, n=subject.n)
    ratio, lo, hi = worst_ratio([one.pairs for one in compared])
    worst = max(compared, key=lambda one: float(one.pairs.finite.max()))
    high, high_rate, low, low_rate = worst.sides(worst.pairs.worst)
    upper = f"to {hi:.1f}" if hi < 1e6 else "upwards"
    reason = (
        f"The {worst.rate.name.replace('_', ' ')} of {high} is {ratio:.1f} times that of {low} ({high_rate:.2g} vs "
        f"{low_rate:.2g}; ratio {lo:.1f} {upper}, n {subject.n:,}). {_surest(table, level)}{small}"
    )
    return Result(
        reason=reason,
        value=ratio,
        unit="ratio",
        interval=(lo, hi),
        level=level,
        n=subject.n,
        views=[*views, comparison_table(compared)],
    )


def _crossed(subject: Subject) -> GroupCounts:
    """Return confusion counts of every crossing that has rows, named ``race Black & sex F``."""
    import numpy as np

    from trustlab.checks.fairness._groups import coded
    from trustlab.stats.counts import group_confusion

    assert subject.sensitive is not None
    assert subject.y_pred is not None
    code = np.zeros(subject.n, np.int64)
    names = [""]
    for attribute in subject.sensitive.columns:
        labels, own = coded(subject, str(attribute))
        present, code = np.unique(code * len(labels) + own, return_inverse=True)
        names = [
            f"{names[place // len(labels)]}{JOIN if names[0] else ''}{attribute} {labels[place % len(labels)]}"
            for place in present.tolist()
        ]
    truth = subject.y_pred if subject.y is None else subject.y
    counts = group_confusion(truth, subject.y_pred, code)
    return type(counts)(np.array(names, dtype=object), counts.cells)


def _against(counts: GroupCounts, rate: Rate, level: float) -> list[_Against]:
    from trustlab.stats.intervals import clopper_pearson
    from trustlab.stats.multiplicity import holm
    from trustlab.stats.shrinkage import beta_binomial
    from trustlab.stats.tables import fisher

    hits, trials = rate.parts(counts.cells)
    exact = clopper_pearson(hits, trials, level)
    shrunk = beta_binomial(hits, trials)
    rest_hits, rest = hits.sum() - hits, trials.sum() - trials
    p_values = holm(fisher(hits, trials, rest_hits, rest))
    return [
        _Against(
            rate.name,
            str(counts.groups[place]),
            int(trials[place]),
            int(hits[place]),
            *exact.at(place),
            float(shrunk[place]),
            float(rest_hits[place] / rest[place]) if rest[place] else float("nan"),
            float(p_values[place]),
        )
        for place in range(len(counts.groups))
    ]


def _surest(table: Sequence[_Against], level: float) -> str:
    import math

    known = [one for one in table if not math.isnan(one.p_value)]
    rates = len({one.rate for one in table})
    sure = sorted((one for one in known if one.p_value * rates < 1 - level), key=lambda one: one.p_value)
    if not sure:
        return "No crossing surely differs from all other rows."
    told = ", ".join(f"{one.group} ({one.rate} {one.value:.2g} vs {one.others:.2g}, n {one.n:,})" for one in sure[:3])
    more = f" and {len(sure) - 3} more" if len(sure) > 3 else ""
    return f"Surely different from all other rows: {told}{more}."


def _views(table: Sequence[_Against], level: float) -> list[Table | Series]:
    order = sorted(table, key=lambda one: (one.p_value if one.p_value == one.p_value else 2.0, one.rate, one.group))
    left = max(len(order) - SHOWN, 0)
    rows: list[tuple[Any, ...]] = [
        (one.group, one.rate, one.n, one.hits, one.value, one.lo, one.hi, one.shrunk, one.others, one.p_value)
        for one in order[:SHOWN]
    ]
    crossings = Table(
        name="crossings",
        title="Crossings against all other rows",
        columns=("group", "rate", "n", "hits", "value", "value_lo", "value_hi", "shrunk", "others", "p_value"),
        rows=rows,
        units={"n": "rows", "hits": "rows"},
        caption="Surest first; exact intervals; shrunk: empirical Bayes, towards the rate of all; p-values by Holm "
        "within a rate." + (f" {left} more are left out." if left else ""),
    )
    largest = sorted((one for one in table if one.rate == "selection_rate"), key=lambda one: -one.n)[:SHOWN]
    picture = Series(
        name="selection_by_crossing",
        title="Share selected by crossing",
        columns=("group", "value", "value_lo", "value_hi", "shrunk"),
        rows=[(one.group, one.value, one.lo, one.hi, one.shrunk) for one in largest],
        x="group",
        y=("value", "shrunk"),
        mark="point",
        caption=f"The largest crossings; bars are exact {level:.0%} intervals, shrunk is the empirical Bayes estimate.",
    )
    return [picture, crossings]
