"""Concepts: does a torch module's answer move when its rows become more like those that a concept names?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from trustlab.core.context import Context
from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np

    from trustlab.core.views import View
    from trustlab.explain._network import Network
    from trustlab.explain.quality import Measure
    from trustlab.stats.arrays import Bools, Floats, Ints

ID = "explain.concepts"
MAX_ROWS, SIDE, FEWEST = 400, 60, 10


@operation(
    "explainer",
    "Concepts",
    needs=("model", "features"),
    references=(
        (
            "Kim et al. (2018). Interpretability beyond feature attribution: quantitative testing with concept "
            "activation vectors (TCAV). ICML"
        ),
        "Pahde et al. (2022). Navigating neural space: revisiting concept activation vectors. arXiv:2202.03482",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "concept": "income > 50"},
)
def concepts(
    subject: Subject,
    concept: str,
    layer: str | None = None,
    outcome: str | None = None,
    runs: Annotated[int, Range(5, 500)] = 50,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say whether a concept, given by example rows, moves a torch module's answer.

    In the activations of a layer, the direction from other rows to the concept's (its concept activation vector, the
    difference of means, which unlike a classifier's weights is not turned away by what else varies) is taken; the
    score is the share of the rows of a class whose output rises along it, the rise how much. ``runs`` directions with
    other random rows on the other side are set against as many between two random sets; p is the place of the mean
    rise among the random ones. The authors' own test, Welch's of the scores, is shown: where a layer is near the
    output every score is 0 or 1, and it calls nearly any concept certain. The concept need not be an input: any
    column of the data may name it. Not for a concept that the layer cannot tell (see the accuracy), nor proof of
    cause: what goes along with it counts too.

    Parameters
    ----------
    subject : Subject
        A torch module and the rows.
    concept : str
        An expression over the columns that is true for the concept's rows.
    layer : str
        The layer, by its name in the module; the one before the last with parameters where not given.
    outcome : str
        The class whose rows are asked; the last class where not given.
    runs : int
        Directions of either kind.
    level : float
        Confidence level of the interval.
    context : Context
        Where rows are drawn.

    Returns
    -------
    Result
        Value: the mean score of the concept; ``p_value`` against random directions. Views ``scores`` and ``quality``.
    """
    from trustlab.explain import _network, _words
    from trustlab.stats.sampling import subsample

    refused = _network.why_not(subject)
    if refused:
        return refused
    rng = context.rng(ID)
    rows = subsample(subject.n, MAX_ROWS, rng)
    named = _named(subject, concept)[rows]
    if min(named.sum(), (~named).sum()) < FEWEST:
        return not_applicable(
            f"needs {FEWEST} rows with the concept and {FEWEST} without; of {len(rows)} rows {int(named.sum())} have it"
        )
    net = _network.network(subject, subject.X.iloc[rows], context, ID)
    found, code = _layer(net, layer), _code(subject, outcome)
    activations, gradients = layer_gradients(net, found, _column(subject, code))
    asked = net.target.cpu().numpy() == _column(subject, code) if subject.classes else slice(None)
    if not len(gradients[asked]):
        return not_applicable(f"the module predicts {_words.outcome_of(subject, code)} for none of the rows")
    made = _directions(activations, gradients[asked], named, rng, runs)
    return _result(made, (concept, found, _words.outcome_of(subject, code)), level, int(named.sum()))


def _named(subject: Subject, concept: str) -> Bools:
    import numpy as np
    import pandas as pd

    from trustlab.data import expressions

    found = expressions.evaluate(subject.dataset.frame.reset_index(drop=True), concept)
    if not pd.api.types.is_bool_dtype(found.dtype):
        raise UsageError(
            f"{ID}: concept must be true or false for each row, such as age > 25; got {found.dtype} values"
        )
    return np.asarray(found.fillna(value=False), bool)


def _code(subject: Subject, outcome: str | None) -> int:
    labels = [str(label) for label in subject.classes]
    if outcome is None or not labels:
        return max(len(labels) - 1, 0)
    if outcome not in labels:
        raise UsageError(
            f"{ID}: outcome must be one of {', '.join(labels[:20])}; got {outcome!r}.{did_you_mean(outcome, labels)}"
        )
    return labels.index(outcome)


def _column(subject: Subject, code: int) -> int:
    """Return the module's own column of a class."""
    from trustlab.models.labels import class_order

    assert subject.predictor is not None
    return int(class_order(subject.predictor.classes, subject.classes)[code]) if subject.classes else 0


def _layer(net: Network, layer: str | None) -> str:
    names = [name for name, part in net.engine.module.named_modules() if name and not any(part.children())]
    if layer is not None:
        if layer not in names:
            raise UsageError(
                f"{ID}: layer must be one of {', '.join(names)}; got {layer!r}.{did_you_mean(layer, names)}"
            )
        return str(layer)
    parts = dict(net.engine.module.named_modules())
    weighted = [at for at, name in enumerate(names) if any(True for _ in parts[name].parameters())]
    return str(names[max((weighted[-1] if weighted else len(names)) - 1, 0)])


def layer_gradients(net: Network, layer: str, column: int) -> tuple[Floats, Floats]:
    """Return a layer's activations of the rows, and the gradient of one output by them, both shape (n, e)."""
    import torch

    from trustlab.explain._network import explaining

    held: list[torch.Tensor] = []

    def keep(_part: torch.nn.Module, _given: object, output: torch.Tensor) -> torch.Tensor:
        # a leaf of its own: also where nothing before the layer has a gradient
        held.append(output.detach().requires_grad_())
        return held[-1]

    part = dict(net.engine.module.named_modules())[layer]
    handle = part.register_forward_hook(keep)
    try:
        with explaining(net.engine), torch.enable_grad():
            answer = net.answer(net.inputs)[:, column].sum()
            (gradient,) = torch.autograd.grad(answer, held[-1])
    finally:
        handle.remove()
    flat = (held[-1].detach().double().cpu().numpy(), gradient.double().cpu().numpy())
    return flat[0].reshape(len(net.inputs), -1), flat[1].reshape(len(net.inputs), -1)


class Directions(NamedTuple):
    """Scores and mean rises along concept directions and random ones, and the accuracy of the former; a run each."""

    scores: Floats
    rises: Floats
    random_scores: Floats
    random_rises: Floats
    accuracy: Floats


def _directions(
    activations: Floats, gradients: Floats, named: Bools, rng: np.random.Generator, runs: int
) -> Directions:
    import numpy as np

    inside, outside, every = np.flatnonzero(named), np.flatnonzero(~named), np.arange(len(named))
    size = min(SIDE, len(inside), len(outside))
    found = Directions(*np.empty((5, runs)))
    for run in range(runs):
        sides = rng.choice(inside, size, replace=False), rng.choice(outside, size, replace=False)
        direction, found.accuracy[run] = _direction(activations, *sides)
        found.scores[run], found.rises[run] = _rising(gradients, direction)
        mixed = rng.choice(every, 2 * min(size, len(every) // 2), replace=False)
        random, _ = _direction(activations, *np.array_split(mixed, 2))
        found.random_scores[run], found.random_rises[run] = _rising(gradients, random)
    return found


def _rising(gradients: Floats, direction: Floats) -> tuple[float, float]:
    """Return the share of rows whose output rises in a direction (half of those that stay), and the mean rise."""
    import numpy as np

    rise = gradients @ direction
    return float(np.mean(0.5 + 0.5 * np.sign(rise.round(15)))), float(rise.mean())


def _direction(points: Floats, inside: Ints, outside: Ints) -> tuple[Floats, float]:
    """Return the difference of two sets' means, and how well every third of them is told by the others' difference."""
    import numpy as np

    held = [np.arange(len(side)) % 3 == 0 for side in (inside, outside)]
    one, two = (points[side[~kept]].mean(axis=0) for side, kept in zip((inside, outside), held, strict=True))
    axis, middle = one - two, (one + two) / 2
    right = [
        sign * ((points[side[kept]] - middle) @ axis) > 0
        for sign, side, kept in zip((1, -1), (inside, outside), held, strict=True)
    ]
    return points[inside].mean(axis=0) - points[outside].mean(axis=0), float(np.concatenate(right).mean())


def _result(made: Directions, words: tuple[str, str, str], level: float, rows: int) -> Result:
    from trustlab.explain import _words
    from trustlab.stats.intervals import mean_interval

    concept, layer, outcome = words
    welch, p_value = _tested(made)
    value, lo, hi = mean_interval(made.scores, level)
    verdict = "more than random directions do" if p_value < 0.05 else "no more than random directions might"
    return Result(
        reason=f"Along the concept '{concept}' {outcome} rises for {value:.0%} of its rows ({lo:.0%} to {hi:.0%} over "
        f"{len(made.scores)} directions), by {made.rises.mean():+.2g} on average: {verdict} (p {p_value:.2g}).",
        value=value,
        unit="share of the rows",
        interval=(max(lo, 0.0), min(hi, 1.0)),
        level=level,
        n=rows,
        p_value=p_value,
        views=[*_views(made, level, welch), _words.quality_view(_quality(made, level))],
        provenance={"layer": layer, "concept": concept},
    )


def _tested(made: Directions) -> tuple[float, float]:
    """Return Welch's p-value of the scores, and that of the mean rise's place among the random rises."""
    import numpy as np
    from scipy.stats import ttest_ind

    placed = (1 + int((np.abs(made.random_rises) >= abs(made.rises.mean())).sum())) / (1 + len(made.random_rises))
    if made.scores.std() == 0 and made.random_scores.std() == 0:
        return float(made.scores[0] == made.random_scores[0]), placed
    return float(ttest_ind(made.scores, made.random_scores, equal_var=False).pvalue), placed


def _views(made: Directions, level: float, welch: float) -> list[View]:
    from trustlab.stats.intervals import mean_interval

    columns = ("directions", "score", "score_lo", "score_hi", "rise", "rise_lo", "rise_hi")
    both = (("the concept", made.scores, made.rises), ("random", made.random_scores, made.random_rises))
    rows = [(word, *mean_interval(one, level), *mean_interval(rise, level)) for word, one, rise in both]
    title = "Share of the rows whose output rises"
    return [
        Series(
            name="picture",
            title=title,
            columns=columns[:4],
            rows=[row[:4] for row in rows],
            x="directions",
            y=("score",),
            mark="bar",
            reference={"no direction": 0.5},
        ),
        Table(
            name="scores",
            title="Share of the rows whose output rises, and by how much",
            columns=columns,
            rows=rows,
            caption=f"By Welch's t-test of the scores, as its authors test, p {welch:.2g}.",
        ),
    ]


def _quality(made: Directions, level: float) -> list[Measure]:
    from trustlab.explain.quality import Measure
    from trustlab.stats.intervals import mean_interval

    value, lo, hi = mean_interval(made.accuracy, level)
    spread = float(made.scores.std(ddof=1))
    return [
        Measure("accuracy of the direction", value, "on held-out rows; 0.5 is chance: then it names nothing", lo, hi),
        Measure("deviation over runs", spread, "of the score, over directions with other random rows"),
    ]
