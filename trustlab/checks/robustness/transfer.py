"""Do rows made to fool another model fool this one?"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Matrix, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.models.predictor import Predictor
    from trustlab.stats.arrays import Floats, Ints

ID = "robustness.transfer"
SURROGATES = ("logistic", "forest", "mlp")
TRAINED_ON = 3000
FEWEST = 20
OWN, CHANCE = "the model", "random signs"


@operation(
    "check",
    "Transfer of attacks between models",
    needs=("model", "labels", "numeric"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: whether somebody can train a model like this one, and what a change costs them, is "
        "for the threat model to say. Shown, not judged",
    ),
    references=(
        "Papernot et al. (2017). Practical black-box attacks against machine learning. AsiaCCS",
        "Demontis et al. (2019). Why do adversarial attacks transfer? USENIX Security",
    ),
    cost="minutes",
    example={"model": "lender", "data": "loans@main", "surrogates": ["logistic"], "max_rows": 20},
)
def transfer(
    subject: Subject,
    surrogates: list[str] | None = None,
    others: list[str] | None = None,
    budget: Annotated[float, Range(0.001, 10), Unit("standard deviations")] = 0.5,
    max_rows: Annotated[int, Range(1), Unit("rows")] = 100,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Do rows made to fool another model fool this one?

    Somebody who may not ask the model often trains a like one on its answers, and attacks that. Surrogates (a logistic
    regression, a forest, a small network) learn the model's predictions on the training rows, or on half of the
    audited ones where those are not known; other models may be named. On each, every row that all models predict right
    is moved to the worst corner of a box: each number by the budget up or down or not at all, within the range
    observed, found by questions. Then every model is asked about every model's rows. Signs drawn by chance show what
    a move of this size does without any attack. Not for models that use text or categories only.

    In plain words
    --------------
    What was made to mislead another model misleads this one too.

    What to do
    ----------
    Do not count on a secret model: attacks made on another one work on it. Train on attacked rows, or check inputs.

    Parameters
    ----------
    subject : Subject
        The model and audited rows with labels.
    surrogates : list
        Recipes to train; logistic, forest and mlp where not given.
    others : list
        Models to put beside them: registered names, files or variables.
    budget : float
        How far each number may move.
    max_rows : int
        Rows to attack, drawn by the seed.
    level : float
        Confidence level of every interval.
    context : Context
        Where chance comes from.

    Returns
    -------
    Result
        Value: the largest share of rows made on another model that the model gets wrong, with Wilson's interval at a
        level shared by the other models. Views ``matrix`` (made on, by tried on) and ``by_source``.
    """
    from trustlab.checks.robustness._numbers import CANNOT_MOVE, chosen_rows, numbers_of

    numbers = numbers_of(subject)
    if numbers is None:
        return not_applicable(CANNOT_MOVE)
    rng = context.rng(ID)
    audited, models = _models(subject, surrogates or list(SURROGATES), others or [], context, rng)
    if isinstance(models, str):
        return not_applicable(models)
    right = _right(subject, models)
    right[~audited] = False
    rows = chosen_rows(right, max_rows, rng)
    if rows.size < min(max_rows, FEWEST):
        return not_applicable(f"needs {FEWEST} rows that every model predicts right; there are {rows.size}")
    table = subject.X.iloc[rows].reset_index(drop=True)
    made = {name: _made_on(subject, predictor, table, rows, budget, rng) for name, predictor in models.items()}
    signs = rng.integers(-1, 2, (rows.size, len(numbers.names)))
    made[CHANCE] = numbers.put(table, numbers.of(table) + budget * signs)
    assert subject.y is not None
    truth = subject.y[rows]
    wrong = {
        source: [
            int((_scores(subject, predictor, frame).argmax(axis=1) != truth).sum()) for predictor in models.values()
        ]
        for source, frame in made.items()
    }
    return _finding(list(models), wrong, rows.size, budget, level)


def _models(
    subject: Subject, surrogates: list[str], others: list[str], context: Context, rng: Any
) -> tuple[Any, dict[str, Predictor] | str]:
    """Return which audited rows no surrogate has learnt from, and the models by name, or why there are none."""
    import numpy as np

    from trustlab.models.find import find_model
    from trustlab.stats.sampling import subsample
    from trustlab.train.fit import fit
    from trustlab.train.recipes import build

    assert subject.predictor is not None
    audited = np.ones(subject.n, dtype=bool)
    source = subject.train
    if source is None or source.y_pred is None:
        half = rng.permutation(subject.n)[: subject.n // 2]
        audited[half] = False
        source = subject.take(half)
    part = source.take(subsample(source.n, TRAINED_ON, rng))
    assert part.y_pred is not None
    answers = np.asarray(subject.classes)[part.y_pred]
    if len(np.unique(answers)) < 2:
        return audited, "the model answers the same for every training row, so there is nothing to imitate"
    models = {OWN: subject.predictor}
    for name in context.track(surrogates, "surrogates"):
        model = build(name, part.X, answers, task=_task(answers), seed=context.seed)  # type: ignore[arg-type]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a surrogate has not converged matters to nobody
            models[name] = fit(model, part.X, answers, task=_task(answers), seed=context.seed)  # type: ignore[arg-type]
    for name in others:
        models[name] = find_model(name, context, task=lambda: subject.task)
    return audited, models


def _task(answers: Any) -> str:
    import numpy as np

    return "binary" if len(np.unique(answers)) == 2 else "multiclass"


def _scores(subject: Subject, predictor: Predictor, rows: pd.DataFrame) -> Floats:
    """Return probabilities by the subject's classes, none for those that the model does not know."""
    import numpy as np

    from trustlab.models.labels import same_label

    proba = predictor.predict_proba(rows)
    places = {same_label(label): at for at, label in enumerate(subject.classes)}
    found = np.zeros((len(rows), len(subject.classes)))
    if proba is None:
        labels = predictor.predict(rows)
        codes = [places.get(same_label(label), -1) for label in np.asarray(labels).tolist()]
        known = np.flatnonzero(np.asarray(codes) >= 0)
        found[known, np.asarray(codes)[known]] = 1
        return found
    for at, label in enumerate(predictor.classes or subject.classes):
        if same_label(label) in places:
            found[:, places[same_label(label)]] = proba[:, at]
    return found


def _right(subject: Subject, models: dict[str, Predictor]) -> Any:
    """Return which rows every model predicts right; at most 20,000 rows are asked about."""
    import numpy as np

    assert subject.y is not None
    asked = np.arange(min(subject.n, 20_000))
    table, truth = subject.X.iloc[asked], subject.y[asked]
    right = np.zeros(subject.n, dtype=bool)
    right[asked] = np.all([_scores(subject, model, table).argmax(axis=1) == truth for model in models.values()], axis=0)
    return right


def _made_on(
    subject: Subject, predictor: Predictor, table: pd.DataFrame, rows: Ints, budget: float, rng: Any
) -> pd.DataFrame:
    import numpy as np

    from trustlab.checks.robustness._corners import worst_corners
    from trustlab.checks.robustness._numbers import numbers_of

    numbers = numbers_of(subject)
    assert numbers is not None
    assert subject.y is not None
    truth = subject.y[rows]

    def wrongness(frame: pd.DataFrame, owner: Ints) -> Floats:
        return np.asarray(1 - _scores(subject, predictor, frame)[np.arange(len(frame)), truth[owner]])

    return worst_corners(wrongness, table, numbers, budget, rng)


def _finding(names: list[str], wrong: dict[str, list[int]], n: int, budget: float, level: float) -> Result:
    from trustlab.stats.disparity import shared_level
    from trustlab.stats.intervals import wilson

    sources = [name for name in names if name != OWN]
    hits = {source: counts[names.index(OWN)] for source, counts in wrong.items()}
    worst = max(sources, key=lambda source: hits[source])
    value, lo, hi = wilson(hits[worst], n, shared_level(level, len(sources))).at(())
    chance, own = hits[CHANCE] / n, hits[OWN] / n
    noise = " That is no more than chance does." if hits[worst] <= hits[CHANCE] else ""
    lines = [(source, *wilson(hits[source], n, level).at(()), n) for source in [*names, CHANCE]]
    return Result(
        reason=f"Rows made on {worst} fool the model in {value:.0%} of {n} ({lo:.0%} to {hi:.0%}); made on the model "
        f"itself {own:.0%}, with random signs {chance:.0%}, each number moved by up to {budget:g} standard "
        f"deviations.{noise}",
        value=value,
        unit="share",
        interval=(lo, hi),
        level=level,
        n=n,
        views=[
            Matrix(
                name="matrix",
                title="Share of rows got wrong",
                columns=("made on", *names),
                rows=[(source, *(count / n for count in wrong[source])) for source in [*names, CHANCE]],
                row_axis="made on",
                column_axis="tried on",
                caption="Every row was right before it moved. The diagonal is each model attacked directly.",
            ),
            Table(
                name="by_source",
                title="Rows that fool the model",
                columns=("made_on", "fooled", "fooled_lo", "fooled_hi", "n"),
                rows=sorted(lines, key=lambda line: -line[1]),
                units={"fooled": "share", "n": "rows"},
            ),
        ],
    )
