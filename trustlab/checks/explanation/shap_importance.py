"""Which inputs does the model rely on, and does it rely on one alone or on a sensitive one?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

ID = "explanation.shap_importance"
BARS, SHOWN = 15, 200


@operation(
    "check",
    "What the model relies on",
    needs=("model", "features"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit on the share of one input: shown, not judged. It warns where a sensitive attribute "
        "is an input with surely more than an even share: Regulation B, 12 CFR 1002.6(b), forbids lenders to use "
        "race or sex in evaluating an applicant",
    ),
    references=("Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS 30",),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "sensitive": "race"},
)
def shap_importance(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """Which inputs does the model rely on, and does it rely on one alone or on a sensitive one?

    The importance of an input is the mean size of its SHAP values over a sample of rows; its share is that over the
    sum for all inputs. A share near 1 says that the model is a rule about one input: look whether that input is
    known at the time of use, and whether it copies the target. An unused sensitive attribute is no proof of equal
    treatment: other inputs may stand for it (see the fairness checks).

    What to do
    ----------
    Look at the first input: it must be known when the model is used and must not copy the target.

    Parameters
    ----------
    subject : Subject
        The model and the rows; sensitive attributes where they are known.
    level : float
        Confidence level of every interval.
    context : Context
        Where the sample comes from.

    Returns
    -------
    Result
        Value: the share of the most important input, with a bootstrap interval over rows. View ``importance``.
    """
    from trustlab.checks.explanation._shared import attribution
    from trustlab.explain.shap_values import shares

    found = attribution(subject, context)
    if isinstance(found, Result):
        return found
    strength = found.strength()
    share, size = shares(strength, context.rng(ID), level), strength.mean(axis=0)
    named = set() if subject.sensitive is None else set(map(str, subject.sensitive.columns))
    rows = sorted(
        (
            (name, float(size[at]), *share.at(at), "sensitive" if name in named else "")
            for at, name in enumerate(found.features)
        ),
        key=lambda row: -row[2],
    )
    relied = [row for row in rows if row[5] and len(rows) > 1 and row[3] > 1 / len(rows)]
    name, _, value, lo, hi, _ = rows[0]
    return Result(
        status=Status.WARN if relied else None,
        reason=f"{_sensitive_words(relied)}{name} makes {value:.0%} of what moves the predictions ({lo:.0%} to "
        f"{hi:.0%}, n {len(strength)} rows, {len(rows)} inputs).",
        value=value,
        unit="share",
        interval=(lo, hi),
        level=level,
        n=len(strength),
        views=_views(rows, 1 / len(rows)),
        advice=[f"Train without {row[0]}, and compare" for row in relied],
        provenance={"background": found.background},
    )


def _sensitive_words(relied: Sequence[tuple[Any, ...]]) -> str:
    if not relied:
        return ""
    names = ", ".join(f"{row[0]} ({row[2]:.0%})" for row in relied)
    return f"The model relies on the sensitive {names}. "


def _views(rows: Sequence[tuple[Any, ...]], even: float) -> list[Series | Table]:
    title = "Share of what moves the predictions"
    columns = ("feature", "importance", "share", "share_lo", "share_hi", "note")
    return [
        Series(
            name="picture",
            title=title,
            columns=("feature", *columns[2:5]),
            rows=[(row[0], *row[2:5]) for row in rows[:BARS]],
            x="feature",
            y=("share",),
            mark="bar",
            reference={"an even share": even},
        ),
        Table(name="importance", title=title, columns=columns, rows=rows[:SHOWN]),
    ]
