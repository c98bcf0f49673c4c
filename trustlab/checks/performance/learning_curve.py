"""Would more rows help?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.checks.performance._refit import Fits
    from trustlab.stats.learning import PowerLaw

ID = "performance.learning_curve"
DRAWS = 300
NOTHING = 0.01  # of the error: a power law never rises, so its gain is never below 0


@operation(
    "check",
    "Learning curve",
    needs=("labels", "predictions", "features"),
    tasks=("binary", "multiclass", "regression"),
    better="higher",
    threshold=Threshold(
        warn=None, fail=None, source="A hint, not a verdict: what more rows are worth depends on what they cost"
    ),
    references=(
        "Hestness et al. (2017). Deep learning scaling is predictable, empirically. arXiv 1712.00409",
        "Viering and Loog (2023). The shape of learning curves: a review. IEEE TPAMI 45",
    ),
    cost="minutes",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "drop": ["score"], "repeats": 2},
)
def learning_curve(
    subject: Subject,
    learner: Literal["auto", "linear"] = "auto",
    max_rows: Annotated[int, Range(200, 1_000_000), Unit("rows")] = 20_000,
    repeats: Annotated[int, Range(2, 50)] = 5,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Would more rows help?

    A learner is fitted on a sixteenth, an eighth, a quarter, a half and all of the training rows (up to ``max_rows``),
    and each fit answers for the audited rows. A power law through the errors says what twice as many rows would get. It
    says nothing beyond a doubling or two, nor of rows of another kind, nor of another learner: a linear model stops
    learning long before a flexible one.

    In plain words
    --------------
    The model would become better with more rows to learn from.

    What to do
    ----------
    If twice as many rows promise much, gather them; if not, look for better features or cleaner labels.

    Parameters
    ----------
    subject : Subject
        Labels, features, and the training rows where they are known; else one half of the audited rows is fitted on.
    learner : str
        auto fits the model's own kind again where it is an estimator, else a linear model; linear always fits that one.
    max_rows : int
        The largest fit.
    repeats : int
        Fits at each size, on other rows.
    level : float
        Confidence level of every interval.
    context : Context
        Where the rows' chance comes from.

    Returns
    -------
    Result
        Value: by how much twice as many rows would lower the error (one less balanced accuracy, or the root mean
        squared error). Its interval is a bootstrap over fits and answered rows; it holds if the power law does.

    References
    ----------
    Hestness et al. (2017). Deep learning scaling is predictable, empirically. arXiv 1712.00409.
    Viering and Loog (2023). The shape of learning curves: a review. IEEE TPAMI 45.
    """
    import numpy as np

    from trustlab.checks.performance._refit import fits
    from trustlab.stats.bootstrap import percentile_ends
    from trustlab.stats.learning import power_law

    rng = context.rng(ID)
    found = fits(subject, learner, max_rows, repeats, rng, context.track)
    if isinstance(found, str):
        return not_applicable(found)
    sizes = np.unique(found.sizes)
    seen = _curve(found, sizes, np.ones((found.y.size, 1)), None, subject.task)[0]
    drawn = _draws(found, sizes, rng, subject.task)
    top = float(sizes[-1])
    law, laws = power_law(sizes, seen), power_law(sizes, drawn)
    gain, gains = float(law.at(top) - law.at(2 * top)), laws.at(top) - laws.at(2 * top)
    lo, hi = (float(end) for end in percentile_ends(gains, level))
    lo, hi = min(lo, gain), max(hi, gain)
    unit = "root mean squared error" if subject.task == "regression" else "balanced error"
    sure = "" if lo > NOTHING * float(seen[-1]) else ", which could be noise"
    return Result(
        status=Status.PASS,
        reason=f"With {top:,.0f} rows the {unit} is {seen[-1]:.3g} ({found.learner}); twice as many would lower it by "
        f"{gain:.2g}{sure} ({lo:.2g} to {hi:.2g}, n {found.y.size:,}).",
        value=gain,
        unit=unit,
        interval=(lo, hi),
        level=level,
        n=found.y.size,
        views=_views(sizes, seen, drawn, law, laws, level, unit, found),
    )


def _curve(
    found: Fits, sizes: NDArray[np.int64], weight: NDArray[np.float64], fit: NDArray[np.float64] | None, task: str
) -> NDArray[np.float64]:
    """Return the error at each size, shape (draws, sizes), for weights of rows and of fits, shape (.., draws)."""
    import numpy as np

    if task == "regression":
        errors = np.sqrt(found.wrong @ weight / weight.sum(axis=0))
    else:
        parts = []
        for label in np.unique(found.y):
            own = weight * (found.y == label)[:, None]
            parts.append(found.wrong @ own / np.maximum(own.sum(axis=0), 1e-12))
        errors = np.mean(parts, axis=0)
    share = np.ones_like(errors) if fit is None else fit
    by_size = [
        (errors * share)[found.sizes == size].sum(axis=0) / share[found.sizes == size].sum(axis=0) for size in sizes
    ]
    return np.array(by_size).T


def _draws(found: Fits, sizes: NDArray[np.int64], rng: np.random.Generator, task: str) -> NDArray[np.float64]:
    """Return curves by the Bayesian bootstrap: rows and fits get random weights."""
    import numpy as np

    curves = []
    for _ in range(DRAWS // 50):
        weight = rng.standard_exponential((found.y.size, 50))
        curves.append(_curve(found, sizes, weight, rng.standard_exponential((found.sizes.size, 50)), task))
    return np.concatenate(curves)


def _views(
    sizes: NDArray[np.int64],
    seen: NDArray[np.float64],
    drawn: NDArray[np.float64],
    law: PowerLaw,
    laws: PowerLaw,
    level: float,
    unit: str,
    found: Fits,
) -> list[Series | Table]:
    from trustlab.stats.bootstrap import percentile_ends

    lo, hi = percentile_ends(drawn, level)
    rows: list[tuple[float | None, ...]] = [
        (int(size), float(value), float(low), float(high), float(law.at(size)))
        for size, value, low, high in zip(sizes, seen, lo, hi, strict=True)
    ]
    table = [(*row, "fitted") for row in rows]
    for times in (2, 4):
        ahead = int(sizes[-1]) * times
        ends = [float(end) for end in percentile_ends(laws.at(ahead), level)]
        rows.append((ahead, None, None, None, float(law.at(ahead))))
        table.append((ahead, float(law.at(ahead)), *ends, float(law.at(ahead)), "foretold"))
    columns = ("rows", "error", "error_lo", "error_hi", "power_law")
    return [
        Series(
            name="picture",
            title=f"{unit.capitalize()} by rows",
            columns=columns,
            rows=rows,
            units={"rows": "rows"},
            x="rows",
            y=("error", "power_law"),
            caption=f"{found.learner.capitalize()}; beyond the last point the line is foretold.",
        ),
        Table(
            name="curve",
            title="Learning curve",
            columns=(*columns, "how"),
            rows=table,
            units={"rows": "rows"},
            caption=f"{found.sizes.size} fits, {found.y.size:,} rows answered; foretold: by the power law.",
        ),
    ]
