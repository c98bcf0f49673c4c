"""Rules proposed from a table: what it is like, with room for the next one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.data.breaches import evaluate
from trustlab.data.rules import ColumnRule, Rules
from trustlab.data.schema import infer

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from trustlab.data.kinds import Bound, Kind
    from trustlab.data.schema import Column

# Distinct values in fewer rows than this are no sign of a key.
ROWS_FOR_UNIQUE = 100
MOST_LISTED = 50

_KINDS: dict[str, Kind] = {
    "integer": "integer",
    "numeric": "number",
    "boolean": "boolean",
    "categorical": "category",
    "text": "text",
    "datetime": "datetime",
}
_FIELDS: dict[str, dict[str, Any]] = {
    "type": {"kind": None},
    "missing_share": {"missing_share": None},
    "range": {"minimum": None, "maximum": None},
    "values": {"values": None},
    "unique": {"unique": False},
}


def propose(frame: pd.DataFrame, *, typed: bool = True) -> Rules:
    """Return rules that the table keeps, to be read and edited before they bind others.

      Types are as they are, and every column is required. Ranges of numbers reach beyond the values seen by as much as
    they span, rounded outward, but not below 0 where nothing is negative: a slip of the decimal point falls out, next
    month's largest loan does not. Where only two whole numbers came, these are the range. Categories are those seen,
    where they are at most 50. The share of missing values may double; where none is missing, none may be. A column of
    whole numbers or text with no value twice in 100 rows or more is unique, and has no range.

    Parameters
    ----------
    typed : bool
        False where the file knows no types (CSV).
    """
    schema = infer(frame)
    rules = Rules(columns=tuple(_column(column, schema.rows) for column in schema.columns))
    # What the table itself breaks (a mixed column) was no rule.
    for breach in evaluate(rules, frame, table="", typed=typed):
        kept = [
            replace(column, **_FIELDS[breach.rule]) if column.name == breach.column else column
            for column in rules.columns
        ]
        rules = replace(rules, columns=tuple(kept))
    return rules


def _column(column: Column, rows: int) -> ColumnRule:
    kind = _KINDS.get(column.kind) or _KINDS.get(column.holds)
    unique = (
        column.kind in {"integer", "text", "categorical"}
        and rows >= ROWS_FOR_UNIQUE
        and column.distinct == rows
        and not column.missing
    )
    low, high = (None, None) if unique else _range(column)
    share = column.missing / rows
    return ColumnRule(
        name=column.name,
        kind=kind,
        missing_share=min(1, math.ceil(200 * share) / 100) if share else 0,
        minimum=low,
        maximum=high,
        values=_values(column, unique=unique),
        unique=unique,
    )


def _values(column: Column, *, unique: bool) -> tuple[str, ...] | None:
    if column.kind != "categorical" or unique or column.categories is None or len(column.categories) > MOST_LISTED:
        return None
    return column.categories


def _range(column: Column) -> tuple[Bound | None, Bound | None]:
    low, high = column.minimum, column.maximum
    if not isinstance(low, int | float) or not isinstance(high, int | float) or low == high:
        return None, None
    if column.kind == "integer" and column.distinct == 2:
        # A yes or no in numbers.
        return _tidy(low), _tidy(high)
    step = 10.0 ** math.floor(math.log10(span)) if 0 < (span := high - low) < math.inf else 0
    if not step:
        return None, None
    bottom, top = _outward(low - span, step, math.floor), _outward(high + span, step, math.ceil)
    bottom = max(bottom, 0.0) if low >= 0 else bottom
    top = min(top, 0.0) if high <= 0 else top
    return _tidy(bottom), _tidy(top)


def _outward(bound: float, step: float, rounding: Callable[[float], int]) -> float:
    steps = bound / step
    # Near the largest numbers there may be none that lies further out.
    return rounding(steps) * step if math.isfinite(steps) else steps


def _tidy(bound: float) -> Bound | None:
    """Return a bound in few digits, None for what bounds nothing."""
    if not math.isfinite(bound):
        return None
    rounded = float(f"{bound:.12g}")
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 2**53 else rounded
