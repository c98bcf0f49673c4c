"""Typed views: what a result shows, as data; renderers turn each kind into pictures and tables."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from trustlab.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Cell = str | int | float | bool | None
Mark = Literal["line", "point", "bar"]


def clean(value: Any) -> Any:
    """Return ``value`` as plain JSON data: numbers are numbers, NaN and infinities are None.

    NumPy and pandas scalars are recognised by ``item``/``tolist``/``isoformat``, so neither library is imported.
    Anything else that JSON does not know becomes its ``str``.
    """
    if value is None or isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(clean(key)): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((clean(item) for item in value), key=str)
    return _clean_foreign(value)


def _clean_foreign(value: Any) -> Any:
    if str(value) in {"<NA>", "NaT"}:
        return None
    if hasattr(value, "to_json_data"):
        return clean(value.to_json_data())
    if hasattr(value, "isoformat"):
        return value.isoformat()
    for convert in ("item", "tolist"):
        if not hasattr(value, convert):
            continue
        try:
            plain = getattr(value, convert)()
        except (TypeError, ValueError):
            continue
        if type(plain) is not type(value):
            return clean(plain)
    return str(value)


@dataclass(frozen=True, kw_only=True)
class View:
    """Base of the eight view kinds.

    Parameters
    ----------
    name : str
        Stable name within the result, a word such as ``by_group``.
    title : str or None
        What a reader sees above it; ``name`` in words where None.
    columns : sequence of str
        Column names of ``rows``.
    rows : sequence of sequences
        Cells, one inner sequence per row. The interval of column ``fpr`` stands in ``fpr_lo`` and ``fpr_hi``.
    units : mapping of str to str
        Unit by column; a column without one is dimensionless or text.
    caption : str or None
        One sentence on how to read it.
    """

    kind: ClassVar[str] = ""

    name: str
    title: str | None = None
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    caption: str | None = None

    def __post_init__(self) -> None:
        """Store plain data, and refuse rows that do not fit the columns."""
        columns = tuple(str(column) for column in self.columns)
        rows = tuple(tuple(clean(cell) for cell in row) for row in self.rows)
        for row in rows:
            if len(row) != len(columns):
                raise UsageError(f"view {self.name}: each row must have {len(columns)} cells; got {len(row)}")
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "units", dict(self.units))

    def extra(self) -> dict[str, Any]:
        """Return the fields that only this kind has."""
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Return the view as JSON data, the contract's form."""
        return {
            "kind": self.kind,
            "name": self.name,
            "title": self.title,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "units": dict(self.units),
            "caption": self.caption,
            **self.extra(),
        }

    def column(self, name: str) -> list[Cell]:
        """Return one column's cells."""
        at = list(self.columns).index(name)
        return [row[at] for row in self.rows]


@dataclass(frozen=True, kw_only=True)
class Scalar(View):
    """One number; ``columns`` is ``value`` or ``value, value_lo, value_hi``, with one row."""

    kind: ClassVar[str] = "scalar"


@dataclass(frozen=True, kw_only=True)
class Table(View):
    """Rows to read."""

    kind: ClassVar[str] = "table"


@dataclass(frozen=True, kw_only=True)
class Rows(Table):
    """Rows of data as they stand: shown unrounded, without separators, an interval's columns apart. In JSON a table."""


@dataclass(frozen=True, kw_only=True)
class Series(View):
    """Curves, points or bars: ``y`` columns over the column ``x``, optionally split by the column ``group``.

    Where ``<y>_lo`` and ``<y>_hi`` are columns too, they are drawn as the interval. ``reference`` draws a level
    (a threshold, the value under no effect) with its label.
    """

    kind: ClassVar[str] = "series"

    x: str
    y: Sequence[str]
    group: str | None = None
    mark: Mark = "line"
    reference: Mapping[str, float] = field(default_factory=dict)

    def extra(self) -> dict[str, Any]:
        """Return how the columns map to the picture."""
        return {
            "x": self.x,
            "y": list(self.y),
            "group": self.group,
            "mark": self.mark,
            "reference": clean(dict(self.reference)),
        }


@dataclass(frozen=True, kw_only=True)
class Matrix(View):
    """A heat map: the first column labels the rows, the other columns hold numbers."""

    kind: ClassVar[str] = "matrix"

    row_axis: str = ""
    column_axis: str = ""

    def extra(self) -> dict[str, Any]:
        """Return the axes' names."""
        return {"row_axis": self.row_axis, "column_axis": self.column_axis}


@dataclass(frozen=True, kw_only=True)
class Distribution(View):
    """Shares over bins or categories: the first column is the bin's label, the others a share in 0 to 1 per sample."""

    kind: ClassVar[str] = "distribution"


@dataclass(frozen=True, kw_only=True)
class Image(View):
    """A PNG picture as base64 text, with the words that replace it for who cannot see it."""

    kind: ClassVar[str] = "image"

    png: str
    alt: str

    def extra(self) -> dict[str, Any]:
        """Return the picture and its words."""
        return {"png": self.png, "alt": self.alt}


@dataclass(frozen=True, kw_only=True)
class Text(View):
    """Plain text, never markup."""

    kind: ClassVar[str] = "text"

    text: str

    def extra(self) -> dict[str, Any]:
        """Return the text."""
        return {"text": self.text}


@dataclass(frozen=True, kw_only=True)
class Graph(View):
    """A directed graph: ``columns`` are ``source, target, label``; ``nodes`` maps a node to its label."""

    kind: ClassVar[str] = "graph"

    nodes: Mapping[str, str] = field(default_factory=dict)

    def extra(self) -> dict[str, Any]:
        """Return the nodes."""
        return {"nodes": clean(dict(self.nodes))}


VIEW_KINDS: dict[str, type[View]] = {
    kind.kind: kind for kind in (Scalar, Table, Series, Matrix, Distribution, Image, Text, Graph)
}


def view_from_dict(data: Mapping[str, Any]) -> View:
    """Return the view that `View.to_dict` wrote."""
    fields = dict(data)
    return VIEW_KINDS[fields.pop("kind")](**fields)


def from_frame(name: str, frame: Any, **fields: Any) -> Rows:
    """Return a pandas frame's rows as a view; its index is left out."""
    return Rows(name=name, columns=[str(c) for c in frame.columns], rows=_rows(frame), **fields)


def _rows(frame: Any) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))
