"""Do gaps follow a pattern?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Matrix, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ID = "quality.missing_patterns"
FEWEST = 20  # rows with a gap, and without one, from which a pattern can be told
MOST_GAPPED = 100  # columns, those with most gaps
MOST_OTHERS = 200
INDICATORS = 10  # frequent categories of a column that are looked at
SHOWN = 15
MOST_ROWS = 100


@operation(
    "check",
    "Missing patterns",
    needs=("features",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="A test: gaps that have nothing to do with the rest (missing completely at random, Rubin 1976), at a "
        "false discovery rate of 1 - level. Gaps with a pattern are common and no fault by themselves",
    ),
    references=(
        "Rubin (1976). Inference and missing data. Biometrika 63",
        "Little (1988). A test of missing completely at random for multivariate data with missing values. JASA 83",
        "Benjamini and Hochberg (1995). Controlling the false discovery rate. JRSS B 57",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "sensitive": "race"},
)
def missing_patterns(
    subject: Subject,
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 20_000,
    level: Annotated[float, Range(0.5, 0.9999)] = 0.99,
    *,
    context: Context,
) -> Result:
    """Do gaps follow a pattern?

    Each column's gaps are tested against every other column, sensitive attributes included: whether the other's values
    (ranks of numbers, frequent categories) or its gaps differ where this one is missing. None found means no sign
    against "missing completely at random"; it is no proof, and gaps that depend on the missing value itself cannot be
    seen in the data at all. Where gaps go with a group, dropping rows drops the group, and filling in the mean fills in
    the others' mean. The relation to the target is tested by ``quality.missing``.

    In plain words
    --------------
    Values are missing for some kinds of cases and not for others.

    What to do
    ----------
    Do not drop rows with gaps: fill them from the columns that the pattern names, or ask at the source.

    Parameters
    ----------
    subject : Subject
        Features and sensitive attributes.
    max_rows : int
        Rows looked at; more are sampled.
    level : float
        1 - level is the false discovery rate.
    context : Context
        Where the sample comes from; row order matters through it.

    Returns
    -------
    Result
        Value: the number of columns whose gaps follow a pattern. View ``together``: correlations of gaps.

    References
    ----------
    Rubin (1976). Inference and missing data. Biometrika 63.
    """
    import numpy as np

    from trustlab.stats.multiplicity import benjamini_hochberg
    from trustlab.stats.sampling import subsample

    rows = subsample(subject.n, max_rows, context.rng(ID))
    frame = subject.X.iloc[rows]
    gaps = frame.isna().to_numpy()
    counts = gaps.sum(axis=0)
    usable = np.flatnonzero((counts >= FEWEST) & (rows.size - counts >= FEWEST))
    places = usable[np.argsort(-counts[usable], kind="stable")][:MOST_GAPPED]
    if not places.size:
        return not_applicable(
            f"needs a feature with {FEWEST} gaps and {FEWEST} values; the most gaps are {max(counts)}"
        )
    gapped = [str(frame.columns[place]) for place in places]
    names, owners, others = _others(frame, subject, rows, gapped, gaps[:, places])
    strength = _correlations(gaps[:, places].astype(float), others)
    own = np.array([[owner == name for owner in owners] for name in gapped])
    p_values = np.where(own | (strength == 0), np.nan, _p_values(strength, rows.size))
    adjusted = benjamini_hochberg(p_values.ravel()).reshape(p_values.shape)
    found = [
        (gapped[one], names[other], *(float(table[one, other]) for table in (strength, p_values, adjusted)))
        for one, other in np.argwhere(adjusted < 1 - level)
    ]
    found.sort(key=lambda row: (-abs(row[2]), row[0], row[1]))
    columns = {row[0] for row in found}
    smallest = adjusted[~np.isnan(adjusted)]
    return Result(
        reason=_sentence(found, len(columns), len(gapped), rows.size),
        value=len(columns),
        unit="features",
        n=int(rows.size),
        p_value=float(smallest.min()) if smallest.size else None,
        views=[_together(gapped, gaps[:, places]), _table(found)],
        advice=["Fill in by the other columns (not by the mean), and keep a column that says what was missing."]
        if found
        else [],
    )


def _sentence(found: list[tuple[Any, ...]], columns: int, gapped: int, n: int) -> str:
    if not found:
        return f"The gaps of {counted(gapped, 'feature')} go together with nothing else (n {n:,})."
    first = "; ".join(f"{row[0]} with {row[1]} ({row[2]:+.2f})" for row in found[:3])
    return f"Gaps follow a pattern in {columns} of {gapped} features that have them: {first} (n {n:,})."


def _others(
    frame: pd.DataFrame, subject: Subject, rows: NDArray[Any], gapped: list[str], gaps: NDArray[Any]
) -> tuple[list[str], list[str], NDArray[Any]]:
    """Return what gaps are compared with: names, the columns that they are made of, and numbers."""
    import numpy as np

    names = [f"{name} is missing" for name in gapped]
    owners, parts = list(gapped), [gaps.astype(float)]
    sides = [frame.iloc[:, :MOST_OTHERS]]
    if subject.sensitive is not None:
        own = [name for name in subject.sensitive.columns if name not in frame.columns]
        sides.append(subject.sensitive[own].iloc[rows])
    for side in sides:
        for name in side.columns:
            words, numbers = _as_numbers(side[name])
            names += words
            owners += [str(name)] * len(words)
            parts.append(numbers)
    return names, owners, np.hstack(parts)


def _as_numbers(column: pd.Series[Any]) -> tuple[list[str], NDArray[Any]]:
    """Return a column as ranks (0 where missing), or its frequent categories as 0 and 1, and what they are called."""
    import numpy as np
    from pandas.api import types

    from trustlab.checks.quality._learner import numbers_of
    from trustlab.data.coding import learn_coding
    from trustlab.data.roles import names_rows
    from trustlab.stats.encode import midranks

    if types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
        numbers = numbers_of(column.to_frame())[:, 0]
        known = ~np.isnan(numbers)
        ranks = np.zeros(len(column))
        if known.any():
            ranks[known] = midranks(numbers[known].astype(float))
            ranks[known] -= ranks[known].mean()
        return [str(column.name)], ranks[:, None]
    if names_rows(column):
        return [], np.zeros((len(column), 0))
    coding = learn_coding(column, most=INDICATORS)
    codes = coding.codes(column)
    kept = list(range(1, min(coding.size - 1, INDICATORS + 1)))
    return [coding.words(code) for code in kept], (codes[:, None] == np.array(kept, int)).astype(float)


def _correlations(one: NDArray[Any], two: NDArray[Any]) -> NDArray[Any]:
    """Return the correlation of every column of one with every column of the other; 0 where one does not vary."""
    import numpy as np

    def scaled(matrix: NDArray[Any]) -> NDArray[Any]:
        centred = matrix - matrix.mean(axis=0)
        length = np.sqrt((centred**2).sum(axis=0))
        result: NDArray[Any] = np.divide(centred, length, out=np.zeros_like(centred), where=length > 1e-9)
        return result

    found: NDArray[Any] = scaled(one).T @ scaled(two)
    clipped: NDArray[Any] = np.clip(found, -1, 1)
    return clipped


def _p_values(strength: NDArray[Any], n: int) -> NDArray[Any]:
    """Return two-sided p-values of no correlation: Wilcoxon's for ranks, Pearson's for shares, in large samples."""
    import numpy as np
    from scipy import special

    found: NDArray[Any] = 2 * special.ndtr(-np.abs(strength) * np.sqrt(n - 1))
    return found


def _together(gapped: list[str], gaps: NDArray[Any]) -> Matrix:
    shown = gapped[:SHOWN]
    table = _correlations(gaps[:, : len(shown)].astype(float), gaps[:, : len(shown)].astype(float))
    return Matrix(
        name="together",
        title="What is missing together",
        columns=("feature", *shown),
        rows=[(name, *map(float, row)) for name, row in zip(shown, table, strict=True)],
        row_axis="feature",
        column_axis="feature",
        caption="Correlation of gaps: 1 always missing together, 0 unrelated, below 0 rather one or the other."
        + (f" {len(gapped) - SHOWN} features with fewer gaps are left out." * (len(gapped) > SHOWN)),
    )


def _table(found: list[tuple[Any, ...]]) -> Table:
    return Table(
        name="patterns",
        title="What gaps go together with",
        columns=("feature", "missing more often where", "correlation", "p_value", "p_adjusted"),
        rows=found[:MOST_ROWS],
        caption="Below 0: missing more often where it is low or not so."
        + (f" {len(found) - MOST_ROWS:,} more." * (len(found) > MOST_ROWS)),
    )
