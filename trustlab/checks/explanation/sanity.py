"""Does the explanation depend on what the model learned?"""

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

ID = "explanation.sanity"
ROWS, FEWEST_FEATURES, SHOWN = 40, 4, 15


@operation(
    "check",
    "Sanity of the explanation",
    needs=("model", "features"),
    better="higher",
    threshold=Threshold(
        0,
        None,
        source="By definition: at 0 the explanation of a model that knows nothing is as like it as a rerun, so it does "
        "not depend on what the model learned (Adebayo et al. 2018)",
    ),
    references=("Adebayo et al. (2018). Sanity checks for saliency maps. NeurIPS 31",),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def sanity(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """Does the explanation depend on what the model learned?

    The same rows are explained for a model that knows nothing: a torch module with its parameters drawn anew, or a
    scikit-learn estimator of the same kind taught shuffled labels. The rank correlation of the inputs' sizes with
    that explanation, row by row, is set against the one between the two halves of the background, which is how alike
    reruns are. Where the difference is near 0 the explanation shows the data or the method, not the model: also where
    the model learned nothing. Not applicable to a model that can be asked alone.

    In plain words
    --------------
    The reasons given would be the same for a model that learned nothing.

    What to do
    ----------
    Do not show such explanations as reasons: they would say the same of a model that knows nothing. Try another method,
    and look whether the model learned anything.

    Parameters
    ----------
    subject : Subject
        The model and the rows; training rows where they are known.
    level : float
        Confidence level of the interval over rows.
    context : Context
        Where rows, shuffles and parameters come from.

    Returns
    -------
    Result
        Value: likeness of a rerun minus likeness of the knowing-nothing model. View ``similarity``: both.
    """
    import numpy as np

    from trustlab.checks.explanation._shared import attribution
    from trustlab.explain.quality import rank_similarity
    from trustlab.explain.randomised import random_subject
    from trustlab.stats.intervals import mean_interval

    if subject.X.shape[1] < FEWEST_FEATURES:
        return not_applicable(f"needs {FEWEST_FEATURES} inputs to have an order; there are {subject.X.shape[1]}")
    found = attribution(subject, context, fewest=3)
    if isinstance(found, Result):
        return found
    other = random_subject(subject, context.rng(ID))
    if isinstance(other, str):
        return not_applicable(other)
    ours, again, theirs = _sizes(found, other[0], context)
    rerun, random = rank_similarity(ours, again), rank_similarity(ours, theirs)
    rerun, random = np.nan_to_num(rerun), np.nan_to_num(random)  # a model that answers always the same is like none
    value, lo, hi = mean_interval(rerun - random, level)
    return Result(
        reason=f"Explanations rank the inputs like a rerun does with a correlation of {rerun.mean():.2f}, and like "
        f"a model that knows nothing ({other[1]}) with {random.mean():.2f}: a difference of {value:.2f} ({lo:.2f} to "
        f"{hi:.2f}, n {len(rerun)} rows).",
        value=value,
        unit="rank correlation",
        interval=(lo, hi),
        level=level,
        n=len(rerun),
        views=_views(found.features, (ours, theirs), (rerun, random)),
        advice=[] if lo > 0 else ["Compare another method: %trust explain --method permutation"],
        provenance={"model that knows nothing": other[1]},
    )


def _sizes(found: Attribution, other: Subject, context: Context) -> tuple[Floats, Floats, Floats]:
    """Return sizes (rows, d) by one half of the background, by the other, and of the model that knows nothing."""
    from trustlab.explain.shap_values import attribute
    from trustlab.stats.sampling import subsample

    rng = context.rng(ID, "rows")
    rows = subsample(len(found.rows), ROWS, rng)
    # the second half's background, so that both comparisons share no background row with the first half
    theirs = attribute(other, found.rows.iloc[rows], found.others.iloc[1::2], rng)
    return found.strength(0)[rows], found.strength(1)[rows], theirs.strength()


def _views(
    features: tuple[str, ...], sizes: tuple[Floats, Floats], likeness: tuple[Floats, Floats]
) -> list[Series | Table]:
    import numpy as np

    shares = [size.mean(axis=0) / (size.mean(axis=0).sum() or 1.0) for size in sizes]
    order = np.argsort(-shares[0], kind="stable")[:SHOWN].tolist()
    rows = [
        (features[at], word, float(share[at]))
        for word, share in zip(("this model", "one that knows nothing"), shares, strict=True)
        for at in order
    ]
    left = len(features) - len(order)
    return [
        Series(
            name="picture",
            title="Share of the explanation, by input",
            columns=("feature", "model", "share"),
            rows=rows,
            x="feature",
            y=("share",),
            group="model",
            mark="bar",
            caption=f"{left} inputs are left out." if left else None,
        ),
        Table(
            name="similarity",
            title="Rank correlation with the explanation, over rows",
            columns=("with", "mean", "lowest", "highest"),
            rows=[
                (word, float(one.mean()), float(one.min()), float(one.max()))
                for word, one in zip(("a rerun", "a model that knows nothing"), likeness, strict=True)
            ],
        ),
    ]
