"""Do predictions hold when numbers change by next to nothing?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.checks.robustness._numbers import Numbers
    from trustlab.stats.arrays import Bools

ID = "robustness.small_changes"
SIZES = (0.001, 0.003, 0.01, 0.03, 0.1)
MOVED = 0.05  # of a regression's predictions, in their standard deviations


@operation(
    "check",
    "Next to no change",
    needs=("model", "predictions", "numeric"),
    tasks=("binary", "multiclass", "regression"),
    threshold=Threshold(
        warn=0.05,
        fail=0.1,
        source="Convention of Giskard's scan (2.x, robustness detectors): numbers changed by 1%, a medium issue from "
        "5% of predictions that change, a major one from 10%. The 1% is of a standard deviation here, not of the value",
    ),
    references=(
        "Ribeiro, Wu, Guestrin and Singh (2020). Beyond accuracy: behavioral testing of NLP models with CheckList. ACL",
        "Bousquet and Elisseeff (2002). Stability and generalization. JMLR 2",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def small_changes(
    subject: Subject,
    size: Annotated[float, Range(0.0001, 1), Unit("standard deviations")] = 0.01,
    max_rows: Annotated[int, Range(10), Unit("rows")] = 5000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Do predictions hold when numbers change by next to nothing?

    Gaussian noise of a hundredth of a standard deviation is added to every numeric feature of more than two values,
    within the range observed: less than most measurements and rounding errors. The headline is the share of rows whose
    predicted class changes; for regression, whose prediction moves by more than 5% of the predictions' standard
    deviation. Labels are not needed: whether the change is for the better does not matter. Not for features of which
    the last digit matters, such as codes and identifiers.

    In plain words
    --------------
    Some answers turn when a number changes by next to nothing.

    What to do
    ----------
    Fit less closely, or hand answers close to the cut to a person: they turn with the last digit.

    Parameters
    ----------
    subject : Subject
        The model and audited rows.
    size : float
        The noise that the headline is about.
    max_rows : int
        Rows drawn by the seed where there are more; fewer of wide tables.
    level : float
        Confidence level of every interval.
    context : Context
        Where the noise comes from.

    Returns
    -------
    Result
        Value: the share of changed predictions, with Wilson's interval. Views ``curve``, ``by_size`` and ``alone``
        (which feature changes predictions when it moves alone).
    """
    import numpy as np

    from trustlab.checks.robustness._numbers import CANNOT_MOVE, affordable, chosen_rows, numbers_of
    from trustlab.stats.intervals import wilson

    numbers = numbers_of(subject)
    if numbers is None:
        return not_applicable(CANNOT_MOVE)
    rng = context.rng(ID)
    rows = chosen_rows(np.ones(subject.n, dtype=bool), affordable(max_rows, subject.X.shape[1]), rng)
    table = subject.X.iloc[rows]
    standard = numbers.of(table)
    draw = rng.standard_normal(standard.shape)
    assert subject.y_pred is not None
    before = subject.y_pred[rows]
    sizes = sorted({*SIZES, size})
    counts = [
        int(_changed(subject, before, subject.predict(numbers.put(table, standard + one * draw))).sum())
        for one in sizes
    ]
    rates = wilson(counts, rows.size, level)
    value, lo, hi = rates.at(sizes.index(size))
    curve = [(one, *rates.at(at), counts[at]) for at, one in enumerate(sizes)]
    what = "predictions change" if subject.classes else "predictions move by more than 5% of their spread"
    return Result(
        reason=f"With noise of {size:g} standard deviations on {len(numbers.names)} numeric features, {value:.1%} of "
        f"{what} ({lo:.1%} to {hi:.1%}, n {rows.size:,}).",
        value=value,
        unit="share",
        interval=(lo, hi),
        level=level,
        n=int(rows.size),
        views=[*_views(curve), _alone(subject, numbers, table, before, standard + size * draw)],
    )


def _views(curve: Sequence[tuple[float, ...]]) -> list[Series | Table]:
    columns = ("noise", "changed", "changed_lo", "changed_hi", "rows")
    units = {"noise": "standard deviations", "changed": "share", "rows": "rows"}
    return [
        Series(
            name="curve",
            title="Predictions that change, by noise",
            columns=columns[:4],
            rows=[line[:4] for line in curve],
            units=units,
            x="noise",
            y=("changed",),
        ),
        Table(name="by_size", title="Predictions that change", columns=columns, rows=curve, units=units),
    ]


def _changed(subject: Subject, before: Any, after: Any) -> Bools:
    import numpy as np

    if subject.classes:
        return np.asarray(before != after)
    spread = float(np.std(subject.y_pred)) if subject.y_pred is not None else 0.0
    return np.asarray(np.abs(after - before) > MOVED * spread) if spread else np.asarray(before != after)


def _alone(subject: Subject, numbers: Numbers, table: Any, before: Any, moved: Any, most: int = 20) -> Table:
    """Return, for the first features, how many of a few hundred predictions change when it alone moves."""
    import numpy as np
    import pandas as pd

    names, few = numbers.names[:most], min(len(table), max(20_000 // len(numbers.names), 20), 500)
    part = table.iloc[:few]
    standard = numbers.of(part)
    frames = []
    for at in range(len(names)):
        one = standard.copy()
        one[:, at] = moved[:few, at]
        frames.append(numbers.put(part, one))
    after = np.split(subject.predict(pd.concat(frames, ignore_index=True)), len(names))
    rows = [
        (str(name), float(_changed(subject, before[:few], one).mean())) for name, one in zip(names, after, strict=True)
    ]
    left = len(numbers.names) - len(names)
    return Table(
        name="alone",
        title=f"Predictions that change when one feature moves (n {few})",
        columns=("feature", "changed"),
        rows=sorted(rows, key=lambda row: -row[1]),
        units={"changed": "share"},
        caption=f"{left} more features were not looked at alone." if left else None,
    )
