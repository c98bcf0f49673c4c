"""Partial dependence and individual conditional expectations, with the spread that the mean hides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from trustlab.core.views import View
    from trustlab.explain.quality import Measure
    from trustlab.stats.arrays import Floats, Ints

ID = "explain.partial_dependence"
ROWS, CURVES, MOST_LEVELS = 200, 12, 15


@operation(
    "explainer",
    "Partial dependence",
    needs=("model", "features"),
    references=(
        "Friedman (2001). Greedy function approximation: a gradient boosting machine. Annals of Statistics 29",
        (
            "Goldstein, Kapelner, Bleich and Pitkin (2015). Peeking inside the black box: visualizing statistical "
            "learning with plots of individual conditional expectation. JCGS 24"
        ),
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "features": ["income"], "points": 6},
)
def partial_dependence(
    subject: Subject,
    features: list[str] | None = None,
    points: Annotated[int, Range(3, 100)] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say how the prediction changes, on average and row by row, when one input alone is set to other values.

    The mean prediction of up to 200 rows with the input set to each of its quantiles in turn (partial dependence), and
    some of the rows' own curves (individual conditional expectations). Heterogeneity is the share of the curves'
    variance, each around its own mean, that the mean curve leaves: near 0 the mean speaks for all rows, near 1 it
    hides that rows differ. Not for inputs that go together: it asks about rows that cannot occur; see
    accumulated_effects.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    features : list
        The inputs; the three most important by SHAP values where not given.
    points : int
        Values of each input, at most.
    level : float
        Confidence level of the intervals over rows.
    context : Context
        Where rows are drawn.

    Returns
    -------
    Result
        Value: the range of the mean prediction over the first input. Views ``dependence_1`` … (mean curve with
        interval), ``rows_1`` … (some rows' curves), ``summary`` and ``quality``.
    """
    from trustlab.explain import _words

    names = chosen_features(subject, features, context, ID)
    if not names:
        return not_applicable("the model answers the same for every row, so no input changes anything")
    curves = [dependence(subject, name, points, context) for name in names]
    lines = [(curve.name, *_range(curve, level), curve.heterogeneity()) for curve in curves]
    outcome, unit = _words.outcome_of(subject, max(len(subject.classes) - 1, 0)), _words.unit_of(subject)
    name, value, lo, hi, hidden = lines[0]
    views: list[View] = []
    for at, curve in enumerate(curves, start=1):
        views += _pictures(curve, at, outcome, unit, level)
    said = "" if hidden is None else f"; the mean hides {hidden:.0%} of how single rows change"
    return Result(
        reason=f"Over the values of {name} the mean prediction ({outcome}) ranges over {value:.2g} ({lo:.2g} to "
        f"{hi:.2g}, n {len(curves[0].ice)} rows){said}.",
        value=value,
        unit=unit,
        interval=(lo, hi),
        level=level,
        n=len(curves[0].ice),
        views=[
            *views,
            _summary(lines, unit),
            _words.quality_view(_quality(curves)),
        ],
    )


def _summary(lines: Sequence[tuple[Any, ...]], unit: str) -> Table:
    return Table(
        name="summary",
        title="Range of the mean curve, and what it hides",
        columns=("feature", "range", "range_lo", "range_hi", "heterogeneity"),
        rows=lines,
        units={"range": unit, "heterogeneity": "share of variance"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """How single rows' outputs change with one input.

    Parameters
    ----------
    name : str
        The input.
    labels : sequence
        Its values, in order: numbers, or texts.
    share : ndarray, shape (points,)
        Share of the rows at or nearest to each value.
    ice : ndarray, shape (rows, points)
        The output of each row with the input set to each value.
    """

    name: str
    labels: Sequence[Any]
    share: Floats
    ice: Floats

    def heterogeneity(self) -> float | None:
        """Return the share of the centred curves' variance that the mean curve leaves; None without any variance."""
        centred = self.ice - self.ice.mean(axis=1, keepdims=True)
        whole = float((centred**2).sum())
        return float(((centred - centred.mean(axis=0)) ** 2).sum()) / whole if whole > 1e-24 else None


def chosen_features(subject: Subject, features: list[str] | None, context: Context, operation_id: str) -> list[str]:
    """Return the inputs that were named, or the three most important by SHAP values; none where nothing matters."""
    known = [str(name) for name in subject.X.columns]
    for name in features or ():
        if name not in known:
            raise UsageError(
                f"{operation_id}: features must be inputs of the model; got {name!r}.{did_you_mean(name, known)}"
            )
    if features:
        return list(features)
    from trustlab.explain.shap_values import shared_attribution, too_wide

    if reason := too_wide(subject):
        raise UsageError(f"{operation_id}: features must be given, since {reason}", hint=f"--features {known[0]}")
    strength = shared_attribution(subject, context).strength().mean(axis=0)
    order = (-strength).argsort(kind="stable")[:3]
    return [known[at] for at in order.tolist() if strength[at] > 0]


def dependence(subject: Subject, name: str, points: int, context: Context, rows: int = ROWS) -> Dependence:
    """Return the curves of up to ``rows`` rows for one input; of the positive or last class's probability."""
    import numpy as np

    from trustlab.explain.shap_values import model_outputs
    from trustlab.stats.sampling import subsample

    table = subject.X.iloc[subsample(subject.n, rows, context.rng(ID, "rows"))]
    column = subject.inputs()[name]
    places, labels, share = grid_of(column, points)
    count = len(places)
    repeated = table.iloc[np.repeat(np.arange(len(table)), count)].reset_index(drop=True)
    repeated[name] = column.array.take(np.tile(places, len(table)))
    outputs = model_outputs(subject, repeated)[:, -1]
    return Dependence(name=name, labels=labels, share=share, ice=outputs.reshape(len(table), count))


def grid_of(column: pd.Series, points: int) -> tuple[Ints, list[Any], Floats]:
    """Return places in a column of the values to try, the values, and the share of rows nearest to each.

    Quantiles of a number that do occur; the most frequent values of anything else. Missing values are not tried.
    """
    import numpy as np
    import pandas as pd

    known = np.flatnonzero(column.notna().to_numpy())
    if not known.size:
        return np.zeros(1, np.int64), ["missing"], np.ones(1)
    values = column.iloc[known]
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        numbers = values.to_numpy(np.float64)
        order = np.argsort(numbers, kind="stable")
        picks = order[np.unique(np.linspace(0, len(order) - 1, points).round().astype(np.int64))]
        distinct, first = np.unique(numbers[picks], return_index=True)
        edges = (distinct[1:] + distinct[:-1]) / 2
        share = np.bincount(np.searchsorted(edges, numbers), minlength=len(distinct)) / len(numbers)
        return known[picks[first]], distinct.tolist(), share
    texts = values.astype(str).to_numpy()
    levels, first, counts = np.unique(texts, return_index=True, return_counts=True)
    kept = np.sort(np.argsort(-counts, kind="stable")[: min(points, MOST_LEVELS)])
    return known[first[kept]], levels[kept].tolist(), counts[kept] / len(texts)


def _range(curve: Dependence, level: float) -> tuple[float, float, float]:
    """Return the range of the mean curve, with Student's interval of the rows' difference between its ends."""
    from trustlab.stats.intervals import mean_interval

    mean = curve.ice.mean(axis=0)
    found = mean_interval(curve.ice[:, mean.argmax()] - curve.ice[:, mean.argmin()], level)
    return found.value, found.lo, found.hi


def _pictures(curve: Dependence, at: int, outcome: str, unit: str, level: float) -> list[View]:
    from trustlab.stats.intervals import mean_interval

    numeric = not isinstance(curve.labels[0], str)
    means = [mean_interval(curve.ice[:, point], level) for point in range(len(curve.labels))]
    rows = [(label, *mean, float(share)) for label, mean, share in zip(curve.labels, means, curve.share, strict=True)]
    columns = (curve.name, "prediction", "prediction_lo", "prediction_hi", "share of rows")
    if curve.name in columns[1:]:
        columns = (f"{curve.name} (input)", *columns[1:])
    views: list[View] = [
        Series(
            name=f"dependence_{at}",
            title=f"Mean prediction ({outcome}) by {curve.name}",
            columns=columns,
            rows=rows,
            units={"prediction": unit},
            x=columns[0],
            y=("prediction",),
            mark="line" if numeric else "bar",
            caption="The interval is over rows. Where few rows lie, little speaks for the curve.",
        )
    ]
    return [*views, _single_rows(curve, at, columns[0], unit)] if numeric else views


def _single_rows(curve: Dependence, at: int, x: str, unit: str) -> Series:
    few = curve.ice[:: max(1, len(curve.ice) // CURVES)][:CURVES]
    return Series(
        name=f"rows_{at}",
        title=f"Single rows' predictions by {curve.name}",
        columns=(x, "row", "prediction"),
        rows=[
            (label, f"row {place + 1}", float(value))
            for place, line in enumerate(few)
            for label, value in zip(curve.labels, line, strict=True)
        ],
        units={"prediction": unit},
        x=x,
        y=("prediction",),
        group="row",
    )


def _quality(curves: Sequence[Dependence]) -> list[Measure]:
    """Return how alike the mean curves of two halves of the rows are, and what the means hide."""
    import numpy as np

    from trustlab.explain.quality import RERUN, Measure

    gaps = []
    for curve in curves:
        halves = [part.mean(axis=0) - part.mean() for part in (curve.ice[::2], curve.ice[1::2]) if len(part)]
        spread = np.ptp(curve.ice.mean(axis=0))
        if len(halves) > 1 and spread > 0:
            gaps.append(float(1 - np.abs(halves[0] - halves[1]).max() / spread))
    hidden = [found for curve in curves if (found := curve.heterogeneity()) is not None]
    return [
        Measure(
            RERUN,
            min(gaps) if gaps else None,
            "1 less the largest gap between the mean curves of two halves of the rows, as a share of the range",
        ),
        Measure(
            "heterogeneity", max(hidden) if hidden else None, "what the mean curve hides; the largest of the inputs"
        ),
    ]
