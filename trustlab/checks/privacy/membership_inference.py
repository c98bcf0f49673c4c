"""Can somebody tell from the model's answers who was in the training data?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.checks.privacy._membership import FEWEST, REFERENCES, TIERS
from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.arrays import Bools, Floats, Ints
    from trustlab.stats.intervals import Interval

ID = "privacy.membership_inference"
SMALLEST = 1e-12  # probability: one row must not decide the mean loss


@operation(
    "check",
    "Membership inference",
    needs=("model", "labels", "scores", "train"),
    tasks=("binary", "multiclass"),
    threshold=TIERS,
    references=REFERENCES,
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
    populations apart. A model can leak one person and look harmless on average, so the share caught at few false
    alarms is shown too, and the area by class and group. The value is the privacy loss that the attack proves: no
    training with differential privacy of a smaller epsilon would allow its hits (as if every row had been drawn into
    the training by itself; one trained model). It is a lower bound: stronger attacks exist (privacy.shadow_models),
    and with n rows no attack can prove more than about ln n.

    In plain words
    --------------
    From the model's answers, strangers could tell whose records it was built on.

    What to do
    ----------
    Fit less closely, give out fewer decimals, or train with differential privacy where membership itself is
    confidential.

    Parameters
    ----------
    subject : Subject
        A model with probabilities, audited rows with labels, and the training data.
    max_rows : int
        Rows of either kind, drawn by the seed where there are more.
    level : float
        Confidence level of every interval, and of the bound.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: the epsilon that the attack by loss refutes at ``level``; 0 where it refutes none. Views ``roc``,
        ``roc_low`` (few false alarms, powers of ten), ``attacks`` and ``by_group``.
    """
    from trustlab.checks.privacy._membership import Attack, sides, too_few

    found = sides(subject, max_rows, context.rng(ID))
    if found is None or subject.train is None:
        return not_applicable(too_few())
    inside, outside = _sure(subject.train, found.members), _sure(subject, found.others)
    gap = _advantage(_right(subject.train, found.members), _right(subject, found.others), level)
    limit = inside.mean()
    by_loss = _advantage(inside >= limit, outside >= limit, level)
    attack = Attack("the model's certainty", subject, found, inside, outside, level)
    lines = [
        ("advantage of the attack by loss", *by_loss, "at the mean loss of the training rows; 0 is a guess"),
        ("advantage of the attack by the gap", *gap, "the difference in accuracy; 0 is a guess"),
    ]
    return attack.result(lines, context, ID)


def _sure(subject: Subject, rows: Ints) -> Floats:
    """Return the logarithm of the probability of the true label."""
    import numpy as np

    from trustlab.checks.privacy._membership import true_probability

    return np.asarray(np.log(np.clip(true_probability(subject, rows), SMALLEST, 1)))


def _right(subject: Subject, rows: Ints) -> Bools:
    import numpy as np

    assert subject.y is not None
    assert subject.y_pred is not None
    return np.asarray(subject.y_pred[rows] == subject.y[rows])


def _advantage(members: Bools, others: Bools, level: float) -> Interval:
    """Return how much more often members are called members than others are: Yeom's advantage."""
    from trustlab.stats.intervals import newcombe

    return newcombe(int(members.sum()), members.size, int(others.sum()), others.size, level).at(())
