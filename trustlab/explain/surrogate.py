"""A few rules that answer nearly as the model does: a shallow tree taught by its predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.core.views import Series, Table, Text
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.core.views import View
    from trustlab.explain.features import Numbers
    from trustlab.explain.quality import Measure
    from trustlab.stats.arrays import Floats
    from trustlab.stats.intervals import Interval

ID = "explain.surrogate"
MAX_ROWS, MAX_CELLS, FEWEST_ROWS = 20_000, 10_000_000, 40


@operation(
    "explainer",
    "Surrogate rules",
    needs=("model", "features", "predictions"),
    better="higher",
    references=(
        "Craven and Shavlik (1996). Extracting tree-structured representations of trained networks. NeurIPS 8",
        "Bastani, Kim and Bastani (2017). Interpreting blackbox models via model extraction. arXiv:1705.08504",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "depth": 2},
)
def surrogate(
    subject: Subject,
    depth: Annotated[int, Range(1, 6)] = 3,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say in a few rules what the model does, and how often the rules answer as it does.

    A tree of at most ``depth`` questions is taught the model's predictions on one half of the rows; its fidelity is
    the share of the other half that it answers as the model does (R2 of the predictions, for a regression), beside
    what the best single answer would reach. Rules of a low fidelity say nothing about the model; and a faithful rule
    need not use the inputs that the model uses, where they go together.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    depth : int
        Questions on the way to an answer.
    level : float
        Confidence level of the fidelity.
    context : Context
        Where the halves are drawn.

    Returns
    -------
    Result
        Value: the fidelity on held-out rows, with its interval. Views ``rules`` (text), ``leaves`` and ``quality``.
    """
    from trustlab.explain import _words
    from trustlab.explain.features import numbers_of
    from trustlab.stats.sampling import subsample

    if subject.n < FEWEST_ROWS:
        return not_applicable(f"needs {FEWEST_ROWS} rows to teach and to test a tree; there are {subject.n}")
    rng = context.rng(ID)
    rows = rng.permutation(subsample(subject.n, min(MAX_ROWS, max(MAX_CELLS // subject.X.shape[1], 200)), rng))
    assert subject.y_pred is not None
    answers, numbers = subject.y_pred[rows], numbers_of(subject.X.iloc[rows])
    if (answers == answers[0]).all():
        return not_applicable("the model answers the same for every row: that is the rule")
    half = len(rows) // 2
    first, second = (
        _taught(numbers.values[part], answers[part], depth, regression=not subject.classes)
        for part in (slice(0, half), slice(half, None))
    )
    told, truth = first.predict(numbers.values[half:]), answers[half:]
    fidelity, baseline = _fidelity(truth, told, answers[:half], level, regression=not subject.classes)
    other = _agreement(told, second.predict(numbers.values[half:]), regression=not subject.classes)
    leaves = _leaves(first, numbers, (numbers.values[half:], truth), subject)
    unit = "share answered alike" if subject.classes else "R2"
    return Result(
        reason=f"{len(leaves)} rules answer as the model does with {unit} {fidelity.value:.2f} ({fidelity.lo:.2f} to "
        f"{fidelity.hi:.2f}, n {len(truth):,} held-out rows; one answer for all: {baseline:.2f}); the largest: "
        f"{max(leaves, key=lambda leaf: leaf.share).sentence()}.",
        value=fidelity.value,
        unit=unit,
        interval=(fidelity.lo, fidelity.hi),
        level=level,
        n=len(truth),
        views=[*_views(leaves, unit), _words.quality_view(_quality(fidelity, baseline, other))],
        provenance={"depth": depth},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One rule: its conditions, its answer, and on held-out rows its share and how often it is right."""

    conditions: tuple[str, ...]
    answer: str
    share: float
    fidelity: float | None

    def sentence(self) -> str:
        """Return the rule as words."""
        when = " and ".join(self.conditions) or "always"
        return f"if {when}, then {self.answer} ({self.share:.0%} of the rows)"


def _taught(values: Floats, answers: Any, depth: int, *, regression: bool) -> Any:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeRegressor if regression else DecisionTreeClassifier
    return kind(max_depth=depth, min_samples_leaf=max(5, len(values) // 100), random_state=0).fit(values, answers)


def _fidelity(truth: Any, told: Any, taught: Any, level: float, *, regression: bool) -> tuple[Interval, float]:
    """Return the held-out fidelity and what one answer for all reaches."""
    import numpy as np

    from trustlab.stats.intervals import wilson
    from trustlab.stats.regression import r2_interval

    if regression:
        return r2_interval(truth, told, level), 0.0
    common = np.bincount(taught).argmax()
    return wilson(int((truth == told).sum()), len(truth), level).at(()), float((truth == common).mean())


def _agreement(one: Any, two: Any, *, regression: bool) -> float | None:
    import numpy as np

    if not regression:
        return float((one == two).mean())
    return float(np.corrcoef(one, two)[0, 1]) if np.ptp(one) > 0 and np.ptp(two) > 0 else None


def _leaves(tree: Any, numbers: Numbers, held: tuple[Floats, Any], subject: Subject) -> list[Leaf]:
    """Return the rules in the tree's order; the largest fidelity says nothing without the share beside it."""
    import numpy as np

    from trustlab.explain import _words

    inner, found = tree.tree_, []
    places = tree.apply(held[0])
    waiting: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    while waiting:
        node, conditions = waiting.pop()
        if inner.children_left[node] >= 0:
            for side, child in ((1, inner.children_right[node]), (0, inner.children_left[node])):
                waiting.append((int(child), (*conditions, _condition(inner, node, side, numbers))))
            continue
        inside, truth = places == node, held[1][places == node]
        if subject.classes:
            code = int(tree.classes_[inner.value[node, 0].argmax()])
            answer, right = _words.outcome_of(subject, code), truth == code
        else:
            value = float(inner.value[node, 0, 0])
            answer, right = f"{subject.target or 'prediction'} about {value:.4g}", None
        share = float(right.mean()) if right is not None and right.size else None
        found.append(Leaf(conditions=conditions, answer=answer, share=float(np.mean(inside)), fidelity=share))
    return found


def _condition(inner: Any, node: int, side: int, numbers: Numbers) -> str:
    """Return one question's answer in words: side 0 is left, at or below the cut."""
    at = int(inner.feature[node])
    name, text = numbers.columns[at], numbers.levels[at]
    if text is not None:
        return f"{name} is {'not ' if side == 0 else ''}{text}"
    return f"{name} {'<=' if side == 0 else '>'} {float(inner.threshold[node]):.4g}"


def _views(leaves: list[Leaf], unit: str) -> list[View]:
    ordered = sorted(leaves, key=lambda leaf: -leaf.share)
    rows = [(" and ".join(leaf.conditions) or "always", leaf.answer, leaf.share, leaf.fidelity) for leaf in ordered]
    return [
        Series(
            name="picture",
            title="Share of the rows that each rule speaks for",
            columns=("rule", "share"),
            rows=[(f"{row[0]}: {row[1]}", row[2]) for row in rows],
            x="rule",
            y=("share",),
            mark="bar",
        ),
        Text(name="rules", title="The rules", text="\n".join(leaf.sentence() for leaf in ordered)),
        Table(
            name="leaves",
            title="The rules, the largest first",
            columns=("if", "then", "share", "fidelity"),
            rows=rows,
            units={"share": "share of the held-out rows", "fidelity": unit},
        ),
    ]


def _quality(fidelity: Interval, baseline: float, other: float | None) -> list[Measure]:
    from trustlab.explain.quality import RERUN, Measure

    return [
        Measure("fidelity", fidelity.value, "on rows that the tree was not taught", fidelity.lo, fidelity.hi),
        Measure("fidelity of one answer", baseline, "what the most frequent answer for all reaches"),
        Measure(RERUN, other, "agreement with the tree that the other half of the rows teaches"),
    ]
