"""Are a regression's errors the same wherever it predicts?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Distribution, Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.core.views import View
    from trustlab.stats.intervals import Interval
    from trustlab.stats.residuals import Bands

BANDS = 10
PER_BAND = 20  # rows in a band at least: its mean error over its spread is then near enough to normal
WORST = 10
BARS = 20
TINY = 1e-12  # of the target's size: what rounding leaves of errors that are none


@operation(
    "check",
    "Residuals",
    needs=("labels", "predictions"),
    tasks=("regression",),
    threshold=Threshold(
        warn=0.10,
        fail=None,
        source="Cohen (1988), chapter 8: an f of 0.10, group means a tenth of the spread around their mean, is a small "
        "effect. How much bias is too much depends on the use, so nothing fails",
    ),
    references=(
        "Cohen (1988). Statistical Power Analysis for the Behavioral Sciences, chapter 8",
        "Koenker (1981). A note on studentizing a test for heteroscedasticity. Journal of Econometrics 17",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "income", "prediction": "age"},
)
def residuals(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95) -> Result:
    """Are a regression's errors the same wherever it predicts?

    The headline is the mean error over bands of predicted values, in units of the errors' spread in the band, root mean
    squared over rows and freed of what chance adds: 0.3 says that where the model predicts as it does for a row, it is
    off by about 0.3 standard deviations to one side, which a correction of its predictions would mend. A spread that
    grows with the prediction is no fault of it, but one interval for all rows would then be wrong; it is shown and
    tested beside. Not for predictions that are meant to be a quantile, which err to one side by intention.

    In plain words
    --------------
    The model is further off for some values than for others.

    What to do
    ----------
    Correct the predictions by band, or give the model the feature that makes the bands differ; where the spread grows,
    model the logarithm or state ranges by band.

    Parameters
    ----------
    subject : Subject
        Labels and predictions of a regression.
    level : float
        Confidence level of every interval.

    Returns
    -------
    Result
        Value: the systematic error in standard deviations, with an interval by inverting a noncentral chi-square.
        ``p_value``: the chi-square test of no bias in any band. Koenker's test that the spread does not follow the
        prediction is in the reason where it rejects, and in the provenance. Views: the errors by band, their
        distribution, and the rows with the largest errors.

    References
    ----------
    Cohen (1988). Statistical Power Analysis for the Behavioral Sciences, chapter 8.
    Koenker (1981). A note on studentizing a test for heteroscedasticity. Journal of Econometrics 17.
    """
    import numpy as np

    from trustlab.stats.residuals import bands, bias_test, spread_test, systematic_error

    if subject.n < 2 * PER_BAND:
        return not_applicable(f"needs {2 * PER_BAND} rows, two bands of {PER_BAND}; got {subject.n}")
    assert subject.y is not None
    assert subject.y_pred is not None
    errors = subject.y_pred - subject.y
    found = bands(subject.y, subject.y_pred, min(BANDS, subject.n // PER_BAND), PER_BAND)
    bias = systematic_error(found, level)
    spread = spread_test(subject.y, subject.y_pred)
    views: list[View] = [*_pictures(found, level), _spread_out(errors), _worst(subject, errors)]
    if np.isnan(bias.value):
        return _without_spread(subject, errors, views)
    reason = _reason(found, bias, subject.n)
    if spread.p_value < 1 - level:
        ends = found.spread.min(), found.spread.max()
        reason += f" The errors' spread follows the prediction, from {ends[0]:.3g} to {ends[1]:.3g}."
    return Result(
        status=Status.PASS if bias.lo == 0 else None,
        reason=reason,
        value=bias.value,
        unit="standard deviations",
        interval=(bias.lo, bias.hi),
        level=level,
        n=subject.n,
        p_value=bias_test(found),
        views=views,
        provenance={} if np.isnan(spread.p_value) else {"spread_p_value": spread.p_value},
    )


def _without_spread(subject: Subject, errors: NDArray[np.float64], views: list[View]) -> Result:
    import numpy as np

    assert subject.y is not None
    exact = float(np.abs(errors).max()) <= TINY * max(float(np.abs(subject.y).max()), 1.0)
    said = "every prediction is exact" if exact else f"every prediction is off by the same, {errors.mean():.3g}"
    return Result(
        status=Status.PASS if exact else Status.WARN,
        reason=f"Errors do not vary: {said} (n {subject.n:,}).",
        value=0.0 if exact else None,
        n=subject.n,
        views=views,
    )


def _reason(found: Bands, bias: Interval, n: int) -> str:
    import numpy as np

    numbers = f"({bias.value:.2f} standard deviations, {bias.lo:.2f} to {bias.hi:.2f}, n {n:,})"
    if bias.lo == 0:
        return f"No bias beyond chance follows the prediction {numbers}."
    worst = int(np.argmax(np.abs(found.error) * np.sqrt(found.n) / np.maximum(found.spread, 1e-300)))
    side = "high" if found.error[worst] > 0 else "low"
    return (
        f"Predictions from {found.low[worst]:.3g} to {found.high[worst]:.3g} run {abs(found.error[worst]):.3g} {side}; "
        f"over all bands the bias, in units of the errors' spread, is {numbers[1:-1]}."
    )


def _pictures(found: Bands, level: float) -> list[Series | Table]:
    import numpy as np

    from trustlab.stats.intervals import t_quantile

    half = [
        t_quantile(level, n - 1) * spread / np.sqrt(n)
        for n, spread in zip(found.n.tolist(), found.spread.tolist(), strict=True)
    ]
    columns = ("predicted", "error", "error_lo", "error_hi", "none")
    ends = (found.error - half, found.error + half, np.zeros(found.n.size))
    rows = zip(found.predicted.tolist(), found.error.tolist(), *(end.tolist() for end in ends), strict=True)
    numbers = (found.low, found.high, found.n, found.error, *ends[:2], found.spread)
    return [
        Series(
            name="picture",
            title="Error by prediction",
            columns=columns,
            rows=list(rows),
            x="predicted",
            y=("error", "none"),
            caption="Mean of prediction minus truth among rows of about equal prediction; above 0 they run high.",
        ),
        Table(
            name="bands",
            title="Errors by band of predictions",
            columns=("from", "to", "n", "error", "error_lo", "error_hi", "spread"),
            rows=list(zip(*(column.tolist() for column in numbers), strict=True)),
            units={"n": "rows"},
            caption="spread: the errors' standard deviation.",
        ),
    ]


def _spread_out(errors: NDArray[np.float64]) -> Distribution:
    import numpy as np

    # a few wild errors would leave every other row in one bar
    lo, hi = np.quantile(errors, [0.005, 0.995])
    edges = np.unique(np.linspace(lo, hi if hi > lo else lo + 1, BARS - 1))
    counts = np.bincount(np.searchsorted(edges, errors, side="right"), minlength=edges.size + 1)
    names = [f"below {edges[0]:.3g}", *(f"{edge:.3g}" for edge in edges[:-1]), f"from {edges[-1]:.3g}"]
    rows = [(name, count / errors.size) for name, count in zip(names, counts.tolist(), strict=True)]
    return Distribution(
        name="errors",
        title="Errors",
        columns=("error", "share"),
        rows=rows,
        caption="Prediction minus truth; a bar is named by its lower end.",
    )


def _worst(subject: Subject, errors: NDArray[np.float64]) -> Table:
    import numpy as np

    assert subject.y is not None
    assert subject.y_pred is not None
    rows = np.lexsort((subject.X.index.to_numpy(), -np.abs(errors)))[:WORST]
    return Table(
        name="worst_rows",
        title="Largest errors",
        columns=("row", "true", "predicted", "error"),
        rows=[
            (int(subject.X.index[row]), float(subject.y[row]), float(subject.y_pred[row]), float(errors[row]))
            for row in rows
        ],
        caption=f"The {len(rows)} rows with the largest errors of {subject.n:,}; rows count from 0.",
    )
