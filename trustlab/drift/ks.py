"""Have numbers moved?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result
from trustlab.drift.pair import Pair

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.drift._findings import Tested


@operation(
    "detector",
    "Kolmogorov-Smirnov",
    needs=("numeric",),
    references=(
        "Hodges (1958). The significance probability of the Smirnov two-sample test. Arkiv för Matematik 3",
        "Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6",
        "Massart (1990). The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality. Annals of Probability 18",
        "Siddiqi (2006). Credit Risk Scorecards, chapter 8",
    ),
    cost="instant",
    example={"reference": "loans@main", "current": "loans_later.csv", "columns": ["income", "debt_ratio"]},
)
def ks(
    pair: Pair,
    alpha: Annotated[float, Range(1e-6, 0.5)] = 0.05,
    large: Annotated[float, Range(0)] = 0.25,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Have the numeric features moved, each by itself?

    The statistic D is the largest distance between the two distribution functions, from 0 (alike) to 1 (apart). It
    sees any change of location, spread or shape of one feature, and none of how features go together. Missing values
    are left out here; drift.missing asks about them. Rows must be independent: a time series is not.

    Parameters
    ----------
    pair : Pair
        The earlier and the later rows.
    alpha : float
        Accepted chance of a false alarm among all features (Holm); 0.05 is Fisher's convention.
    large : float
        Population stability index over the reference's tenths from which a sure move fails rather than warns; 0.25
        is Siddiqi's rule of thumb for a major shift.
    level : float
        Confidence level of the interval.

    Returns
    -------
    Result
        Value: D of the feature that moved most surely, its interval by the Dvoretzky-Kiefer-Wolfowitz inequality
        (wide, but right although the feature was picked), p_value after Holm. View ``by_feature``.
    """
    from trustlab.drift._findings import Wording, conclude

    reference, current = pair.reference.frame, pair.current.frame
    tested = [_test(name, reference[name], current[name]) for name in pair.numeric]
    words = Wording(
        statistic="D",
        size="PSI",
        large=large,
        caption="statistic: largest distance of the distribution functions; p_adjusted: after Holm; psi: population "
        "stability index over the reference's tenths.",
    )
    found = conclude(pair, tested, alpha, words)
    first = next((one for one in tested if found.value is not None and one.feature == found.views[0].rows[0][0]), None)
    if first is None:
        return found
    reach = _reach(first, level, len(tested))
    ends = (max(first.statistic - reach, 0.0), min(first.statistic + reach, 1.0))
    return replace(found, interval=ends, level=level)


def _test(name: str, before: pd.Series, after: pd.Series) -> Tested:
    from itertools import pairwise

    import numpy as np

    from trustlab.drift._findings import Tested, fewest_orderings, present
    from trustlab.stats.two_sample import equal_mass_histogram, ks_2samp, population_stability_index

    reference, current = present(before), present(after)
    n, m = len(reference), len(current)
    found = ks_2samp(reference, current)
    shares: list[tuple[str, float, float]] = []
    size = None
    if n and m:
        bins = equal_mass_histogram(reference, current)
        size = population_stability_index(bins.reference, bins.current)
        edges = [f"{edge:.4g}" for edge in bins.edges]
        # One value alone, as in a constant column, leaves one bin without an edge.
        labels = [f"up to {edges[0]}", *map(" to ".join, pairwise(edges)), f"over {edges[-1]}"] if edges else ["all"]
        shares = list(zip(labels, (bins.reference / n).tolist(), (bins.current / m).tolist(), strict=True))
    details = {
        "reference_median": float(np.median(reference)) if n else None,
        "current_median": float(np.median(current)) if m else None,
        "where": found.location,
        "reference_n": n,
        "current_n": m,
    }
    return Tested(
        feature=name,
        statistic=found.statistic,
        p_value=found.p_value,
        # D is 1 in two orderings of the rows: all of one sample first, or all of the other.
        least=2 * fewest_orderings(n, m),
        size=size,
        details=details,
        shares=shares,
    )


def _reach(one: Tested, level: float, count: int) -> float:
    """Return how far D can lie from the truth: both distribution functions' bands, for every feature at once."""
    from math import log, sqrt

    beyond = (1 - level) / (2 * count)
    n, m = one.details["reference_n"], one.details["current_n"]
    return sqrt(log(2 / beyond) / (2 * n)) + sqrt(log(2 / beyond) / (2 * m))
