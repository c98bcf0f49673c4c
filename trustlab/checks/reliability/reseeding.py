"""Would the model answer the same if it had been trained once more?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from trustlab.core.context import Context
from trustlab.core.errors import InputError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Distribution, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.arrays import Floats

ID = "reliability.reseeding"
FEWEST = 20
EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class _Trained:
    """What the retrained models answer: shape (models, n), and how well each does where labels are known."""

    answers: Floats
    base: Floats
    right: list[float | None]
    base_right: float | None
    failed: int
    why: str
    rows: int


@operation(
    "check",
    "Training once more",
    needs=("model", "train", "predictions", "features"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: how often two people's fates may hang on a seed is a question of what is decided. "
        "Shown, not judged",
    ),
    references=(
        "Cooper et al. (2024). Arbitrariness and social prediction: the confounding role of variance. AAAI",
        "Marx, Calmon and Ustun (2020). Predictive multiplicity in classification. ICML",
        "Milani Fard, Cormier, Canini and Gupta (2016). Launch and iterate: reducing prediction churn. NeurIPS",
    ),
    cost="minutes",
    example={"model": "lender", "data": "loans@main", "refits": 3},
)
def reseeding(
    subject: Subject,
    refits: Annotated[int, Range(2, 1000)] = 10,
    resample: Literal["bootstrap", "none"] = "bootstrap",
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 20_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Would the model answer the same if it had been trained once more?

    The model is trained again with its own settings, each time from another seed and (``bootstrap``) on training rows
    drawn anew with replacement. Where equally good models disagree about a row, its answer is arbitrary. It takes as
    long as ``refits`` trainings. A bootstrap holds fewer different rows, so it disagrees a little more than new data
    of the same size would; ``none`` asks about the seed alone, to which some models do not listen.

    In plain words
    --------------
    Built once more in the same way, the model would answer some people differently.

    What to do
    ----------
    Average several trainings, and hand to a person the rows on which they disagree.

    Parameters
    ----------
    subject : Subject
        A model that can be trained again, training rows with labels, and audited rows.
    refits : int
        How often it is trained.
    resample : str
        Draw the training rows anew, or only another seed.
    max_rows : int
        Training rows and audited rows, drawn by the seed where there are more; with fewer training rows than the
        model had, it disagrees more.
    level : float
        Confidence level of every interval.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: the churn, the chance that two trainings answer a row differently (for regression the spread of the
        answers, in standard deviations of them all). Views ``rows`` (how the disagreement is shared out), ``measures``
        (ambiguity, discrepancy, self-consistency) and ``models``.
    """
    from trustlab.train.refit import why_no_refit

    assert subject.predictor is not None
    train = subject.train
    if reason := why_no_refit(subject.predictor):
        return not_applicable(reason)
    if train is None or train.y is None or min(train.n, subject.n) < FEWEST:
        return not_applicable(f"needs {FEWEST} training rows with labels and as many audited rows")
    found = _train(subject, refits, resample == "bootstrap", max_rows, context)
    if len(found.answers) < 2:
        return not_applicable(f"{found.failed} of {refits} trainings failed, so none can be compared: {found.why}")
    return _regression(found, level) if not subject.classes else _classes(found, level)


def _train(subject: Subject, refits: int, bootstrap: bool, max_rows: int, context: Context) -> _Trained:
    import numpy as np

    from trustlab.stats.sampling import subsample
    from trustlab.train.refit import coded_predictions, labels_of_codes, refit

    assert subject.train is not None
    assert subject.train.y is not None
    assert subject.predictor is not None
    rng = context.rng(ID)
    place = np.asarray(subsample(subject.train.n, max_rows, rng))
    rows = np.asarray(subsample(subject.n, max_rows, rng))
    X, labels = subject.train.X.iloc[place], labels_of_codes(subject.train.y[place], subject.classes)
    asked, truth = subject.X.iloc[rows], None if subject.y is None else subject.y[rows]
    answers, right, failed, why = [], [], 0, ""
    for _ in context.track(range(refits), "training again"):
        drawn = rng.integers(0, len(X), len(X)) if bootstrap else np.arange(len(X))
        seed = int(rng.integers(0, 2**31))
        try:
            model = refit(subject.predictor, X.iloc[drawn].reset_index(drop=True), labels[drawn], seed)
        except InputError as error:
            failed, why = failed + 1, why or error.message
            continue
        answers.append(coded_predictions(model, asked, subject.classes).astype(np.float64))
        right.append(_score(answers[-1], truth, subject))
    base = np.asarray(subject.y_pred, np.float64)[rows]
    return _Trained(
        answers=np.asarray(answers).reshape(len(answers), rows.size),
        base=base,
        right=right,
        base_right=_score(base, truth, subject),
        failed=failed,
        why=why,
        rows=len(X),
    )


def _score(answer: Floats, truth: Any, subject: Subject) -> float | None:
    """Return the accuracy, or the root mean squared error for regression; None without labels."""
    import numpy as np

    if truth is None:
        return None
    return float(np.mean(answer == truth) if subject.classes else np.sqrt(np.mean((answer - truth) ** 2)))


def _classes(found: _Trained, level: float) -> Result:
    from trustlab.stats.arbitrariness import ambiguity, churn, discrepancy, row_disagreement
    from trustlab.stats.intervals import wilson

    n = found.base.size
    by_row, churned = row_disagreement(found.answers), churn(found.answers, level)
    whole = wilson(int((by_row == 0).sum()), n, level).at(())
    measures: list[tuple[Any, ...]] = [
        ("churn", *churned, "the chance that two trainings answer a row differently"),
        ("self-consistency", 1 - churned.value, 1 - churned.hi, 1 - churned.lo, "1 less the churn"),
        ("rows of one answer", *whole, "share of rows that every training answers alike"),
        ("ambiguity", ambiguity(found.answers, found.base), None, None, "share of rows that some training changes"),
        ("discrepancy", discrepancy(found.answers, found.base), None, None, "most rows that one training changes"),
    ]
    return Result(
        reason=f"Two trainings answer a row differently with a chance of {churned.value:.1%} ({churned.lo:.1%} to "
        f"{churned.hi:.1%}, {len(found.answers)} trainings, n {n:,}); {measures[3][1]:.1%} of the rows would get "
        f"another answer from at least one of them.{_failed(found)}",
        value=churned.value,
        unit="share of rows",
        interval=(churned.lo, churned.hi) if len(found.answers) > 2 else None,
        level=level if len(found.answers) > 2 else None,
        n=n,
        views=[_picture(by_row), _measures(measures), _models(found, "accuracy")],
        provenance={"training_rows": found.rows, "trainings": len(found.answers)},
    )


def _regression(found: _Trained, level: float) -> Result:
    import numpy as np

    from trustlab.stats.arbitrariness import spread
    from trustlab.stats.intervals import mean_interval

    scale = float(np.std(found.answers)) or 1.0
    by_row = spread(found.answers) / scale
    mean = mean_interval(by_row, level)
    note = "standard deviation of a row's answers, over that of all answers; the interval is over rows alone"
    return Result(
        reason=f"Trained again, a row's answer moves by {mean.value:.2g} standard deviations of the answers on average "
        f"({mean.lo:.2g} to {mean.hi:.2g}, {len(found.answers)} trainings, n {found.base.size:,}).{_failed(found)}",
        value=mean.value,
        unit="standard deviations",
        interval=(mean.lo, mean.hi),
        level=level,
        n=int(found.base.size),
        views=[
            _picture(by_row),
            _measures([("spread", *mean, note)]),
            _models(found, "root mean squared error"),
        ],
        provenance={"training_rows": found.rows, "trainings": len(found.answers)},
    )


def _failed(found: _Trained) -> str:
    return f" {found.failed} trainings failed and are left out." if found.failed else ""


def _picture(by_row: Floats) -> Distribution:
    import itertools

    import numpy as np

    counts = np.histogram(np.clip(by_row, 0, 1), EDGES)[0]
    none = int((by_row == 0).sum())
    labels = [f"{low:g} to {high:g}" for low, high in itertools.pairwise(EDGES)]
    rows = [
        ("0", none),
        (f"over {labels[0]}", int(counts[0]) - none),
        *zip(labels[1:], counts[1:].tolist(), strict=True),
    ]
    return Distribution(
        name="rows",
        title="Rows, by how far the trainings disagree about them",
        columns=("disagreement", "share of rows"),
        rows=[(name, count / by_row.size) for name, count in rows],
    )


def _measures(rows: list[tuple[Any, ...]]) -> Table:
    return Table(
        name="measures",
        title="How stable the answers are",
        columns=("measure", "value", "value_lo", "value_hi", "note"),
        rows=rows,
    )


def _models(found: _Trained, metric: str) -> Table:
    import numpy as np

    moved = (found.answers != found.base).mean(axis=1).tolist()
    rows = [("the model", None, found.base_right)]
    rows += [(f"training {at + 1}", moved[at], found.right[at]) for at in range(min(len(moved), 20))]
    return Table(
        name="models",
        title="The trainings",
        columns=("model", "rows changed", metric),
        rows=rows,
        units={"rows changed": "share of rows"},
        caption=f"20 at most of {len(moved)}; equally good models may disagree. "
        f"On average {np.mean(moved):.1%} of the rows change.",
    )
