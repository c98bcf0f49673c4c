"""Would another sample of rows give the same explanation?"""

from __future__ import annotations

from math import isnan
from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Table
from trustlab.models.subject import Subject

ID = "explanation.stability"
FEWEST_FEATURES, FEWEST_ROWS = 3, 10
SHOWN = 200


@operation(
    "check",
    "Stability of the explanation",
    needs=("model", "features"),
    better="higher",
    threshold=Threshold(
        warn=0.70,
        fail=None,
        source="Nunnally (1978), Psychometric Theory: in early stages of research a reliability of 0.70 will do; "
        "borrowed from tests of people, as explanations have no accepted limit of their own",
    ),
    references=(
        "Alvarez-Melis and Jaakkola (2018). On the robustness of interpretability methods. arXiv:1806.08049",
        "Nunnally (1978). Psychometric Theory, 2nd edition",
        "Spearman (1910). Correlation calculated from faulty data. British Journal of Psychology 3",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def stability(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """Would another sample of rows give the same explanation?

    The split-half reliability of the order of the SHAP importances. Two importances that share neither an explained
    row nor a background row (the same two halves of the background, and random halves of the rows) have a rank
    correlation r; what is shown to people rests on both halves, and two samples of that size would agree by
    2r / (1 + r) (Spearman 1910, Brown 1910). Low where the order of the inputs is chance, and then must not be quoted;
    also where many inputs matter equally, which is no fault of the model.

    In plain words
    --------------
    Asked about other rows, the explanation would name other reasons.

    What to do
    ----------
    Explain more rows against a larger background before an order of inputs is quoted; where many inputs matter alike,
    name them as a group.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    level : float
        Share of the random halves that lie within the interval.
    context : Context
        Where the sample comes from.

    Returns
    -------
    Result
        Value: the reliability by the median rank correlation over 200 random halvings; interval: the range that holds
        ``level`` of them. View ``halves``: the importance by either half of the background, and its rank.
    """
    from trustlab.checks.explanation._shared import attribution
    from trustlab.explain.shap_values import rank_agreement

    if subject.X.shape[1] < FEWEST_FEATURES:
        return not_applicable(f"needs {FEWEST_FEATURES} inputs to have an order; there are {subject.X.shape[1]}")
    if subject.n < FEWEST_ROWS:
        return not_applicable(f"needs {FEWEST_ROWS} rows to halve; there are {subject.n}")
    found = attribution(subject, context)
    if isinstance(found, Result):
        return found
    first, second = found.strength(0), found.strength(1)
    agreement = rank_agreement(first, second, context.rng(ID), level)
    if isnan(agreement.value):
        return not_applicable("the model answers the same for every row, so no input comes before another")
    rows = zip(found.features, first.mean(axis=0).tolist(), second.mean(axis=0).tolist(), strict=True)
    n = len(first)
    value, lo, hi = (_of_both_halves(number) for number in agreement)
    return Result(
        reason=f"Two samples of {n} rows would put the {len(found.features)} inputs in orders with a rank correlation "
        f"of {value:.2f} ({lo:.2f} to {hi:.2f}), judged by halves that share no row ({agreement.value:.2f}).",
        value=value,
        unit="rank correlation",
        interval=(lo, hi),
        level=level,
        n=n,
        views=[
            Table(
                name="halves",
                title="Importance by either half of the background",
                columns=("feature", "first", "second"),
                rows=sorted(rows, key=lambda row: -(row[1] + row[2]))[:SHOWN],
            )
        ],
    )


def _of_both_halves(agreement: float) -> float:
    """Return the correlation of two samples of double size (Spearman and Brown); what is below 0 stays as it is."""
    return 2 * agreement / (1 + agreement) if agreement > 0 else agreement
