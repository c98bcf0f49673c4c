"""Do two features together give the answer away?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

ID = "quality.leaky_pairs"
FEWEST = 200  # rows
BINS = 12  # of a number in a table of two features
MOST_VALUES = 30
SHOWN = 15


@operation(
    "check",
    "Pairs that leak",
    needs=("features", "labels"),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: two features that together all but fix the target, where neither does alone, are worth "
        "a question how they came about. Being rightly decisive looks the same, so nothing fails",
    ),
    references=(
        "Kaufman, Rosset, Perlich and Stitelman (2012). Leakage in data mining. ACM TKDD 6",
        "Kapoor and Narayanan (2023). Leakage and the reproducibility crisis in ML-based science. Patterns 4",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "drop": ["decision", "score"]},
)
def leaky_pairs(
    subject: Subject,
    almost: Annotated[float, Range(0.5, 1)] = 0.99,
    features: Annotated[int, Range(2, 100)] = 25,
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 10_000,
    *,
    context: Context,
) -> Result:
    """Do two features together give the answer away?

    Such as a balance before and one after, or a date of application and one of closing: for every two features the
    difference (of numbers and of dates), whether they are equal, and the table of both, learned on one half of the
    rows and measured on the other. Named are pairs that predict the target almost perfectly where neither feature
    does: ``quality.leakage`` names those. With numbers the target is cut at its median, and of many classes the three
    largest are tried.

    In plain words
    --------------
    Two pieces of information together give the outcome away, so the model looks better here than it will be in use.

    What to do
    ----------
    Ask whether both columns are known at the time of use; drop the one that is not.

    Parameters
    ----------
    subject : Subject
        Features and labels.
    almost : float
        From this area under the ROC curve a pair is named. A choice, with no source.
    features : int
        How many features are paired: those that tell most alone, and as many others as fit, dates before all.
    max_rows : int
        Rows looked at; more are sampled.
    context : Context
        Where the sample and its halves come from; row order matters through it.

    Returns
    -------
    Result
        Value: the number of such pairs. View ``pairs``: the pairs that tell most beyond their features.

    References
    ----------
    Kaufman, Rosset, Perlich and Stitelman (2012). Leakage in data mining: formulation, detection and avoidance.
    """
    from trustlab.checks.quality._leaks import binary_targets
    from trustlab.checks.quality._learner import features_of
    from trustlab.stats.sampling import stratified_halves, subsample

    rng = context.rng(ID)
    rows = subsample(subject.n, max_rows, rng)
    targets = binary_targets(subject, rows)
    names = features_of(subject)
    if rows.size < FEWEST or not targets or len(names) < 2:
        return not_applicable(f"needs two features, {FEWEST} rows, and 20 of two classes each")
    tried: list[_Pair] = []
    for label, hit in targets:
        tried += _search(subject.X[names].iloc[rows], hit, stratified_halves(hit, rng), label, features)
    tried.sort(key=lambda one: (-one.area, one.first, one.second, one.how))
    leaks = [one for one in tried if one.area >= almost > one.alone]
    gains = sorted(tried, key=lambda one: one.alone - one.area)[:SHOWN]
    best = gains[0] if gains else None
    reason = f"No two of {min(len(names), features)} features give {subject.target} away (n {rows.size:,})."
    if leaks:
        first = leaks[0]
        reason = (
            f"{first.first} and {first.second} together, by {first.how}, predict {subject.target} almost perfectly: "
            f"area {first.area:.3f}, alone {first.alone:.3f} (n {rows.size:,})."
        )
    elif best is not None and best.area > best.alone:
        reason += f" Most gained {best.first} with {best.second}: {best.alone:.3f} to {best.area:.3f}."
    return Result(
        reason=reason,
        value=len({(one.first, one.second) for one in leaks}),
        unit="pairs",
        n=int(rows.size),
        views=_views(leaks[:SHOWN] or gains),
    )


class _Pair(NamedTuple):
    """What two features tell together, and the better of them alone."""

    first: str
    second: str
    how: str
    label: str
    area: float
    alone: float


def _search(frame: pd.DataFrame, hit: NDArray[Any], halves: tuple[Any, Any], label: str, most: int) -> Iterator[_Pair]:

    from trustlab.checks.quality._leaks import guessed
    from trustlab.data.coding import learn_coding
    from trustlab.data.roles import is_time
    from trustlab.stats.roc import roc_auc

    def area(codes: NDArray[Any]) -> float:
        return roc_auc(hit[halves[1]], guessed(codes, hit, halves))

    fine, coarse = {}, {}
    for name in frame.columns[: 10 * most]:
        column = frame[name].iloc[halves[0]]
        fine[name] = area(learn_coding(column, bins=100, most=500).codes(frame[name]))
        coarse[name] = learn_coding(column, bins=BINS, most=MOST_VALUES).codes(frame[name])
    times = {name: is_time(frame[name]) for name in fine}
    kept = sorted(fine, key=lambda name: (not times[name], -fine[name], str(name)))[:most]
    numbers = {name: _numbers(frame[name]) for name in kept}
    same = _common_codes(frame[kept])
    for place, one in enumerate(kept):
        for two in kept[:place]:
            alone = max(fine[one], fine[two])
            pair = (min(str(one), str(two)), max(str(one), str(two)))
            both = coarse[one] * (int(coarse[two].max()) + 1) + coarse[two]
            yield _Pair(*pair, "the table of both", label, area(both), alone)
            yield _Pair(*pair, "being equal", label, area(_equal(same[one], same[two])), alone)
            first, second = numbers[one], numbers[two]
            if first is not None and second is not None and times[one] == times[two]:
                cut, signs = _cut(first - second, halves[0])
                yield _Pair(*pair, "the difference", label, max(area(cut), area(signs)), alone)


def _cut(gap: NDArray[Any], rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a difference in fiftieths of its rows, and its sign, as codes; 0 where it is missing."""
    import numpy as np

    missing = np.isnan(gap)
    known = gap[rows][~missing[rows]]
    edges = np.unique(np.quantile(known, np.arange(1, 50) / 50)) if known.size else known
    cut = np.where(missing, 0, 1 + np.searchsorted(edges, gap)).astype(np.int64)
    return cut, np.where(missing, 0, 2 + np.sign(np.where(missing, 0, gap))).astype(np.int64)


def _numbers(column: pd.Series[Any]) -> NDArray[Any] | None:
    """Return numbers or seconds, without infinities; None for what has no difference."""
    import numpy as np
    from pandas.api import types

    from trustlab.checks.quality._learner import seconds_of
    from trustlab.data.roles import is_time

    if is_time(column):
        return seconds_of(column)
    if not types.is_numeric_dtype(column) or types.is_bool_dtype(column) or types.is_complex_dtype(column):
        return None
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    found: NDArray[Any] = np.where(np.isfinite(numbers), numbers, np.nan)
    return found


def _common_codes(frame: pd.DataFrame) -> dict[Any, NDArray[Any]]:
    """Return codes for which equal values of any two columns are equal; -1 for missing."""
    import pandas as pd

    from trustlab.data.coding import plain_values

    values: list[Any] = []
    for name in frame.columns:
        missing = frame[name].isna().tolist()
        plain = plain_values(frame[name])
        values += [None if gone else value for gone, value in zip(missing, plain, strict=True)]
    codes = pd.factorize(pd.Series(values, dtype=object), use_na_sentinel=True)[0]
    return {name: codes[place * len(frame) : (place + 1) * len(frame)] for place, name in enumerate(frame.columns)}


def _equal(one: NDArray[Any], two: NDArray[Any]) -> NDArray[Any]:
    """Return 0 where either is missing, 1 where they differ, 2 where they are equal."""
    import numpy as np

    found: NDArray[Any] = np.where((one < 0) | (two < 0), 0, 1 + (one == two)).astype(np.int64)
    return found


def _views(pairs: Sequence[_Pair]) -> list[Series | Table]:
    rows = [(f"{one.first} and {one.second}", one.area, one.alone) for one in pairs]
    picture = Series(
        name="picture",
        title="What two features tell together, and the better one alone",
        columns=("pair", "together", "alone"),
        rows=rows,
        x="pair",
        y=("together", "alone"),
        mark="point",
        reference={"a guess": 0.5},
    )
    table = Table(
        name="pairs",
        title="Pairs of features",
        columns=("feature", "other feature", "how", "class", "area together", "area alone"),
        rows=pairs,
        caption="Areas under the ROC curve, learned on one half of the rows and measured on the other.",
    )
    return [picture, table] if pairs else [table]
