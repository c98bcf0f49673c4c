"""Does the model fall short in a single feature's segments?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from trustlab.checks.segments._columns import Columns

ID = "segments.underperformance"
SHOWN = 100  # rows of the table
DRAWN = 12
JUDGED = ("accuracy", "mean absolute error")


@operation(
    "check",
    "Falling short in a segment",
    needs=("labels", "predictions", "features"),
    threshold=Threshold(
        warn=0.20,
        fail=None,
        source="A convention of practice: Deepchecks' weak segments condition allows a relative drop of 20 %. Judged "
        "only where the shortfall is surely there. No accepted limit to fail",
    ),
    references=(
        "Koopman (1984). Confidence intervals for the ratio of two binomial proportions. Biometrics 40",
        "Barocas et al. (2021). Designing disaggregated evaluations of AI systems. AIES",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "drop": ["score"]},
)
def underperformance(
    subject: Subject,
    min_rows: Annotated[int, Range(2), Unit("rows")] = 50,
    max_features: Annotated[int, Range(1, 1000)] = 100,
    max_rows: Annotated[int, Range(100), Unit("rows")] = 200_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Does the model fall short in a single feature's segments?

    Every value or quartile of each feature is a segment, and its accuracy (for regression its mean absolute error) is
    set against all other rows. Here nothing is searched: it is a survey of the segments that anyone would look at. For
    two classes recall and precision are shown as well, not judged: where positives are rare both are low by nature.

    In plain words
    --------------
    For one kind of case the model is clearly worse than for the rest.

    What to do
    ----------
    Look at the rows of the segment named: too few to train on, a feature missing, or another kind of row that wants its
    own model?

    Parameters
    ----------
    subject : Subject
        Labels, predictions and features; sensitive attributes are looked at too.
    min_rows : int
        Rows that the figure's denominator needs in a segment and outside.
    max_features : int
        With more features, those whose own slices err most are looked at.
    max_rows : int
        With more rows, a seeded sample of them.
    level : float
        Confidence level of all intervals together.
    context : Context
        Where the sample comes from.

    Returns
    -------
    Result
        Value: the relative shortfall of the segment that falls short most surely: 1 minus the ratio to all other rows
        (for regression 1 minus the others' error over its own). Its interval holds for all segments and figures
        together (Bonferroni). The share of rows in segments that surely fall short is under ``segments``.
    """
    import numpy as np

    from trustlab.checks.segments._columns import columns_of
    from trustlab.checks.segments._search import row_errors
    from trustlab.stats.sampling import subsample

    rows = subsample(subject.n, max_rows, context.rng(ID))
    if rows.size < 2 * min_rows:
        return not_applicable(f"needs {2 * min_rows} rows; got {rows.size}")
    errors, _ = row_errors(subject, "error")
    columns = columns_of(subject, rows, np.arange(rows.size), errors[rows], (max_features, min_rows))
    segments = list(_segments(columns, min_rows))
    found = _shortfalls(subject, rows, columns.coarse(), segments, (min_rows, level))
    if not found:
        return not_applicable(f"no feature has two segments of {min_rows} rows." + columns.said_left_out())
    judged = [one for one in found if one.figure in JUDGED]
    surest = max(judged or found, key=lambda one: (one.lo, one.value))
    names = {(feature, code): words for feature, code, words in segments}
    sure = [one for one in judged if one.lo > 0]
    return Result(
        status=None if surest.lo > 0 else Status.PASS,
        reason=_sentence(surest, names, judged, rows.size) + columns.said_left_out(),
        value=surest.value,
        unit="relative shortfall",
        interval=(surest.lo, surest.hi),
        level=level,
        n=rows.size,
        views=_views(found, names, _coverage(columns.coarse(), sure)),
    )


class _Shortfall(NamedTuple):
    feature: int
    code: int
    figure: str
    n: int
    inside: float
    outside: float
    value: float
    lo: float
    hi: float


def _segments(columns: Columns, min_rows: int) -> Iterator[tuple[int, int, str]]:
    """Yield column, coarse code and words of each segment with enough rows."""
    import numpy as np

    coarse = columns.coarse()
    for at, column in enumerate(columns.chosen):
        counts = np.bincount(coarse[:, at], minlength=column.coarse.size)
        for code in np.flatnonzero((counts >= min_rows) & (counts <= len(coarse) - min_rows)).tolist():
            yield at, code, column.words(np.flatnonzero(column.coarse_of == code).tolist())


def _figures(subject: Subject, rows: NDArray[np.int64]) -> dict[str, tuple[Any, Any]]:
    """Return the task's figures, each by the rows that count and the rows among them that are right."""
    import numpy as np

    assert subject.y is not None
    assert subject.y_pred is not None
    y, said = subject.y[rows], subject.y_pred[rows]
    right, every = y == said, np.ones(rows.size, np.bool_)
    if subject.task == "binary":
        return {"accuracy": (every, right), "recall": (y == 1, right), "precision": (said == 1, right)}
    return {"accuracy": (every, right)}


def _shortfalls(
    subject: Subject,
    rows: NDArray[np.int64],
    coarse: NDArray[np.int64],
    segments: Sequence[tuple[int, int, str]],
    limits: tuple[int, float],
) -> list[_Shortfall]:
    """Return how far each segment falls short of the other rows in each figure, all intervals together."""
    if not subject.classes:
        return _longer_errors(subject, rows, coarse, segments, limits)
    import numpy as np

    from trustlab.stats.disparity import shared_level
    from trustlab.stats.intervals import proportion_ratio

    min_rows, level = limits
    cells = []
    for figure, (counts, right) in _figures(subject, rows).items():
        among = coarse[counts]
        hit = right[counts]
        for feature, code, _ in segments:
            inside = among[:, feature] == code
            size, right_inside = int(inside.sum()), int(hit[inside].sum())
            if min_rows <= size <= inside.size - min_rows:
                counted = (size, right_inside, inside.size - size, int(hit.sum()) - right_inside)
                cells.append((feature, code, figure, *counted))
    if not cells:
        return []
    n, k, n_out, k_out = (np.array([cell[at] for cell in cells]) for at in (3, 4, 5, 6))
    ratio = proportion_ratio(k, n, k_out, n_out, shared_level(level, len(cells)))
    return [
        _Shortfall(
            *cell[:3],
            n=cell[3],
            inside=float(k[at] / n[at]),
            outside=float(k_out[at] / n_out[at]),
            value=1 - float(ratio.value[at]),
            lo=1 - float(ratio.hi[at]),
            hi=1 - float(ratio.lo[at]),
        )
        for at, cell in enumerate(cells)
        if k_out[at] > 0
    ]


def _longer_errors(
    subject: Subject,
    rows: NDArray[np.int64],
    coarse: NDArray[np.int64],
    segments: Sequence[tuple[int, int, str]],
    limits: tuple[int, float],
) -> list[_Shortfall]:
    """Return by what share of its own error each segment falls short: 1 minus the others' mean error over its own."""
    import numpy as np

    from trustlab.checks.segments._search import row_errors
    from trustlab.stats.disparity import shared_level
    from trustlab.stats.intervals import normal_quantile

    errors = row_errors(subject, "error")[0][rows]
    z = normal_quantile(shared_level(limits[1], max(len(segments), 1)))
    found = []
    for feature, code, _ in segments:
        inside = coarse[:, feature] == code
        one, other = errors[inside], errors[~inside]
        if one.mean() <= 0 or other.mean() <= 0:
            continue
        ratio = float(np.log(other.mean() / one.mean()))
        noise = float(np.hypot(*(part.std(ddof=1) / part.mean() / part.size**0.5 for part in (one, other))))
        ends = [1 - float(np.exp(ratio + step * noise)) for step in (0, z, -z)]
        found.append(
            _Shortfall(feature, code, "mean absolute error", one.size, float(one.mean()), float(other.mean()), *ends)
        )
    return found


def _coverage(coarse: NDArray[np.int64], sure: Sequence[_Shortfall]) -> float:
    """Return the share of rows in any segment that surely falls short."""
    import numpy as np

    inside = np.zeros(len(coarse), np.bool_)
    for one in sure:
        inside |= coarse[:, one.feature] == one.code
    return float(inside.mean())


def _sentence(surest: _Shortfall, names: dict[tuple[int, int], str], found: Sequence[_Shortfall], n: int) -> str:
    numbers = (
        f"{surest.figure} {surest.inside:.3g} vs {surest.outside:.3g} elsewhere, {surest.value:.0%} short "
        f"({surest.lo:.0%} to {surest.hi:.0%}, n {surest.n:,})"
    )
    where = names[surest.feature, surest.code]
    if surest.lo <= 0:
        none = f"No segment of {len(names)} falls short beyond chance; nearest to it is {where}"
        return f"{none}: {numbers}, which could be noise."
    segments = len({(one.feature, one.code) for one in found if one.lo > 0})
    return f"{where}: {numbers}. {segments} of {len(names)} segments fall short beyond chance (n {n:,})."


def _views(found: Sequence[_Shortfall], names: dict[tuple[int, int], str], coverage: float) -> list[Series | Table]:
    ordered = sorted(found, key=lambda one: (one.figure not in JUDGED, -one.lo, -one.value))
    columns = ("segment", "figure", "n", "inside", "outside", "shortfall", "shortfall_lo", "shortfall_hi")
    rows = [(names[one.feature, one.code], *one[2:]) for one in ordered]
    more = f" The first {SHOWN} of {len(rows):,} are shown." if len(rows) > SHOWN else ""
    return [
        Series(
            name="picture",
            title="Shortfall against all other rows",
            columns=("segment", "shortfall", "shortfall_lo", "shortfall_hi"),
            rows=[(f"{row[0]}: {row[1]}", *row[5:]) for row in rows[:DRAWN]],
            x="segment",
            y=("shortfall",),
            mark="point",
            reference={"as the rest": 0.0},
        ),
        Table(
            name="segments",
            title="Segments, the surest shortfall first",
            columns=columns,
            rows=rows[:SHOWN],
            units={"n": "rows"},
            caption=f"All intervals hold together. Segments that surely fall short hold {coverage:.0%} of the rows."
            + more,
        ),
    ]
