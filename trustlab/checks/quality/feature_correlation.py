"""Do features say the same thing twice?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Matrix, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

ID = "quality.feature_correlation"
MOST_NUMBERS = 400  # features of either kind that are compared with each other
MOST_CATEGORIES = 40
FEWEST = 30  # rows
CLOSE = 0.949  # a variance inflation of 10
SHOWN = 15  # features of the picture
MOST_ROWS = 100


@operation(
    "check",
    "Feature correlation",
    needs=("features",),
    threshold=Threshold(
        warn=CLOSE,
        fail=None,
        source="A variance inflation factor of 10, the usual limit (Marquardt 1970), is a correlation of 0.949 between "
        "two features: 1 / (1 - r squared). Trees bear it, so nothing fails",
    ),
    references=(
        "Marquardt (1970). Generalized inverses, ridge regression. Technometrics 12",
        "Bergsma (2013). A bias-correction for Cramér's V and Tschuprow's T. J. Korean Statistical Society 42",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "drop": ["decision", "score"]},
)
def feature_correlation(
    subject: Subject,
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 10_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Do features say the same thing twice?

    Every two features in one measure from 0 to 1: Spearman's rank correlation (its size) for two numbers, Cramér's V,
    debiased, for two categories, the correlation ratio for a number and a category. Two features that go together
    this closely share their importance by chance, make linear coefficients unstable, and where one of them is
    sensitive or will be missing, the other stands in for it.

    In plain words
    --------------
    Several pieces of information say the same thing.

    What to do
    ----------
    Keep one of each pair, or read their importance together.

    Parameters
    ----------
    subject : Subject
        Features.
    max_rows : int
        Rows looked at; more are sampled.
    level : float
        Confidence level of the interval.
    context : Context
        Where the sample comes from; row order matters through it.

    Returns
    -------
    Result
        Value: the strongest association, with Fisher's interval (for Spearman after Bonett and Wright), at the level
        that holds for the strongest of all pairs. View ``matrix``: the features that go together most.

    References
    ----------
    Bonett and Wright (2000). Sample size requirements for estimating Pearson, Kendall and Spearman correlations.
    """
    import numpy as np

    from trustlab.checks.quality._learner import features_of
    from trustlab.stats.disparity import shared_level
    from trustlab.stats.sampling import subsample

    names = features_of(subject)
    rows = subsample(subject.n, max_rows, context.rng(ID))
    if rows.size < FEWEST or len(names) < 2:
        return not_applicable(f"needs two features and {FEWEST} rows")
    frame = subject.X[names].iloc[rows]
    kept, table, left = _associations(frame)
    if len(kept) < 2 or not np.isfinite(table[np.triu_indices(len(kept), 1)]).any():
        return not_applicable("needs two features that vary")
    first, second = np.triu_indices(len(kept), 1)
    strengths = np.nan_to_num(table[first, second], nan=-1.0)
    order = np.argsort(-strengths, kind="stable")
    best = float(strengths[order[0]])
    lo, hi = _ends(best, rows.size, shared_level(level, len(order)))
    one, two = kept[first[order[0]]], kept[second[order[0]]]
    pairs = [(kept[first[at]], kept[second[at]], float(strengths[at])) for at in order[:MOST_ROWS]]
    close = int((strengths > CLOSE).sum())
    return Result(
        reason=f"{one} and {two} go together most: {best:.3f} ({lo:.3f} to {hi:.3f}, n {rows.size:,}); {close:,} of "
        f"{len(order):,} pairs lie above {CLOSE}.",
        value=best,
        unit="association",
        interval=(lo, hi),
        level=level,
        n=int(rows.size),
        views=[_matrix(kept, table, order, first, second, left), _table(pairs)],
        advice=[f"Keep one of {one} and {two}, or judge their importance together."] if lo > CLOSE else [],
    )


def _associations(frame: pd.DataFrame) -> tuple[list[str], NDArray[Any], int]:
    """Return the names compared, their associations, and how many features were left out."""
    import numpy as np
    from pandas.api import types

    from trustlab.checks.quality._learner import numbers_of
    from trustlab.data.roles import is_time

    numeric = [
        (types.is_numeric_dtype(frame[name]) and not types.is_bool_dtype(frame[name])) or is_time(frame[name])
        for name in frame.columns
    ]
    numbers = [str(name) for name, at in zip(frame.columns, numeric, strict=True) if at][:MOST_NUMBERS]
    words = [str(name) for name, at in zip(frame.columns, numeric, strict=True) if not at][:MOST_CATEGORIES]
    ranks = _ranks(numbers_of(frame[numbers]))
    varied = np.flatnonzero(ranks.std(axis=0) > 0) if numbers else np.zeros(0, int)
    numbers, ranks = [numbers[at] for at in varied], ranks[:, varied]
    codes = [_codes(frame[name]) for name in words]
    table = np.full((len(numbers) + len(words),) * 2, np.nan)
    if numbers:
        table[: len(numbers), : len(numbers)] = np.abs(np.corrcoef(ranks, rowvar=False))
    _with_categories(table, ranks, codes)
    return [*numbers, *words], table, frame.shape[1] - len(numbers) - len(words)


def _ranks(matrix: NDArray[Any]) -> NDArray[Any]:
    """Return each column's ranks; a missing value has the mean rank, which leaves it out of a correlation."""
    import numpy as np

    from trustlab.stats.encode import midranks

    ranks = np.zeros(matrix.shape)
    for place in range(matrix.shape[1]):
        known = ~np.isnan(matrix[:, place])
        if known.any():
            found = midranks(matrix[known, place].astype(float))
            ranks[:, place] = found.mean()
            ranks[known, place] = found
    return ranks


def _codes(column: pd.Series[Any]) -> NDArray[Any]:
    from trustlab.data.coding import learn_coding

    return learn_coding(column, most=50).codes(column)


def _with_categories(table: NDArray[Any], ranks: NDArray[Any], codes: Sequence[NDArray[Any]]) -> None:
    """Fill in the associations of categories with each other and with numbers."""
    import numpy as np

    from trustlab.stats.association import cramers_v

    first = ranks.shape[1]
    centred = ranks - ranks.mean(axis=0)
    total = (centred**2).sum(axis=0)
    for place, one in enumerate(codes):
        at = first + place
        sizes = np.bincount(one)
        sums = np.zeros((sizes.size, first))
        np.add.at(sums, one, centred)
        between = (sums**2 / np.maximum(sizes, 1)[:, None]).sum(axis=0)
        # taken off: what so many groups bring by chance (epsilon squared)
        groups, n = int((sizes > 0).sum()), len(one)
        share = np.divide(between, total, out=np.zeros(first), where=total > 0)
        share = 1 - (1 - share) * (n - 1) / max(n - groups, 1)
        table[at, :first] = table[:first, at] = np.sqrt(np.clip(share, 0, 1))
        for other in range(place + 1):
            table[at, first + other] = table[first + other, at] = cramers_v(one, codes[other])


def _ends(value: float, n: int, level: float) -> tuple[float, float]:
    import numpy as np

    from trustlab.stats.intervals import normal_quantile

    if value >= 1 - 1e-12:
        return 1.0, 1.0
    half = normal_quantile(level) * float(np.sqrt((1 + value**2 / 2) / max(n - 3, 1)))
    return max(float(np.tanh(np.arctanh(value) - half)), 0.0), float(np.tanh(np.arctanh(value) + half))


def _matrix(
    kept: Sequence[str], table: NDArray[Any], order: NDArray[Any], first: NDArray[Any], second: NDArray[Any], left: int
) -> Matrix:
    places = list(dict.fromkeys(int(at) for pair in order for at in (first[pair], second[pair])))[:SHOWN]
    rest = len(kept) - len(places)
    return Matrix(
        name="matrix",
        title="What goes together",
        columns=("feature", *(kept[at] for at in places)),
        rows=[(kept[at], *(float(table[at, other]) for other in places)) for at in places],
        row_axis="feature",
        column_axis="feature",
        caption="Spearman, Cramér's V or the correlation ratio (of ranks), from 0 to 1; those that go together most."
        + (f" {rest:,} more were compared" * bool(rest))
        + (f" {left:,} were not (constant, or too many)." * bool(left)),
    )


def _table(pairs: Sequence[tuple[str, str, float]]) -> Table:
    return Table(
        name="pairs",
        title="Pairs, the closest first",
        columns=("feature", "other feature", "association"),
        rows=pairs,
    )
