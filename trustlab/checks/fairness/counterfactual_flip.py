"""Would the decision be another, were the person of another group?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.stats.intervals import Interval

ID = "fairness.counterfactual_flip"
MOST_VALUES = 8  # of one attribute that are tried, the most frequent
QUANTILES = (0.125, 0.375, 0.625, 0.875)  # the middles of the quartile bands in which numbers are compared


@dataclass(frozen=True, slots=True)
class _Flip:
    feature: str
    value: str
    n: int
    changed: Interval
    up: float | None
    down: float | None


@operation(
    "check",
    "Counterfactual flip",
    needs=("model", "predictions", "sensitive", "features"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        warn=0.05,
        fail=None,
        source="Convention of this project: one decision in twenty. Where the law forbids the use of the attribute, "
        "any change is too much (for credit in the United States 12 CFR 1002.6(b)); a policy may set 0",
    ),
    references=(
        "Kusner, Loftus, Russell and Silva (2017). Counterfactual fairness. NeurIPS",
        "Galhotra, Brun and Meliou (2017). Fairness testing: testing software for discrimination. ESEC/FSE",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "sensitive": "race"},
)
def counterfactual_flip(
    subject: Subject,
    max_rows: Annotated[int, Range(10), Unit("rows")] = 5000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Would the decision be another, were the person of another group?

    Each sensitive attribute that is a model input is set to each of its values, everything else held: the headline is
    the share of rows whose decision changes for at least one of them. It sees the attribute's direct use alone: a model
    without it may still discriminate by proxy, so a pass is no clearance. And nothing else changes here that would in
    life: it is a test of the model, not of the world.

    In plain words
    --------------
    Some people would be answered differently if only their group were another.

    What to do
    ----------
    Train without the attribute and without what stands for it (explanation.sensitive_proxy), and ask again.

    Parameters
    ----------
    subject : Subject
        A model, and sensitive attributes of which one or more are its inputs.
    max_rows : int
        Rows that are asked about, drawn by chance where there are more.
    level : float
        Confidence level of every interval.
    context : Context
        Where the draw's chance comes from.

    Returns
    -------
    Result
        Value: the largest share over the attributes, with Wilson's interval at a level that they share. View ``flips``:
        the share that changes for each value, and for binary tasks how many turn positive and negative.

    References
    ----------
    Kusner, Loftus, Russell and Silva (2017). Counterfactual fairness. NeurIPS: why this is not the whole of it.
    """
    from trustlab.stats.sampling import subsample

    assert subject.sensitive is not None
    asked = [str(name) for name in subject.sensitive.columns if name in subject.X.columns]
    if not asked:
        names = ", ".join(map(str, subject.sensitive.columns))
        return not_applicable(
            f"the model does not take {names} as an input: nothing can be flipped (a proxy may stand in)"
        )
    rows = subsample(subject.n, max_rows, context.rng(ID))
    flips, totals = [], {}
    for name in asked:
        totals[name], tried = _flip(subject, name, rows, level, len(asked))
        flips += tried
    if not flips:
        return not_applicable(f"{', '.join(asked)} has one value only: there is nothing to flip to")
    feature, worst = max(totals.items(), key=lambda item: item[1].value)
    reason = (
        f"Were {feature} another and all else equal, {worst.value:.1%} of the decisions would change ({worst.lo:.1%} "
        f"to {worst.hi:.1%}, n {len(rows):,})."
    )
    return Result(
        reason=reason,
        value=worst.value,
        unit="share",
        interval=(worst.lo, worst.hi),
        level=level,
        n=len(rows),
        views=_views(flips, subject),
        advice=["Train without the attribute (--drop) and compare, and look for proxies: a model can rebuild it."]
        if worst.lo > 0
        else [],
    )


def _flip(subject: Subject, name: str, rows: Any, level: float, attributes: int) -> tuple[Interval, list[_Flip]]:
    import numpy as np

    from trustlab.stats.disparity import shared_level
    from trustlab.stats.intervals import wilson

    X, before = subject.X.iloc[rows], np.asarray(subject.y_pred)[rows]
    ever = np.zeros(len(rows), bool)
    flips = []
    for value in _values(subject, name):
        after = subject.predict(X.assign(**{name: _constant(value, subject.X[name], len(X), X.index)}))
        changed = after != before
        ever |= changed
        up, down = (after > before, after < before) if subject.task == "binary" else (None, None)
        found = wilson(int(changed.sum()), len(rows), level).at(())
        shares = [None if side is None else float(side.mean()) for side in (up, down)]
        flips.append(_Flip(name, str(value), len(rows), found, *shares))
    # the attribute with the largest share is picked: all their intervals hold together
    return wilson(int(ever.sum()), len(rows), shared_level(level, attributes)).at(()), flips


def _values(subject: Subject, name: str) -> list[Any]:
    """Return the values to try: the most frequent ones, for numbers of many values one from each quartile band."""
    import pandas as pd

    from trustlab.models.groups import BAND_FROM

    column = subject.X[name].dropna()
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and column.nunique() > BAND_FROM:
        found = sorted(set(column.quantile(list(QUANTILES), interpolation="nearest").tolist()))
    else:
        counts = column.value_counts()
        found = sorted(counts.index.tolist(), key=lambda value: (-counts[value], str(value)))[:MOST_VALUES]
    return found if len(found) > 1 else []


def _constant(value: Any, column: Any, n: int, index: Any) -> Any:
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Series(pd.Categorical([value] * n, dtype=column.dtype), index=index)
    return pd.Series([value] * n, index=index, dtype=column.dtype)


def _views(flips: Sequence[_Flip], subject: Subject) -> list[Table | Series]:
    columns: tuple[str, ...] = ("feature", "value", "n", "changed", "changed_lo", "changed_hi")
    columns += ("turn_positive", "turn_negative")
    rows: list[tuple[Any, ...]] = [(one.feature, one.value, one.n, *one.changed, one.up, one.down) for one in flips]
    if subject.task != "binary":
        columns, rows = columns[:6], [row[:6] for row in rows]
    table = Table(
        name="flips",
        title="Decisions that change",
        columns=columns,
        rows=rows,
        units={"n": "rows"},
        caption="Every row is given the value; rows that have it already do not change.",
    )
    picture = Series(
        name="changed",
        title="Share of decisions that change when everyone has the value",
        columns=columns[:2] + columns[3:6],
        rows=[(*row[:2], *row[3:6]) for row in rows],
        x="value",
        y=("changed",),
        group="feature" if len({one.feature for one in flips}) > 1 else None,
        mark="point",
        caption="Bars are intervals.",
    )
    return [picture, table]
