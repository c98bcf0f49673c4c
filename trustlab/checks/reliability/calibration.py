"""Do the probabilities mean what they say?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.stats.calibration import Bins

ID = "reliability.calibration"
PER_BIN = 20  # rows in a bin at least: the debiased error takes a bin's share for normal
SHOWN_BINS = 10
ONE_POINT = 0.01


@operation(
    "check",
    "Calibration",
    needs=("labels", "scores"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        warn=ONE_POINT,
        fail=None,
        source="One percentage point, finer than which probabilities are seldom read; how much is too much depends on "
        "the use, and there is no accepted limit",
    ),
    references=(
        "Kumar, Liang and Ma (2019). Verified uncertainty calibration. NeurIPS",
        "Guo, Pleiss, Sun and Weinberger (2017). On calibration of modern neural networks. ICML",
        "Spiegelhalter (1986). Probabilistic prediction in patient management. Statistics in Medicine 5",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "score": "score"},
)
def calibration(
    subject: Subject,
    bins: Annotated[int, Range(2, 100)] = 15,
    draws: Annotated[int, Range(100, 100_000)] = 1000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Do the probabilities mean what they say?

    Of the rows with a probability of 0.7, seven in ten should be positive. The headline is the expected calibration
    error: the mean gap between probability and observed share over bins of equally many rows, less what noise alone
    would show. For several classes it asks the same of the most probable class. A model can be well calibrated and
    useless: read ``performance.metrics`` beside it.

    Parameters
    ----------
    subject : Subject
        Labels and probabilities.
    bins : int
        Bins of equal numbers of rows; fewer where they would hold under 20 rows.
    draws : int
        Bootstrap draws for the interval.
    level : float
        Confidence level of every interval.
    context : Context
        Where the bootstrap's chance comes from.

    Returns
    -------
    Result
        Value: the debiased error with a bootstrap interval. ``p_value``: Spiegelhalter's test that every probability is
        right. Views: the reliability curve with Wilson intervals, and the Brier score's parts.

    References
    ----------
    Kumar, Liang and Ma (2019). Verified uncertainty calibration. NeurIPS.
    Murphy (1973). A new vector partition of the probability score. Journal of Applied Meteorology 12.
    """
    from trustlab.stats.calibration import ece_interval, reliability_bins, spiegelhalter_z

    if subject.n < 2 * PER_BIN:
        return not_applicable(f"needs {2 * PER_BIN} rows, two bins of {PER_BIN}; got {subject.n}")
    truth, probability = _asked(subject)
    most = subject.n // PER_BIN
    found = ece_interval(reliability_bins(truth, probability, min(bins, most)), context.rng(ID), level, draws)
    shown = reliability_bins(truth, probability, min(SHOWN_BINS, most))
    run = _worst_run(shown)
    numbers = f"(ECE {found.value:.3f}, {found.lo:.3f} to {found.hi:.3f}, n {subject.n:,})"
    if found.value <= ONE_POINT:
        reason = f"No miscalibration beyond chance was found {numbers}."
    else:
        side = "high" if run.gap < 0 else "low"
        points = f"{abs(run.gap) * 100:.0f} point" + ("" if round(abs(run.gap) * 100) == 1 else "s")
        reason = f"Probabilities run {points} {side} between {run.low:.2g} and {run.high:.2g} {numbers}."
    return Result(
        reason=reason,
        value=found.value,
        unit="probability",
        interval=(found.lo, found.hi),
        level=level,
        n=subject.n,
        p_value=spiegelhalter_z(truth, probability).p_value,
        views=[_curve(shown, level, subject), _brier(truth, probability, min(bins, most))],
    )


class _Run(NamedTuple):
    """Neighbouring bins that err to the same side."""

    low: float
    high: float
    gap: float


def _asked(subject: Subject) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return what happened and its probability: the positive class, or whether the most probable class is right."""
    assert subject.y is not None
    assert subject.proba is not None
    if subject.task == "binary":
        return subject.y == 1, subject.proba[:, 1]
    return subject.proba.argmax(axis=1) == subject.y, subject.proba.max(axis=1).clip(0, 1)


def _worst_run(bins: Bins) -> _Run:
    """Return the run of neighbouring bins, all too high or all too low, that adds most to the error."""
    import numpy as np

    signs = np.sign(bins.gap)
    starts = np.flatnonzero(np.r_[True, signs[1:] != signs[:-1]])
    ends = np.r_[starts[1:], signs.size] - 1
    weight = np.add.reduceat(bins.n * bins.gap, starts)
    worst = int(np.abs(weight).argmax())
    first, last = int(starts[worst]), int(ends[worst])
    gap = float(weight[worst]) / float(bins.n[first : last + 1].sum())
    return _Run(float(bins.low[first]), float(bins.high[last]), gap)


def _curve(bins: Bins, level: float, subject: Subject) -> Series:
    from trustlab.stats.intervals import wilson

    observed = wilson(bins.hits, bins.n, level)
    rows = zip(
        bins.predicted.tolist(),
        observed.value.tolist(),
        observed.lo.tolist(),
        observed.hi.tolist(),
        bins.predicted.tolist(),
        bins.n.tolist(),
        bins.low.tolist(),
        bins.high.tolist(),
        strict=True,
    )
    event = (
        f"{subject.target} is {subject.classes[1]}" if subject.task == "binary" else "the most probable class is right"
    )
    return Series(
        name="reliability",
        title="Reliability curve",
        columns=("predicted", "observed", "observed_lo", "observed_hi", "ideal", "n", "from", "to"),
        rows=list(rows),
        units={"n": "rows"},
        x="predicted",
        y=("observed", "ideal"),
        caption=f"How often {event}, among rows of about equal probability; below the ideal, probabilities run high.",
    )


def _brier(truth: NDArray[np.bool_], probability: NDArray[np.float64], bins: int) -> Table:
    from trustlab.stats.calibration import brier_parts
    from trustlab.stats.classification import brier_scores
    from trustlab.stats.intervals import mean_interval

    parts = brier_parts(truth, probability, bins)
    score = mean_interval(brier_scores(truth, probability))
    meanings = {
        "Brier score": ("mean squared difference of outcome and probability; less is better", *score),
        "reliability": ("what miscalibration adds to it", parts.reliability, None, None),
        "resolution": ("what telling rows apart takes off it", parts.resolution, None, None),
        "uncertainty": ("what the shares alone would give", parts.uncertainty, None, None),
    }
    return Table(
        name="brier",
        title="Brier score and its parts",
        columns=("part", "meaning", "value", "value_lo", "value_hi"),
        rows=[(name, *cells) for name, cells in meanings.items()],
        caption="Score = reliability - resolution + uncertainty, but for what lies within bins.",
    )
