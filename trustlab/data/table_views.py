"""A table's difference for people: one sentence, pictures, and tables to look closer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from trustlab.core.counted import counted
from trustlab.core.views import Distribution, Series, Table, View, clean
from trustlab.data.row_pairs import named_like_a_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from trustlab.data.table_columns import ColumnDiff, Side
    from trustlab.data.table_diff import TableDiff

DRAWN = 3
BARS = 12
LISTED = 100
WIDE = 8
NAMED = 2
ARROW = " → "
# A mean that moved by less is not worth a headline.
WORTH = 0.001


def sentence(diff: TableDiff) -> str:
    """Return what changed in one line, such as ``120 rows added, 3 removed, 41 changed (by id); income +4 %``."""
    moved = [_moved_said(column) for column in _telling(diff)[:1]]
    said = "; ".join(part for part in (_rows_said(diff), _columns_said(diff), *moved) if part)
    if said:
        return said
    order = " in another order" if diff.reordered else ""
    return f"the same {counted(len(diff.after), 'row')}{order}"


def _rows_said(diff: TableDiff) -> str:
    numbers = {"added": diff.rows_added, "removed": diff.rows_removed, "changed": diff.rows_changed or 0}
    told = [(word, count) for word, count in numbers.items() if count]
    if not told:
        return ""
    (word, count), *rest = told
    parts = [f"{counted(count, 'row')} {word}", *(f"{more:,} {other}" for other, more in rest)]
    return f"{', '.join(parts)} (by {', '.join(diff.key) or 'content'})"


def _columns_said(diff: TableDiff) -> str:
    renamed = [f"{old} is now {new}" for old, new in diff.columns_renamed.items()]
    typed = [f"{one.column} from {one.before} to {one.after}" for one in diff.types_changed]
    kinds = {
        "removed": list(diff.columns_removed),
        "of another type": typed,
        "renamed": renamed,
        "added": list(diff.columns_added),
    }
    told = [f"{len(names):,} {word} ({_some(names)})" for word, names in kinds.items() if names]
    return f"columns: {', '.join(told)}" if told else ""


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _telling(diff: TableDiff) -> list[ColumnDiff]:
    """Return the changed columns of which a mean or a picture tells something: of identifiers it does not."""
    return [column for column in diff.worst() if not named_like_a_key(column.name)]


def _moved_said(column: ColumnDiff) -> str | None:
    change = mean_change(column)
    if change is not None and abs(change) >= WORTH:
        return f"{column.name} {_percent(change)} on average"
    if column.holds == "category" and column.shares and column.moved > 0:
        label, before, after = max(column.shares, key=lambda row: (round(abs(row[2] - row[1]), 9), row[2] - row[1]))
        # As few decimals as tell the two apart.
        places = next((n for n in range(3) if round(100 * before, n) != round(100 * after, n)), 3)
        return f"{column.name}: {label} from {100 * before:.{places}f} % to {100 * after:.{places}f} % of the rows"
    return None


def mean_change(column: ColumnDiff) -> float | None:
    """Return by what share of itself a column's mean moved; None where that says nothing, as around zero."""
    before, after = clean(column.before.mean), clean(column.after.mean)
    if before is None or after is None or not before or (before < 0) != (after < 0):
        return None
    return float(clean((after - before) / abs(before)) or 0.0)


def _percent(change: float) -> str:
    size = abs(100 * change)
    return f"{100 * change:+,.{0 if size >= 10 or size == round(size) else 1}f} %"


def views(diff: TableDiff, path: str, *, rows: int = 5, brief: bool = False, number: int = 1) -> list[View]:
    """Return the pictures and tables of a difference, the most telling first; none where nothing differs.

    Parameters
    ----------
    path : str
        What to call the table.
    rows : int
        How many changed, added and removed rows to show.
    brief : bool
        One of several: only the main pictures.
    number : int
        Which of several; the views' names end in it from the second on.
    """
    if not diff:
        return []
    tail = f"_{number}" if number > 1 else ""
    worst = diff.worst()
    drawable = [column for column in _telling(diff) if len(column.shares) > 1]
    drawn = drawable[: 1 if brief else DRAWN]
    found: list[View | None] = [_schema(diff, path, tail), _counts(diff, path, tail), _bars(diff, worst, drawn, tail)]
    found += [_spread(column, path, f"shares_{at}{tail}") for at, column in enumerate(drawn, start=1)]
    if not brief:
        found += [_numbers(diff, worst, tail), _changed(diff, rows, tail)]
        found += [_rows(diff.added, diff.rows_added, rows, "added", tail)]
        found += [_rows(diff.removed, diff.rows_removed, rows, "removed", tail)]
    return [view for view in found if view is not None]


def _schema(diff: TableDiff, path: str, tail: str) -> Table | None:
    rows: list[tuple[Any, ...]] = []
    rows += [("removed", name, str(diff.before[name].dtype), None) for name in diff.columns_removed]
    rows += [
        (
            "type",
            one.column,
            _typed(one.before, one.kinds[0]),
            _typed(one.after, one.kinds[1]),
        )
        for one in diff.types_changed
    ]
    rows += [("renamed", new, old, new) for old, new in diff.columns_renamed.items()]
    rows += [("added", name, None, str(diff.after[name].dtype)) for name in diff.columns_added]
    if not rows:
        return None
    return Table(
        name=f"schema{tail}",
        title=f"{path}: columns that are not as they were",
        columns=("change", "column", "before", "after"),
        rows=rows[:LISTED],
        caption=f"The first {LISTED} of {len(rows):,}." if len(rows) > LISTED else None,
    )


def _typed(dtype: str, kind: str) -> str:
    return f"{dtype} ({kind})"


def _counts(diff: TableDiff, path: str, tail: str) -> Series | None:
    numbers = [("removed", diff.rows_removed), ("added", diff.rows_added), ("changed", diff.rows_changed)]
    rows = [(word, count) for word, count in numbers if count is not None]
    if not any(count for _, count in rows):
        return None
    same = len(diff.pairs.before) - (diff.rows_changed or 0)
    sizes = f"{counted(len(diff.before), 'row')} before, {len(diff.after):,} after; {same:,} the same."
    return Series(
        name=f"rows{tail}",
        title=f"{path}: rows that differ",
        columns=("rows", "count"),
        rows=rows,
        x="rows",
        y=("count",),
        mark="bar",
        caption=f"{sizes} {_matching(diff)}",
    )


def _matching(diff: TableDiff) -> str:
    unlike = bool(diff.columns_added or diff.columns_removed)
    if not diff.names:
        return "They share no column, so that no row is in both."
    if not diff.key:
        over = f"the {counted(len(diff.names), 'column')} that both have" if unlike else "all columns"
        return f"A row is the same where {over} are equal; a changed row counts as one removed and one added."
    words = ", ".join(diff.key)
    if diff.key_from == "given":
        return f"Rows go together by {words}."
    return (
        f"Rows go together by {words}, which was found: unique, without gaps, and largely the same on both sides. "
        "Name another with --key, or compare by content with --key none."
    )


def _bars(diff: TableDiff, worst: Sequence[ColumnDiff], drawn: Sequence[ColumnDiff], tail: str) -> Series | None:
    by_key = bool(diff.key)
    told = [column for column in worst if column.changed] if by_key else list(worst)
    if len(told) < 2:  # one bar says nothing that the row of numbers does not
        return None
    shown = sorted(told, key=lambda column: -((column.changed_share if by_key else column.moved) or 0.0))[:BARS]
    left = len(told) - len(shown)
    names = ", ".join(column.name for column in drawn)
    caption = " ".join(
        [
            f"Share of the {counted(len(diff.pairs.before), 'row')} that both have in which the cell differs."
            if by_key
            else "Share of the rows that would have to take another value for both sides to be spread alike.",
            f"{counted(left, 'more column')} changed less." if left else "",
            f"Below: {names}." if drawn else "",
        ]
    )
    rows: list[tuple[Any, ...]] = [
        (one.name, one.changed_share, one.changed, one.mean_difference, one.largest_difference)
        if by_key
        else (one.name, one.moved)
        for one in shown
    ]
    measure = "changed_share" if by_key else "moved"
    more = ("cells", "mean_difference", "largest_difference") if by_key else ()
    return Series(
        name=f"columns{tail}",
        title="Columns that changed most",
        columns=("column", measure, *more),
        rows=rows,
        x="column",
        y=(measure,),
        mark="bar",
        caption=caption.strip(),
    )


def _spread(column: ColumnDiff, path: str, name: str) -> Distribution:
    said = []
    if column.holds == "number":
        change = mean_change(column)
        by = f" ({_percent(change)})" if change is not None and abs(change) >= WORTH else ""
        said.append(f"mean {_number(column.before.mean)}{ARROW}{_number(column.after.mean)}{by}")
    elif column.holds == "category":
        said.append(f"{_pair(column.before.distinct, column.after.distinct)} different values")
    else:
        said.append("each bin is called by its start")
    if column.before.missing or column.after.missing:
        said.append(f"missing {_pair(column.before.missing, column.after.missing)}")
    if column.changed:
        said.append(f"{counted(column.changed, 'cell')} changed")
    text = "; ".join(said)
    sizes = f"Share of the rows of {path}: {column.before.n:,} and {column.after.n:,}."
    return Distribution(
        name=name,
        title=f"{column.name}, before and after",
        columns=("value", "before", "after"),
        rows=column.shares,
        caption=f"{text[:1].upper()}{text[1:]}. {sizes}",
    )


def _numbers(diff: TableDiff, worst: Sequence[ColumnDiff], tail: str) -> Table | None:
    names = {column.name for column in worst}
    every = [*worst, *(column for column in diff.columns if column.name not in names)]
    if not every:
        return None
    shown = every[:LISTED]
    by_key = bool(diff.key)
    rows = [
        (
            column.name,
            _pair(column.before.type, column.after.type),
            *((column.changed,) if by_key else ()),
            _pair(column.before.missing, column.after.missing),
            _pair(*map(_number, (column.before.mean, column.after.mean))),
            _pair(_range(column.before), _range(column.after)),
            _pair(column.before.distinct, column.after.distinct),
        )
        for column in shown
    ]
    return Table(
        name=f"summary{tail}",
        title="Column by column",
        columns=("column", "type", *(("changed",) if by_key else ()), "missing", "mean", "range", "values"),
        rows=rows,
        caption=f"Before{ARROW}after where they differ, the most changed first."
        + (f" The first {LISTED} of {len(every):,}." if len(every) > LISTED else ""),
    )


def _range(side: Side) -> str:
    if side.minimum is None:
        return ""
    return " to ".join(end if isinstance(end, str) else _number(end) for end in (side.minimum, side.maximum))


def _pair(before: Any, after: Any) -> str:
    texts = [
        "" if value is None else f"{value:,}" if isinstance(value, int) else str(value) for value in (before, after)
    ]
    return texts[0] if texts[0] == texts[1] else ARROW.join(text or "none" for text in texts)


def _number(value: Any) -> str:
    plain = clean(value)
    if plain is None or isinstance(plain, str):
        return plain or ""
    whole = isinstance(plain, int) or plain == int(plain) or abs(plain) >= 1e4
    return f"{plain:,.0f}" if whole and abs(plain) < 1e15 else f"{plain:,.4g}"


def _changed(diff: TableDiff, rows: int, tail: str) -> Table | None:
    """Return the rows in which most cells changed: only their changed cells, before and after."""
    if not diff.rows_changed or not rows:
        return None
    old, new = diff.most_changed(rows)
    kept = [column for column in diff.worst() if column.changed]
    cells = {one.name: _cells(diff, one, old, new) for one in kept}
    told = [name for name in cells if any(cells[name])]
    keys = [diff.after[diff.names[name]].iloc[new].tolist() for name in diff.key]
    shown = list(zip(*keys, *(cells[name] for name in told[:WIDE]), strict=True))
    left = len(told) - WIDE
    more = f" {counted(left, 'more column')} changed in them." if left > 0 else ""
    return Table(
        name=f"changed_rows{tail}",
        title=_sample_title(len(shown), diff.rows_changed, "changed"),
        columns=(*diff.key, *told[:WIDE]),
        rows=shown,
        caption=f"Before{ARROW}after, those with most changed cells first; a cell left empty did not change.{more}",
    )


def _cells(diff: TableDiff, column: ColumnDiff, old: np.ndarray, new: np.ndarray) -> list[str]:
    import numpy as np

    from trustlab.data.cells import cells

    whole = diff.before[column.before_name], diff.after[column.name]
    sides = whole[0].iloc[old], whole[1].iloc[new]
    if any(side.dtype == object for side in whole):
        # What a mixed column holds shows in the whole of it only.
        differ = cells(*whole).differ(old, new)
    else:
        differ = cells(*sides).differ(np.arange(len(old)), np.arange(len(old)))
    return [
        f"{_value(one)}{ARROW}{_value(two)}" if unlike else ""
        for one, two, unlike in zip(*(side.tolist() for side in sides), differ, strict=True)
    ]


def _value(cell: Any) -> str:
    if isinstance(cell, float) and math.isinf(cell):
        return str(cell)
    plain = clean(cell)
    if plain is None:
        return "missing"
    # Short enough to read; two that differ are never shown alike.
    return f"{plain:.12g}" if isinstance(plain, float) else str(plain)


def _rows(frame: pd.DataFrame, count: int, rows: int, word: str, tail: str) -> Table | None:
    if not count or not rows:
        return None
    names = list(frame.columns)[:WIDE]
    shown = [tuple(row) for row in frame[names].head(rows).itertuples(index=False, name=None)]
    left = frame.shape[1] - len(names)
    return Table(
        name=f"{word}_rows{tail}",
        title=_sample_title(len(shown), count, word),
        columns=names,
        rows=shown,
        caption=f"The first {len(names)} of {frame.shape[1]:,} columns." if left else None,
    )


def _sample_title(shown: int, count: int, word: str) -> str:
    if shown == count:
        return f"The {word} row" if count == 1 else f"The {count:,} {word} rows"
    return f"{shown:,} of {count:,} {word} rows"
