"""Do the data themselves treat groups alike, and are the groups there?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.stats.counts import GroupCounts


@operation(
    "check",
    "Base rates and representation",
    needs=("labels", "sensitive"),
    tasks=("binary",),
    better="higher",
    threshold=Threshold(
        warn=0.8,
        fail=None,
        source="Data have disparate impact where the ratio is 0.8 or less (Feldman et al. 2015, after the four-fifths "
        "rule); a difference may have good reasons, so it warns",
    ),
    references=(
        "Feldman, Friedler, Moeller et al. (2015). Certifying and removing disparate impact. KDD",
        "Kamiran and Calders (2012). Data preprocessing techniques for classification without discrimination. KAIS 33",
        "Koopman (1984). Confidence intervals for the ratio of two binomial proportions. Biometrics 40",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "sensitive": "race"},
)
def label_bias(
    subject: Subject,
    population: dict[str, str] | None = None,
    min_group: Annotated[int, Range(1), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Do the data themselves treat groups alike, and are the groups there?

    The headline is the lowest group's share of positive labels over the highest group's: a model that learns the labels
    well learns this too. It does not say whether the labels are wrong or the groups differ: that is to be known about
    how they came about. Beside it stand the groups' shares of the rows, against those of the population where given.

    In plain words
    --------------
    The records that the model learned from already treat groups differently, or hardly hold some of them.

    What to do
    ----------
    Ask how the labels came about and who decided; have a sample of the group's labels judged anew before a model learns
    from them.

    Parameters
    ----------
    subject : Subject
        Labels and sensitive attributes; predictions are not used.
    population : dict
        Shares of the population by group, as Black=0.13, for a single sensitive attribute; they may sum to less than 1.
    min_group : int
        Groups with fewer rows are shown and named, not judged.
    level : float
        Confidence level of every interval.

    Returns
    -------
    Result
        Value: the lowest ratio, 1 where all are equal; its interval holds although the pair was picked. Views: base
        rates, and representation.

    References
    ----------
    Feldman et al. (2015). Certifying and removing disparate impact. KDD.
    """
    from trustlab.checks.fairness._groups import compare, comparison_table, count_labels, left_out
    from trustlab.stats.counts import base_rate
    from trustlab.stats.disparity import worst_ratio

    counted = count_labels(subject)
    compared = [one for one in compare(counted, (base_rate,), min_group, level) if one.pairs.value.size]
    shares, lacking = _representation(counted, _shares(counted, population or {}), level)
    views = [*_base_rates(counted, level), shares]
    said = left_out(counted, min_group) + lacking
    if not any(value > 0 for one in compared for value in one.values):
        reason = f"needs two groups of {min_group} rows or more, and a positive label among them.{said}"
        return replace(not_applicable(reason), views=views, n=subject.n)
    worst = max(compared, key=lambda one: (float(one.pairs.value.max()), float(one.pairs.lo.max())))
    _, lo, hi = worst_ratio([one.pairs for one in compared])
    value = 1 / float(worst.pairs.value.max())
    high, high_rate, low, low_rate = worst.sides(int(worst.pairs.value.argmax()))
    reason = (
        f"{subject.target} is {subject.classes[1]} less often for {worst.feature} {low} than for {high}: "
        f"{value:.2f} times as often ({low_rate:.2g} vs {high_rate:.2g}; ratio {1 / hi:.2f} to {1 / lo:.2f}, n "
        f"{subject.n:,}).{said}"
    )
    return Result(
        reason=reason,
        value=value,
        unit="ratio",
        interval=(1 / hi, 1 / lo),
        level=level,
        n=subject.n,
        views=[*views, comparison_table(compared)],
    )


def _shares(counted: Mapping[str, GroupCounts], population: Mapping[str, str]) -> dict[str, float]:
    if not population:
        return {}
    if len(counted) > 1:
        raise UsageError(f"population must go with a single sensitive attribute; got {', '.join(counted)}")
    (counts,) = counted.values()
    groups = [str(group) for group in counts.groups.tolist()]
    shares = {}
    for group, text in population.items():
        if group not in groups:
            raise UsageError(f"population must name groups; got {group!r}.{did_you_mean(group, groups)}")
        try:
            shares[group] = float(text)
        except ValueError:
            raise UsageError(f"population: {group} must be a share from 0 to 1; got {text!r}") from None
        if not 0 < shares[group] <= 1:
            raise UsageError(f"population: {group} must be a share from 0 to 1; got {text!r}")
    if sum(shares.values()) > 1 + 1e-9:
        raise UsageError(f"population must sum to 1 or less; got {sum(shares.values()):g}")
    return shares


def _representation(
    counted: Mapping[str, GroupCounts], population: Mapping[str, float], level: float
) -> tuple[Series, str]:
    """Return each group's share of the rows with Wilson's interval, and who is surely fewer than four fifths."""
    from trustlab.checks.fairness._groups import group_rows
    from trustlab.stats.disparity import shared_level
    from trustlab.stats.intervals import wilson

    names, cells = group_rows(counted)
    n = cells.sum(axis=1)
    found = wilson(n[1:], n[0], shared_level(level, max(len(population), 1)))
    rows, lacking = [], []
    ends = zip(found.value.tolist(), found.lo.tolist(), found.hi.tolist(), strict=True)
    for (feature, group), own, (share, lo, hi) in zip(names[1:], n[1:].tolist(), ends, strict=True):
        expected = population.get(group)
        rows.append((feature, group, own, share, lo, hi, expected))
        if expected is not None and hi < 0.8 * expected:
            lacking.append(f"{group} ({share:.2g} of the rows, {expected:.2g} of the population)")
    picture = Series(
        name="representation",
        title="Share of the rows by group",
        columns=("feature", "group", "n", "share", "share_lo", "share_hi", "population"),
        rows=rows,
        units={"n": "rows"},
        x="group",
        y=("share", "population") if population else ("share",),
        group="feature" if len(counted) > 1 else None,
        mark="point",
        caption="Bars are Wilson intervals" + (", which hold together." if population else "."),
    )
    return picture, f" Under-represented, surely below four fifths: {', '.join(lacking[:5])}." if lacking else ""


def _base_rates(counted: Mapping[str, GroupCounts], level: float) -> list[Table | Series]:
    from trustlab.checks.fairness._groups import group_rows, rate_columns
    from trustlab.stats.counts import base_rate

    names, cells = group_rows(counted)
    columns, values = rate_columns((base_rate,), cells, level)
    positive, n = base_rate.parts(cells)
    rows = [
        (*group, int(n[place]), int(positive[place]), *(column[place] for column in values))
        for place, group in enumerate(names)
    ]
    table = Table(
        name="by_group",
        title="Base rates by group",
        columns=("feature", "group", "n", "positive", *columns),
        rows=rows,
        units={"n": "rows", "positive": "rows"},
        caption="Base rate: the share whose label is the positive class.",
    )
    picture = Series(
        name="base_rates",
        title="Share of positive labels by group",
        columns=("feature", "group", *columns),
        rows=[(*row[:2], *row[4:]) for row in rows[1:]],
        x="group",
        y=("base_rate",),
        group="feature" if len(counted) > 1 else None,
        mark="point",
        reference={"all": values[0][0]},
        caption="Bars are intervals; groups whose bars are wide are small.",
    )
    return [picture, table]
