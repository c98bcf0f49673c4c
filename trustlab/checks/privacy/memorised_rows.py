"""Which training rows does the model know by heart?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.errors import InputError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Distribution, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.checks.privacy._membership import Sides
    from trustlab.stats.arrays import Floats, Ints

ID = "privacy.memorised_rows"
FOLDS = 5
SHOWN = 20
EDGES = (-1.0, -0.5, -0.25, -0.1, 0.0, 0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The model's probability of the true label less that of stand-ins which never saw the row."""

    own: Floats
    other: Floats
    told: Floats
    stand_in: Floats


@operation(
    "check",
    "Memorised rows",
    needs=("model", "labels", "scores", "train", "features"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        None,
        None,
        source="A row is counted from a gap of 0.25, a convention of this project; neither for that nor for how many "
        "rows may be counted is there an accepted limit. Shown, not judged",
    ),
    references=(
        "Feldman and Zhang (2020). What neural networks memorize and why. NeurIPS",
        "Watson et al. (2022). On the importance of difficulty calibration in membership inference attacks. ICLR",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def memorised_rows(
    subject: Subject,
    gap: Annotated[float, Range(0.01, 1)] = 0.25,
    max_rows: Annotated[int, Range(50), Unit("rows")] = 10_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Which training rows does the model know by heart?

    A row is memorised where the model is sure of its label and a model that never saw it is not. Instead of training
    the model many times without each row, boosted trees stand in: fitted to four fifths of the training rows at a
    time, they answer for the rows left out. The model may simply be better than they are; so audited rows, which
    nobody saw, are counted in the same way and taken off. Memorised rows are often rare cases or wrong labels: look at
    them before you drop them, rare groups need theirs.

    In plain words
    --------------
    The model knows some people's records by heart.

    What to do
    ----------
    Look at the rows named: mend wrong labels, and keep rare cases but regularise more.

    Parameters
    ----------
    subject : Subject
        A model with probabilities, training rows, and audited rows that are not among them.
    gap : float
        The difference of probabilities from which a row counts.
    max_rows : int
        Training rows and audited rows, drawn by the seed where there are more.
    level : float
        Confidence level of every interval.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: the share of training rows that count less that of audited rows, with Newcombe's interval. Views:
        ``gaps`` (both distributions) and ``rows``: the numbers of the training rows that count most.
    """
    from trustlab.checks.privacy._membership import sides, too_few
    from trustlab.stats.intervals import newcombe, wilson

    rng = context.rng(ID)
    found = sides(subject, max_rows, rng)
    if found is None:
        return not_applicable(too_few())
    try:
        gaps = _gaps(subject, found, context)
    except InputError as error:
        return not_applicable(f"no stand-in could be fitted to the training rows: {error.message}")
    own, other = gaps.own >= gap, gaps.other >= gap
    more = newcombe(int(own.sum()), own.size, int(other.sum()), other.size, level).at(())
    counted = wilson(int(own.sum()), own.size, level).at(())
    noise = " It could be noise." if more.lo <= 0 else ""
    return Result(
        reason=f"{counted.value:.1%} of training rows ({counted.lo:.1%} to {counted.hi:.1%}, n {own.size:,}) are "
        f"answered at least {gap:g} surer than by models that never saw them; of audited rows {other.mean():.1%} are. "
        f"The difference is {100 * more.value:.1f} points ({100 * more.lo:.1f} to {100 * more.hi:.1f}).{noise}",
        value=more.value,
        unit="share of rows",
        interval=(more.lo, more.hi),
        level=level,
        n=int(own.size + other.size),
        views=[_picture(gaps), _rows(subject, found, gaps, gap)],
    )


def _gaps(subject: Subject, found: Sides, context: Context) -> _Gaps:
    import numpy as np

    from trustlab.checks.privacy._membership import true_probability
    from trustlab.checks.privacy._proxy import learned, probabilities
    from trustlab.stats.sampling import folds

    train, classes = subject.train, len(subject.classes)
    assert train is not None
    assert train.y is not None
    assert subject.y is not None
    rng = context.rng(ID, "folds")
    X, y = train.X.iloc[found.members], np.asarray(train.y[found.members], np.int64)
    Z, z = subject.X.iloc[found.others], np.asarray(subject.y[found.others], np.int64)
    dealt, asked = folds(y, FOLDS, rng), folds(z, FOLDS, rng)
    inside, outside = np.empty(y.size), np.empty(z.size)
    for fold in range(FOLDS):
        taught, left, others = (np.flatnonzero(which) for which in (dealt != fold, dealt == fold, asked == fold))
        if np.unique(y[taught]).size < 2:
            raise InputError("they hold one class alone")
        model = learned(X.iloc[taught].reset_index(drop=True), y[taught], int(rng.integers(2**31)))
        inside[left] = _of_label(probabilities(model, X.iloc[left], classes), y[left])
        outside[others] = _of_label(probabilities(model, Z.iloc[others], classes), z[others])
    told = true_probability(train, found.members)
    return _Gaps(told - inside, true_probability(subject, found.others) - outside, told, inside)


def _of_label(proba: Floats, y: Ints) -> Floats:
    import numpy as np

    return np.asarray(proba[np.arange(y.size), y])


def _picture(gaps: _Gaps) -> Distribution:
    import itertools

    import numpy as np

    own, other = (np.histogram(np.clip(part, -1, 1), EDGES)[0] / part.size for part in (gaps.own, gaps.other))
    labels = [f"{low:g} to {high:g}" for low, high in itertools.pairwise(EDGES)]
    return Distribution(
        name="gaps",
        title="How much surer the model is of the true label than models that never saw the row",
        columns=("difference", "training rows", "audited rows"),
        rows=list(zip(labels, own.tolist(), other.tolist(), strict=True)),
        caption="The right end of the training rows beyond that of the audited ones is memory.",
    )


def _rows(subject: Subject, found: Sides, gaps: _Gaps, gap: float) -> Table:
    import numpy as np

    train = subject.train
    assert train is not None
    assert train.y is not None
    order = np.lexsort((found.members, -gaps.own))[:SHOWN]
    order = order[gaps.own[order] >= gap]
    place = found.members[order]
    rows = [
        (int(at), str(subject.classes[int(train.y[at])]), float(told), float(stand_in), float(told - stand_in))
        for at, told, stand_in in zip(place, gaps.told[order], gaps.stand_in[order], strict=True)
    ]
    left = int((gaps.own >= gap).sum()) - len(rows)
    return Table(
        name="rows",
        title="Training rows that look memorised",
        columns=("row", "label", "model", "never seen", "difference"),
        rows=rows,
        caption=f"Rows of the training data, counted from 0; {left:,} more are left out. Some of them are no memory: "
        "see how many audited rows count.",
    )
