"""Are labels wrong?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Matrix, Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trustlab.stats.confident import Confident
    from trustlab.stats.intervals import Interval

ID = "quality.label_noise"
FEWEST = 200  # rows, below which nothing can be told from chance
MOST_ROWS = 20  # of the list of suspects
MOST_COLUMNS = 6
MOST_CLASSES = 20  # of the matrix
TENTHS = 10
FAR = 8.0  # robust standard deviations of a residual: never by chance for normal errors, 1 % for log-normal ones


@operation(
    "check",
    "Label noise",
    needs=("labels", "features"),
    tasks=("binary", "multiclass", "regression"),
    threshold=Threshold(
        warn=0.033,
        fail=None,
        source="Convention of this project: more than ten benchmarks' test sets hold on average, 3.3 % (Northcutt, "
        "Athalye and Mueller 2021). How much a use bears has no accepted limit to fail",
    ),
    references=(
        "Northcutt, Jiang and Chuang (2021). Confident learning: estimating uncertainty in dataset labels. JAIR 70",
        "Liu and Tao (2016). Classification with noisy labels by importance reweighting. IEEE TPAMI 38",
        "Northcutt, Athalye and Mueller (2021). Pervasive label errors in test sets. NeurIPS Datasets and Benchmarks",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "drop": ["decision", "score"]},
)
def label_noise(
    subject: Subject,
    source: Literal["auto", "learner", "model"] = "auto",
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 10_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Are labels wrong?

    Each row gets probabilities from a model that did not see it. The headline is the share of labels that no
    certainty explains: the errors of hard rows fall the surer the model is, and wrong labels do not (a logistic curve
    with a floor, fitted over the ranks). The confident joint (confident learning) says which label is taken for
    which, and ranks the suspects; its own total counts hard rows too and is shown only. Not seen: labels that are
    wrong in step with the features. Where the features say little of the label, noise cannot be told from hard rows:
    the interval is then wide and begins at 0. For numbers: labels far off their prediction.

    In plain words
    --------------
    Some of the outcomes in the data are probably wrong.

    What to do
    ----------
    Have the rows named first judged anew by somebody who does not see the old label.

    Parameters
    ----------
    subject : Subject
        Features and labels.
    source : str
        Whose probabilities: five-fold cross-validated learners of the check's own, or the model's. Auto takes the
        model's on rows held out from its training where they predict better.
    max_rows : int
        Rows looked at; more are sampled.
    level : float
        Confidence level of the interval.
    context : Context
        Where the sample and the folds come from; row order matters through it.

    Returns
    -------
    Result
        Value: the estimated share of wrong labels. Where its interval reaches 0 the check passes. Views: errors by
        certainty, the estimated joint of labels and true classes, the rows to look at first.

    References
    ----------
    Northcutt, Jiang and Chuang (2021). Confident learning. Journal of Artificial Intelligence Research 70.
    """
    from trustlab.checks.quality._learner import affordable, features_of
    from trustlab.stats.sampling import subsample

    features = features_of(subject)
    if subject.n < FEWEST or not features:
        return not_applicable(f"needs {FEWEST} rows and features that describe them; got {subject.n:,} rows")
    rows = subsample(subject.n, affordable(max_rows, len(features)), context.rng(ID))
    if subject.task == "regression":
        return _regression(subject, features, rows, level, context)
    return _classes(subject, features, rows, source, level, context)


class _Asked(NamedTuple):
    """Out-of-sample probabilities of some rows, and whose they are."""

    rows: NDArray[Any]
    y: NDArray[Any]
    proba: NDArray[Any]
    whose: str


def _classes(
    subject: Subject, features: list[str], rows: NDArray[Any], source: str, level: float, context: Context
) -> Result:
    import numpy as np

    from trustlab.stats.confident import confident_joint, noise_share

    if source == "model" and subject.proba is None:
        return not_applicable("needs a model with probabilities, or the check's own learner (source=auto)")
    asked = _ask(subject, features, rows, source, context)
    noise = noise_share(asked.y, asked.proba, level)
    if np.isnan(noise.value):
        return not_applicable("needs two classes of 30 rows each")
    found = confident_joint(asked.y, asked.proba)
    total = 1 - float(np.trace(found.joint))
    numbers = f"{noise.value:.1%} ({noise.lo:.1%} to {noise.hi:.1%}, n {rows.size:,})"
    lead = f"{numbers} of labels disagree where the features leave no doubt, by {asked.whose}"
    tail = "; that could be none." if noise.lo == 0 else "."
    return Result(
        status=Status.PASS if noise.lo == 0 else None,
        reason=f"{lead}{tail} Hard rows included, {int(found.suspect.sum()):,} rows look mislabelled.",
        value=noise.value,
        unit="share of labels",
        interval=(noise.lo, noise.hi),
        level=level,
        n=int(rows.size),
        views=[
            _by_certainty(asked, noise, level),
            _joint(subject, found, total),
            _suspects(subject, asked, found, features),
        ],
        advice=["Have the listed rows labelled again, blind to the old label, before any is changed or dropped."]
        if noise.lo > 0
        else [],
    )


def _ask(subject: Subject, features: list[str], rows: NDArray[Any], source: str, context: Context) -> _Asked:
    from trustlab.checks.quality._learner import held_out
    from trustlab.stats.classification import multiclass_log_losses

    assert subject.y is not None
    y = subject.y[rows].astype(int)
    model = None if subject.proba is None else subject.proba[rows]
    if source == "model" and model is not None:
        return _Asked(rows, y, model, "the model")
    frame = subject.X[features].iloc[rows]
    proba = held_out(frame, y, len(subject.classes), context, ID)
    honest = source == "auto" and model is not None and subject.scope == "rows held out from training"
    if honest and model is not None and multiclass_log_losses(y, model).mean() < _loss(y, proba):
        return _Asked(rows, y, model, "the model, on rows held out")
    return _Asked(rows, y, proba, "a cross-validated learner")


def _loss(y: NDArray[Any], proba: NDArray[Any]) -> float:
    import numpy as np

    return -float(np.mean(np.log(np.clip(proba[np.arange(y.size), y], 1e-6, 1))))


def _by_certainty(asked: _Asked, noise: Interval, level: float) -> Series:
    """Return the share of labels that disagree, by tenths of rows from the surest: it levels off at the noise."""
    import numpy as np

    from trustlab.stats.intervals import wilson

    sure = asked.proba.max(axis=1)
    order = np.argsort(-sure, kind="stable")
    wrong = asked.proba.argmax(axis=1) != asked.y
    points = []
    for place, part in enumerate(np.array_split(order, TENTHS), start=1):
        points.append((place, *wilson(int(wrong[part].sum()), part.size, level).at(()), part.size))
    return Series(
        name="by_certainty",
        title="Labels that disagree, from the surest tenth of the rows to the least sure",
        columns=("tenth", "disagree", "disagree_lo", "disagree_hi", "n"),
        rows=points,
        x="tenth",
        y=("disagree",),
        reference={"estimated noise": noise.value},
        units={"disagree": "share of labels", "n": "rows"},
        caption="Hard rows lie on the right. What is left on the left, where nothing is in doubt, is noise.",
    )


def _joint(subject: Subject, found: Confident, total: float) -> Matrix:
    import numpy as np

    kept = np.argsort(-found.joint.sum(axis=1), kind="stable")[:MOST_CLASSES]
    kept = np.sort(kept)
    names = [str(subject.classes[code]) for code in kept]
    left = found.joint.shape[0] - kept.size
    return Matrix(
        name="joint",
        title="Label given, and class by confident learning",
        columns=("label", *names),
        rows=[(name, *found.joint[code, kept].tolist()) for name, code in zip(names, kept, strict=True)],
        row_axis="label given",
        column_axis="class found",
        caption=f"Shares of all rows; {total:.1%} off the diagonal, hard rows included."
        + (f" The {left} rarest classes are left out." if left else ""),
    )


def _suspects(subject: Subject, asked: _Asked, found: Confident, features: list[str]) -> Table:
    import numpy as np

    places = np.flatnonzero(found.suspect)
    places = places[np.argsort(-found.margin[places], kind="stable")]
    shown = features[:MOST_COLUMNS]
    lines = []
    for place in places[:MOST_ROWS]:
        row = int(asked.rows[place])
        label, guess = int(asked.y[place]), int(found.guess[place])
        chances = asked.proba[place, [label, guess]].tolist()
        values = subject.X[shown].iloc[row].tolist()
        lines.append((row, str(subject.classes[label]), str(subject.classes[guess]), *chances, *values))
    more = max(len(places) - MOST_ROWS, 0)
    return Table(
        name="suspects",
        title="Rows to look at first",
        columns=("row", "label", "looks like", "p(label)", "p(looks like)", *(f"feature {name}" for name in shown)),
        rows=lines,
        caption="Rows are counted from 0 among the audited ones; likeliest first." + (f" {more:,} more." * bool(more)),
    )


def _regression(subject: Subject, features: list[str], rows: NDArray[Any], level: float, context: Context) -> Result:
    """Return the share of labels far off their prediction, measured by the spread of predictions alike."""
    import numpy as np

    from trustlab.checks.quality._learner import held_out
    from trustlab.stats.intervals import wilson

    assert subject.y is not None
    y = subject.y[rows].astype(float)
    known = np.isfinite(y)
    rows, y = rows[known], y[known]
    guess = held_out(subject.X[features].iloc[rows], y, 0, context, ID)
    distance = _standardised(y - guess, guess)
    far = distance > FAR
    share = wilson(int(far.sum()), int(y.size), level).at(())
    return Result(
        reason=f"{int(far.sum()):,} of {y.size:,} labels ({share.value:.2%}, {share.lo:.2%} to {share.hi:.2%}) lie "
        f"more than {FAR:g} robust standard deviations off their cross-validated prediction.",
        value=share.value,
        unit="share of labels",
        interval=(share.lo, share.hi),
        level=level,
        n=int(y.size),
        views=_far_views(rows, y, guess, distance),
    )


def _far_views(
    rows: NDArray[Any], y: NDArray[Any], guess: NDArray[Any], distance: NDArray[Any]
) -> list[Series | Table]:
    import numpy as np

    edges = [0, 1, 2, 3, 4, 6, FAR, np.inf]
    counts = np.histogram(distance, edges)[0]
    picture = Series(
        name="by_distance",
        title="How far labels lie off their prediction",
        columns=("robust standard deviations", "rows"),
        rows=[(f"{low:g} and more", int(count)) for low, count in zip(edges[:-1], counts, strict=True)],
        x="robust standard deviations",
        y=("rows",),
        mark="bar",
    )
    order = np.argsort(-distance, kind="stable")[:MOST_ROWS]
    table = Table(
        name="suspects",
        title="Rows to look at first",
        columns=("row", "label", "prediction", "robust standard deviations"),
        rows=[(int(rows[at]), float(y[at]), float(guess[at]), float(distance[at])) for at in order],
        caption="Rows are counted from 0 among the audited ones; farthest first.",
    )
    return [picture, table]


def _standardised(residual: NDArray[Any], guess: NDArray[Any]) -> NDArray[Any]:
    """Return absolute residuals over the robust spread (1.4826 MAD) of the rows with like predictions."""
    import numpy as np

    found = np.zeros(residual.size)
    overall = 1.4826 * float(np.median(np.abs(residual - np.median(residual))))
    for part in np.array_split(np.argsort(guess, kind="stable"), max(min(5, residual.size // 100), 1)):
        centred = np.abs(residual[part] - np.median(residual[part]))
        spread = max(1.4826 * float(np.median(centred)), 0.1 * overall)
        found[part] = centred / spread if spread > 0 else 0.0
    return found
