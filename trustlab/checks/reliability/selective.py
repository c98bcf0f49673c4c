"""Is the model right where it is sure, and how much may it answer if errors must be rare?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.arrays import Bools, Floats
    from trustlab.stats.selective import Guarantee

FEWEST = 10  # right and wrong answers each, below which no order of them can be told
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


@operation(
    "check",
    "Answering only where sure",
    needs=("labels", "scores", "predictions"),
    tasks=("binary", "multiclass"),
    better="higher",
    threshold=Threshold(
        warn=0.5,
        fail=None,
        source="By definition: at 0.5 a wrong answer is as likely as a right one to be the surer of the two, so that "
        "leaving out unsure answers helps nothing. No accepted limit to fail",
    ),
    references=(
        "Geifman and El-Yaniv (2017). Selective classification for deep neural networks. NeurIPS",
        "Geifman, Uziel and El-Yaniv (2019). Bias-reduced uncertainty estimation for deep neural classifiers. ICLR",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "score": "score"},
)
def selective(
    subject: Subject,
    risk: Annotated[float, Range(0.0001, 0.9999)] = 0.05,
    delta: Annotated[float, Range(0.0001, 0.5)] = 0.05,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Is the model right where it is sure, and how much may it answer if errors must be rare?

    A model may hand its unsure answers to a person. The risk is the error rate among the answers kept, the coverage
    their share; the surest are kept first (by the probability of the most probable class). The guarantee says how
    many may be kept so that the true risk is at most ``risk`` but with a chance of ``delta``: it holds for rows drawn
    as the audited ones, and these must not have been trained on. Not for data that drift.

    In plain words
    --------------
    The model is wrong too often even where it says it is sure.

    What to do
    ----------
    Let the model answer where it is sure, at the coverage shown, and hand the rest to a person.

    Parameters
    ----------
    subject : Subject
        Labels, predictions and probabilities.
    risk : float
        The error rate that is allowed among the answers kept; 0.05 is only a place to start.
    delta : float
        The chance that the guarantee is broken.
    level : float
        Confidence level of every interval.

    Returns
    -------
    Result
        Value: the chance that a right answer is surer than a wrong one, with DeLong's interval. Views: risk by
        coverage with Wilson's intervals, ``guarantee`` and ``areas`` (AURC, its excess over the best order).

    References
    ----------
    Geifman and El-Yaniv (2017). Selective classification for deep neural networks. NeurIPS; algorithm 1.
    """
    import numpy as np

    from trustlab.stats.roc import auc_interval
    from trustlab.stats.selective import guaranteed

    assert subject.proba is not None
    wrong: Bools = np.asarray(subject.y_pred != subject.y)
    sure: Floats = np.asarray(subject.proba.max(axis=1), np.float64).clip(0, 1)
    errors = int(wrong.sum())
    if min(errors, subject.n - errors) < FEWEST:
        return not_applicable(
            f"needs {FEWEST} wrong and {FEWEST} right answers to compare; there are {errors:,} and "
            f"{subject.n - errors:,}"
        )
    area = auc_interval(~wrong, sure, level)
    kept = guaranteed(wrong, sure, risk, delta)
    return Result(
        reason=f"A right answer is surer than a wrong one with a chance of {area.value:.2f} ({area.lo:.2f} to "
        f"{area.hi:.2f}, n {subject.n:,}). {_promise(kept, subject.n, risk, delta)}",
        value=area.value,
        unit="area under the curve",
        interval=(area.lo, area.hi),
        level=level,
        n=subject.n,
        views=[_curve(wrong, sure, risk, level), _guarantee(kept, subject.n, risk, delta), _areas(wrong, sure)],
    )


def _promise(kept: Guarantee | None, n: int, risk: float, delta: float) -> str:
    if kept is None:
        return f"No share of the answers can be promised to err at most {risk:.1%}."
    return (
        f"The surest {kept.n / n:.0%} (at {kept.threshold:.3g} or more) err at most {risk:.1%}, but with a chance "
        f"of {delta:.0%}; {kept.errors / kept.n:.1%} of them were wrong here."
    )


def _curve(wrong: Bools, sure: Floats, risk: float, level: float) -> Series:
    import numpy as np

    from trustlab.stats.intervals import wilson
    from trustlab.stats.selective import risk_coverage

    steps = risk_coverage(wrong, sure)
    wanted = np.ceil(np.asarray(COVERAGES) * wrong.size - 1e-9)
    at = np.unique(np.minimum(np.searchsorted(steps.n, wanted), steps.n.size - 1))
    n = steps.n[at]
    found = wilson(np.rint(steps.risk[at] * n), n, level)
    columns = (steps.coverage[at], found.value, found.lo, found.hi, n, steps.threshold[at])
    return Series(
        name="risk_by_coverage",
        title="Error rate of the answers kept, by their share",
        columns=("coverage", "risk", "risk_lo", "risk_hi", "n", "least sure"),
        rows=list(zip(*(column.tolist() for column in columns), strict=True)),
        units={"coverage": "share of rows", "risk": "share wrong", "n": "rows"},
        x="coverage",
        y=("risk",),
        reference={"allowed": risk},
        caption="The surest answers are kept first; equally sure ones together.",
    )


def _guarantee(kept: Guarantee | None, n: int, risk: float, delta: float) -> Table:
    rows: list[tuple[Any, ...]] = [(risk, delta, 0.0, 0, None, None, None)]
    if kept is not None:
        rows = [(risk, delta, kept.n / n, kept.n, kept.threshold, kept.errors / kept.n, kept.bound)]
    return Table(
        name="guarantee",
        title="What can be promised",
        columns=("risk allowed", "chance to break it", "coverage", "n", "least sure", "risk seen", "bound of the risk"),
        rows=rows,
        units={"n": "rows"},
        caption="Exact binomial bounds, shared out over the cuts that the search asked about.",
    )


def _areas(wrong: Bools, sure: Floats) -> Table:
    from trustlab.stats.selective import aurc, excess_aurc

    whole, excess = aurc(wrong, sure), excess_aurc(wrong, sure)
    return Table(
        name="areas",
        title="Area under risk by coverage",
        columns=("measure", "value", "note"),
        rows=[
            ("AURC", whole, "the mean risk over all coverages; less is better"),
            ("E-AURC", excess, "of that, what the best possible order would save"),
            ("without an order", float(wrong.mean()), "the risk at any coverage if the rows kept were chosen blindly"),
        ],
    )
