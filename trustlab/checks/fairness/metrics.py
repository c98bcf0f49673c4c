"""What do the usual fairness metrics say?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.stats.counts import GroupCounts
    from trustlab.stats.fairness import Metric

SHOWN = (
    "accuracy",
    "ppv",
    "tpr",
    "fpr",
    "fnr",
    "tnr",
    "npv",
    "fdr",
    "for",
    "error_rate",
    "selection_rate",
    "base_rate",
)
ALSO = {"ppv": "precision", "tpr": "recall"}
LIMITS = {"ratio": {"equal": 1.0, "four-fifths rule": 0.8}, "difference": {"equal": 0.0}, "index": {"equal": 0.0}}


@operation(
    "check",
    "Fairness metrics by their usual names",
    needs=("predictions", "sensitive"),
    tasks=("binary",),
    threshold=Threshold(
        None, None, "Shown, not judged: fairness.selection_rate, .error_rates, .equalized_odds and others judge"
    ),
    references=(
        "Weerts et al. (2023). Fairlearn: assessing and improving fairness of AI systems. JMLR 24",
        "Bellamy et al. (2019). AI Fairness 360. IBM Journal of Research and Development 63",
        "Speicher et al. (2018). A unified approach to quantifying algorithmic unfairness. KDD",
        "Foulds, Islam, Keya and Pan (2020). An intersectional definition of fairness. ICDE",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "sensitive": "race"},
)
def metrics(
    subject: Subject,
    privileged: dict[str, str] | None = None,
    min_group: Annotated[int, Range(1), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """What do the usual fairness metrics say?

    Every metric of fairlearn and AIF360 for decisions, under its name and by its definition, with an interval. Do not
    choose the one that looks best: which of them matters follows from the use, and they cannot all be ideal at once.

    In plain words
    --------------
    By the measures of fairness in common use, groups of people are treated differently.

    What to do
    ----------
    Choose the metric that fits the use before you look at its value, write down why, and put a limit on it in the
    policy.

    Parameters
    ----------
    subject : Subject
        Predictions and sensitive attributes; labels where there are some.
    privileged : dict
        For AIF360's metrics, the privileged group of each attribute, as race=White; the largest group where not
        given. All other groups together are then the unprivileged one, as where AIF360 is given several.
    min_group : int
        Groups with fewer rows are left out of fairlearn's metrics, which take the furthest two groups.
    level : float
        Confidence level of every interval.

    Returns
    -------
    Result
        Value: the largest demographic_parity_difference. Views: ``metrics``, and ``by_group`` as fairlearn's
        MetricFrame shows it. ``width`` says which intervals are wide by construction.

    References
    ----------
    Bellamy et al. (2019). AI Fairness 360. IBM Journal of Research and Development 63.
    """
    from trustlab.checks.fairness._groups import count_groups, judged, left_out

    counted = count_groups(subject)
    labels = subject.y is not None
    chosen = _privileged(counted, privileged or {})
    found = {
        name: _of_attribute(counts.cells, judged(counts, min_group), chosen[name], level, labels=labels)
        for name, counts in counted.items()
        if len(counts.groups) > 1
    }
    by_group = _by_group(counted, level, labels=labels)
    small = left_out(counted, min_group)
    if not found:
        return replace(not_applicable(f"needs two groups; there is one.{small}"), views=[by_group], n=subject.n)
    parity = {
        name: several[0].found for name, several in found.items() if several[0].found.value == several[0].found.value
    }
    if not parity:
        reason = f"needs two groups of {min_group} rows or more.{small}"
        return replace(not_applicable(reason), views=[*_views(found), by_group], n=subject.n)
    feature, worst = max(parity.items(), key=lambda item: item[1].value)
    told = ", ".join(f"{name} {counted[name].groups[place]}" for name, place in chosen.items())
    return Result(
        reason=f"Shown, not judged: demographic_parity_difference of {feature} is {worst.value:.2f} ({worst.lo:.2f} to "
        f"{worst.hi:.2f}, n {subject.n:,}); AIF360's metrics take as privileged: {told}.{small}",
        value=worst.value,
        unit="difference",
        interval=(worst.lo, worst.hi),
        level=level,
        n=subject.n,
        views=[*_views(found), by_group],
    )


def _privileged(counted: Mapping[str, GroupCounts], asked: Mapping[str, str]) -> dict[str, int]:
    """Return the place of each attribute's privileged group."""
    for name in asked:
        if name not in counted:
            raise UsageError(
                f"privileged must name sensitive attributes; got {name!r}.{did_you_mean(name, list(counted))}"
            )
    places = {}
    for name, counts in counted.items():
        groups = [str(group) for group in counts.groups.tolist()]
        if name in asked and asked[name] not in groups:
            nearest = did_you_mean(asked[name], groups)
            raise UsageError(f"privileged: {name} must be one of its groups; got {asked[name]!r}.{nearest}")
        places[name] = groups.index(asked[name]) if name in asked else int(counts.n.argmax())
    return places


def _of_attribute(cells: Any, kept: Any, privileged: int, level: float, *, labels: bool) -> list[Metric]:
    from trustlab.checks.fairness._groups import largest
    from trustlab.stats.counts import base_rate, selection_rate
    from trustlab.stats.disparity import shared_level
    from trustlab.stats.fairness import Metric, aif360_metrics, fairlearn_metrics, smoothed_edf

    others = cells.sum(axis=0) - cells[privileged]
    found = fairlearn_metrics(cells[kept], level, labels=labels)
    found += aif360_metrics(others, cells[privileged], level, labels=labels)
    most = cells[largest(cells.sum(axis=1))]
    edf = smoothed_edf(*selection_rate.parts(most), level)
    meaning = "largest log ratio of two groups' rates of either outcome (epsilon)"
    wide = "wide by construction"
    found.append(Metric("smoothed_empirical_differential_fairness", "AIF360", "index", edf, wide, meaning))  # type: ignore[arg-type] # a width's word
    if labels:
        # the ends of a difference of two intervals hold at the level only where both hold together
        said, own = (smoothed_edf(*rate.parts(most), shared_level(level, 2)) for rate in (selection_rate, base_rate))
        more = type(edf)(said.value - own.value, said.lo - own.hi, said.hi - own.lo)
        meaning = "epsilon of the predictions minus that of the labels"
        found.append(Metric("differential_fairness_bias_amplification", "AIF360", "difference", more, wide, meaning))  # type: ignore[arg-type] # a width's word
    return found


def _views(found: Mapping[str, Sequence[Metric]]) -> list[Table | Series]:
    rows = [
        (name, one.name, one.library, *one.found, one.scale, one.width, one.meaning)
        for name, several in found.items()
        for one in several
    ]
    columns = ("feature", "metric", "library", "value", "value_lo", "value_hi", "scale", "width", "meaning")
    caption = "Ideal: 0 for differences and indices, 1 for ratios."
    table = Table(name="metrics", title="Fairness metrics", columns=columns, rows=rows, caption=caption)
    pictures = [
        Series(
            name=f"{scale}s" if scale != "index" else "indices",
            title={"difference": "Differences", "ratio": "Ratios", "index": "Indices"}[scale],
            columns=("feature", "metric", "value", "value_lo", "value_hi"),
            rows=[(row[0], f"{row[1]} ({row[2]})", *row[3:6]) for row in rows if row[6] == scale],
            x="metric",
            y=("value",),
            group="feature" if len(found) > 1 else None,
            mark="point",
            reference=LIMITS[scale],
            caption="Bars are intervals.",
        )
        for scale in ("difference", "ratio", "index")
    ]
    return [*pictures, table]


def _by_group(counted: Mapping[str, GroupCounts], level: float, *, labels: bool) -> Table:
    from trustlab.checks.fairness._groups import group_rows, rate_columns
    from trustlab.stats.counts import RATES

    names, cells = group_rows(counted)
    shown = [RATES[name] for name in SHOWN if labels or name == "selection_rate"]
    columns, values = rate_columns(shown, cells, level)
    words = [
        column.replace(name, ALSO[name], 1) if (name := column.split("_")[0]) in ALSO else column for column in columns
    ]
    return Table(
        name="by_group",
        title="Metrics by group",
        columns=("feature", "group", "count", *words),
        rows=[
            (*group, int(cells[place].sum()), *(column[place] for column in values))
            for place, group in enumerate(names)
        ],
        units={"count": "rows"},
        caption="; ".join(f"{ALSO.get(rate.name, rate.name)}: {rate.meaning}" for rate in shown)
        + ". Wilson intervals.",
    )
