"""Do the explanation's contributions add up to the prediction?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.explain.shap_values import Attribution
    from trustlab.stats.arrays import Floats

SHOWN = 10


@operation(
    "check",
    "Completeness of the explanation",
    needs=("model", "features"),
    threshold=Threshold(
        0.05,
        None,
        source="Sundararajan, Taly and Yan (2017), section 5: attributions should add up to the difference of the "
        "outputs within 5%, or be computed anew with more steps",
    ),
    references=("Sundararajan, Taly and Yan (2017). Axiomatic attribution for deep networks. ICML",),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def completeness(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """Do the explanation's contributions add up to the prediction?

    The prediction that the audit uses, minus the base, minus the sum of the SHAP values; its mean size over the mean
    size of prediction minus base. It is 0 but for rounding where the model answers the same row alike each time. A
    residual says that it does not: a model that draws, keeps state, or depends on the rows it is asked together with;
    then neither the explanation nor the audit can be repeated.

    In plain words
    --------------
    The reasons given for an answer do not add up to that answer.

    What to do
    ----------
    Find what makes the model answer differently, such as a random layer left on, kept state or other rows in the batch,
    and switch it off; then explain again.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    level : float
        Confidence level of the interval.
    context : Context
        Where the sample comes from.

    Returns
    -------
    Result
        Value: the share of what is to be explained that is left over, with its interval over rows. View
        ``residuals``: the rows that add up worst.
    """
    from trustlab.checks.explanation._shared import attribution
    from trustlab.stats.intervals import mean_interval

    found = attribution(subject, context)
    if isinstance(found, Result):
        return found
    answers = _answers(subject, found)
    left, whole = answers - found.base - found.mean.sum(axis=1), answers - found.base
    scale = float(abs(whole).mean())
    if scale == 0:
        return not_applicable("every prediction is that of the base, so there is nothing to add up to")
    sizes = abs(left).mean(axis=1) / scale
    value, lo, hi = mean_interval(sizes, level)
    n = len(sizes)
    return Result(
        reason=f"The contributions add up to the predictions but for rounding ({value:.0e} of what they explain, n {n} "
        "rows)."
        if value < 1e-6
        else f"The contributions leave {value:.2g} of what they explain ({lo:.2g} to {hi:.2g}, n {n} rows).",
        value=value,
        unit="share",
        interval=(max(lo, 0.0), hi) if n > 1 else None,
        level=level,
        n=n,
        views=_views(subject, found, sizes, scale),
        advice=[] if value <= 0.05 else ["Ask the model twice about the same rows: its answers should not change"],
    )


def _answers(subject: Subject, found: Attribution) -> Floats:
    """Return the audit's own predictions of the explained rows, made before the explanation, shape (rows, k)."""
    import numpy as np

    assert found.places is not None
    assert subject.y_pred is not None
    if subject.proba is not None:
        return np.asarray(subject.proba[found.places], np.float64)
    codes = subject.y_pred[found.places]
    answers: Floats = np.eye(len(subject.classes))[codes] if subject.classes else np.asarray(codes, np.float64)[:, None]
    return answers


def _views(subject: Subject, found: Attribution, sizes: Floats, scale: float) -> list[Series | Table]:
    import numpy as np

    assert found.places is not None
    order = np.argsort(-sizes, kind="stable")[:SHOWN]
    labels = subject.X.index[found.places[order]]
    rows = [(str(label), float(sizes[at])) for label, at in zip(labels, order, strict=True)]
    title = "What the contributions leave, row by row, the worst first"
    caption = f"As a share of {scale:.3g}, the mean size of prediction minus base; {len(sizes)} rows were explained."
    return [
        Series(name="picture", title=title, columns=("row", "left"), rows=rows, x="row", y=("left",), mark="bar"),
        Table(name="residuals", title=title, columns=("row", "left"), rows=rows, caption=caption),
    ]
