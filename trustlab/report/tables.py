"""Views as readable rows: a column and its interval become one cell, numbers become words a reader can scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.views import Rows
from trustlab.report.words import between, column_decimals, moment, number, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.core.views import View


@dataclass(frozen=True, slots=True)
class Readable:
    """A view's rows as text.

    Parameters
    ----------
    headers : list of str
        One per shown column, with its unit.
    rows : list of list of str
        The first rows, as text.
    numeric : list of bool
        Which columns align to the right.
    left_out : int
        Rows of the view that are not among ``rows``.
    columns_left_out : int
        Columns that are not among ``headers``.
    """

    headers: list[str]
    rows: list[list[str]]
    numeric: list[bool]
    left_out: int
    columns_left_out: int


@dataclass(frozen=True, slots=True)
class Column:
    """Where a shown column stands in the rows, and where its interval does."""

    at: int
    low: int | None = None
    high: int | None = None


def merged(columns: Sequence[str]) -> list[Column]:
    """Return the columns to show: ``fpr_lo`` and ``fpr_hi`` go into the cell of ``fpr``."""
    # A repeated name belongs to its first column; the later ones stay columns of their own.
    place = {name: at for at, name in reversed(list(enumerate(columns)))}
    ends: set[int] = set()
    shown: list[Column] = []
    for at, name in enumerate(columns):
        low, high = place.get(f"{name}_lo"), place.get(f"{name}_hi")
        if place[name] == at and low is not None and high is not None:
            ends.update((low, high))
            shown.append(Column(at, low, high))
        else:
            shown.append(Column(at))
    return [column for column in shown if column.at not in ends]


def readable(view: View, max_rows: int, max_columns: int = 1000, max_cell: int = 500) -> Readable:
    """Return the first rows of ``view`` as text.

    Parameters
    ----------
    view : View
        Any kind; those without rows give none.
    max_rows, max_columns, max_cell : int
        How many rows, columns and characters of a text at most.
    """
    as_is = isinstance(view, Rows)
    every = [Column(at) for at in range(len(view.columns))] if as_is else merged(view.columns)
    shown, rows = every[:max_columns], view.rows[:max_rows]
    headers = []
    for column in shown:
        name = view.columns[column.at]
        unit = view.units.get(name)
        headers.append(short(f"{name} ({unit})" if unit else name, max_cell))
    numeric = [_numeric([row[column.at] for row in view.rows[:200]]) for column in shown]
    if as_is:
        told = [[short(_as_it_stands(row[column.at]), max_cell) for column in shown] for row in rows]
        return Readable(headers, told, numeric, len(view.rows) - len(rows), len(every) - len(shown))
    decimals = [column_decimals(row[column.at] for row in rows) for column in shown]
    cells = [[_cell(row, *where, max_cell) for where in zip(shown, decimals, strict=True)] for row in rows]
    return Readable(headers, cells, numeric, len(view.rows) - len(rows), len(every) - len(shown))


def _numeric(cells: Sequence[Any]) -> bool:
    known = [cell for cell in cells if cell is not None]
    return bool(known) and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in known)


def _as_it_stands(value: Any) -> str:
    return number(None) if value is None else number(value) if isinstance(value, bool) else str(value)


def _cell(row: Sequence[Any], column: Column, decimals: int | None, width: int) -> str:
    value = row[column.at]
    if isinstance(value, str):
        return moment(value) or short(value, width)
    if isinstance(value, dict | list):
        return short(", ".join(map(str, list(value.items() if isinstance(value, dict) else value)[:width])), width)
    if column.low is None or column.high is None or value is None:
        return number(value, decimals)
    return between(value, row[column.low], row[column.high], decimals=decimals)
