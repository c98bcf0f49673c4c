"""Do the ranges that a regression states hold the truth as often as they say?"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Distribution, Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.arrays import Floats

ID = "reliability.prediction_intervals"
PROMISED = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
FEWEST = 30
BINS = 10


@dataclass(frozen=True, slots=True)
class _Stated:
    """The truth of each row in standard deviations that the model states, and those."""

    standard: Floats
    deviation: Floats


@operation(
    "check",
    "Stated ranges of a regression",
    needs=("model", "labels", "predictions", "features"),
    tasks=("regression",),
    threshold=Threshold(
        warn=0.01,
        fail=None,
        source="Convention of this project: one percentage point beyond what chance explains, finer than which shares "
        "are seldom read: a range that says 90% holds 90%. No accepted limit",
    ),
    references=(
        "Gneiting, Balabdaoui and Raftery (2007). Probabilistic forecasts, calibration and sharpness. JRSS B 69",
        "Kuleshov, Fenner and Ermon (2018). Accurate uncertainties for deep learning using calibrated regression. ICML",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def prediction_intervals(
    subject: Subject,
    promised: Annotated[float, Range(0.5, 0.999)] = 0.9,
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 20_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Do the ranges that a regression states hold the truth as often as they say?

    For models that state a standard deviation beside their answer (``predict`` with ``return_std=True``, as Gaussian
    processes and Bayesian regressions do). The range is the prediction and so many deviations as a normal error would
    need. Too few truths within: overconfident. A model that states nothing is not judged: for ranges made from its
    errors see reliability.conformal. Not where errors are known not to be normal.

    In plain words
    --------------
    The ranges that the model states hold the truth less often than it says.

    What to do
    ----------
    Scale the stated ranges on rows that were not trained on, or take conformal ones (reliability.conformal).

    Parameters
    ----------
    subject : Subject
        A regression and audited rows with labels.
    promised : float
        The range that the headline is about.
    max_rows : int
        Rows drawn by the seed where there are more.
    level : float
        Confidence level of every interval.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: by how much the share within differs from ``promised``, beyond chance. Views: the share within by what
        is promised, with Wilson's intervals, ``ranks`` (flat where the deviations are right) and ``widths``.
    """
    from trustlab.stats.intervals import wilson

    found = _stated(subject, max_rows, context)
    if found is None:
        return not_applicable(
            "the model states no standard deviation; reliability.conformal makes ranges from its errors"
        )
    n = found.standard.size
    if n < FEWEST:
        return not_applicable(f"needs {FEWEST} rows with a stated deviation; got {n}")
    inside = wilson(_within(found, promised), n, level).at(())
    beyond = max(promised - inside.hi, inside.lo - promised, 0.0)
    way = "" if beyond == 0 else " Overconfident." if inside.value < promised else " Underconfident."
    return Result(
        reason=f"Ranges that say {promised:.0%} hold the truth in {inside.value:.1%} of rows ({inside.lo:.1%} to "
        f"{inside.hi:.1%}, n {n:,}).{way}",
        value=beyond,
        unit="share of rows",
        n=n,
        views=[_curve(found, level), _ranks(found), _widths(found, promised)],
    )


def _stated(subject: Subject, max_rows: int, context: Context) -> _Stated | None:
    """Return what the model states; None where it states no deviation."""
    import numpy as np

    from trustlab.stats.sampling import subsample

    assert subject.predictor is not None
    assert subject.y is not None
    native = subject.predictor.native
    last = native.steps[-1][1] if hasattr(native, "steps") else native
    if not _states(last):
        return None
    rows = np.asarray(subsample(subject.n, max_rows, context.rng(ID)))
    X = subject.X.iloc[rows]
    asked: Any = X if hasattr(native, "feature_names_in_") else X.to_numpy()
    mean, deviation = native.predict(asked, return_std=True)
    spread = np.asarray(deviation, np.float64).reshape(-1)
    known = np.isfinite(spread) & (spread > 0)
    error = subject.y[rows] - np.asarray(mean, np.float64).reshape(-1)
    return _Stated(error[known] / spread[known], spread[known])


def _states(model: Any) -> bool:
    try:
        return "return_std" in inspect.signature(model.predict).parameters
    except (AttributeError, TypeError, ValueError):
        return False


def _within(found: _Stated, promised: float) -> int:
    import numpy as np

    from trustlab.stats.intervals import normal_quantile

    return int((np.abs(found.standard) <= normal_quantile(promised)).sum())


def _curve(found: _Stated, level: float) -> Series:
    from trustlab.stats.intervals import wilson

    n = found.standard.size
    rows = [(share, *wilson(_within(found, share), n, level).at(()), share) for share in PROMISED]
    return Series(
        name="coverage",
        title="Truths within the range, by what it says",
        columns=("promised", "within", "within_lo", "within_hi", "ideal"),
        rows=rows,
        x="promised",
        y=("within", "ideal"),
        caption="Below the ideal the model is overconfident.",
    )


def _ranks(found: _Stated) -> Distribution:
    import numpy as np
    from scipy import special

    counts = np.histogram(special.ndtr(found.standard), np.linspace(0, 1, BINS + 1))[0]
    labels = [f"{at / BINS:g} to {(at + 1) / BINS:g}" for at in range(BINS)]
    rows = [
        (label, count / found.standard.size, 1 / BINS) for label, count in zip(labels, counts.tolist(), strict=True)
    ]
    return Distribution(
        name="ranks",
        title="Where the truth lies in the stated distribution",
        columns=("place", "rows", "ideal"),
        rows=rows,
        caption="High at both ends: too narrow; high in the middle: too wide.",
    )


def _widths(found: _Stated, promised: float) -> Table:
    import numpy as np

    from trustlab.stats.intervals import normal_quantile

    width = 2 * normal_quantile(promised) * found.deviation
    rows = [(name, float(np.quantile(width, share))) for name, share in (("5%", 0.05), ("median", 0.5), ("95%", 0.95))]
    return Table(
        name="widths",
        title=f"Width of the ranges that say {promised:.0%}",
        columns=("quantile", "width"),
        rows=rows,
    )
