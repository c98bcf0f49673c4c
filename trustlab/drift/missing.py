"""Have values begun to go missing?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status
from trustlab.drift.pair import Pair

if TYPE_CHECKING:
    import numpy as np

    from trustlab.drift._findings import Tested


@operation(
    "detector",
    "Missing values",
    references=(
        "Cochran (1954). Some methods for strengthening the common chi-squared tests. Biometrics 10",
        "Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6",
        "Schafer (1999). Multiple imputation: a primer. Statistical Methods in Medical Research 8",
    ),
    cost="instant",
    example={"reference": "loans@main", "current": "loans_later.csv"},
)
def missing(
    pair: Pair,
    alpha: Annotated[float, Range(1e-6, 0.5)] = 0.05,
    large: Annotated[float, Range(0, 1)] = 0.05,
    *,
    context: Context,
) -> Result:
    """Have values begun, or ceased, to go missing?

    Each column's share of missing values is compared by Pearson's chi-squared of the two-by-two table, from random
    tables where counts are small. The other detectors look at the values that are there; this one at those that are
    not.

    Parameters
    ----------
    pair : Pair
        The earlier and the later rows.
    alpha : float
        Accepted chance of a false alarm among all features (Holm); 0.05 is Fisher's convention.
    large : float
        Change of the missing share from which a sure move fails rather than warns; below 0.05 missing values are
        commonly held to be of little consequence (Schafer).

    Returns
    -------
    Result
        Value: the statistic of the feature that moved most surely, p_value after Holm. View ``by_feature``.
    """
    from trustlab.drift._findings import Wording, conclude

    names = [*pair.numeric, *pair.categorical, *pair.left_out]  # what names rows can go missing too
    permutations = max(9999, int(20 * len(names) / alpha))
    tested = [_test(pair, name, context.rng("drift.missing", name), permutations) for name in names]
    words = Wording(
        statistic="chi-squared",
        size="change",
        large=large,
        caption="statistic: Pearson's chi-squared of missing by sample; change: absolute difference of the shares "
        "missing.",
    )
    found = conclude(pair, tested, alpha, words)
    if found.status is Status.PASS and not any(
        one.details["reference_missing"] or one.details["current_missing"] for one in tested
    ):
        return replace(
            found, reason=f"No value is missing on either side, in {len(tested)} columns.", views=found.views[:1]
        )
    return found


def _test(pair: Pair, name: str, rng: np.random.Generator, permutations: int) -> Tested:
    from trustlab.drift._findings import Tested, fewest_orderings
    from trustlab.stats.two_sample import chi2_counts

    sides = (pair.reference.frame[name], pair.current.frame[name])
    gone = [int(side.isna().sum()) for side in sides]
    rows = [len(side) for side in sides]
    found = chi2_counts([[gone[0], rows[0] - gone[0]], [gone[1], rows[1] - gone[1]]], rng, permutations)
    before, after = gone[0] / rows[0], gone[1] / rows[1]
    return Tested(
        feature=name,
        statistic=found.statistic,
        p_value=found.p_value,
        least=fewest_orderings(*rows),
        size=abs(after - before),
        details={"reference_missing": before, "current_missing": after},
        shares=[("missing", before, after), ("there", 1 - before, 1 - after)],
    )
