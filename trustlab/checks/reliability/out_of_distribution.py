"""Does the model stay unsure about rows unlike any it should know?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import TrustlabError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Distribution, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.stats.arrays import Floats
    from trustlab.stats.intervals import Interval

ID = "reliability.out_of_distribution"
FEWEST = 20
CAUGHT = 0.95  # the usual share of ordinary rows that must be let through
MOST_CELLS = 2_000_000
EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the model and a reference take one kind of strange rows."""

    name: str
    sure: Floats
    area: Interval
    false_alarms: float
    over: Interval
    neighbours: Interval | None


@operation(
    "check",
    "Rows unlike any known",
    needs=("model", "scores"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: how strange the rows in use may be is for the use to say, and most models are sure "
        "far away (Hein, Andriushchenko and Bitterwolf 2019). Shown, not judged",
    ),
    references=(
        "Hendrycks and Gimpel (2017). A baseline for detecting misclassified and out-of-distribution examples. ICLR",
        "Hein, Andriushchenko and Bitterwolf (2019). Why ReLU networks yield high-confidence predictions. CVPR",
        "Sun, Ming, Zhu and Li (2022). Out-of-distribution detection with deep nearest neighbors. ICML",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def out_of_distribution(
    subject: Subject,
    confident: Annotated[float, Range(0.5, 1)] = 0.9,
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 2000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Does the model stay unsure about rows unlike any it should know?

    Strange rows are made from the audited ones: each column shuffled by itself (what belonged together does not), and
    numbers 3 to 10 ranges beyond the observed end; for pictures noise and negatives, for texts words drawn from
    all of them. A model should be less sure of
    them. Where it is not, its confidence is no guard, and a distance to known rows may be: the same rows are told by
    the distance to their nearest known neighbours. What strange rows in use look like is not known here: read the
    numbers as examples. Shuffled columns are ordinary rows where the columns are independent.

    In plain words
    --------------
    The model sounds sure about cases unlike any that it knows.

    What to do
    ----------
    Put a check of inputs before the model that refuses rows far from those it knows.

    Parameters
    ----------
    subject : Subject
        The model, its probabilities and rows.
    confident : float
        The probability from which an answer counts as sure.
    max_rows : int
        Rows of either kind, drawn by the seed where there are more.
    level : float
        Confidence level of every interval.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: the largest share of strange rows, over the kinds, that is answered with more than ``confident``. Views:
        ``confidence`` by kind, and ``kinds`` with the area under the curve of confidence and of neighbours, and the
        strange rows let through where 95% of the ordinary ones are.
    """
    import numpy as np

    from trustlab.checks.reliability._asking import at
    from trustlab.checks.reliability._strange import strange_rows
    from trustlab.stats.sampling import subsample

    assert subject.proba is not None
    content = subject.content
    limit = min(max_rows, max(MOST_CELLS // _width(content), FEWEST))
    rng = context.rng(ID)
    rows = np.asarray(subsample(subject.n, limit, rng))
    if rows.size < FEWEST:
        return not_applicable(f"needs {FEWEST} rows; got {subject.n}")
    usual = subject.proba[rows].max(axis=1)
    known = _neighbours(subject, rows, limit, context)
    kinds, refused = [], []
    for name, strange in strange_rows(at(content, rows), rng).items():
        try:
            sure = subject.predict_proba(strange).max(axis=1)
        except TrustlabError as error:
            refused.append(f"{name}: {error.message}")
            continue
        kinds.append(_kind(name, usual, sure, known(strange) if known else None, confident, level))
    if not kinds:
        return not_applicable("the model answers none of the strange rows: " + "; ".join(refused))
    return _result(kinds, usual, refused, confident, level)


def _kind(
    name: str, usual: Floats, sure: Floats, far: tuple[Floats, Floats] | None, confident: float, level: float
) -> _Kind:
    import numpy as np

    from trustlab.stats.intervals import wilson
    from trustlab.stats.roc import auc_interval

    def area(first: Floats, second: Floats) -> Interval:
        ordinary = np.r_[np.ones(first.size, bool), np.zeros(second.size, bool)]
        return auc_interval(ordinary, np.r_[first, second], level)

    let_through = np.quantile(usual, 1 - CAUGHT, method="lower")
    return _Kind(
        name=name,
        sure=sure,
        area=area(usual, sure),
        false_alarms=float((sure >= let_through).mean()),
        over=wilson(int((sure > confident).sum()), sure.size, level).at(()),
        neighbours=None if far is None else area(-far[0], -far[1]),
    )


def _width(content: Any) -> int:
    import math

    return max(math.prod(map(int, content.shape[1:])), 1)


def _neighbours(subject: Subject, rows: Any, limit: int, context: Context) -> Any:
    """Return a function that gives the distances of ordinary and of strange rows to known ones; None where none is.

    Known are the training rows, or else half of the audited ones; the ordinary rows are never among them.
    """
    import numpy as np
    from sklearn.neighbors import NearestNeighbors

    from trustlab.core.errors import InputError
    from trustlab.stats.sampling import subsample
    from trustlab.train.preprocess import preprocessor

    if subject.modality != "tabular":
        return None  # distances between pixels, or between words, mean little
    source = subject.train.X if subject.train is not None else subject.X.drop(index=subject.X.index[rows])
    place = subsample(len(source), limit, context.rng(ID, "known"))
    known = source.iloc[place]
    if len(known) < FEWEST or list(known.columns) != list(subject.X.columns):
        half = rows.size // 2
        known, ordinary = subject.X.iloc[rows[:half]], subject.X.iloc[rows[half:]]
        if half < FEWEST:
            return None
    else:
        ordinary = subject.X.iloc[rows]
    try:
        numbers = preprocessor(known).fit(known)
        index = NearestNeighbors(n_neighbors=5).fit(numbers.transform(known))
    except (InputError, ValueError):  # dates, or columns without a number
        return None

    def distances(strange: pd.DataFrame) -> tuple[Floats, Floats]:
        usual, odd = (index.kneighbors(numbers.transform(part))[0][:, -1] for part in (ordinary, strange))
        return np.asarray(usual), np.asarray(odd)

    return distances


def _result(kinds: list[_Kind], usual: Floats, refused: list[str], confident: float, level: float) -> Result:
    worst = max(kinds, key=lambda kind: kind.over.value)
    share = float((usual > confident).mean())
    reason = (
        f"{worst.over.value:.0%} of rows with {worst.name} are answered with more than {confident:g} "
        f"({worst.over.lo:.0%} to {worst.over.hi:.0%}, n {worst.sure.size:,}); of ordinary rows {share:.0%} are. "
        f"Confidence tells them from ordinary rows with an area of {worst.area.value:.2f} (0.5 is a guess)"
    )
    if worst.neighbours is not None:
        reason += f", the distance to known rows with {worst.neighbours.value:.2f}"
    if refused:
        reason += f". Not answered: {'; '.join(refused)}"
    advice = []
    if worst.neighbours is not None and worst.neighbours.lo > worst.area.hi:
        advice.append("Refuse rows that are far from known ones: here a distance guards better than confidence does.")
    return Result(
        reason=f"{reason}.",
        value=worst.over.value,
        unit="share of rows",
        interval=(worst.over.lo, worst.over.hi),
        level=level,
        n=int(worst.sure.size),
        views=[_picture(kinds, usual), _table(kinds, confident)],
        advice=advice,
    )


def _picture(kinds: list[_Kind], usual: Floats) -> Distribution:
    import numpy as np

    samples = {"ordinary rows": usual, **{kind.name: kind.sure for kind in kinds}}
    shares = [np.histogram(np.clip(values, 0, 1), EDGES)[0] / values.size for values in samples.values()]
    labels = [f"{low:g} to {high:g}" for low, high in itertools.pairwise(EDGES)]
    rows = [(label, *(float(share[at]) for share in shares)) for at, label in enumerate(labels)]
    return Distribution(
        name="confidence",
        title="Probability of the most probable class",
        columns=("probability", *samples),
        rows=[row for row in rows if any(row[1:])],
    )


def _table(kinds: list[_Kind], confident: float) -> Table:
    blank = (None, None, None)
    rows = [
        (kind.name, kind.sure.size, *kind.over, *kind.area, kind.false_alarms, *(kind.neighbours or blank))
        for kind in kinds
    ]
    ends = [("over", "over_lo", "over_hi"), ("area", "area_lo", "area_hi")]
    return Table(
        name="kinds",
        title="Kinds of strange rows",
        columns=(
            "kind",
            "n",
            *ends[0],
            *ends[1],
            "let through",
            *("neighbours", "neighbours_lo", "neighbours_hi"),
        ),
        rows=rows,
        units={"n": "rows", "over": "share of rows", "let through": "share of rows"},
        caption=f"over: answered with more than {confident:g}. area: confidence tells ordinary rows from these; 0.5 is "
        "a guess, below it the model is surer of the strange ones. let through: strange rows at least as sure as the "
        "least sure 5% of ordinary ones. neighbours: the area of the distance to the fifth nearest known row.",
    )
