"""The fairness metrics of fairlearn and AIF360 under their names, from confusion counts, each with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats import counts
from trustlab.stats.disparity import pair_differences, pair_ratios, shared_level, worst_difference, worst_ratio
from trustlab.stats.inequality import between_index, entropy_index
from trustlab.stats.intervals import Interval, newcombe, proportion_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from trustlab.stats.arrays import Ints
    from trustlab.stats.counts import Rate

Scale = Literal["difference", "ratio", "index"]
Width = Literal["nominal", "wide by construction"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One fairness metric of one attribute.

    Parameters
    ----------
    name : str
        As the library calls it.
    library : str
        Whose name and sign it is: ``fairlearn`` or ``AIF360``.
    scale : {'difference', 'ratio', 'index'}
        0 is ideal for differences and indices, 1 for ratios.
    found : Interval
        The number and its interval.
    width : str
        ``wide by construction`` where the interval covers more often than its level: of a picked pair, of a sum of
        absolute values.
    meaning : str
        What it is, in a few words.
    """

    name: str
    library: str
    scale: Scale
    found: Interval
    width: Width
    meaning: str


def fairlearn_metrics(cells: ArrayLike, level: float = 0.95, *, labels: bool = True) -> list[Metric]:
    """Return fairlearn's metrics: how far apart the furthest two groups are.

    Parameters
    ----------
    cells : array_like of int, shape (g, 4)
        Confusion counts of each group.
    labels : bool
        Whether truth is known; where not, only selection is compared.

    Returns
    -------
    list of Metric
        A group without rows of a kind has no such rate and is left out of that comparison (fairlearn counts it as 0).
        NaN where fewer than two groups are left.

    References
    ----------
    Hardt, Price and Srebro (2016). Equality of opportunity in supervised learning. NeurIPS.
    Weerts et al. (2023). Fairlearn: assessing and improving fairness of AI systems. JMLR 24.
    """
    table = _cells(cells)
    asked: list[tuple[str, tuple[Rate, ...], str]] = [
        ("demographic_parity", (counts.selection_rate,), "selection rates")
    ]
    if labels:
        asked += [
            ("equal_opportunity", (counts.tpr,), "true positive rates"),
            ("equalized_odds", (counts.tpr, counts.fpr), "true or false positive rates, whichever are further apart"),
        ]
    found = []
    for name, rates, what in asked:
        found += [
            Metric(
                f"{name}_difference",
                "fairlearn",
                "difference",
                largest_difference(table, rates, level),
                "wide by construction",
                f"highest minus lowest group's {what}",
            ),
            Metric(
                f"{name}_ratio",
                "fairlearn",
                "ratio",
                smallest_ratio(table, rates, level),
                "wide by construction",
                f"lowest over highest group's {what}",
            ),
        ]
    return found


def largest_difference(cells: ArrayLike, rates: Sequence[Rate], level: float = 0.95) -> Interval:
    """Return the largest difference of any of ``rates`` between two groups, with an interval that knows the choice."""
    table = _cells(cells)
    pairs = _pairs(table, rates)
    return worst_difference([pair_differences(*rate.parts(table), level, pairs) for rate in rates])


def smallest_ratio(cells: ArrayLike, rates: Sequence[Rate], level: float = 0.95) -> Interval:
    """Return the smallest ratio, lower over higher, of any of ``rates`` between two groups, with its interval.

    0 where one group's rate is 0 and another's is not; NaN where no rate is above 0.
    """
    table = _cells(cells)
    pairs = _pairs(table, rates)
    compared = [pair_ratios(*rate.parts(table), level, pairs) for rate in rates]
    if not any((rate(table) > 0).any() and one.value.size for rate, one in zip(rates, compared, strict=True)):
        return Interval(float("nan"), float("nan"), float("nan"))
    _, lo, hi = worst_ratio(compared)
    value = 1 / max(float(one.value.max()) for one in compared if one.value.size)
    return Interval(value, 1 / hi, 1 / lo)


_DIFFERENCES: tuple[tuple[str, Rate, str], ...] = (
    ("true_positive_rate_difference", counts.tpr, "AIF360's equal_opportunity_difference"),
    ("false_positive_rate_difference", counts.fpr, "of those who are negative, called positive"),
    ("false_negative_rate_difference", counts.fnr, "of those who are positive, called negative"),
    ("false_discovery_rate_difference", counts.fdr, "of those called positive, not so"),
    ("false_omission_rate_difference", counts.fomr, "of those called negative, positive all the same"),
    ("error_rate_difference", counts.error_rate, "called wrongly"),
)


def aif360_metrics(
    unprivileged: ArrayLike, privileged: ArrayLike, level: float = 0.95, *, labels: bool = True
) -> list[Metric]:
    """Return AIF360's metrics of two groups: the unprivileged minus (or over) the privileged.

    Parameters
    ----------
    unprivileged, privileged : array_like of int, shape (4,)
        Confusion counts.
    labels : bool
        Whether truth is known.

    References
    ----------
    Bellamy et al. (2019). AI Fairness 360. IBM Journal of Research and Development 63.
    """
    one, two = _cells(np.asarray(unprivileged)[None]), _cells(np.asarray(privileged)[None])
    selected = "selection rate, unprivileged minus privileged; AIF360's mean_difference"
    asked = [("statistical_parity_difference", counts.selection_rate, selected), *(_DIFFERENCES if labels else ())]
    found = [
        Metric(name, "AIF360", "difference", _gap(rate, one, two, level), "nominal", meaning)
        for name, rate, meaning in asked
    ]
    over = [("disparate_impact", counts.selection_rate, "selection rate, unprivileged over privileged")]
    over += [(name.replace("difference", "ratio"), rate, what) for name, rate, what in asked[2:]]
    parts = [[float(side[0]) for cells in (one, two) for side in rate.parts(cells)] for _, rate, _ in over]
    k1, n1, k2, n2 = np.array(parts).T
    ratios = proportion_ratio(k1, n1, k2, n2, level)
    found += [
        Metric(name, "AIF360", "ratio", ratios.at(place), "nominal", meaning)
        for place, (name, _, meaning) in enumerate(over)
    ]
    return found + _averages(one, two, level) + _indices(one, two, level) if labels else found


def smoothed_edf(hits: ArrayLike, trials: ArrayLike, level: float = 0.95, concentration: float = 1.0) -> Interval:
    """Return the smoothed empirical differential fairness: the largest log ratio of any outcome's rate, over pairs.

    Parameters
    ----------
    hits, trials : array_like of int, shape (g,)
        Of each group (of all crossings of the attributes).
    concentration : float
        Of the Dirichlet prior: half of it is added to hits and to misses.

    Returns
    -------
    Interval
        The ends are of the largest unsmoothed log ratio (Koopman, Bonferroni), so wide by construction; open above
        where a rate is 0. NaN with fewer than two groups that have rows.

    References
    ----------
    Foulds, Islam, Keya and Pan (2020). An intersectional definition of fairness. ICDE.
    """
    k, n = np.asarray(hits, np.int64), np.asarray(trials, np.int64)
    k, n = k[n > 0], n[n > 0]
    if k.size < 2:
        return Interval(float("nan"), float("nan"), float("nan"))
    share = (k + concentration / 2) / (n + concentration)
    spans = [float(np.ptp(np.log(side))) for side in (share, 1 - share)]
    pairs = k.size * (k.size - 1)  # of both outcomes
    compared = [pair_ratios(side, n, level, pairs) for side in (k, n - k)]
    lo, hi = (max(float(getattr(one, end).max()) for one in compared) for end in ("lo", "hi"))
    with np.errstate(divide="ignore"):
        return Interval(max(spans), min(float(np.log(lo)), max(spans)), max(float(np.log(hi)), max(spans)))


def _averages(one: Ints, two: Ints, level: float) -> list[Metric]:
    from_rates = {
        "average_odds_difference": (counts.fpr, counts.tpr, "mean of the differences in FPR and TPR"),
        "average_predictive_value_difference": (counts.ppv, counts.fomr, "mean of the differences in PPV and FOR"),
    }
    found = []
    for name, (first, second, meaning) in from_rates.items():
        gaps = [_gap(rate, one, two, level) for rate in (first, second)]
        found.append(Metric(name, "AIF360", "difference", _mean_gap(gaps), "nominal", meaning))
    surer = [_absolute(_gap(rate, one, two, shared_level(level, 2))) for rate in (counts.fpr, counts.tpr)]
    mean = Interval(*(float(sum(ends)) / 2 for ends in zip(*surer, strict=True)))
    worst = Interval(*(max(ends) for ends in zip(*surer, strict=True)))
    wide: Width = "wide by construction"
    means = "mean of the absolute differences in FPR and TPR"
    found.append(Metric("average_abs_odds_difference", "AIF360", "difference", mean, wide, means))
    found.append(Metric("equalized_odds_difference", "AIF360", "difference", worst, wide, "larger absolute difference"))
    return found


def _indices(one: Ints, two: Ints, level: float) -> list[Metric]:
    both = np.concatenate([one, two])
    squared, theil = (entropy_index(both.sum(axis=0), alpha, level) for alpha in (2, 1))
    across, across_theil = (between_index(both, alpha, level) for alpha in (2, 1))
    rows = (
        ("generalized_entropy_index", squared, "inequality of benefits 1 + predicted - true, alpha 2"),
        ("theil_index", theil, "inequality of benefits, alpha 1"),
        ("coefficient_of_variation", _twice_root(squared), "AIF360's: twice the root of the index of alpha 2"),
        ("between_group_generalized_entropy_index", across, "its part between the two groups"),
        ("between_group_theil_index", across_theil, "its part between the two groups"),
        ("between_group_coefficient_of_variation", _twice_root(across), "its part between the two groups"),
    )
    return [Metric(name, "AIF360", "index", found, "nominal", meaning) for name, found, meaning in rows]


def _gap(rate: Rate, one: Ints, two: Ints, level: float) -> Interval:
    return newcombe(*rate.parts(one), *rate.parts(two), level).at(0)


def _mean_gap(gaps: Sequence[Interval]) -> Interval:
    """Return the mean of independent differences; their distances to the ends are squared and added."""
    value = float(np.mean([gap.value for gap in gaps]))
    down = float(np.linalg.norm([gap.value - gap.lo for gap in gaps])) / len(gaps)
    up = float(np.linalg.norm([gap.hi - gap.value for gap in gaps])) / len(gaps)
    return Interval(value, value - down, value + up)


def _absolute(gap: Interval) -> Interval:
    lo = max(gap.lo, -gap.hi, 0.0) if not np.isnan(gap.value) else gap.lo
    return Interval(abs(gap.value), lo, max(abs(gap.lo), abs(gap.hi)))


def _twice_root(index: Interval) -> Interval:
    return Interval(*(2 * float(np.sqrt(end)) for end in index))


def _pairs(table: Ints, rates: Sequence[Rate]) -> int:
    known = [int((rate.parts(table)[1] > 0).sum()) for rate in rates]
    return max(sum(size * (size - 1) // 2 for size in known), 1)


def _cells(cells: ArrayLike) -> Ints:
    table = np.asarray(cells)
    if table.ndim != 2 or table.shape[1] != 4:
        raise InputError(f"cells must be a row of tn, fp, fn, tp for each group; got shape {table.shape}")
    return table.astype(np.int64, copy=False)
