"""Does the explanation say what the model does, better than chance?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.explain.quality import Faithfulness
    from trustlab.explain.shap_values import Attribution

ID = "explanation.faithfulness"
ROWS, BACKGROUND, FEWEST_FEATURES = 50, 5, 3


@operation(
    "check",
    "Faithfulness of the explanation",
    needs=("model", "features"),
    better="higher",
    threshold=Threshold(
        0, 0, source="By definition and by a test: at 0 the explanation's order says no more than a random one"
    ),
    references=(
        "Petsiuk, Das and Saenko (2018). RISE: randomized input sampling for explanation of black-box models. BMVC",
        (
            "Samek et al. (2017). Evaluating the visualization of what a deep neural network has learned. IEEE "
            "Transactions on Neural Networks and Learning Systems 28"
        ),
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def faithfulness(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """Does the explanation say what the model does, better than chance?

    Inputs are taken away from a row (replaced from other rows) and put back, in the order of their SHAP values and in
    random orders; the gain is how much further the prediction moves in the SHAP values' order, averaged over the way.
    It fails where the explanation is surely worse than chance, and warns where it cannot be told from chance: then
    the explanation must not be quoted. Not a comparison of models: a model whose predictions vary little has a small
    gain.

    In plain words
    --------------
    The reasons given are no better than guesses about what the model really does.

    What to do
    ----------
    Do not quote the explanation. Try another explainer, or a larger background.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    level : float
        Confidence level of the interval over rows.
    context : Context
        Where rows and orders are drawn.

    Returns
    -------
    Result
        Value: the mean gain over up to 50 rows, in the unit of the prediction. View ``faithfulness``: the two orders'
        curves.
    """
    from trustlab.checks.explanation._shared import attribution
    from trustlab.explain import _words, quality

    if subject.X.shape[1] < FEWEST_FEATURES:
        return not_applicable(f"needs {FEWEST_FEATURES} inputs to have an order; there are {subject.X.shape[1]}")
    found = attribution(subject, context, fewest=3)
    if isinstance(found, Result):
        return found
    measured = _measured(subject, found, context, level)
    value, lo, hi = measured.gain
    unit = _words.unit_of(subject)
    return Result(
        status=_status(lo, hi),
        reason=f"In the explanation's order the prediction moves {value:+.3g} ({lo:.3g} to {hi:.3g}) further than in "
        f"random orders, averaged over the way (n {measured.n} rows){_verdict(lo, hi)}.",
        value=value,
        unit=unit,
        interval=(lo, hi),
        level=level,
        n=measured.n,
        views=[quality.curves(measured, unit), _words.quality_view([quality.faithfulness_measure(measured, unit)])],
        advice=[] if lo > 0 else ["Do not quote the explanation's order of inputs"],
    )


def _measured(subject: Subject, found: Attribution, context: Context, level: float) -> Faithfulness:
    from trustlab.checks.explanation._shared import predicted_codes, toward_predicted
    from trustlab.explain.masking import row_masks
    from trustlab.explain.quality import faithfulness as measure
    from trustlab.stats.sampling import subsample

    rng = context.rng(ID)
    rows = subsample(len(found.rows), ROWS, rng)
    pool = subject.inputs()
    others = pool.iloc[subsample(len(pool), BACKGROUND, rng)]
    codes, values = predicted_codes(subject, found)[rows], toward_predicted(subject, found)[rows]
    measured = measure(values, row_masks(subject, found.rows.iloc[rows], others, codes), rng, level)
    assert measured is not None
    return measured


def _status(lo: float, hi: float) -> Status | None:
    if hi < 0:
        return Status.FAIL
    return Status.WARN if lo <= 0 else None


def _verdict(lo: float, hi: float) -> str:
    if hi < 0:
        return ": it is worse than chance"
    return ": this could be noise" if lo <= 0 else ""
