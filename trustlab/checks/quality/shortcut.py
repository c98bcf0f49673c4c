"""Does a single spot of the image, or a single word, nearly decide the label?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Matrix, Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.core.views import View
    from trustlab.stats.intervals import Interval
    from trustlab.stats.single_cut import Cut

ID = "quality.shortcut"
FEWEST = 40
CELLS = 32  # of the grid on a side: a spot of a larger image is a mean over its cell
EDGE = 8  # an eighth of the image on each side is its edge
SHOWN = 10
CONFIRMED = 5  # candidates tried on the other half
DRAWS = 2000
BY_PLACE = (
    "No accepted limit. By its place: the check warns where a spot or word tells a class better than almost says, and "
    "fails where that is sure and the spot lies at the image's edge, or it is a word; elsewhere the spot may be the "
    "thing itself"
)


class Spot(NamedTuple):
    """Something small that tells a class, and how well on rows that it was not found on: balanced accuracy."""

    name: str
    label: str
    rule: str
    told: Interval
    edge: bool


@operation(
    "check",
    "Shortcuts",
    needs=("labels",),
    tasks=("binary", "multiclass"),
    better="lower",
    threshold=Threshold(
        warn=None,
        fail=None,
        source=BY_PLACE,
    ),
    references=(
        "Geirhos et al. (2020). Shortcut learning in deep neural networks. Nature Machine Intelligence 2",
        "Lapuschkin et al. (2019). Unmasking Clever Hans predictors. Nature Communications 10",
    ),
    cost="seconds",
    example={"data": "shapes.npz", "target": "y"},
)
def shortcut(
    subject: Subject,
    almost: Annotated[float, Range(0.5, 0.999)] = 0.95,
    max_rows: Annotated[int, Range(FEWEST, None)] = 4000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Does a single spot of the image, or a single word, nearly decide the label?

    A tag in the corner, a burnt-in marker or a word that the labelling left behind lets a model be right for the wrong
    reason, and fail where it is missing. Each spot's brightness (of a grid of at most 32 x 32 cells, each channel by
    itself), or each word's presence, tells a class from the rest by one cut; the best is found on half of the rows and
    measured on the other. A word or spot in a few rows only is not found so. For tables see quality.leakage.

    In plain words
    --------------
    The model can take a short cut: one mark in the picture or one word nearly gives the outcome away.

    What to do
    ----------
    Cut or mask the spot, or take the word out, and train again; then see what is left of the accuracy.

    Parameters
    ----------
    subject : Subject
        Images or texts, and labels.
    almost : float
        Above this balanced accuracy a spot or word is a shortcut. A choice, with no source.
    max_rows : int
        Rows that are looked at; more are sampled.
    level : float
        Confidence level of the intervals, which hold together for all candidates.
    context : Context
        Where the sample and its halves come from; row order matters through it.

    Returns
    -------
    Result
        Value: balanced accuracy of the best spot or word for its class against the rest, on rows it was not found on
        (0.5: a guess). Views: a map of the spots or the words, and the best of them.

    References
    ----------
    Geirhos et al. (2020). Shortcut learning in deep neural networks. Nature Machine Intelligence 2.
    """
    import numpy as np

    from trustlab.stats.sampling import stratified_halves, subsample

    if subject.modality == "tabular":
        return not_applicable("asks about images and texts; each row here is of a table, see quality.leakage")
    assert subject.y is not None
    rng = context.rng(ID)
    rows = subsample(subject.n, max_rows, rng)
    y = subject.y[rows]
    if len(rows) < FEWEST or len(np.unique(y)) < 2:
        return not_applicable(f"needs {FEWEST} rows and two classes; got {len(rows)} and {len(np.unique(y))}")
    halves = stratified_halves(y, rng)
    find = _spots if subject.modality == "image" else _words
    spots, views = find(subject, rows, halves, level, rng)
    if not spots:
        return not_applicable("needs a word that two texts share, or a spot that varies; there is none")
    return _result(subject, spots, views, almost, level, len(halves[1]))


def _result(subject: Subject, spots: list[Spot], views: list[View], almost: float, level: float, n: int) -> Result:
    best = next((spot for spot in spots if spot.edge and spot.told.value > almost), spots[0])
    where = "at the edge" if best.edge else "inside the image, where it may be the thing itself"
    place = "" if subject.modality == "text" or best.told.value <= almost else f", {where}"
    return Result(
        threshold=Threshold(almost, almost if best.edge else None, BY_PLACE),
        reason=f"{best.name} alone tells {best.label} from the rest of {subject.target}{place}: balanced accuracy "
        f"{best.told.value:.3g} ({best.told.lo:.3g} to {best.told.hi:.3g}, n {n:,}; a guess gets 0.5).",
        value=best.told.value,
        unit="balanced accuracy",
        interval=(best.told.lo, best.told.hi),
        level=level,
        n=n,
        views=[
            *views,
            Table(
                name="best",
                title="What tells most",
                columns=("what", "class", "rule", "told", "told_lo", "told_hi"),
                rows=[(spot.name, spot.label, spot.rule, *spot.told) for spot in spots],
                caption="told: balanced accuracy for the class against the rest, on rows that it was not found on; the "
                "intervals hold together.",
            ),
        ],
    )


def _balance(said: NDArray[np.bool_], inside: NDArray[np.bool_], rng: np.random.Generator, level: float) -> Interval:
    from trustlab.stats import classification
    from trustlab.stats.posterior import cell_chances, chance_interval

    matrix = classification.confusion_matrix(inside.astype(int), said.astype(int), 2)
    return chance_interval(matrix, cell_chances(matrix, DRAWS, rng), classification.balanced_accuracy, level)


def _spots(
    subject: Subject, rows: NDArray[Any], halves: tuple[NDArray[Any], NDArray[Any]], level: float, rng: Any
) -> tuple[list[Spot], list[View]]:
    """Return the best spots, and the map of all of them."""
    import numpy as np

    from trustlab.stats.disparity import shared_level
    from trustlab.stats.pictures import pooled
    from trustlab.stats.single_cut import areas, best_cut, told

    assert subject.images is not None
    assert subject.y is not None
    height, width, channels = subject.images.shape[1:]
    grid = min(height, CELLS), min(width, CELLS)
    cells = pooled(subject.images[rows], *grid).reshape(len(rows), -1)
    y, (first, second) = subject.y[rows], halves
    found = np.abs(np.nan_to_num(areas(cells[first], y[first], len(subject.classes)), nan=0.5) - 0.5) + 0.5
    if len(subject.classes) == 2:
        found[:, 0] = 0.5  # what tells one of two classes tells the other
    spots: list[Spot] = []
    for at in np.argsort(-found, axis=None, kind="stable")[:CONFIRMED]:
        column, code = divmod(int(at), len(subject.classes))
        cut = best_cut(cells[first, column], y[first] == code, column, code)
        interval = _balance(told(cut, cells[second, column]), y[second] == code, rng, shared_level(level, CONFIRMED))
        spots.append(_spot(subject, cut, grid, channels, interval))
    best = found.max(axis=1).reshape(*grid, channels).max(axis=2)
    return sorted(spots, key=lambda spot: -spot.told.value), [_map(best)]


def _spot(subject: Subject, cut: Cut, grid: tuple[int, int], channels: int, interval: Interval) -> Spot:
    place, channel = divmod(cut.column, channels)
    row, column = divmod(place, grid[1])
    colour = f" ({('red', 'green', 'blue', 'alpha')[channel]})" if channels >= 3 else ""
    edge = any(
        at < max(1, size // EDGE) or at >= size - max(1, size // EDGE)
        for at, size in zip((row, column), grid, strict=True)
    )
    return Spot(
        name=f"The spot at row {row}, column {column}{colour}",
        label=str(subject.classes[cut.code]),
        rule=f"{'above' if cut.above else 'at most'} {cut.at:.3g}",
        told=interval,
        edge=edge,
    )


def _map(best: NDArray[Any]) -> Matrix:
    return Matrix(
        name="map",
        title="What each spot tells",
        columns=("row", *map(str, range(best.shape[1]))),
        rows=[(str(row), *line) for row, line in enumerate(best.round(3).tolist())],
        row_axis="row",
        column_axis="column",
        caption="The best area under the ROC curve of the spot's brightness, over classes and channels; 0.5 is chance.",
    )


def _words(
    subject: Subject, rows: NDArray[Any], halves: tuple[NDArray[Any], NDArray[Any]], level: float, rng: Any
) -> tuple[list[Spot], list[View]]:
    """Return the best words, and their picture."""
    import numpy as np

    from trustlab.stats.disparity import shared_level
    from trustlab.stats.single_cut import word_balance
    from trustlab.stats.texts import words_of

    assert subject.texts is not None
    assert subject.y is not None
    presence, words = words_of(subject.texts[rows].tolist())
    if not words:
        return [], []
    y, (first, second) = subject.y[rows], halves
    found = np.nan_to_num(word_balance(presence[first], y[first], len(subject.classes)))
    if len(subject.classes) == 2:
        found[:, 0] = 0.0  # what tells one of two classes tells the other
    spots = []
    for at in np.argsort(-np.abs(found), axis=None, kind="stable")[:SHOWN]:
        column, code = divmod(int(at), len(subject.classes))
        there = presence[second][:, column].toarray().reshape(-1) > 0
        present = found[column, code] > 0
        interval = _balance(there == present, y[second] == code, rng, shared_level(level, SHOWN))
        rule = "there" if present else "not there"
        spots.append(Spot(f"The word {words[column]!r}", str(subject.classes[code]), rule, interval, edge=True))
    spots.sort(key=lambda spot: -spot.told.value)
    rows_of = [(f"{spot.name[9:]} {spot.rule}: {spot.label}", *spot.told) for spot in spots]
    picture = Series(
        name="words",
        title="Words that tell most",
        columns=("word", "told", "told_lo", "told_hi"),
        rows=rows_of,
        x="word",
        y=("told",),
        mark="point",
        reference={"a guess": 0.5},
    )
    return spots, [picture]
