"""Do rows stand there twice, and do they contradict each other?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.result import Result, Status, Threshold
from trustlab.core.views import Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np

    from trustlab.checks.quality._rows import Stacked

ID = "quality.duplicates"
LEVEL = 0.95
MOST_ROWS = 20  # of the view
MOST_COLUMNS = 8


@operation(
    "check",
    "Duplicate rows",
    needs=("features",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: a copy says nothing new and makes every interval too narrow. With few-valued features "
        "equal rows are natural: no more than shuffled columns bring pass, and there is no accepted limit to fail",
    ),
    references=("Barz and Denzler (2020). Do we train on test data? Purging CIFAR of near-duplicates. J. Imaging 6",),
    cost="instant",
    example={"data": "loans.csv", "target": "approved"},
)
def duplicates(subject: Subject, *, context: Context) -> Result:
    """Do rows stand there twice, and do they contradict each other?

    A row is a copy where all its features and its label equal those of an earlier row. Rows contradict each other
    where their features are equal and their labels are not: no model can get them all right. Do not drop copies
    where equal rows are real, as with a few categories and many people: where each column shuffled by itself brings as
    many, the check passes.

    In plain words
    --------------
    The same case stands in the data more than once, at times with two different outcomes.

    What to do
    ----------
    Find out whether copies are real; drop those that are not before the split, and settle contradictory labels with who
    gave them.

    Parameters
    ----------
    subject : Subject
        Features, and labels where known.
    context : Context
        Where the shuffles come from.

    Returns
    -------
    Result
        Value: the share of rows that are copies. View ``groups``: the largest groups of rows with equal features.

    References
    ----------
    Barz and Denzler (2020). Do we train on test data? Purging CIFAR of near-duplicates. Journal of Imaging 6.
    """
    import numpy as np
    import pandas as pd

    from trustlab.checks.quality._rows import Stacked, row_codes
    from trustlab.stats.encode import joint_counts
    from trustlab.stats.intervals import newcombe

    groups = row_codes(subject.X)
    labels = subject.y if subject.y is not None else np.zeros(subject.n)
    cells = joint_counts(groups, labels)
    copies = int((cells.counts - 1).sum())
    labels_of = pd.Series(cells.rows).value_counts()
    contradicting = int(cells.row_totals[labels_of.index[labels_of > 1].to_numpy(dtype=int)].sum())
    reason = f"{copies:,} of {subject.n:,} rows ({copies / subject.n:.2%}) are copies of another row"
    if not copies:
        reason = f"No row is a copy of another (n {subject.n:,})"
    by_chance = _by_chance(Stacked((subject.X,), list(subject.X.columns), (labels,)), context.rng(ID)) if copies else 0
    natural = bool(by_chance) and newcombe(copies, subject.n, by_chance, subject.n, LEVEL).at(()).lo <= 0
    if natural:
        reason += ", no more than features of so few values bring by chance"
    if contradicting:
        reason += f"; {contradicting:,} rows have the features of another row and a different {subject.target}"
    return Result(
        status=Status.PASS if natural else None,
        reason=f"{reason}.",
        value=copies / subject.n,
        unit="share of rows",
        n=subject.n,
        views=[_table(subject, groups, labels)],
    )


def _by_chance(rows: Stacked, rng: np.random.Generator) -> int:
    """Return how many rows are copies where each column is shuffled by itself; 0 where chance brings hardly any."""
    import numpy as np
    import pandas as pd

    from trustlab.checks.quality._rows import coincidence, row_codes

    n, width = rows.shape
    if coincidence(rows) * n * n < 1:  # fewer pairs than one are expected
        return 0
    found = np.zeros(n, np.int64)
    for place in range(width):
        codes = rng.permutation(row_codes(rows.column(place).to_frame()))
        found = np.asarray(pd.factorize(found * (int(codes.max()) + 1) + codes)[0], np.int64)
    return n - int(found.max()) - 1


def _table(subject: Subject, groups: Any, labels: Any) -> Table:
    import numpy as np

    sizes = np.bincount(groups)
    largest = [code for code in np.argsort(-sizes, kind="stable")[:MOST_ROWS] if sizes[code] > 1]
    shown = [str(name) for name in subject.X.columns[:MOST_COLUMNS]]
    rows = []
    for code in largest:
        inside = np.flatnonzero(groups == code)
        features = subject.X.iloc[inside[0], :MOST_COLUMNS].tolist()
        rows.append((int(sizes[code]), len(np.unique(labels[inside])) if subject.y is not None else None, *features))
    return Table(
        name="groups",
        title="Rows with equal features",
        columns=("rows", "different labels", *shown),
        rows=rows,
        units={"rows": "rows"},
        caption=f"The largest groups, by at most {MOST_COLUMNS} of their features.",
    )
