"""What the checks that judge differences share: every two groups' gaps, their views, and the impossibility note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.views import Series, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.stats.counts import GroupCounts, Rate
    from trustlab.stats.disparity import PairDifferences
    from trustlab.stats.means import GroupMeans

AIF360_LIMIT = (
    "AIF360's documentation takes an equal opportunity difference between -0.1 and 0.1 for fair: a convention of that "
    "toolkit, used here for every difference of rates; not a law"
)
GAP_SIDES = ("feature", "rate", "group", "group_rate", "other", "other_rate")


@dataclass(frozen=True, slots=True)
class Gap:
    """One rate or mean of one sensitive attribute, every two judged groups against each other."""

    feature: str
    what: str
    groups: Sequence[str]
    values: Sequence[float]
    pairs: PairDifferences

    def sides(self, place: int) -> tuple[str, float, str, float]:
        """Return larger group, its value, smaller group, its value."""
        one, two = int(self.pairs.larger[place]), int(self.pairs.smaller[place])
        return self.groups[one], self.values[one], self.groups[two], self.values[two]


def gaps(counted: Mapping[str, GroupCounts], rates: Sequence[Rate], min_group: int, level: float) -> list[Gap]:
    """Return the gaps of each attribute and rate that has two judged groups; all intervals hold together."""
    from trustlab.checks.fairness._groups import judged
    from trustlab.stats.disparity import pair_differences

    chosen = []
    for name, counts in counted.items():
        kept = judged(counts, min_group)
        chosen += [(name, rate, counts.groups[kept].tolist(), counts.cells[kept]) for rate in rates]
    known = [int((rate.parts(cells)[1] > 0).sum()) for _, rate, _, cells in chosen]
    comparisons = max(sum(size * (size - 1) // 2 for size in known), 1)
    found = [
        Gap(name, rate.name, groups, rate(cells).tolist(), pair_differences(*rate.parts(cells), level, comparisons))
        for name, rate, groups, cells in chosen
    ]
    return [gap for gap in found if gap.pairs.value.size]


def mean_gaps(moments: Mapping[str, tuple[Any, GroupMeans]], min_group: int, level: float) -> list[Gap]:
    """Return the gaps of each attribute's mean residuals, from its groups and their moments; intervals hold together.

    The largest groups of ``min_group`` rows or more are compared.
    """
    from trustlab.checks.fairness._groups import largest
    from trustlab.stats.means import GroupMeans, mean_differences

    kept = {name: (places := largest(whole.n))[whole.n[places] >= min_group] for name, (_, whole) in moments.items()}
    comparisons = max(sum(places.size * (places.size - 1) // 2 for places in kept.values()), 1)
    found = []
    for name, places in kept.items():
        labels, whole = moments[name]
        some = GroupMeans(whole.n[places], whole.mean[places], whole.variance[places])
        pairs = mean_differences(some, level, comparisons)
        found.append(Gap(name, "residual", [str(labels[place]) for place in places], some.mean.tolist(), pairs))
    return [gap for gap in found if gap.pairs.value.size]


def furthest(found: Sequence[Gap]) -> Gap:
    """Return the gap that holds the largest difference; of equal ones the surer."""
    return max(found, key=lambda gap: (float(gap.pairs.value.max()), float(gap.pairs.lo.max())))


def gap_table(found: Sequence[Gap]) -> Table:
    """Return, for each attribute and rate, the pair that is furthest apart."""
    rows = []
    for gap in found:
        place = gap.pairs.worst
        group, value, other, other_value = gap.sides(place)
        ends = (float(getattr(gap.pairs, end)[place]) for end in ("value", "lo", "hi", "z"))
        rows.append((gap.feature, gap.what, group, value, other, other_value, *ends))
    return Table(
        name="comparisons",
        title="Groups furthest apart",
        columns=(*GAP_SIDES, "difference", "difference_lo", "difference_hi", "standard_deviations"),
        rows=rows,
        caption="Larger minus smaller; the intervals of all pairs hold together at the level, wide by construction.",
    )


def rate_views(
    counted: Mapping[str, GroupCounts], rates: Sequence[Rate], level: float, *, name: str, title: str
) -> list[Table | Series]:
    """Return the picture of some rates by group, and the table behind it."""
    from trustlab.checks.fairness._groups import group_rows, rate_columns

    names, cells = group_rows(counted)
    columns, values = rate_columns(rates, cells, level)
    rows = [
        (*group, int(four.sum()), *four.tolist(), *(column[place] for column in values))
        for place, (group, four) in enumerate(zip(names, cells, strict=True))
    ]
    table = Table(
        name="by_group",
        title=title,
        columns=("feature", "group", "n", "tn", "fp", "fn", "tp", *columns),
        rows=rows,
        units=dict.fromkeys(("n", "tn", "fp", "fn", "tp"), "rows"),
        caption="; ".join(f"{rate.name}: {rate.meaning}" for rate in rates) + ". Wilson intervals.",
    )
    picture = Series(
        name=name,
        title=title,
        columns=("feature", "group", *columns),
        rows=[(*row[:2], *row[7:]) for row in rows[1:]],
        x="group",
        y=[rate.name for rate in rates],
        group="feature" if len(counted) > 1 else None,
        mark="point",
        reference={f"{rate.name} of all": values[3 * place][0] for place, rate in enumerate(rates)},
        caption="Bars are intervals; groups whose bars are wide are small.",
    )
    return [picture, table]


def impossibility(counted: Mapping[str, GroupCounts], min_group: int, level: float) -> str:
    """Return the sentence on what cannot be equal at once, where base rates surely differ; else an empty text.

    References
    ----------
    Chouldechova (2017). Fair prediction with disparate impact. Big Data 5.
    Kleinberg, Mullainathan and Raghavan (2017). Inherent trade-offs in the fair determination of risk scores. ITCS.
    """
    from trustlab.stats.counts import base_rate

    sure = [gap for gap in gaps(counted, (base_rate,), min_group, level) if (gap.pairs.lo > 0).any()]
    if not sure:
        return ""
    gap = furthest(sure)
    high, high_rate, low, low_rate = gap.sides(int(gap.pairs.lo.argmax()))
    return (
        f" Base rates differ ({gap.feature} {high} {high_rate:.2g}, {low} {low_rate:.2g}), so short of perfect "
        "predictions equal error rates and equal predictive values (or calibration) cannot hold at once: one of them "
        "is a choice (Chouldechova 2017; Kleinberg, Mullainathan and Raghavan 2016)."
    )
