"""How much is missing, and does what is missing tell the answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted, listed
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ID = "quality.missing"
MOST_ROWS = 200  # of the view


@operation(
    "check",
    "Missing values",
    needs=("features",),
    threshold=Threshold(
        warn=0.05,
        fail=None,
        source="Below 5 % missing values are of little consequence: Schafer (1999), Multiple imputation: a primer, "
        "Statistical Methods in Medical Research 8",
    ),
    references=(
        "Schafer (1999). Multiple imputation: a primer. Statistical Methods in Medical Research 8",
        "Rubin (1976). Inference and missing data. Biometrika 63",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved"},
)
def missing(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """How much is missing, and does what is missing tell the answer?

    The headline is the feature with the largest share of missing values. Where missing goes together with the target
    (tested per column), dropping or filling rows bends the data, and a model may learn who was asked rather than what
    was answered. Markers such as ``?`` or -1 are values here: see ``quality.schema``.

    In plain words
    --------------
    Much is missing from the data, or what is missing goes with the outcome.

    What to do
    ----------
    Find why the values are missing. Where gaps go with the target, keep a column that says so, and make sure that it is
    known in use.

    Parameters
    ----------
    subject : Subject
        Features; and labels, where the relation to the target is to be tested.
    level : float
        Confidence level; 1 - level is the false discovery rate of the tests.
    context : Context
        Where chance comes from in permutation tests of small tables.

    Returns
    -------
    Result
        Value: the largest share, its interval by Wilson over all columns at once (Bonferroni). ``p_value``: the
        smallest adjusted one of the tests. View ``by_column``: the columns with anything missing.

    References
    ----------
    Rubin (1976). Inference and missing data. Biometrika 63.
    """
    import numpy as np

    from trustlab.stats.disparity import shared_level
    from trustlab.stats.intervals import wilson
    from trustlab.stats.multiplicity import benjamini_hochberg

    gaps = subject.X.isna().to_numpy()
    counts = gaps.sum(axis=0)
    places = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())]
    together = wilson(counts, subject.n, shared_level(level, counts.size))
    if not places.size:
        reason = f"None of {counted(counts.size, 'feature')} has a missing value (n {subject.n:,})."
        ends = (0.0, float(together.hi.max()))
        return Result(reason=reason, value=0.0, unit="share of rows", interval=ends, level=level, n=subject.n)
    p_values = benjamini_hochberg([_relation(subject, gaps[:, place], context) for place in places])
    related = [str(subject.X.columns[place]) for place, p in zip(places, p_values, strict=True) if p < 1 - level]
    names = [str(subject.X.columns[place]) for place in places]
    worst = float(counts[places[0]]) / subject.n
    among = f"the most of {len(names)} features with gaps" if len(names) > 1 else "the only feature with gaps"
    reason = f"{names[0]} is missing in {worst:.1%} of rows, {among} of {counts.size} (n {subject.n:,})."
    if related:
        reason += f" Whether a value is missing goes together with {subject.target}: {listed(related)}."
    known = p_values[~np.isnan(p_values)].tolist()
    return Result(
        reason=reason,
        value=worst,
        unit="share of rows",
        interval=(float(together.lo.max()), float(together.hi.max())),
        level=level,
        n=subject.n,
        p_value=min(known, default=None),
        views=[_table(subject, gaps, places, p_values, level)],
    )


def _relation(subject: Subject, gap: NDArray[np.bool_], context: Context) -> float:
    """Return the p-value of "missing has nothing to do with the target"; NaN where that cannot be asked."""
    import numpy as np

    from trustlab.stats.two_sample import chi2_2samp, ks_2samp

    if subject.y is None or gap.all() or not gap.any():
        return float("nan")
    if subject.task == "regression":
        return ks_2samp(subject.y[gap], subject.y[~gap]).p_value
    return chi2_2samp(np.sort(subject.y[gap]), np.sort(subject.y[~gap]), context.rng(ID)).p_value


def _table(
    subject: Subject, gaps: NDArray[np.bool_], places: NDArray[Any], p_values: NDArray[np.float64], level: float
) -> Table:
    from trustlab.stats.intervals import wilson

    rows: list[tuple[Any, ...]] = []
    for place, p_value in list(zip(places, p_values, strict=True))[:MOST_ROWS]:
        gap = gaps[:, place]
        share = wilson(gap.sum(), gap.size, level).at(())
        inside = float(subject.y[gap].mean()) if subject.y is not None else None
        outside = float(subject.y[~gap].mean()) if subject.y is not None and not gap.all() else None
        means = (inside, outside) if subject.task in {"binary", "regression"} else ()
        rows.append((str(subject.X.columns[place]), int(gap.sum()), *share, p_value, *means))
    means_of = (f"{subject.target}_if_missing", f"{subject.target}_otherwise")
    return Table(
        name="by_column",
        title="Features with missing values",
        columns=(
            "column",
            "rows",
            "missing",
            "missing_lo",
            "missing_hi",
            "p_adjusted",
            *(means_of if subject.task in {"binary", "regression"} else ()),
        ),
        rows=rows,
        units={"rows": "rows", "missing": "share of rows"},
        caption="p_adjusted: that missing has nothing to do with the target, adjusted for the number of columns. The "
        "last columns: the mean target (for two classes the share of the positive one).",
    )
