"""Does the model tell a sensitive attribute that could not be guessed without it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import InputError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.stats.arrays import Bools, Ints
    from trustlab.stats.intervals import Interval

ID = "privacy.attribute_inference"
FEWEST = 50  # rows on which the attack is judged
MOST_GROUPS = 20
MOST_ATTRIBUTES = 5


@dataclass(frozen=True, slots=True)
class _Attacked:
    """How often each attack names the attribute; ``gain`` is the paired difference."""

    attribute: str
    n: int
    groups: int
    guess: Interval
    without: Interval
    with_answers: Interval
    gain: Interval


@operation(
    "check",
    "Attribute inference",
    needs=("model", "predictions", "sensitive", "features"),
    threshold=Threshold(
        warn=0.01,
        fail=None,
        source="Convention of this project: one percentage point beyond what chance explains, finer than which shares "
        "are seldom read: what cannot be guessed without the model and can with it, the model tells. No accepted limit",
    ),
    references=(
        "Yeom, Giacomelli, Fredrikson and Jha (2018). Privacy risk in machine learning. IEEE CSF",
        "Fredrikson, Jha and Ristenpart (2015). Model inversion attacks that exploit confidence information. CCS",
        "Jayaraman and Evans (2022). Are attribute inference attacks just imputation? CCS",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "sensitive": "race"},
)
def attribute_inference(
    subject: Subject,
    max_rows: Annotated[int, Range(2 * FEWEST), Unit("rows")] = 10_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Does the model tell a sensitive attribute that could not be guessed without it?

    An attacker knows a person's other features and label, and how these go with the attribute among other people. One
    attack guesses from these alone; that is imputation, and no fault of the model. The other sees the model's answer
    too. Only the difference speaks against the model: it is found on the same rows, half of which teach the attacks
    and half of which are judged. Both use boosted trees; a cleverer attacker may gain more, so it is a lower bound. A
    model that uses the attribute as an input gives it away where its answers are exact: round them, or leave it out.

    In plain words
    --------------
    From the model's answers, strangers could work out something private about a person.

    What to do
    ----------
    Train without the attribute, or give out classes or rounded probabilities.

    Parameters
    ----------
    subject : Subject
        A model, rows and sensitive attributes.
    max_rows : int
        Rows drawn by the seed where there are more.
    level : float
        Confidence level of every interval; those of several attributes hold together.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: the share of people named rightly with the model's answers less that without, beyond chance, for the
        attribute that gains most. Views: the attacks' accuracy, and ``attacks``.
    """
    from trustlab.stats.disparity import shared_level

    assert subject.sensitive is not None
    attributes = list(subject.sensitive.columns[:MOST_ATTRIBUTES])
    each = shared_level(level, max(len(attributes), 1))
    left = subject.sensitive.shape[1] - len(attributes)
    found = [
        attacked for name in attributes if (attacked := _attack(subject, name, max_rows, each, context)) is not None
    ]
    if not found:
        return not_applicable(
            f"needs an attribute of 2 to {MOST_GROUPS} groups, other features beside it, and {2 * FEWEST} rows"
        )
    worst = max(found, key=lambda one: (one.gain.lo, one.gain.value))
    return Result(
        reason=f"With the model's answers {worst.attribute} is named rightly for {worst.with_answers.value:.1%} of "
        f"people, without for {worst.without.value:.1%}: a difference of {100 * worst.gain.value:.1f} points "
        f"({100 * worst.gain.lo:.1f} to {100 * worst.gain.hi:.1f}, n {worst.n:,}); the largest group alone makes "
        f"{worst.guess.value:.1%}."
        + (" It could be noise." if worst.gain.lo <= 0 < worst.gain.value else "")
        + (f" {left} further attributes were not tried." if left else ""),
        value=max(worst.gain.lo, 0.0),
        unit="share of people",
        n=worst.n,
        views=[_picture(found), _table(found)],
        provenance={"left_out": left},
    )


def _attack(subject: Subject, name: Any, max_rows: int, level: float, context: Context) -> _Attacked | None:
    import numpy as np

    from trustlab.stats.encode import encode
    from trustlab.stats.intervals import mean_interval, wilson
    from trustlab.stats.sampling import stratified_halves, subsample

    assert subject.sensitive is not None
    rng = context.rng(ID, str(name))
    rows = np.asarray(subsample(subject.n, max_rows, rng))
    codes = encode(subject.sensitive[name].to_numpy(dtype=object)[rows], str(name)).codes
    known, answers = _known(subject, name, rows), _answers(subject, rows)
    groups = int(codes.max(initial=-1)) + 1
    if not 2 <= groups <= MOST_GROUPS or not known.shape[1] or rows.size < 2 * FEWEST:
        return None
    taught, judged = stratified_halves(codes, rng)
    if np.unique(codes[taught]).size < 2:
        return None
    seed = int(rng.integers(2**31))
    both = answers.join(known) if known.shape[1] else answers
    try:
        without, with_answers = (_right(table, codes, taught, judged, seed) for table in (known, both))
    except InputError:
        return None
    largest = int(np.bincount(codes[taught]).argmax())

    def share(right: Bools) -> Interval:
        return wilson(int(right.sum()), judged.size, level).at(())

    gain = mean_interval(with_answers.astype(float) - without, level)
    return _Attacked(
        attribute=str(name),
        n=int(judged.size),
        groups=groups,
        guess=share(codes[judged] == largest),
        without=share(without),
        with_answers=share(with_answers),
        gain=gain,
    )


def _known(subject: Subject, name: Any, rows: Ints) -> pd.DataFrame:
    """Return what the attacker knows: the other features, and the true label where there is one."""
    import pandas as pd

    X = subject.X.iloc[rows].reset_index(drop=True)
    X = X[[column for column in X.columns if str(column) != str(name)]]
    if subject.y is None:
        return X
    label = pd.DataFrame({"the label": pd.Series(subject.y[rows])})
    return label.join(X.set_axis([f"x{place}" for place in range(X.shape[1])], axis=1))


def _answers(subject: Subject, rows: Ints) -> pd.DataFrame:
    """Return what the model says of the rows, in double precision; the last class follows from the others."""
    import pandas as pd

    if subject.proba is not None:
        table = subject.proba[rows][:, :-1]
        return pd.DataFrame(table, columns=[f"answer {place}" for place in range(table.shape[1])])
    assert subject.y_pred is not None
    return pd.DataFrame({"answer": subject.y_pred[rows].astype(float)})


def _right(table: pd.DataFrame, codes: Ints, taught: Ints, judged: Ints, seed: int) -> Bools:
    import numpy as np

    from trustlab.checks.privacy._proxy import learned, probabilities

    model = learned(table.iloc[taught].reset_index(drop=True), codes[taught], seed)
    told = probabilities(model, table.iloc[judged], int(codes.max()) + 1).argmax(axis=1)
    return np.asarray(told == codes[judged])


def _picture(found: list[_Attacked]) -> Series:
    rows = [
        (one.attribute, attack, *share)
        for one in found
        for attack, share in (
            ("largest group", one.guess),
            ("without the model", one.without),
            ("with its answers", one.with_answers),
        )
    ]
    return Series(
        name="accuracy",
        title="People whose attribute is named rightly",
        columns=("attribute", "attack", "share", "share_lo", "share_hi"),
        rows=rows,
        x="attribute",
        y=("share",),
        group="attack",
        mark="point",
    )


def _table(found: list[_Attacked]) -> Table:
    names = [(f"{what}", f"{what}_lo", f"{what}_hi") for what in ("guess", "without", "with", "difference")]
    return Table(
        name="attacks",
        title="Attacks by attribute",
        columns=("attribute", "groups", "n", *(column for three in names for column in three)),
        rows=[
            (one.attribute, one.groups, one.n, *one.guess, *one.without, *one.with_answers, *one.gain) for one in found
        ],
        units={"n": "people"},
        caption="guess: the largest group. The difference is taken person by person; its intervals hold together.",
    )
