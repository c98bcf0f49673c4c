"""Do the probabilities mean what they say?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table, View
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.stats.calibration import Bins, ZTest
    from trustlab.stats.intervals import Interval

ID = "reliability.calibration"
PER_BIN = 20  # rows in a bin at least: the debiased error takes a bin's share for normal
SHOWN_BINS = 10
ONE_POINT = 0.01
MOST_CLASSES = 50
SURE = 0.01  # the test's level: of right probabilities one model in a hundred may be warned of


@operation(
    "check",
    "Calibration",
    needs=("labels", "scores"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        warn=ONE_POINT,
        fail=None,
        source="Convention of this project: one percentage point, finer than which probabilities are seldom read. What "
        "chance explains (the interval reaches 0 and Spiegelhalter's test does not reject at 1%) passes. How much is "
        "too much depends on the use: no accepted limit to fail",
    ),
    references=(
        "Kumar, Liang and Ma (2019). Verified uncertainty calibration. NeurIPS",
        "Guo, Pleiss, Sun and Weinberger (2017). On calibration of modern neural networks. ICML",
        "Spiegelhalter (1986). Probabilistic prediction in patient management. Statistics in Medicine 5",
        "Ferro and Fricker (2012). A bias-corrected decomposition of the Brier score. QJRMS 138",
        "Kull et al. (2019). Beyond temperature scaling: well-calibrated multiclass probabilities. NeurIPS",
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
    would show. For several classes it asks the same of the most probable class, and the view ``by_class`` of each one
    against the rest, which finds what the most probable class hides. Overconfident is a model that is right less often
    than it says. A model can be well calibrated and useless: read ``performance.metrics`` beside it.

    In plain words
    --------------
    When the model says how sure it is, it is not right that often.

    What to do
    ----------
    Recalibrate on rows that were not trained on (isotonic or Platt), and do not show the probabilities as chances until
    then.

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
        right. An error that noise may explain, with a test that does not reject at 1%, passes. Views: the reliability
        curve with Wilson intervals, ``confidence`` (said and right, and the test), the Brier score's parts as counted
        and without the bias of few rows, and for several classes ``by_class``.

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
    sure = _confidence(subject, level)
    numbers = f"(ECE {found.value:.3f}, {found.lo:.3f} to {found.hi:.3f}, n {subject.n:,})"
    test = spiegelhalter_z(truth, probability)
    chance = found.lo <= 0 and not test.p_value < SURE
    if chance:
        reason = f"No miscalibration beyond chance was found {numbers}."
    elif found.value <= ONE_POINT:
        reason = f"Probabilities are off by no more than a point {numbers}."
    else:
        side = "high" if run.gap < 0 else "low"
        points = f"{abs(run.gap) * 100:.0f} point" + ("" if round(abs(run.gap) * 100) == 1 else "s")
        reason = f"Probabilities run {points} {side} between {run.low:.2g} and {run.high:.2g} {numbers}.{sure.words()}"
    views: list[View] = [_curve(shown, level, subject), sure.table(test), _brier(truth, probability, min(bins, most))]
    if subject.task == "multiclass":
        views.append(_by_class(subject, min(bins, most)))
    return Result(
        status=Status.PASS if chance else None,
        reason=reason,
        value=found.value,
        unit="probability",
        interval=(found.lo, found.hi),
        level=level,
        n=subject.n,
        p_value=test.p_value,
        views=views,
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


class _Confidence(NamedTuple):
    """What the model says of its answers, how often they are right, and the difference."""

    said: Interval
    right: Interval
    over: Interval

    def words(self) -> str:
        """Return which way it errs on the whole, where that is no chance."""
        if self.over.lo <= 0 <= self.over.hi:
            return ""
        way = "Overconfident" if self.over.lo > 0 else "Underconfident"
        return f" {way}: {self.right.value:.1%} of its answers are right, it says {self.said.value:.1%}."

    def table(self, test: ZTest) -> Table:
        """Return the numbers, and Spiegelhalter's test."""
        rows = [
            ("said", *self.said, "mean probability of the most probable class"),
            ("right", *self.right, "share of rows in which it is the true one"),
            ("overconfidence", *self.over, "said less right; below 0 it is underconfident"),
            ("Spiegelhalter's z", test.z, None, None, "above 1.96: the Brier score is worse than it says it would be"),
        ]
        return Table(
            name="confidence",
            title="Said and right",
            columns=("measure", "value", "value_lo", "value_hi", "meaning"),
            rows=rows,
        )


def _confidence(subject: Subject, level: float) -> _Confidence:
    from trustlab.stats.intervals import mean_interval, wilson

    assert subject.proba is not None
    said = subject.proba.max(axis=1).clip(0, 1)
    right = subject.proba.argmax(axis=1) == subject.y
    return _Confidence(
        mean_interval(said, level),
        wilson(int(right.sum()), right.size, level).at(()),
        mean_interval(said - right, level),
    )


def _by_class(subject: Subject, bins: int) -> Table:
    """Return each class's error, one against the rest; the worst first."""
    from trustlab.stats.brier import classwise_ece
    from trustlab.stats.calibration import spiegelhalter_z

    assert subject.proba is not None
    assert subject.y is not None
    proba = subject.proba.clip(0, 1)
    errors = classwise_ece(proba, subject.y, bins)
    rows = []
    for code, label in enumerate(subject.classes):
        truth = subject.y == code
        test = spiegelhalter_z(truth, proba[:, code])
        rows.append(
            (str(label), int(truth.sum()), float(errors[code]), proba[:, code].mean(), truth.mean(), test.p_value)
        )
    return Table(
        name="by_class",
        title="Each class against the rest",
        columns=("class", "n", "ECE", "said", "share", "p"),
        rows=sorted(rows, key=lambda row: -row[2])[:MOST_CLASSES],
        units={"n": "rows"},
        caption=f"Debiased errors, the largest first, {MOST_CLASSES} at most. said: mean probability. p: "
        "Spiegelhalter's test of each class by itself.",
    )


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
    from trustlab.stats.brier import corrected_parts
    from trustlab.stats.calibration import brier_parts, reliability_bins
    from trustlab.stats.classification import brier_scores
    from trustlab.stats.intervals import mean_interval

    parts = brier_parts(truth, probability, bins)
    fair = corrected_parts(reliability_bins(truth, probability, bins))
    score = mean_interval(brier_scores(truth, probability))
    meanings = {
        "Brier score": ("mean squared difference of outcome and probability; less is better", *score, None),
        "reliability": ("what miscalibration adds to it", parts.reliability, None, None, fair.reliability),
        "resolution": ("what telling rows apart takes off it", parts.resolution, None, None, fair.resolution),
        "uncertainty": ("what the shares alone would give", parts.uncertainty, None, None, fair.uncertainty),
    }
    return Table(
        name="brier",
        title="Brier score and its parts",
        columns=("part", "meaning", "value", "value_lo", "value_hi", "without bias"),
        rows=[(name, *cells) for name, cells in meanings.items()],
        caption="Score = reliability - resolution + uncertainty, but for what lies within bins. Without bias: less "
        "what few rows in a bin add by chance (Ferro and Fricker 2012).",
    )
