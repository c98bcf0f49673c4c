"""Can somebody tell from the model's answers who was in the training data?"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.arrays import Bools, Floats
    from trustlab.stats.intervals import Interval

ID = "privacy.membership_inference"
RATES = (0.01, 0.001)
FEWEST = 20
CURVE = 100
SMALLEST = 1e-12  # probability: one row must not decide the mean loss


@operation(
    "check",
    "Membership inference",
    needs=("model", "labels", "scores", "train"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        warn=round(exp(1) / (1 + exp(1)), 3),
        fail=None,
        source="e / (1 + e): no attack has a larger area on a model trained with differential privacy of epsilon 1 "
        "(from Kairouz, Oh and Viswanath 2015), the limit of the strong tier of Ponomareva et al. (2023), How to "
        "DP-fy ML, JAIR 77. No accepted limit to fail",
    ),
    references=(
        "Yeom, Giacomelli, Fredrikson and Jha (2018). Privacy risk in machine learning. IEEE CSF",
        "Carlini et al. (2022). Membership inference attacks from first principles. IEEE S&P",
        "Kairouz, Oh and Viswanath (2015). The composition theorem for differential privacy. ICML",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def membership_inference(
    subject: Subject,
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 20_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Can somebody tell from the model's answers who was in the training data?

    Two attacks that only ask the model. By loss: a row counts as a member the surer the model is of its true label
    (Yeom's and Carlini's baseline); its area under the curve is 0.5 for a guess and 1 where members are known. By
    the gap: a row counts as a member where its label is predicted rightly. Members are the training rows, the others
    the audited rows that are not among them; both must come from the same population, else the attack may tell the
    populations apart. Stronger attacks exist (shadow models): this is a lower bound. A model can leak one person
    and look harmless on average, so the share caught at few false alarms is shown too.

    Parameters
    ----------
    subject : Subject
        A model with probabilities, audited rows with labels, and the training data.
    max_rows : int
        Rows of either kind, drawn by the seed where there are more.
    level : float
        Confidence level of every interval.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: area under the curve of the attack by loss, with DeLong's interval. Views ``roc`` and ``attacks``.
    """
    import numpy as np

    from trustlab.stats.roc import auc_interval

    members, others = _samples(subject, max_rows, context)
    if members is None or others is None:
        return not_applicable(f"needs {FEWEST} training rows and as many audited rows that are not among them")
    truth = np.r_[np.ones(len(members.sure), dtype=bool), np.zeros(len(others.sure), dtype=bool)]
    score = np.r_[members.sure, others.sure]
    area = auc_interval(truth, score, level)
    gap = _advantage(members.right, others.right, level)
    limit = members.sure.mean()
    by_loss = _advantage(members.sure >= limit, others.sure >= limit, level)
    lines: list[tuple[Any, ...]] = [
        ("area of the attack by loss", *area, "0.5 is a guess"),
        ("advantage of the attack by loss", *by_loss, "at the mean loss of the training rows; 0 is a guess"),
        ("advantage of the attack by the gap", *gap, "the difference in accuracy; 0 is a guess"),
    ]
    lines += [_caught(truth, score, rate, level, context) for rate in RATES]
    n = int(truth.size)
    return Result(
        reason=f"By the model's certainty a training row is told from another one with an area of {area.value:.3f} "
        f"({area.lo:.3f} to {area.hi:.3f}, n {len(members.sure):,} and {len(others.sure):,}; 0.5 is a guess).",
        value=area.value,
        unit="area under the curve",
        interval=(area.lo, area.hi),
        level=level,
        n=n,
        views=[
            _roc(truth, score),
            Table(
                name="attacks",
                title="What the attacks achieve",
                columns=("measure", "value", "value_lo", "value_hi", "note"),
                rows=lines,
            ),
        ],
        provenance={"members": len(members.sure), "others": len(others.sure)},
    )


class _Sample:
    """How the model answers some rows: log-probability of the true label, and whether the label was predicted."""

    def __init__(self, subject: Subject, rows: Any) -> None:
        import numpy as np

        assert subject.proba is not None
        assert subject.y is not None
        assert subject.y_pred is not None
        y = subject.y[rows]
        self.sure: Floats = np.log(np.clip(subject.proba[rows, y], SMALLEST, 1))
        self.right: Bools = np.asarray(subject.y_pred[rows] == y)


def _samples(subject: Subject, max_rows: int, context: Context) -> tuple[_Sample | None, _Sample | None]:
    """Return members and others; None for either of which there are too few."""
    import numpy as np

    from trustlab.stats.sampling import subsample

    train = subject.train
    if train is None or train.y is None or train.proba is None:
        return None, None
    rng = context.rng(ID)
    fresh = np.flatnonzero(~np.isin(_fingerprints(subject), _fingerprints(train)))
    picked = subsample(train.n, max_rows, rng), fresh[subsample(fresh.size, max_rows, rng)]
    if min(map(len, picked)) < FEWEST:
        return None, None
    return _Sample(train, picked[0]), _Sample(subject, picked[1])


def _fingerprints(subject: Subject) -> Any:
    """Return a number per row that equal rows share: inputs and label."""
    import pandas as pd

    return pd.util.hash_pandas_object(
        pd.DataFrame({"row": subject.row_keys(), "label": subject.y}), index=False
    ).to_numpy()


def _advantage(members: Bools, others: Bools, level: float) -> Interval:
    """Return how much more often members are called members than others are: Yeom's advantage."""
    from trustlab.stats.intervals import newcombe

    return newcombe(int(members.sum()), members.size, int(others.sum()), others.size, level).at(())


def _caught(truth: Bools, score: Floats, rate: float, level: float, context: Context) -> tuple[Any, ...]:
    """Return the share of members caught at a rate of false alarms, where there are rows enough to say."""
    from trustlab.stats.roc import tpr_at_fpr

    name, others = f"members caught at {rate:.1%} false alarms", int((~truth).sum())
    if others * rate < 1:
        return name, None, None, None, f"needs {round(1 / rate):,} rows that are no members; there are {others:,}"
    return name, *tpr_at_fpr(truth, score, rate, context.rng(ID, str(rate)), level), f"a guess catches {rate:.1%}"


def _roc(truth: Bools, score: Floats) -> Series:
    from trustlab.stats.roc import roc_points

    points = roc_points(truth, score, CURVE)
    rows = [(float(x), float(y), float(x)) for x, y in zip(points.fpr, points.tpr, strict=True)]
    return Series(
        name="roc",
        title="Members caught, by false alarms",
        columns=("false alarms", "members caught", "a guess"),
        rows=rows,
        x="false alarms",
        y=("members caught", "a guess"),
        caption="The attack by loss; the further above the guess, the more the model tells about its training rows.",
    )
