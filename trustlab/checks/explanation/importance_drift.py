"""Does the model rely on the same inputs as it did on its training rows?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.explain.shap_values import Attribution
    from trustlab.stats.arrays import Bools, Floats

ID = "explanation.importance_drift"
PERMUTATIONS, SHOWN, ALPHA = 1999, 15, 0.01


@operation(
    "check",
    "Drift of what the model relies on",
    needs=("model", "features", "train"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit on the distance of two importances: shown, not judged. It warns where the distance "
        "is larger than chance at the 1% level, by a permutation test",
    ),
    references=(
        (
            "Lundberg et al. (2020). From local explanations to global understanding with explainable AI for trees. "
            "Nature Machine Intelligence 2 (monitoring by SHAP values)"
        ),
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans.csv", "train": "loans@main"},
)
def importance_drift(
    subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context
) -> Result:
    """Does the model rely on the same inputs as it did on its training rows?

    Shares of what moves the predictions on the training rows and on the audited ones, against the same background;
    their distance is half the sum of differences (0 alike, 1 disjoint), and a permutation test says whether rows of
    one population would differ so much. A drift without a drop in accuracy is a warning in time. Not a test of the
    inputs' distributions: see the drift detectors.

    In plain words
    --------------
    The model now leans on other information than when it was built.

    What to do
    ----------
    Look at the inputs that moved most: a changed unit, source or definition shows here first. If the world changed,
    train anew.

    Parameters
    ----------
    subject : Subject
        The model, the rows and its training rows.
    level : float
        Confidence level of the interval.
    context : Context
        Where samples and permutations come from.

    Returns
    -------
    Result
        Value: the distance, with a bootstrap interval over rows; ``p_value`` is the permutation test's. View
        ``importance``: both shares, the largest difference first.
    """
    from trustlab.checks.explanation._shared import attribution
    from trustlab.stats.bootstrap import percentile_ends

    found = attribution(subject, context, fewest=10)
    if isinstance(found, Result):
        return found
    ours, theirs = found.strength(), _on_training(subject, found, context)
    value, p_value = _tested(ours, theirs, context)
    rng = context.rng(ID, "bootstrap")
    drawn = _distance(*(rng.multinomial(len(part), [1 / len(part)] * len(part), 500) @ part for part in (ours, theirs)))
    lo, hi = (float(end) for end in percentile_ends(drawn, level))
    said = "more than chance" if p_value < ALPHA else "which could be chance"
    rows = _rows(found.features, ours, theirs)
    return Result(
        status=Status.WARN if p_value < ALPHA else None,
        reason=f"What moves the predictions differs from the training rows by {value:.2f} of 1, {said} (p "
        f"{p_value:.3g}, n {len(ours)} and {len(theirs)} rows); {rows[0][0]} most: {rows[0][1]:.0%}, then "
        f"{rows[0][2]:.0%}.",
        value=value,
        unit="distance of shares",
        interval=(min(lo, value), max(hi, value)),
        level=level,
        n=len(ours),
        p_value=p_value,
        views=_views(rows),
        advice=["Look for the inputs that drifted: %trust drift"] if p_value < ALPHA else [],
    )


def _on_training(subject: Subject, found: Attribution, context: Context) -> Floats:
    """Return the sizes on as many training rows, against the same background, shape (rows, d)."""
    from trustlab.explain.shap_values import attribute
    from trustlab.stats.sampling import subsample

    train = subject.train
    assert train is not None

    def compute() -> Attribution:
        rng = context.rng(ID, "training rows")
        rows = train.X.iloc[subsample(train.n, len(found.rows), rng)]
        return attribute(subject, rows, found.others, rng)

    made: Attribution = subject.memo(f"shap of training rows of seed {context.seed}", compute)
    return made.strength()


def _distance(first: Floats, second: Floats) -> Floats:
    """Return half the sum of differences of shares, along the last axis."""
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        one, two = first / first.sum(axis=-1, keepdims=True), second / second.sum(axis=-1, keepdims=True)
    found: Floats = np.abs(one - two).sum(axis=-1) / 2
    return found


def _tested(ours: Floats, theirs: Floats, context: Context) -> tuple[float, float]:
    import numpy as np

    rng = context.rng(ID)
    both = np.concatenate([ours, theirs])
    chosen: Bools = rng.permuted(np.tile(np.arange(len(both)) < len(ours), (PERMUTATIONS, 1)), axis=1)
    drawn = _distance(chosen @ both, ~chosen @ both)
    value = float(_distance(ours.sum(axis=0), theirs.sum(axis=0)))
    return value, float((1 + np.sum(drawn >= value - 1e-12)) / (1 + PERMUTATIONS))


def _rows(features: tuple[str, ...], ours: Floats, theirs: Floats) -> list[tuple[str, float, float, float]]:
    now, then = (size.sum(axis=0) / size.sum() for size in (ours, theirs))
    rows = [(name, float(then[at]), float(now[at]), float(now[at] - then[at])) for at, name in enumerate(features)]
    return sorted(rows, key=lambda row: -abs(row[3]))


def _views(rows: list[tuple[str, float, float, float]]) -> list[Series | Table]:
    title = "Share of what moves the predictions, the largest change first"
    bars = [(row[0], word, row[at]) for at, word in ((1, "training rows"), (2, "audited rows")) for row in rows[:SHOWN]]
    return [
        Series(
            name="picture",
            title=title,
            columns=("feature", "rows", "share"),
            rows=bars,
            x="feature",
            y=("share",),
            group="rows",
            mark="bar",
        ),
        Table(
            name="importance",
            title=title,
            columns=("feature", "training", "audited", "change"),
            rows=rows[:SHOWN],
            caption=f"{len(rows) - SHOWN} inputs are left out." if len(rows) > SHOWN else None,
        ),
    ]
