"""What can be said of images and texts without looking into them: their properties, and who is whose copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from trustlab.core.counted import counted
from trustlab.core.result import Result, Status, Threshold
from trustlab.core.views import Series, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from trustlab.core.views import View
    from trustlab.models.subject import Subject
    from trustlab.stats.intervals import Interval

    Properties = Mapping[str, NDArray[np.float64]]

FEWEST = 40  # rows, for a rule learned on half of them
MOST_ROWS = 10_000
LEAVES = 8
DRAWS = 500
MOST_CLASSES = 200  # or groups: a table of every two of them is drawn again and again
ALPHA = 0.01  # family-wise: a clean split may raise one false alarm in a hundred
LEAST_SHIFT = 0.1  # of the Kolmogorov-Smirnov distance: smaller ones are real in large data, and no matter
MOST_SHOWN = 10
LEAKED = "By definition: what was learned by heart is no test. No more may stand in training than chance explains"


class Alone(NamedTuple):
    """How well one property tells the label on rows that it was not fitted on: 0 as a guess would, 1 always."""

    name: str
    skill: Interval


class Shift(NamedTuple):
    """How far a property of the audited rows is from that of the training rows."""

    name: str
    distance: float
    p_value: float
    train: float
    audited: float


class Copies(NamedTuple):
    """Audited rows that are copies: of an earlier audited row, of a training row; and what of that is no surprise."""

    among: NDArray[np.bool_]
    of_training: NDArray[np.bool_]
    heads: NDArray[np.int64]
    excess: Interval | None


def alone(
    properties: Properties, codes: NDArray[Any], classes: int, rng: np.random.Generator, level: float
) -> list[Alone]:
    """Return what each property alone tells of the classes, by a small tree grown on half of the rows."""
    import numpy as np
    from sklearn.tree import DecisionTreeClassifier

    from trustlab.stats import classification
    from trustlab.stats.intervals import Interval
    from trustlab.stats.posterior import cell_chances, chance_interval
    from trustlab.stats.sampling import stratified_halves, subsample

    rows = subsample(len(codes), MOST_ROWS, rng)
    if classes > MOST_CLASSES or len(rows) < FEWEST or len(np.unique(codes[rows])) < 2:
        return []
    first, second = (rows[half] for half in stratified_halves(codes[rows], rng))
    found = []
    for name, values in properties.items():
        tree = DecisionTreeClassifier(
            max_leaf_nodes=max(LEAVES, 2 * classes), min_samples_leaf=5, class_weight="balanced", random_state=0
        )
        tree.fit(values[first, None], codes[first])
        matrix = classification.confusion_matrix(codes[second], tree.predict(values[second, None]), classes)
        present = int((matrix.sum(axis=1) > 0).sum())
        if present < 2:
            continue
        drawn = cell_chances(matrix, DRAWS, rng)
        ends = chance_interval(matrix, drawn, classification.balanced_accuracy, level)
        found.append(Alone(name, Interval(*((end - 1 / present) / (1 - 1 / present) for end in ends))))
    return found


def shifts(audited: Properties, train: Properties) -> list[Shift]:
    """Return each property's distance between training and audited rows, with Holm's p-values over the properties."""
    import numpy as np

    from trustlab.stats.multiplicity import holm
    from trustlab.stats.two_sample import ks_2samp

    tests = {name: ks_2samp(train[name], audited[name]) for name in audited if name in train}
    p_values = holm([test.p_value for test in tests.values()])
    return [
        Shift(name, test.statistic, float(p), float(np.median(train[name])), float(np.median(audited[name])))
        for (name, test), p in zip(tests.items(), p_values, strict=True)
    ]


def copies_of(numbers: NDArray[Any], training: int, level: float) -> Copies:
    """Return who is whose copy, from the number of each row's first copy; the first ``training`` rows are those."""
    import numpy as np

    from trustlab.stats.intervals import newcombe

    own = np.arange(len(numbers)) != numbers
    heads = numbers[training:]
    of_training = own[training:] & (heads < training)
    among = own[training:] & ~of_training
    # A second copy of what stands in training is a copy of training, whoever it was found by.
    excess = None
    if training:
        inside = int(own[:training].sum())
        excess = newcombe(int(of_training.sum()), len(heads), inside, training, level).at(())
    return Copies(among, of_training, heads, excess)


def judged(
    subject: Subject,
    word: str,
    odd: Mapping[str, NDArray[np.bool_]],
    properties: Properties,
    train: Properties | None,
    copies: Copies,
    *,
    almost: float,
    level: float,
    rng: np.random.Generator,
    pictures: Sequence[View],
) -> Result:
    """Return the finding: copies, odd rows, properties that give the label away or that moved since training."""
    import numpy as np

    given = []
    if subject.y is not None and subject.classes:
        given = alone(properties, subject.y, len(subject.classes), rng, level)
    moved = shifts(properties, train) if train is not None else []
    away = [one for one in given if one.skill.value >= almost]
    shifted = [one for one in moved if one.p_value < ALPHA and one.distance >= LEAST_SHIFT]
    bad = copies.among | copies.of_training
    for marks in odd.values():
        bad = bad | marks
    leaked = copies.excess is not None and copies.excess.lo > 0
    value, lo, hi = copies.excess if leaked and copies.excess else (float(bad.mean()), None, None)
    return Result(
        status=Status.WARN if (away or shifted) and not leaked else None,
        threshold=Threshold(0.0, 0.0, LEAKED) if leaked else None,
        reason=" ".join(_sentences(subject, word, odd, copies, known=bool(given), away=away, shifted=shifted)),
        value=value,
        interval=None if lo is None or hi is None else (lo, hi),
        level=level if leaked else None,
        unit="share of rows",
        n=subject.n,
        views=[
            *([_picture(given, almost)] if given else []),
            *pictures,
            _table(properties, given, moved),
            *_groups(subject, properties, rng, level),
            _rows(subject, odd, copies, np.flatnonzero(bad)),
        ],
    )


def _sentences(
    subject: Subject,
    word: str,
    odd: Mapping[str, NDArray[np.bool_]],
    copies: Copies,
    *,
    known: bool,
    away: Sequence[Alone],
    shifted: Sequence[Shift],
) -> list[str]:
    found = [
        f"{counted(int(marks.sum()), word)} {'is' if marks.sum() == 1 else 'are'} {what}."
        for what, marks in odd.items()
        if marks.any()
    ]
    if among := int(copies.among.sum()):
        found.append(
            f"{counted(among, word)} of {subject.n:,} {'is a copy' if among == 1 else 'are copies'} of another."
        )
    if shared := int(copies.of_training.sum()):
        assert copies.excess is not None
        value, lo, hi = copies.excess
        found.append(
            f"{counted(shared, word)} of {subject.n:,} {'is' if shared == 1 else 'are'} in the training data too: "
            f"{value:.2%} ({lo:.2%} to {hi:.2%}) more than training {word}s are copies among themselves."
        )
    found += [
        f"{one.name.capitalize()} alone tells {subject.target}: {one.skill.value:.2f} ({one.skill.lo:.2f} to "
        f"{one.skill.hi:.2f}) of the way from a guess to certainty."
        for one in away
    ]
    found += [
        f"{one.name.capitalize()} has moved since training, from a median of {one.train:.3g} to {one.audited:.3g} "
        f"(KS distance {one.distance:.2f}, p {one.p_value:.2g})."
        for one in shifted
    ]
    kinds = " or ".join((*odd, "a copy"))
    tried = "no property of the whole gives the label away" if known else "what properties tell was not tried"
    return found or [f"No {word} is {kinds}; {tried} (n {subject.n:,})."]


def _picture(given: Sequence[Alone], almost: float) -> Series:
    return Series(
        name="alone",
        title="What each property alone tells of the label",
        columns=("property", "told", "told_lo", "told_hi"),
        rows=[(one.name, *one.skill) for one in given],
        x="property",
        y=("told",),
        mark="point",
        reference={"named from here": almost, "a guess": 0.0},
        caption="Balanced accuracy of a small tree on rows that it did not see, from a guess (0) to certainty (1).",
    )


def _table(properties: Properties, given: Sequence[Alone], moved: Sequence[Shift]) -> Table:
    import numpy as np

    told = {one.name: one.skill for one in given}
    was = {one.name: one for one in moved}
    none = (None, None, None)
    rows = []
    for name, values in properties.items():
        shift = was.get(name)
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95]).tolist()
        before = (shift.train, shift.distance, shift.p_value) if shift else none
        rows.append((name, low, middle, high, *told.get(name, none), *before))
    return Table(
        name="properties",
        title="Properties",
        columns=(
            "property",
            "5 %",
            "median",
            "95 %",
            "told",
            "told_lo",
            "told_hi",
            "training",
            "distance",
            "p",
        ),
        rows=rows,
        caption="told: see above. training: the median there. distance: Kolmogorov-Smirnov, of audited from training "
        "rows; p adjusted by Holm.",
    )


def _groups(subject: Subject, properties: Properties, rng: np.random.Generator, level: float) -> list[View]:
    if subject.sensitive is None:
        return []
    rows = []
    for attribute in subject.sensitive.columns:
        codes, names = subject.sensitive[attribute].factorize(sort=True)
        rows += [(str(attribute), one.name, *one.skill) for one in alone(properties, codes, len(names), rng, level)]
    return [
        Table(
            name="groups",
            title="What each property tells of the groups",
            columns=("attribute", "property", "told", "told_lo", "told_hi"),
            rows=rows,
            caption="Where it tells much, groups differ in how their data were taken. Shown, not judged.",
        )
    ]


def _rows(subject: Subject, odd: Mapping[str, NDArray[np.bool_]], copies: Copies, bad: NDArray[np.intp]) -> Table:
    names = subject.dataset.frame[_column(subject)].tolist()
    training = [] if subject.train is None else subject.train.dataset.frame[_column(subject.train)].tolist()
    rows = []
    for row in bad[:MOST_SHOWN]:
        what = next((kind for kind, marks in odd.items() if marks[row]), "a copy")
        head = int(copies.heads[row])
        of = None
        if copies.of_training[row]:
            what, of = "a copy of a training row", str(training[head])[:80]
        elif copies.among[row]:
            of = str(names[head - len(training)])[:80]
        rows.append((int(row), str(names[row])[:80], what, of))
    return Table(
        name="rows",
        title="Rows to look at",
        columns=("row", "content", "what", "of"),
        rows=rows,
        caption=f"{counted(len(bad), 'row')} in all; at most {MOST_SHOWN} are listed. Rows are counted from 0.",
    )


def _column(subject: Subject) -> str:
    dataset = subject.dataset
    return str(dataset.text if dataset.images is None else dataset.images.column)
