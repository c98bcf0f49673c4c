"""Which inputs does the model not use, and which of them should it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import listed
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.stats.intervals import Intervals

ID = "explanation.unused_features"
SHOWN, BARS, SAID = 200, 15, 5
EXPECTED = "By the word of whoever expects these inputs to be used"


@operation(
    "check",
    "Used too little",
    needs=("model", "features"),
    threshold=Threshold(
        0,
        None,
        source="Regulation (EU) 2016/679, Article 5(1)(c): data must be limited to what is necessary for the purpose; "
        "an input without influence is not",
    ),
    references=("Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS 30",),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def unused_features(
    subject: Subject,
    expected: list[str] | None = None,
    least: Annotated[float, Range(0.0, 0.5)] = 0.001,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Which inputs does the model not use, and which of them should it?

    An input is unused where its share of what moves the predictions is surely below ``least``: the upper end of its
    interval over rows. An unused input costs its collection and says nothing; or it broke on its way (a constant, a
    unit, a join), which is why a policy can list those that must be used. Not for inputs that matter to rare rows
    alone: the sample may miss them.

    In plain words
    --------------
    Information that should matter is not used at all.

    What to do
    ----------
    Look whether an unused input broke on its way, as a constant, a unit or a join; if it did not, stop collecting it.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    expected : list
        Inputs that must be used: the check fails where one of them is not.
    least : float
        The share below which an input counts as unused.
    level : float
        Confidence level of the intervals.
    context : Context
        Where the sample comes from.

    Returns
    -------
    Result
        Value: the number of unused inputs; of expected ones, where any of these is. View ``importance``: the shares,
        the smallest first.
    """
    from trustlab.checks.explanation._shared import attribution
    from trustlab.explain.shap_values import shares

    found = attribution(subject, context)
    if isinstance(found, Result):
        return found
    share = shares(found.strength(), context.rng(ID), level)
    unused = [name for at, name in enumerate(found.features) if share.hi[at] < least]
    missed = [name for name in expected or () if name in unused or name not in found.features]
    said = listed(unused, SAID)
    should = f"The model should use {', '.join(missed)} and does not. " if missed else ""
    few = (
        f"{len(unused)} of {len(found.features)} inputs surely move"
        if len(unused) > 1
        else (f"{'One' if unused else 'None'} of {len(found.features)} inputs surely moves")
    )
    return Result(
        threshold=Threshold(0.0, 0.0, EXPECTED) if missed else None,
        reason=f"{should}{few} the predictions by less than "
        f"{least:.1%} of the whole{f': {said}' if unused else ''} (n {len(found.rows)} rows).",
        value=len(missed or unused),
        unit="expected inputs" if missed else "inputs",
        level=level,
        n=len(found.rows),
        views=_views(found.features, share, set(unused), least),
        advice=_advice(unused, missed),
        provenance={"background": found.background},
    )


def _advice(unused: Sequence[str], missed: Sequence[str]) -> list[str]:
    lines = [f"Look whether {name} arrives as the model was taught it" for name in missed]
    spare = [name for name in unused if name not in missed]
    return [*lines, f"Train without {', '.join(spare[:SAID])}, and compare"] if spare else lines


def _views(features: tuple[str, ...], share: Intervals, unused: set[str], least: float) -> list[Series | Table]:
    order = share.value.argsort(kind="stable").tolist()
    rows = [(features[at], *share.at(at), "unused" if features[at] in unused else "") for at in order]
    columns = ("feature", "share", "share_lo", "share_hi")
    title = "Share of what moves the predictions, the smallest first"
    left = max(len(rows) - SHOWN, 0)
    return [
        Series(
            name="picture",
            title=title,
            columns=columns,
            rows=[row[:4] for row in rows[:BARS]],
            x="feature",
            y=("share",),
            mark="bar",
            reference={"unused below": least},
        ),
        Table(
            name="importance",
            title=title,
            columns=(*columns, "note"),
            rows=rows[:SHOWN],
            caption=f"{left} inputs with larger shares are left out." if left else None,
        ),
    ]
