"""Which questions part the rows with many errors from the rows with few?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Graph, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.checks.segments._search import Halves
    from trustlab.stats.error_tree import Node
    from trustlab.stats.intervals import Interval


@operation(
    "check",
    "Error tree",
    needs=("labels", "predictions", "features"),
    threshold=Threshold(
        None, None, source="Errors are never spread evenly, and there is no accepted limit: shown, not judged"
    ),
    references=(
        "Hothorn, Hornik and Zeileis (2006). Unbiased recursive partitioning. JCGS 15",
        "Athey and Imbens (2016). Recursive partitioning for heterogeneous causal effects. PNAS 113",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "drop": ["score"]},
)
def error_tree(
    subject: Subject,
    depth: Annotated[int, Range(1, 5)] = 3,
    min_rows: Annotated[int, Range(2), Unit("rows")] = 20,
    max_features: Annotated[int, Range(1, 200)] = 40,
    max_rows: Annotated[int, Range(100), Unit("rows")] = 200_000,
    loss: Literal["error", "log"] = "error",
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Which questions part the rows with many errors from the rows with few?

    A small tree is grown on one half of the rows, each split beyond what chance would make of all splits tried in its
    node, and every number is of the other half: an honest tree. It shows the whole, where ``segments.worst_slice``
    looks for the worst places alone. A tree that does not split says that errors go with no feature by itself.

    In plain words
    --------------
    For some kinds of cases the model is wrong much more often than for others.

    What to do
    ----------
    Look at the leaf with the most errors: is a feature missing there, or are labels given differently?

    Parameters
    ----------
    subject : Subject
        Labels, predictions and features; sensitive attributes are looked at too.
    depth : int
        Questions above a leaf, at most.
    min_rows : int
        Rows that each side of a split needs.
    max_features : int
        With more features, those whose own slices err most are looked at.
    max_rows : int
        With more rows, a seeded sample of them.
    loss : str
        A row's error: wrong or right (the absolute error for regression), or the log of its label's probability.
    level : float
        Confidence level of each node's interval; 1 - level bounds a node's chance of a split that means nothing.
    context : Context
        Where the halves' chance comes from; row order matters through it.

    Returns
    -------
    Result
        Value: the error in the leaf that looked worst minus the error of all other rows, both on the half that grew
        nothing; 0 where the tree does not split. View ``tree``.
    """
    from trustlab.checks.segments._search import halve, row_errors, tree_of

    if loss == "log" and subject.proba is None:
        return not_applicable("needs probabilities for the log loss")
    _, called = row_errors(subject, loss)
    halves = halve(subject, max_rows, (max_features, min_rows), loss, context)
    if min(halves.search.size, halves.confirm.size) < 2 * min_rows:
        return not_applicable(f"needs {4 * min_rows} rows to grow a tree and measure it; got {halves.rows.size}")
    nodes = tree_of(halves, min_rows, depth, level)
    gap, reason = _gap(halves, nodes, called, level)
    return Result(
        reason=reason + halves.columns.said_left_out(),
        value=gap.value if gap else 0.0,
        unit="share of rows" if halves.binary else called,
        interval=(gap.lo, gap.hi) if gap else None,
        level=level,
        n=halves.rows.size,
        views=_views(halves, nodes, called, level),
    )


def _gap(halves: Halves, nodes: Sequence[Node], called: str, level: float) -> tuple[Interval | None, str]:
    """Return how much more the leaf errs that looked worst, and the sentence."""
    from trustlab.checks.segments._search import difference

    errors, codes = halves.errors[halves.confirm], halves.columns.codes[halves.confirm]
    leaves = sorted((node for node in nodes[1:] if node.leaf), key=lambda node: -node.mean)
    for leaf in leaves:
        inside = leaf.rows(codes)
        if min(inside.sum(), (~inside).sum()) < 2:
            continue
        gap = difference(errors[inside], errors[~inside], level, binary=halves.binary)
        words = halves.columns.words(leaf.path)
        return gap, (
            f"Of {len(leaves)} leaves the worst is {words}: {called} {errors[inside].mean():.3g} vs "
            f"{errors[~inside].mean():.3g} elsewhere (difference {gap.value:.3g}, {gap.lo:.3g} to {gap.hi:.3g}, "
            f"n {int(inside.sum()):,})."
        )
    return None, f"No question about a feature parts errors beyond chance (n {halves.rows.size:,})."


def _views(halves: Halves, nodes: Sequence[Node], called: str, level: float) -> list[Graph | Table]:
    from trustlab.stats.intervals import mean_interval, wilson

    errors, codes = halves.errors[halves.confirm], halves.columns.codes[halves.confirm]
    labels, edges, rows = {}, [], []
    for place, node in enumerate(nodes):
        inside = errors[node.rows(codes)]
        ends = wilson(inside.sum(), inside.size, level).at(()) if halves.binary else mean_interval(inside, level)
        question = halves.columns.words(node.path[-1:]) or "all rows"
        labels[str(place)] = (
            f"{'' if place else 'all rows: '}{ends.value:.3g} ({ends.lo:.3g} to {ends.hi:.3g}), n {inside.size:,}"
        )
        if node.parent is not None:
            edges.append((str(node.parent), str(place), question))
        path = halves.columns.words(node.path) or "all rows"
        rows.append((place, node.parent, path, inside.size, *ends, node.leaf))
    return [
        Graph(
            name="tree",
            title=f"{called.capitalize()} by the questions that part it",
            columns=("source", "target", "label"),
            rows=edges,
            nodes=labels,
            caption="In each box the error, its interval, and the rows of the half that did not grow the tree.",
        ),
        Table(
            name="nodes",
            title="Nodes of the error tree",
            columns=("node", "above", "rows where", "n", "error", "error_lo", "error_hi", "leaf"),
            rows=rows,
            units={"n": "rows"},
        ),
    ]
