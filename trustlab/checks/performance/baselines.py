"""Is the model better than what would be had for nothing?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np

    from trustlab.checks.measures import Answers, Measure
    from trustlab.stats.influence import PairedTest

ID = "performance.baselines"
GUESS = "constant guess"
FEWEST = 10
FEWEST_OF_A_CLASS = 2


@operation(
    "check",
    "Baselines",
    needs=("labels", "predictions"),
    tasks=("binary", "multiclass", "regression"),
    better="higher",
    threshold=Threshold(
        warn=None,
        fail=0.0,
        source="By definition and by a test: the check fails where the model is surely no better than a constant "
        "guess, and warns where it is not surely better, or surely worse than a linear model or the version before",
    ),
    references=(
        "DeLong, DeLong and Clarke-Pearson (1988). Comparing the areas under correlated ROC curves. Biometrics 44",
        "Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "drop": ["score"]},
)
def baselines(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """Is the model better than what would be had for nothing?

    It is compared on the same rows, by paired tests, with a constant guess, with a linear model (logistic or ridge
    regression on filled, scaled, one-hot columns), and with the version before it where it is a registered model's. The
    headline is the ROC area where probabilities are known for two classes, else balanced accuracy, else R2. That a
    linear model does as well is no fault, but speaks for the linear model. The linear model sees the features as they
    stand: for images, texts and wide tables it is a weak one.

    In plain words
    --------------
    Something far simpler, or no model at all, does about as well.

    What to do
    ----------
    Where a simpler model does as well, use it: it is cheaper to explain and to keep. Where a constant does, there is
    nothing to use yet.

    Parameters
    ----------
    subject : Subject
        Labels and predictions; the linear model is fitted on the training rows where they are known.
    level : float
        Confidence level that the intervals hold together.
    context : Context
        Where the linear model's rows and folds come from, and the registry.

    Returns
    -------
    Result
        Value: the model's headline less that of the best baseline. View ``baselines``: each difference with its
        interval (shared level), and p-values by Holm over all tests.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988). Comparing the areas under correlated ROC curves. Biometrics 44.
    Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
    """
    import numpy as np

    from trustlab.checks.measures import measures_of

    assert subject.y is not None
    counts = np.unique(subject.y, return_counts=True)[1]
    if counts.size < 2:
        return not_applicable("needs a target that varies; every one of these rows has the same")
    if subject.n < FEWEST or (subject.task == "binary" and counts.min() < FEWEST_OF_A_CLASS):
        return not_applicable(f"needs {FEWEST} rows, {FEWEST_OF_A_CLASS} of each class, to tell models apart")
    rivals, absent = _rivals(subject, context)
    measures = measures_of(subject.task, scores=subject.proba is not None)
    main = next(m for m in measures if m.name in {"roc_auc", "balanced_accuracy", "r2"})
    tests = _tests(rivals, [main, *(m for m in measures if m.name in {"accuracy", "log_loss", "mae"})], context, level)
    return _result([test for test in tests if test.measure is main], tests, absent, level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A baseline: its name, how it came about, and both sides' answers on the rows that it answered for."""

    name: str
    how: str
    model: Answers
    answers: Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One comparison of the model with a baseline by one measure."""

    rival: Rival
    measure: Measure
    own: float
    other: float
    found: PairedTest


def _rivals(subject: Subject, context: Context) -> tuple[list[Rival], list[tuple[str, str]]]:
    """Return the baselines that there are, and the others with the reason."""
    from trustlab.checks.measures import Answers, answers_of
    from trustlab.checks.performance._linear import linear
    from trustlab.checks.performance._previous import previous

    own = answers_of(subject)
    rivals, absent = [_constant(subject, own)], []
    fitted = subject.memo("performance.linear", lambda: linear(subject, context.rng(ID, "linear")))
    if isinstance(fitted, str):
        absent.append(("linear model", fitted))
    else:
        some = Answers(
            own.y[fitted.rows],
            own.y_pred[fitted.rows],
            None if own.proba is None else own.proba[fitted.rows],
            own.n_classes,
        )
        answers = Answers(some.y, fitted.y_pred, fitted.proba, own.n_classes)
        rivals.append(Rival(name="linear model", how=fitted.how, model=some, answers=answers))
    before = previous(subject, context)
    if isinstance(before, str):
        absent.append(("version before", before))
    else:
        answers = Answers(own.y, before.y_pred, before.proba, own.n_classes)
        rivals.append(Rival(name=before.name, how=before.how, model=own, answers=answers))
    return rivals, absent


def _constant(subject: Subject, own: Answers) -> Rival:
    import numpy as np

    from trustlab.checks.measures import Answers

    train = subject.train
    known = train.y if train is not None and train.y is not None and train.y.size else own.y
    of = "the training rows" if known is not own.y else "these rows"
    if subject.task == "regression":
        answers = Answers(own.y, np.full(own.y.size, float(np.mean(known))), None, 0)
        return Rival(name=GUESS, how=f"the mean of {of}", model=own, answers=answers)
    shares = np.bincount(known, minlength=own.n_classes) / known.size
    common = int(shares.argmax())
    proba = np.tile(shares, (own.y.size, 1))
    answers = Answers(own.y, np.full(own.y.size, common), proba, own.n_classes)
    return Rival(name=GUESS, how=f"always {subject.classes[common]}, as most of {of}", model=own, answers=answers)


def _tests(rivals: list[Rival], measures: list[Measure], context: Context, level: float) -> list[Test]:
    from trustlab.stats.disparity import shared_level

    shared = shared_level(level, len(rivals))
    rng: np.random.Generator = context.rng(ID, "tests")
    found = []
    for measure in measures:
        for rival in rivals:
            if measure.scores and (rival.model.proba is None or rival.answers.proba is None):
                continue
            own, other = measure.value(rival.model), measure.value(rival.answers)
            test = measure.compare(rival.model, rival.answers, rng, shared)
            found.append(Test(rival=rival, measure=measure, own=own, other=other, found=test))
    return found


def _result(main: list[Test], tests: list[Test], absent: list[tuple[str, str]], level: float) -> Result:
    guess, best = main[0], max(main, key=lambda test: test.other)
    others = [test for test in main if test is not guess]
    worse = [test for test in others if test.found.difference.hi < 0]
    status = Status.PASS
    if guess.found.difference.hi <= 0:
        status = Status.FAIL
    elif not guess.found.difference.lo > 0 or worse:  # also where it could not be told
        status = Status.WARN
    value, lo, hi = best.found.difference
    reason = (
        f"{guess.measure.words} {best.own:.3g} against {best.other:.3g} of the {best.rival.name}: {_verdict(best)} "
        f"({value:+.3g}, {lo:+.3g} to {hi:+.3g}, n {best.rival.model.y.size:,})."
    )
    if best is not guess:
        reason += f" Against a constant guess ({guess.other:.3g}) it is {_verdict(guess)}."
    for test in worse:
        if test is not best:
            reason += f" The {test.rival.name} is surely better too ({test.other:.3g})."
    if absent:
        reason += " Not compared: " + "; ".join(f"{name} ({why})" for name, why in absent) + "."
    return Result(
        status=status,
        reason=reason,
        value=value,
        unit=f"difference in {guess.measure.words}",
        interval=(lo, hi),
        level=level,
        n=best.rival.model.y.size,
        views=[_picture(main), _table(tests)],
    )


def _verdict(test: Test) -> str:
    value, lo, hi = test.found.difference
    if lo > 0:
        return "surely better"
    if hi < 0:
        return "surely worse"
    return "the same" if lo == hi == 0 else f"{'better' if value > 0 else 'worse'}, but that could be noise"


def _picture(main: list[Test]) -> Series:
    return Series(
        name="picture",
        title=f"Advantage in {main[0].measure.words}",
        columns=("baseline", "advantage", "advantage_lo", "advantage_hi"),
        rows=[(test.rival.name, *test.found.difference) for test in main],
        x="baseline",
        y=("advantage",),
        mark="point",
        reference={"no difference": 0.0},
        caption="The model's number less the baseline's, on the same rows; above 0 the model is better.",
    )


def _table(tests: list[Test]) -> Table:
    from trustlab.stats.multiplicity import holm

    adjusted = holm([test.found.p_value for test in tests]).tolist()
    rows = [
        (
            t.rival.name,
            t.measure.words,
            t.own,
            t.other,
            *t.found.difference,
            p,
            t.rival.answers.y.size,
            t.measure.method,
        )
        for t, p in zip(tests, adjusted, strict=True)
    ]
    columns = ("baseline", "measure", "model", "value", "difference", "difference_lo", "difference_hi")
    how = "; ".join(dict.fromkeys(f"{test.rival.name}: {test.rival.how}" for test in tests))
    return Table(
        name="baselines",
        title="The model against its baselines",
        columns=(*columns, "p_adjusted", "n", "test"),
        rows=rows,
        units={"n": "rows"},
        caption=f"difference: the model's less the baseline's (of a loss or an error, less is better). {how}.",
    )
