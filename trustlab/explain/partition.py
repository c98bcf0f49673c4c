"""Owen values: SHAP values in which inputs that go together stay together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Repeated
from trustlab.core.result import Result, not_applicable
from trustlab.core.views import Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

    from trustlab.explain._finding import Explained
    from trustlab.stats.arrays import Floats, Ints

ID = "explain.partition"
MAX_FEATURES, ROWS, BACKGROUND, ASSOCIATION_ROWS, CUT = 100, 40, 20, 1000, 0.5
Nodes = list[tuple[list[int], list[int]]]


@operation(
    "explainer",
    "Partition SHAP",
    needs=("model", "features"),
    references=(
        "Owen (1977). Values of games with a priori unions. In: Mathematical Economics and Game Theory, Springer",
        "Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS 30",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def partition(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    groups: Annotated[list[str] | None, Repeated()] = None,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say what each input and each group of inputs adds, where inputs that go together become known together.

    As explain.shap, but only over orders in which a group is not interrupted (Owen values): the groups are those of
    a tree that joins the inputs by their association (rank correlation, correlation ratio, Cramér's V), or as given.
    A group's contribution then does not hang on how many inputs it is split into. Not for inputs that are all
    independent, where it is explain.shap with fewer orders.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the mean size over up to 40 rows.
    groups : list
        Inputs that belong together, as a+b+c, each group once; found from the data where not given.
    level : float
        Confidence level of the intervals.
    context : Context
        Where rows, background and orders are drawn.

    Returns
    -------
    Result
        As explain.shap, with the view ``groups``: the groups at an association of 0.5 or more, or those given.
    """
    from dataclasses import replace

    from trustlab.explain import _table
    from trustlab.explain.shap_values import shuffled

    d = subject.X.shape[1]
    if d > MAX_FEATURES:
        return not_applicable(f"{d:,} inputs are too many to group; the limit is {MAX_FEATURES}")
    names = [str(name) for name in subject.X.columns]
    tree, flat = _given(groups, names) if groups else _found(subject, context)
    pool = subject.inputs()
    few = ROWS if row is None else 1
    seen: list[Explained] = []

    def attribute(rows: pd.DataFrame, rng: np.random.Generator) -> Explained:
        others = pool.iloc[shuffled(len(pool), BACKGROUND * (1 if few > 1 else 5), rng)]
        seen.append(_explained(subject, rows.iloc[:ROWS], others, rng, tree, level))
        return seen[-1]

    result = _table.explain(subject, row, level, context, ID, attribute, {"groups": len(flat)})
    return replace(result, views=[*result.views, *_group_views(seen[0], flat, names)])


def _explained(
    subject: Subject,
    rows: pd.DataFrame,
    others: pd.DataFrame,
    rng: np.random.Generator,
    tree: Nodes,
    level: float,
) -> Explained:
    import numpy as np

    from trustlab.explain import _words
    from trustlab.explain._finding import Explained
    from trustlab.explain.shap_values import attribute
    from trustlab.stats.intervals import t_quantile

    found = attribute(subject, rows, others, rng, orders_of(tree))
    codes = found.outputs.argmax(axis=1)
    n = np.arange(len(codes))
    half = found.spread[n, :, codes] * (t_quantile(level, found.background - 1) if found.background > 1 else 1)
    return Explained(
        names=found.features,
        cells=rows.iloc[0].tolist(),
        values=found.mean[n, :, codes],
        outputs=found.outputs[n, codes],
        base=found.base[codes],
        codes=codes,
        unit=_words.unit_of(subject),
        half=half,
    )


def orders_of(tree: Nodes) -> Callable[[int, int, int, np.random.Generator], Ints]:
    """Return the maker of orders that keep each node of the tree together: its two sides come in either order.

    Parameters
    ----------
    tree : list of (left, right)
        The inputs on either side of each node.
    """
    import numpy as np

    def draw(n: int, count: int, d: int, rng: np.random.Generator) -> Ints:
        place = np.zeros((n, count, d), np.int64)
        for left, right in tree:
            swapped = rng.random((n, count, 1)) < 0.5
            place[:, :, left] += np.where(swapped, len(right), 0)
            place[:, :, right] += np.where(swapped, 0, len(left))
        return np.argsort(place, axis=2, kind="stable")

    return draw


def _given(groups: list[str], names: list[str]) -> tuple[Nodes, list[list[int]]]:
    """Return the tree of groups as given, each other input by itself; chains of two sides where there are more."""
    flat, used = [], set()
    for group in groups:
        members = [word.strip() for word in group.split("+")]
        for name in members:
            if name not in names or name in used:
                what = "be inputs of the model" if name not in names else "hold each input once"
                raise UsageError(f"{ID}: groups must {what}; got {name!r}.{did_you_mean(name, names)}")
            used.add(name)
        flat.append([names.index(name) for name in members])
    flat += [[at] for at, name in enumerate(names) if name not in used]
    return [node for group in flat for node in _halved([[at] for at in group])] + _halved(flat), flat


def _halved(parts: list[list[int]]) -> Nodes:
    """Return a balanced tree over parts, which are not split themselves."""
    if len(parts) < 2:
        return []
    middle = len(parts) // 2
    sides = [[at for part in half for at in part] for half in (parts[:middle], parts[middle:])]
    return [(sides[0], sides[1]), *_halved(parts[:middle]), *_halved(parts[middle:])]


def _found(subject: Subject, context: Context) -> tuple[Nodes, list[list[int]]]:
    """Return the tree that joins inputs by their association, and the groups at an association of 0.5 or more."""
    import numpy as np
    from scipy.cluster.hierarchy import average, fcluster
    from scipy.spatial.distance import squareform

    from trustlab.stats.sampling import subsample

    pool = subject.inputs()
    d = pool.shape[1]
    if d < 2:
        return [], [[at] for at in range(d)]
    distance = 1 - associations(pool.iloc[subsample(len(pool), ASSOCIATION_ROWS, context.rng(ID, "association"))])
    joined = average(squareform(np.clip(distance, 0, 1), checks=False))
    members: list[list[int]] = [[at] for at in range(d)]
    tree: Nodes = []
    for left, right, *_ in joined:
        tree.append((members[int(left)], members[int(right)]))
        members.append(members[int(left)] + members[int(right)])
    labels = fcluster(joined, 1 - CUT, criterion="distance")
    return tree, [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]


def associations(table: pd.DataFrame) -> Floats:
    """Return how much each two columns tell of each other where both are known, from 0 to 1, shape (d, d)."""
    import numpy as np
    import pandas as pd

    columns: list[tuple[bool, Any]] = []
    for at in range(table.shape[1]):
        column = table.iloc[:, at]
        number = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
        columns.append((number, column.rank().to_numpy(np.float64) if number else column.astype("string")))
    found = np.eye(len(columns))
    for one in range(len(columns)):
        for two in range(one):
            found[one, two] = found[two, one] = _association(columns[one], columns[two])
    return found


def _association(first: tuple[bool, Any], second: tuple[bool, Any]) -> float:
    import numpy as np
    import pandas as pd

    from trustlab.stats.association import correlation_ratio, cramers_v

    if not first[0] and second[0]:
        first, second = second, first
    known = ~(pd.isna(first[1]) | pd.isna(second[1]))
    known = np.asarray(known, bool)
    one, two = (np.asarray(side[1], np.float64 if side[0] else object)[known] for side in (first, second))
    if known.sum() < 3:
        return 0.0
    if first[0] and second[0]:
        flat = one.std() * two.std()
        value = abs(float(((one - one.mean()) * (two - two.mean())).mean() / flat)) if flat > 0 else 0.0
    else:
        value = correlation_ratio(two, one) if first[0] else cramers_v(one, two)
    return 0.0 if np.isnan(value) else min(value, 1.0)


def _group_views(found: Explained, flat: list[list[int]], names: list[str]) -> list[Table]:
    """Return what whole groups add: the mean of their sums' sizes over the rows."""
    import numpy as np

    one = len(found.flat) == 1
    rows = []
    for group in flat:
        total = found.flat[:, group].sum(axis=1)
        rows.append(
            (" + ".join(names[at] for at in group), float(total[0] if one else np.abs(total).mean()), len(group))
        )
    rows.sort(key=lambda line: -abs(line[1]))
    title = "What each group of inputs adds" if one else "Mean size of what each group of inputs adds"
    return [
        Table(
            name="groups",
            title=title,
            columns=("group", "contribution", "inputs"),
            rows=rows,
            units={"contribution": found.unit},
        )
    ]
