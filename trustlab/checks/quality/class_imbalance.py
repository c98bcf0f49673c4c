"""Is a class so rare that its numbers say little?"""

from __future__ import annotations

from typing import Annotated, Any

from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

MOST_ROWS = 50  # of a view


@operation(
    "check",
    "Class imbalance",
    needs=("labels",),
    tasks=("binary", "multiclass"),
    better="higher",
    threshold=Threshold(
        warn=0.01,
        fail=None,
        source="Google's machine learning course calls a minority below 1 % extreme imbalance (1 to 20 % moderate). "
        "Rarity is no fault, so nothing fails",
    ),
    references=(
        "He and Garcia (2009). Learning from imbalanced data. IEEE TKDE 21",
        "Saito and Rehmsmeier (2015). The precision-recall plot is more informative than the ROC plot. PLoS ONE 10",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "sensitive": "race"},
)
def class_imbalance(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95) -> Result:
    """Is a class so rare that its numbers say little?

    Everything that is said of a class, its recall above all, rests on the rows of that class alone: the table gives
    that number for every class, in each group where there are sensitive attributes, and how wide the interval of a
    rate over them is at worst. Where a class is rare, always guessing the commonest is nearly always right, so
    accuracy says little: read balanced accuracy, recall, precision and the area under the precision-recall curve.

    In plain words
    --------------
    One of the outcomes is so rare in the data that little can be said about it.

    What to do
    ----------
    Gather more rows of the rarest class, and quote its recall with the interval rather than the accuracy.

    Parameters
    ----------
    subject : Subject
        Labels; sensitive attributes where there are any.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    Result
        Value: the share of the rarest class, with Wilson's interval. A class of the model without any row counts as 0.

    References
    ----------
    He and Garcia (2009). Learning from imbalanced data. IEEE Transactions on Knowledge and Data Engineering 21.
    """
    import numpy as np

    from trustlab.stats.intervals import wilson

    assert subject.y is not None
    counts = np.bincount(subject.y.astype(int), minlength=len(subject.classes))
    shares = wilson(counts, subject.n, level)
    order = np.argsort(counts, kind="stable")
    rarest = int(order[0])
    one = shares.at(rarest)
    groups, cells = _by_group(subject, level)
    thin = min(groups, key=lambda row: row[3], default=None)
    reason = (
        f"The rarest class, {subject.classes[rarest]}, has {counts[rarest]:,} of {subject.n:,} rows ({one.value:.2%}, "
        f"{one.lo:.2%} to {one.hi:.2%}); always guessing {subject.classes[int(order[-1])]} is right in "
        f"{counts.max() / subject.n:.1%}."
    )
    if thin is not None:
        reason += f" Thinnest is {thin[0]} = {thin[1]}: {thin[3]:,} rows of {thin[2]}."
    rows = [(str(subject.classes[code]), *shares.at(int(code)), int(counts[code])) for code in order[:MOST_ROWS]]
    return Result(
        reason=reason,
        value=one.value,
        unit="share of rows",
        interval=(one.lo, one.hi),
        level=level,
        n=subject.n,
        views=_views(rows, groups, cells),
    )


def _views(rows: list[tuple[Any, ...]], groups: list[tuple[Any, ...]], cells: int) -> list[Series | Table]:
    left = cells - len(groups)
    picture = Series(
        name="picture",
        title="Classes, the rarest first",
        columns=("class", "share", "share_lo", "share_hi", "rows"),
        rows=rows,
        x="class",
        y=("share",),
        mark="bar",
    )
    table = Table(
        name="by_group",
        title="How many rows each number of a class rests on",
        columns=("attribute", "group", "class", "rows", "interval width at worst"),
        rows=groups,
        units={"rows": "rows"},
        caption="Smallest first. The width is that of a rate near one half, such as recall, over these rows."
        + (f" {left:,} larger ones are left out." if left else ""),
    )
    return [picture, table]


def _by_group(subject: Subject, level: float) -> tuple[list[tuple[Any, ...]], int]:
    """Return the rows of each class in each group, fewest first, and how many such cells there are."""
    import numpy as np

    from trustlab.stats.encode import encode
    from trustlab.stats.intervals import wilson

    assert subject.y is not None
    sides: list[tuple[str, Any]] = [("(all)", np.zeros(subject.n, int))]
    if subject.sensitive is not None:
        sides = [(str(name), subject.sensitive[name].astype(str).to_numpy()) for name in subject.sensitive.columns]
    rows, cells = [], 0
    size = len(subject.classes)
    for name, values in sides:
        found = encode(values)
        table = np.bincount(found.codes * size + subject.y.astype(int), minlength=len(found.labels) * size)
        cells += table.size
        for cell in np.argsort(table, kind="stable")[:MOST_ROWS].tolist():
            count = int(table[cell])
            width = wilson(count // 2, count, level).at(()) if count else None
            group = "(all)" if name == "(all)" else str(found.labels[cell // size])
            wide = None if width is None else width.hi - width.lo
            rows.append((name, group, str(subject.classes[cell % size]), count, wide))
    return sorted(rows, key=lambda row: (row[3], row[0], row[1], row[2]))[:MOST_ROWS], cells
