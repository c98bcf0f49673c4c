"""Accumulated local effects: partial dependence for inputs that go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.arrays import Floats

ID = "explain.accumulated_effects"
MAX_ROWS, DRAWS, FEWEST_ROWS = 5000, 200, 10
Found = tuple["Floats", "Floats", "Floats"]


@operation(
    "explainer",
    "Accumulated local effects",
    needs=("model", "features", "numeric"),
    references=(
        (
            "Apley and Zhu (2020). Visualizing the effects of predictor variables in black box supervised learning "
            "models. JRSS B 82"
        ),
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "features": ["income"], "bins": 5},
)
def accumulated_effects(
    subject: Subject,
    features: list[str] | None = None,
    bins: Annotated[int, Range(2, 200)] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say how the prediction changes along one number, looking at each row only near its own value.

    Rows are put in bins of the number with equally many rows; in each the mean change of the prediction from the
    bin's lower to its upper edge is taken, and these are summed and centred. No row is moved further than its bin, so
    inputs that go together stay together. Not for texts, which have no order; and where rows differ (interactions)
    the curve is a mean like partial dependence.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    features : list
        Numeric inputs; the three most important by SHAP values where not given.
    bins : int
        Bins of each number, at most.
    level : float
        Confidence level of the intervals, by a bootstrap of the rows in each bin.
    context : Context
        Where rows are drawn.

    Returns
    -------
    Result
        Value: the range of the first input's curve. Views ``effects_1`` …, ``summary`` and ``quality``.
    """
    from trustlab.explain import _words
    from trustlab.explain.quality import RERUN, Measure

    if subject.n < FEWEST_ROWS:
        return not_applicable(f"needs {FEWEST_ROWS} rows to make bins; there are {subject.n}")
    names = _numbers(subject, features, context)
    if not names:
        return not_applicable("none of the inputs that matter is a number that varies")
    curves = {name: effects(subject, name, bins, context) for name in names}
    lines = [(name, *_range(curve, level)) for name, curve in curves.items()]
    outcome, unit = _words.outcome_of(subject, max(len(subject.classes) - 1, 0)), _words.unit_of(subject)
    name, value, lo, hi = lines[0]
    widest = max((line[3] - line[2]) / 2 for line in lines)
    return Result(
        reason=f"Along {name} the prediction ({outcome}) changes by {value:.2g} ({lo:.2g} to {hi:.2g}, n "
        f"{min(subject.n, MAX_ROWS):,} rows), with the other inputs as they occur with it.",
        value=value,
        unit=unit,
        interval=(lo, hi),
        level=level,
        n=min(subject.n, MAX_ROWS),
        views=[
            *(_picture(*named, at, (outcome, unit), level) for at, named in enumerate(curves.items(), start=1)),
            _summary(lines, unit),
            _words.quality_view(
                [
                    Measure(RERUN, _likeness(curves), "lowest correlation of the curves of two bootstrap draws"),
                    Measure("largest half-width", widest, "of the ranges' intervals: what a rerun may change"),
                ]
            ),
        ],
    )


def _numbers(subject: Subject, features: list[str] | None, context: Context) -> list[str]:
    """Return the inputs to look at that are numbers and vary; UsageError where one that was named is no number."""
    from trustlab.explain.partial_dependence import chosen_features

    named = chosen_features(subject, features, context, ID)
    texts = [name for name in features or () if name not in subject.numeric_columns]
    if texts:
        raise UsageError(f"{ID}: features must be numbers; {texts[0]!r} is not")
    return [name for name in named if name in subject.numeric_columns and subject.X[name].nunique() > 1]


def _summary(lines: list[tuple[str, float, float, float]], unit: str) -> Table:
    return Table(
        name="summary",
        title="Range of the curves",
        columns=("feature", "range", "range_lo", "range_hi"),
        rows=lines,
        units={"range": unit},
    )


def effects(subject: Subject, name: str, bins: int, context: Context) -> Found:
    """Return the edges of the bins, the centred effect at each, and 200 bootstrap draws of it, shape (draws, edges)."""
    import numpy as np

    from trustlab.explain.shap_values import model_outputs
    from trustlab.stats.sampling import subsample

    rng = context.rng(ID, name)
    table = subject.X.iloc[subsample(subject.n, MAX_ROWS, rng)]
    table = table[table[name].notna()].reset_index(drop=True)
    values = table[name].to_numpy(np.float64)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf"))
    place = np.clip(np.searchsorted(edges, values, side="left") - 1, 0, len(edges) - 2)
    ends = [table.assign(**{name: _like(table[name], edges[place + side])}) for side in (1, 0)]
    change = model_outputs(subject, ends[0])[:, -1] - model_outputs(subject, ends[1])[:, -1]
    count = np.bincount(place, minlength=len(edges) - 1)
    drawn = np.empty((DRAWS + 1, len(count)))
    for at in range(len(count)):
        own = change[place == at]
        weights = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), size=DRAWS) / len(own)
        drawn[:, at] = [own.mean(), *(weights @ own)]
    curve = np.concatenate([np.zeros((DRAWS + 1, 1)), np.cumsum(drawn, axis=1)], axis=1)
    middles = (curve[:, 1:] + curve[:, :-1]) / 2
    centred = curve - (middles @ count / count.sum())[:, None]
    return edges, centred[0], centred[1:]


def _like(column: Any, values: Floats) -> Any:
    """Return values of a column; they occur in it, so whole numbers stay whole, as the model was taught them."""
    import pandas as pd

    return pd.Series(values, index=column.index).astype(column.dtype)


def _range(curve: Found, level: float) -> tuple[float, float, float]:
    from trustlab.stats.bootstrap import percentile_ends

    _, effect, drawn = curve
    high, low = effect.argmax(), effect.argmin()
    value = float(effect[high] - effect[low])
    lo, hi = percentile_ends(drawn[:, high] - drawn[:, low], level)
    return value, min(float(lo), value), max(float(hi), value)


def _picture(name: str, curve: Found, at: int, outcome: tuple[str, str], level: float) -> Series:
    from trustlab.stats.bootstrap import percentile_ends

    edges, effect, drawn = curve
    lo, hi = percentile_ends(drawn, level)
    x = f"{name} (input)" if name in {"effect", "effect_lo", "effect_hi"} else name
    return Series(
        name=f"effects_{at}",
        title=f"Accumulated effect of {name} on {outcome[0]}",
        columns=(x, "effect", "effect_lo", "effect_hi"),
        rows=list(zip(edges.tolist(), effect.tolist(), lo.tolist(), hi.tolist(), strict=True)),
        units={"effect": outcome[1]},
        x=x,
        y=("effect",),
        reference={"the mean prediction": 0.0},
    )


def _likeness(curves: dict[str, Found]) -> float | None:
    import numpy as np

    found = [
        float(np.corrcoef(drawn[0], drawn[1])[0, 1])
        for _, _, drawn in curves.values()
        if np.ptp(drawn[0]) > 0 and np.ptp(drawn[1]) > 0
    ]
    return min(found) if found else None
