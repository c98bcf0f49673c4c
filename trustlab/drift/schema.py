"""Is it still the same table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.operation import operation
from trustlab.core.result import Result, Status
from trustlab.core.views import Table
from trustlab.drift.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.data.schema import Difference

# A column that is gone or is something else breaks whatever reads the table; a new one or a new category may not.
BREAKING = {"missing_column", "kind_changed"}
NOTABLE = {"extra_column", "new_categories"}
TITLES = {
    "missing_column": "gone",
    "kind_changed": "of another kind",
    "extra_column": "new",
    "new_categories": "with new categories",
}


@operation(
    "detector",
    "Columns and categories",
    references=("Breck, Polyzotis, Roy, Whang and Zinkevich (2019). Data validation for machine learning. MLSys",),
    cost="instant",
    example={"reference": "loans@main", "current": "loans_later.csv"},
)
def schema(pair: Pair) -> Result:
    """Is it still the same table: the same columns, of the same kinds, with known categories?

    No test and no chance: a column is there or it is not. A column that is gone or is of another kind fails; a new
    column or a category that the reference has not seen warns. Values beyond the reference's range are listed only:
    a larger sample reaches further without any drift.

    Parameters
    ----------
    pair : Pair
        The earlier and the later rows.

    Returns
    -------
    Result
        Value: how many columns fail or warn. View ``differences``.
    """
    from trustlab.data.schema import compare, infer

    reference, current = pair.reference.frame, pair.current.frame
    if pair.asked is not None:
        reference, current = reference[list(pair.asked)], current[list(pair.asked)]
    differences = compare(infer(reference), current)
    judged = [one for one in differences if one.change in BREAKING | NOTABLE]
    breaking = any(one.change in BREAKING for one in judged)
    return Result(
        status=Status.FAIL if breaking else Status.WARN if judged else Status.PASS,
        reason=_sentence(judged, reference.shape[1]),
        value=len({one.column for one in judged}),
        unit="columns",
        n=len(reference) + len(current),
        views=[_table(differences)],
    )


def _sentence(judged: Sequence[Difference], columns: int) -> str:
    if not judged:
        return f"All {columns} columns are there, of the same kinds, with no new categories."
    parts = []
    for change, words in TITLES.items():
        names = [one.column for one in judged if one.change == change]
        if names:
            shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            parts.append(f"{len(names)} {words} ({shown})")
    return f"Columns {'; '.join(parts)}; the reference has {columns}."


def _table(differences: Sequence[Difference]) -> Table:
    order = {change: place for place, change in enumerate((*TITLES, "out_of_range"))}
    rows = [
        (one.column, one.change, one.rows, one.change in BREAKING | NOTABLE, one.sentence)
        for one in sorted(differences, key=lambda one: order[one.change])
    ]
    return Table(
        name="differences",
        title="Column by column",
        columns=("feature", "change", "rows", "judged", "what"),
        rows=rows,
        caption="rows: the later rows concerned.",
    )
