"""Have categories moved?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result
from trustlab.drift.pair import Pair

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from trustlab.drift._findings import Tested

MISSING = "(missing)"
REST = "(others)"
SHOWN_CATEGORIES = 12
FIRST_LOOK = 199


@operation(
    "detector",
    "Chi-squared",
    needs=("categorical",),
    references=(
        "Cochran (1954). Some methods for strengthening the common chi-squared tests. Biometrics 10",
        "Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6",
        "Phipson and Smyth (2010). Permutation p-values should never be zero. Stat. Appl. Genet. Mol. Biol. 9",
        "Siddiqi (2006). Credit Risk Scorecards, chapter 8",
    ),
    cost="instant",
    example={"reference": "loans@main", "current": "loans_later.csv", "columns": ["region", "race"]},
)
def chi2(
    pair: Pair,
    alpha: Annotated[float, Range(1e-6, 0.5)] = 0.05,
    large: Annotated[float, Range(0)] = 0.25,
    *,
    context: Context,
) -> Result:
    """Have the shares of the categories moved, feature by feature?

    The statistic is Pearson's chi-squared of the table of samples by categories. Missing is a category of its own.
    Where expected counts are small (Cochran's rule) the p-value comes from random tables of the same margins. Free
    text and dates are left out and named: every value of theirs is new, which says nothing.

    Parameters
    ----------
    pair : Pair
        The earlier and the later rows.
    alpha : float
        Accepted chance of a false alarm among all features (Holm); 0.05 is Fisher's convention.
    large : float
        Population stability index from which a sure move fails rather than warns; 0.25 is Siddiqi's rule of thumb
        for a major shift.

    Returns
    -------
    Result
        Value: the statistic of the feature that moved most surely, p_value after Holm. View ``by_feature``.
    """
    from trustlab.data.schema import feature_kinds
    from trustlab.drift._findings import Wording, conclude

    reference, current = pair.reference.frame, pair.current.frame
    names = list(pair.categorical)
    before, after = feature_kinds(reference[names]), feature_kinds(current[names])
    kinds = {name: {before[name], after[name]} for name in names}
    compared = [name for name in names if "categorical" in kinds[name] and "numeric" not in kinds[name]]
    tested = [
        _test(name, (reference[name], current[name]), context.rng("drift.chi2", name), alpha, len(compared))
        for name in compared
    ]
    others = [f"{name} ({before[name]})" for name in names if name not in compared]
    notes = [f"Not compared, no categories: {', '.join(others)}."] if others else []
    words = Wording(
        statistic="chi-squared",
        size="PSI",
        large=large,
        caption="statistic: Pearson's chi-squared; p_adjusted: after Holm; psi: population stability index over the "
        "categories; furthest: the category whose share changed most.",
    )
    return conclude(pair, tested, alpha, words, notes)


def _test(name: str, sides: tuple[pd.Series, pd.Series], rng: np.random.Generator, alpha: float, many: int) -> Tested:
    import numpy as np

    from trustlab.drift._findings import Tested, fewest_orderings
    from trustlab.stats.two_sample import chi2_counts, population_stability_index

    labels, table = count(*sides)
    n, m = table.sum(axis=1).tolist()
    # A first look of few random tables settles what is far from the limit. A p-value kept from it is valid by itself,
    # and what comes near is drawn afresh, so below the limit the second look's promise holds alone.
    found = chi2_counts(table, rng, FIRST_LOOK)
    if found.method == "permutation" and found.p_value < 2 * alpha:
        # Enough for the smallest p-value to survive the adjustment for so many features.
        found = chi2_counts(table, rng, max(9999, int(20 * many / alpha)))
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    furthest = int(np.abs(shares[1] - shares[0]).argmax())
    return Tested(
        feature=name,
        statistic=found.statistic,
        p_value=found.p_value,
        least=fewest_orderings(n, m),
        size=population_stability_index(table[0], table[1]),
        details={
            "furthest": labels[furthest],
            "reference_share": float(shares[0, furthest]),
            "current_share": float(shares[1, furthest]),
            "categories": len(labels),
            "method": found.method,
        },
        shares=_shown(labels, shares),
    )


def count(before: pd.Series, after: pd.Series) -> tuple[list[str], np.ndarray]:
    """Return the categories of both columns in alphabetical order and their counts, shape (2, k); missing is one."""
    import numpy as np
    import pandas as pd

    sides = [side.astype(object).where(side.notna(), MISSING).astype(str).value_counts() for side in (before, after)]
    both = pd.concat(sides, axis=1).fillna(0).sort_index()
    return [str(label) for label in both.index], both.to_numpy(dtype=np.int64).T


def _shown(labels: list[str], shares: np.ndarray) -> list[tuple[str, float, float]]:
    """Return the most frequent categories' shares, the rest in one."""
    import numpy as np

    order = np.argsort(-shares.sum(axis=0), kind="stable")
    top, rest = order[:SHOWN_CATEGORIES], order[SHOWN_CATEGORIES:]
    rows = [(labels[place], float(shares[0, place]), float(shares[1, place])) for place in top]
    if rest.size:
        rows.append((REST, float(shares[0, rest].sum()), float(shares[1, rest].sum())))
    return rows
