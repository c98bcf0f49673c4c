"""Does a probability mean the same for people of different groups?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.checks.fairness._gaps import Gap
    from trustlab.stats.intervals import Interval
    from trustlab.stats.means import GroupMeans

ID = "fairness.calibration_within_groups"
PER_BIN = 20  # rows in a bin at least: the debiased error takes a bin's share for normal
ECE_GROUPS = 10  # the largest groups have an error with an interval; it is drawn at some cost
SHOWN_BINS = 8
FIVE_POINTS = 0.05
ALIKE = 1e-20  # variance that rounding leaves


@dataclass(frozen=True, slots=True)
class _Group:
    feature: str
    name: str
    n: int
    observed: Interval
    predicted: float
    residual: tuple[float, float, float]
    ece: Interval | None


@operation(
    "check",
    "Calibration within groups",
    needs=("labels", "scores", "sensitive"),
    tasks=("binary",),
    threshold=Threshold(
        warn=FIVE_POINTS,
        fail=None,
        source="Convention of this project: five percentage points between two groups; there is no accepted limit, so "
        "it warns and a policy may set its own",
    ),
    references=(
        "Kleinberg, Mullainathan and Raghavan (2017). Inherent trade-offs in the fair determination of risk scores",
        "Pleiss et al. (2017). On fairness and calibration. NeurIPS",
        "Welch (1947). The generalization of Student's problem. Biometrika 34",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "score": "score", "sensitive": "race"},
)
def calibration_within_groups(
    subject: Subject,
    min_group: Annotated[int, Range(2), Unit("rows")] = 20,
    bins: Annotated[int, Range(2, 100)] = 15,
    draws: Annotated[int, Range(100, 100_000)] = 200,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Does a probability mean the same for people of different groups?

    A group's probabilities run high where fewer of its rows are positive than they say. The headline is the largest
    difference between two groups of that mean error (observed share minus mean probability). A group may be right on
    average and wrong at both ends: the debiased calibration error and the curve of each group show that. Do not read it
    alone where base rates differ: a calibrated score then errs unequally.

    In plain words
    --------------
    The same stated chance means different things for people of different groups.

    What to do
    ----------
    Recalibrate, for each group where the law allows it, on rows that were not trained on; until then do not compare
    probabilities between groups.

    Parameters
    ----------
    subject : Subject
        Labels, probabilities and sensitive attributes.
    min_group : int
        Groups with fewer rows are shown and named, not judged.
    bins : int
        For the calibration error: bins of equal numbers of rows; fewer where they would hold under 20 rows.
    draws : int
        Bootstrap draws for the calibration errors' intervals.
    level : float
        Confidence level of every interval.
    context : Context
        Where the bootstrap's chance comes from.

    Returns
    -------
    Result
        Value: the difference; the interval is from Welch's intervals of all pairs, which hold together (Bonferroni).

    References
    ----------
    Pleiss et al. (2017). On fairness and calibration. NeurIPS.
    """
    from trustlab.checks.fairness._gaps import furthest, gap_table, impossibility
    from trustlab.checks.fairness._groups import count_groups, left_out, look_closer
    from trustlab.stats.disparity import worst_difference

    assert subject.y_pred is not None
    counted = count_groups(subject)
    found, groups = _measure(subject, min_group, bins, draws, level, context)
    views = _views(groups, subject, level)
    small = left_out(counted, min_group)
    if not found:
        reason = f"needs two groups of {min_group} rows or more.{small}"
        return replace(not_applicable(reason), views=views, n=subject.n)
    value, lo, hi = worst_difference([gap.pairs for gap in found])
    worst = furthest(found)
    high, high_gap, low, low_gap = worst.sides(worst.pairs.worst)
    reason = (
        f"Probabilities are {_points(low_gap)} for {worst.feature} {low} and {_points(high_gap)} for {high}: "
        f"{value * 100:.1f} points apart ({lo * 100:.1f} to {hi * 100:.1f}, n {subject.n:,})."
    )
    return Result(
        reason=reason + small + impossibility(counted, min_group, level),
        value=value,
        unit="probability",
        interval=(lo, hi),
        level=level,
        n=subject.n,
        views=[*views, gap_table(found)],
        advice=look_closer(subject, worst.feature, low),
    )


def _points(gap: float) -> str:
    return f"{abs(gap) * 100:.1f} points too {'low' if gap > 0 else 'high'}"


def _measure(
    subject: Subject, min_group: int, bins: int, draws: int, level: float, context: Context
) -> tuple[list[Gap], list[_Group]]:
    from trustlab.checks.fairness._gaps import mean_gaps
    from trustlab.checks.fairness._groups import coded, count_groups, judged
    from trustlab.stats.means import group_means

    assert subject.y is not None
    assert subject.score is not None
    moments, groups = {}, []
    for name, counts in count_groups(subject).items():
        places, (labels, code) = judged(counts, min_group), coded(subject, name)
        residual = _spread_out(group_means(subject.y - subject.score, code, len(labels)), level)
        moments[name] = (labels, residual)
        ends = residual.intervals(level)
        largest = set(places[(-residual.n[places]).argsort(kind="stable")][:ECE_GROUPS].tolist())
        for place in places.tolist():
            rows, label = code == place, str(labels[place])
            error = _ece(subject, rows, bins, draws, level, context, name, label) if place in largest else None
            groups.append(_group(subject, rows, name, label, ends.at(place), error, level))
    return mean_gaps(moments, min_group, level), groups


def _spread_out(found: GroupMeans, level: float) -> GroupMeans:
    """Give residuals that are all alike the variance by which their interval reaches as far as Wilson's of so many."""
    import numpy as np

    from trustlab.stats.intervals import t_quantile, wilson

    variance = found.variance.copy()
    for place in np.flatnonzero((found.n > 1) & (variance < ALIKE)).tolist():
        n = int(found.n[place])
        reach = wilson(0, n, level).at(()).hi / t_quantile(level, n - 1)
        variance[place] = n * reach**2
    return replace(found, variance=variance)


def _group(
    subject: Subject, rows: Any, feature: str, name: str, residual: Interval, ece: Interval | None, level: float
) -> _Group:
    from trustlab.stats.intervals import wilson

    assert subject.y is not None
    assert subject.score is not None
    n = int(rows.sum())
    observed = wilson(int(subject.y[rows].sum()), n, level).at(())
    return _Group(feature, name, n, observed, float(subject.score[rows].mean()), tuple(residual), ece)  # type: ignore[arg-type] # an interval is three floats


def _ece(
    subject: Subject, rows: Any, bins: int, draws: int, level: float, context: Context, *salt: str
) -> Interval | None:
    from trustlab.stats.calibration import ece_interval, reliability_bins

    assert subject.y is not None
    assert subject.score is not None
    most = int(rows.sum()) // PER_BIN
    if most < 2:
        return None
    gathered = reliability_bins(subject.y[rows] == 1, subject.score[rows], min(bins, most))
    return ece_interval(gathered, context.rng(ID, *salt), level, draws)


def _views(groups: Sequence[_Group], subject: Subject, level: float) -> list[Table | Series]:
    several = len({group.feature for group in groups}) > 1
    columns: tuple[str, ...] = (
        "feature",
        "group",
        "n",
        "observed",
        "observed_lo",
        "observed_hi",
        "predicted",
        "residual",
    )
    columns += ("residual_lo", "residual_hi", "ece", "ece_lo", "ece_hi")
    rows = [
        (one.feature, one.name, one.n, *one.observed, one.predicted, *one.residual, *(one.ece or (None, None, None)))
        for one in groups
    ]
    table = Table(
        name="by_group",
        title="Calibration by group",
        columns=columns,
        rows=rows,
        units={"n": "rows"},
        caption="Residual: observed share minus mean probability, above 0 where probabilities are too low; ece: "
        f"debiased calibration error, of the {ECE_GROUPS} largest groups with {2 * PER_BIN} rows or more.",
    )
    picture = Series(
        name="residuals",
        title="How far probabilities are off, by group",
        columns=("feature", "group", "residual", "residual_lo", "residual_hi"),
        rows=[(*row[:2], *row[7:10]) for row in rows],
        x="group",
        y=("residual",),
        group="feature" if several else None,
        mark="point",
        reference={"right on average": 0.0},
        caption="Above 0 probabilities are too low, below too high. Bars are intervals.",
    )
    return [picture, *_curves(groups, subject, level), table]


def _curves(groups: Sequence[_Group], subject: Subject, level: float) -> list[Series]:
    """Return the reliability curves of the four largest groups of the first attribute."""
    from trustlab.checks.fairness._groups import coded
    from trustlab.stats.calibration import reliability_bins
    from trustlab.stats.intervals import wilson

    assert subject.y is not None
    assert subject.score is not None
    if not groups:
        return []
    feature = groups[0].feature
    labels, code = coded(subject, feature)
    names = [str(label) for label in labels]
    shown = sorted((one for one in groups if one.feature == feature), key=lambda one: -one.n)[:4]
    rows = []
    for one in shown:
        own = code == names.index(one.name)
        gathered = reliability_bins(subject.y[own] == 1, subject.score[own], max(min(SHOWN_BINS, one.n // PER_BIN), 1))
        share = wilson(gathered.hits, gathered.n, level)
        ends = zip(share.value.tolist(), share.lo.tolist(), share.hi.tolist(), gathered.n.tolist(), strict=True)
        rows += [(one.name, x, *cells) for x, cells in zip(gathered.predicted.tolist(), ends, strict=True)]
    return [
        Series(
            name="reliability",
            title=f"Reliability curves by {feature}",
            columns=("group", "predicted", "observed", "observed_lo", "observed_hi", "n"),
            rows=rows,
            units={"n": "rows"},
            x="predicted",
            y=("observed",),
            group="group",
            caption="A probability means the same for all where the curves lie on each other; of the largest groups.",
        )
    ]
