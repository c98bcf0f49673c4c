"""Permutation importance: what the model loses when an input is shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.arrays import Floats

ID = "explain.permutation"
MAX_ANSWERS = 300_000  # rows the model is asked for all inputs and repeats together
FEWEST, MAX_FEATURES = 100, 1000


@operation(
    "explainer",
    "Permutation importance",
    needs=("model", "labels", "features"),
    references=(
        "Breiman (2001). Random forests. Machine Learning 45",
        "Fisher, Rudin and Dominici (2019). All models are wrong, but many are useful. JMLR 20",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "repeats": 2},
)
def permutation(
    subject: Subject,
    repeats: Annotated[int, Range(2, 100)] = 4,
    max_rows: Annotated[int, Range(10), Unit("rows")] = 5000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say how much worse the model gets when the values of one input are shuffled among the rows.

    The drop in accuracy (R2 for regression) on the audited rows, input by input. Unlike SHAP values it looks at the
    labels: an input that the model uses to no avail gets none. Not for inputs that go together: shuffling one leaves
    the other, and makes rows that cannot occur.

    Parameters
    ----------
    subject : Subject
        The model and audited rows with labels.
    repeats : int
        Shuffles of each input.
    max_rows : int
        Rows drawn by the seed where there are more; fewer with many inputs.
    level : float
        Confidence level of the intervals.
    context : Context
        Where rows and shuffles come from.

    Returns
    -------
    Result
        Value: the largest drop, with Student's interval of the differences row by row. Views ``importance`` and
        ``quality``.
    """
    import numpy as np

    from trustlab.explain import _words
    from trustlab.stats.intervals import mean_interval

    if subject.X.shape[1] > MAX_FEATURES:
        return not_applicable(
            f"{subject.X.shape[1]:,} inputs are too many to shuffle in turn; the limit is {MAX_FEATURES:,}"
        )
    losses = row_losses(subject, repeats, max_rows, context)
    names = [str(name) for name in subject.X.columns]
    found = [mean_interval(losses[at].mean(axis=0), level) for at in range(len(names))]
    rows = sorted(((name, *one) for name, one in zip(names, found, strict=True)), key=lambda row: -row[1])
    n, (name, value, lo, hi) = losses.shape[2], rows[0]
    unit = "accuracy" if subject.classes else "R2"
    halves = losses[:, ::2].mean(axis=(1, 2)), losses[:, 1::2].mean(axis=(1, 2))
    said = ", ".join(f"{row[0]} ({row[1]:.2g})" for row in rows[: _words.SAID])
    return Result(
        reason=f"Shuffling an input costs most {unit} for {said} (n {n:,}).",
        value=value,
        unit=unit,
        interval=(lo, hi),
        level=level,
        n=n,
        views=[
            *_words.importance_views(
                rows, ("feature", "importance", "importance_lo", "importance_hi"), f"Drop in {unit} by shuffling", unit
            ),
            _words.quality_view(
                [
                    ("stability over reruns", _rank_correlation(*halves), "rank correlation of every second shuffle"),
                    ("largest difference", float(np.abs(halves[0] - halves[1]).max()), f"of two reruns, in {unit}"),
                ]
            ),
        ],
        provenance={"most important": name},
    )


def shared_losses(subject: Subject, context: Context) -> Floats:
    """Return `row_losses` of a small effort, computed once for every check that asks."""
    found: Floats = subject.memo(
        f"permutation of seed {context.seed}", lambda: row_losses(subject, 2, 1000, context, MAX_ANSWERS // 5)
    )
    return found


def row_losses(subject: Subject, repeats: int, max_rows: int, context: Context, answers: int = MAX_ANSWERS) -> Floats:
    """Return how much more each row loses by the shuffle of each input, shape (d, repeats, rows)."""
    import numpy as np

    from trustlab.stats.sampling import subsample

    rng = context.rng(ID)
    d = subject.X.shape[1]
    limit = min(max_rows, max(answers // (d * repeats), FEWEST))
    rows = subsample(subject.n, limit, rng)
    table = subject.X.iloc[rows].reset_index(drop=True)
    assert subject.y is not None
    assert subject.y_pred is not None
    truth = subject.y[rows]
    before = _loss(subject, truth, subject.y_pred[rows])
    losses = np.empty((d, repeats, rows.size))
    repeated = table.iloc[np.tile(np.arange(rows.size), repeats)].reset_index(drop=True)
    for at, name in enumerate(table.columns):
        orders = np.concatenate([rng.permutation(rows.size) for _ in range(repeats)])
        shuffled = repeated.assign(**{str(name): table[name].array.take(orders)})
        predicted = subject.predict(shuffled).reshape(repeats, -1)
        losses[at] = [_loss(subject, truth, one) - before for one in predicted]
    return losses


def _loss(subject: Subject, truth: Any, predicted: Any) -> Floats:
    import numpy as np

    if subject.classes:
        return np.asarray(truth != predicted, dtype=np.float64)
    return np.asarray((truth - predicted) ** 2 / (float(np.var(truth)) or 1.0))


def _rank_correlation(first: Floats, second: Floats) -> float | None:
    import numpy as np
    from scipy.stats import rankdata

    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])
