"""Which inputs does the model rely on, and does one decide nearly alone?"""

from __future__ import annotations

from typing import Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

ID = "explanation.feature_importance"
BARS, SHOWN = 15, 200


@operation(
    "check",
    "What the model relies on",
    needs=("model", "features"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit on the share of one input: shown, not judged; a policy may set one. The "
        "concentration is read as the number of equal inputs that would be as concentrated (Hill 1973)",
    ),
    references=(
        "Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS 30",
        "Hill (1973). Diversity and evenness: a unifying notation and its consequences. Ecology 54",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def feature_importance(
    subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context
) -> Result:
    """Which inputs does the model rely on, and does one decide nearly alone?

    The importance of an input is the mean size of its SHAP values over a sample of rows; its share is that over the
    sum for all inputs. Beside it stands in how many rows the input comes first, and the effective number of inputs, one
    over the sum of the squared shares. A model that hangs on one input falls with it: when it drifts, is missing, can
    be gamed, or is not known in time. Not a fault where one input truly decides (a credit score among weak hints).
    Whether the input is a sensitive attribute, or stands for one, is asked by explanation.sensitive_proxy.

    In plain words
    --------------
    Nearly every answer hangs on a single piece of information.

    What to do
    ----------
    Ask whether the leading input is known at the time of use, cannot be gamed and does not copy the target; train once
    without it to see what the rest is worth.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    level : float
        Confidence level of the intervals.
    context : Context
        Where the sample comes from.

    Returns
    -------
    Result
        Value: the largest share, with a bootstrap interval over rows. View ``importance``: importances, shares, and
        the share of rows in which each input comes first.
    """
    import numpy as np

    from trustlab.checks.explanation._shared import attribution
    from trustlab.explain.shap_values import shares

    found = attribution(subject, context)
    if isinstance(found, Result):
        return found
    d = len(found.features)
    if d < 2:
        return not_applicable("needs two inputs; with one there is nothing to share")
    strength = found.strength()
    share, size = shares(strength, context.rng(ID), level), strength.mean(axis=0)
    first = np.bincount(strength.argmax(axis=1), minlength=d) / len(strength)
    order = np.argsort(-share.value, kind="stable").tolist()
    value, lo, hi = share.at(order[0])
    effective = 1 / float((share.value**2).sum())
    rows = [(found.features[at], float(size[at]), *share.at(at), float(first[at])) for at in order]
    return Result(
        reason=f"{rows[0][0]} makes {value:.0%} of what moves the predictions ({lo:.0%} to {hi:.0%}, n {len(strength)} "
        f"rows) and comes first in {rows[0][5]:.0%} of the rows; the {d} inputs are as concentrated as "
        f"{effective:.1f} equal ones.",
        value=value,
        unit="share",
        interval=(lo, hi),
        level=level,
        n=len(strength),
        views=_views(rows, d),
        advice=[f"Ask what happens when {rows[0][0]} is missing or wrong: %trust explain --method partial_dependence"],
        provenance={"effective number of inputs": effective, "background": found.background},
    )


def _views(rows: list[tuple[Any, ...]], d: int) -> list[Series | Table]:
    columns = ("feature", "share", "share_lo", "share_hi")
    return [
        Series(
            name="picture",
            title="Share of what moves the predictions",
            columns=columns,
            rows=[(row[0], *row[2:5]) for row in rows[:BARS]],
            x="feature",
            y=("share",),
            mark="bar",
            reference={"an even share": 1 / d},
        ),
        Table(
            name="importance",
            title="Importance, share, and how often each input comes first",
            columns=("feature", "importance", *columns[1:], "first"),
            rows=rows[:SHOWN],
            units={"first": "share of the rows"},
            caption=f"{d - SHOWN} inputs are left out." if d > SHOWN else None,
        ),
    ]
