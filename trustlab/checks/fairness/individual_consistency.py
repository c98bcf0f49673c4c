"""Are alike people treated alike?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

ID = "fairness.individual_consistency"
MOST_COLUMNS = 100  # beyond, distances are much the same between all rows
MOST_CATEGORIES = 20


@operation(
    "check",
    "Individual consistency",
    needs=("predictions", "features"),
    better="higher",
    threshold=Threshold(
        None, None, "No accepted limit: what counts as alike is a choice, here nearness in the model's own inputs"
    ),
    tasks=("binary", "multiclass", "regression"),
    references=(
        "Zemel, Wu, Swersky, Pitassi and Dwork (2013). Learning fair representations. ICML",
        "Dwork, Hardt, Pitassi, Reingold and Zemel (2012). Fairness through awareness. ITCS",
        "Speicher et al. (2018). A unified approach to quantifying algorithmic unfairness. KDD",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "sensitive": "race"},
)
def individual_consistency(
    subject: Subject,
    neighbours: Annotated[int, Range(1, 100)] = 5,
    max_rows: Annotated[int, Range(50), Unit("rows")] = 4000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Are alike people treated alike?

    The headline is Zemel's consistency: one minus the mean absolute difference between a row's prediction and the mean
    of its nearest neighbours' (the row among them, as AIF360 counts). Neighbours are found among standardised inputs,
    without the sensitive attributes: so it is only as good as that idea of likeness. For several classes the difference
    is the share of neighbours with another class; for regression, predictions are scaled to lie between 0 and 1.

    In plain words
    --------------
    People who are alike in everything that is known of them are answered differently.

    What to do
    ----------
    Look at the pairs of similar rows that are answered differently: which feature parts them, and should it?

    Parameters
    ----------
    subject : Subject
        Predictions and features; sensitive attributes are left out of the distance.
    neighbours : int
        How many of the nearest rows, the row itself included.
    max_rows : int
        Rows that are compared, drawn by chance where there are more.
    level : float
        Confidence level of the interval.
    context : Context
        Where the draw's chance comes from.

    Returns
    -------
    Result
        Value: the consistency, 1 where all neighbours agree. The interval is Student's over rows; rows share
        neighbours, which it does not know, so take it as a rough one. With labels of a binary task, the Theil and the
        generalised entropy index of benefits stand beside it.

    References
    ----------
    Zemel et al. (2013). Learning fair representations. ICML.
    """
    from trustlab.stats.intervals import mean_interval
    from trustlab.stats.neighbours import disagreement
    from trustlab.stats.sampling import subsample

    if subject.n < 2 * neighbours:
        return not_applicable(f"needs {2 * neighbours} rows, two neighbourhoods of {neighbours}; got {subject.n}")
    rows = subsample(subject.n, max_rows, context.rng(ID))
    points = _points(subject, rows, context)
    if points.shape[1] == 0:
        return not_applicable("no input beside the sensitive attributes varies: there is nothing to be alike in")
    answers = _answers(subject, rows)
    if answers is None:
        return not_applicable("needs a finite prediction in every row; some are missing or infinite")
    off = disagreement(points, answers, neighbours)
    mean, lo, hi = mean_interval(off, level)
    value, ends = 1 - mean, (max(1 - hi, 0.0), min(1 - lo, 1.0))
    reason = (
        f"A row's prediction and its {neighbours} nearest rows' agree by {value:.3f} of 1 ({ends[0]:.3f} to "
        f"{ends[1]:.3f}, n {len(rows):,}). Shown, not judged."
    )
    return Result(
        reason=reason,
        value=value,
        unit="consistency",
        interval=ends,
        level=level,
        n=len(rows),
        views=[*_by_group(subject, rows, off, level), *_inequality(subject, level)],
    )


def _points(subject: Subject, rows: NDArray[Any], context: Context) -> NDArray[Any]:
    """Return standardised inputs: numbers with gaps filled by the median, the most frequent categories as 0/1."""
    import numpy as np
    import pandas as pd

    left_out = set() if subject.sensitive is None else {str(name) for name in subject.sensitive.columns}
    names = [name for name in subject.X.columns if str(name) not in left_out]
    if len(names) > MOST_COLUMNS:
        picked = np.sort(context.rng(ID, "columns").choice(len(names), MOST_COLUMNS, replace=False))
        names = [names[place] for place in picked.tolist()]
    made: list[Any] = []
    for name in names:
        column = subject.X[name].iloc[rows]
        if pd.api.types.is_numeric_dtype(column):
            values = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
            values[~np.isfinite(values)] = np.nan
            if not np.isnan(values).all():
                made.append(np.where(np.isnan(values), np.nanmedian(values), values))
            continue
        words = column.astype(object).where(column.notna(), "(missing)").map(str)
        counts = words.value_counts()
        kept = sorted(counts.index, key=lambda word: (-int(counts[word]), word))[:MOST_CATEGORIES]
        made += [(words == word).to_numpy(dtype=np.float64) / np.sqrt(2) for word in kept]
    table = np.column_stack(made) if made else np.zeros((len(rows), 0))
    spread = table.std(axis=0)
    varied = table[:, spread > 0]
    scaled: NDArray[Any] = (varied - varied.mean(axis=0)) / spread[spread > 0]
    return scaled


def _answers(subject: Subject, rows: NDArray[Any]) -> NDArray[Any] | None:
    """Return predictions with a column per class (one for binary tasks and numbers), between 0 and 1."""
    import numpy as np

    answers = np.asarray(subject.y_pred, np.float64)[rows]
    if not np.isfinite(answers).all():
        return None
    if subject.task == "multiclass":
        # half the sum over classes is the share of neighbours of another class
        halves: NDArray[Any] = (answers[:, None] == np.arange(len(subject.classes))) / 2.0
        return halves
    if subject.task == "regression" and np.ptp(answers) > 0:
        answers = (answers - answers.min()) / np.ptp(answers)
    column: NDArray[Any] = answers[:, None]
    return column


def _by_group(subject: Subject, rows: NDArray[Any], off: NDArray[Any], level: float) -> list[Series]:
    from trustlab.checks.fairness._groups import coded
    from trustlab.stats.means import group_means

    if subject.sensitive is None:
        return []
    shown = []
    for name in map(str, subject.sensitive.columns):
        labels, code = coded(subject, name)
        found = group_means(off, code[rows], len(labels))
        ends = found.intervals(level)
        largest = sorted((-found.n).argsort(kind="stable")[:50].tolist())
        shown += [
            (
                name,
                str(labels[place]),
                int(found.n[place]),
                *(1 - float(end[place]) for end in (ends.value, ends.hi, ends.lo)),
            )
            for place in largest
            if found.n[place]
        ]
    return [
        Series(
            name="by_group",
            title="Consistency by group",
            columns=("feature", "group", "n", "consistency", "consistency_lo", "consistency_hi"),
            rows=shown,
            units={"n": "rows"},
            x="group",
            y=("consistency",),
            group="feature" if subject.sensitive.shape[1] > 1 else None,
            mark="point",
            reference={"all": float(1 - off.mean())},
            caption="Bars are intervals.",
        )
    ]


def _inequality(subject: Subject, level: float) -> list[Table]:
    from trustlab.stats.classification import confusion_matrix
    from trustlab.stats.inequality import entropy_index

    if subject.task != "binary" or subject.y is None or subject.y_pred is None:
        return []
    cells = confusion_matrix(subject.y, subject.y_pred, 2).ravel()
    rows = [
        (name, *entropy_index(cells, alpha, level))
        for name, alpha in (("theil_index", 1), ("generalized_entropy_index", 2))
    ]
    return [
        Table(
            name="inequality",
            title="Inequality of benefits",
            columns=("index", "value", "value_lo", "value_hi"),
            rows=rows,
            caption="Benefit: 1 + predicted - true; 0 where everyone gets what is due.",
        )
    ]
