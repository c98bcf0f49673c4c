"""What a table looks like, column by column, and how another table differs from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.errors import NotFoundError, did_you_mean
from trustlab.core.views import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

Kind = Literal["numeric", "integer", "boolean", "categorical", "text", "datetime", "constant", "empty"]
FeatureKind = Literal["numeric", "categorical", "text", "datetime", "empty"]
Change = Literal["missing_column", "extra_column", "kind_changed", "new_categories", "out_of_range"]

# Text is a category where it has few values, or where each value stands for ten rows on average: a reading aid that
# decides how a column is shown and encoded, not a verdict.
FEW_VALUES = 20
ROWS_PER_VALUE = 10

MOST_CATEGORIES = 1000
TOP = 10

_ISO_TIME = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_LARGEST_EXACT = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column's description.

    Parameters
    ----------
    name : str
        As in the table.
    kind : str
        numeric, integer (also whole numbers kept as floating point), boolean, categorical, text, datetime, constant
        (one value, none missing) or empty (all missing).
    holds : str
        What its values are where ``kind`` says only constant or empty: numeric, categorical, text, datetime, empty.
    dtype : str
        The pandas type.
    missing, distinct : int
        Missing values, and different values without them.
    minimum, maximum : float, str or None
        The range of numbers and dates (ISO 8601); None for other kinds.
    top : sequence of (str, int)
        The ten most frequent values and how often they occur, for boolean, categorical and constant columns.
    categories : sequence of str or None
        Every value of a categorical or boolean column in order; None for other kinds and beyond 1,000 values.
    """

    name: str
    kind: Kind
    holds: FeatureKind
    dtype: str
    missing: int
    distinct: int
    minimum: float | str | None = None
    maximum: float | str | None = None
    top: tuple[tuple[str, int], ...] = ()
    categories: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A table's description: its rows and its columns in order."""

    rows: int
    columns: tuple[Column, ...] = field(default=())

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Return one column's description; NotFoundError where there is none of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise NotFoundError(f"'{name}' must be a column of the table.{did_you_mean(name, self.names)}")

    def to_dict(self) -> dict[str, Any]:
        """Return the schema as JSON data."""
        return {"rows": self.rows, "columns": [clean(asdict(column)) for column in self.columns]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schema:
        """Return the schema that `to_dict` wrote."""
        columns = []
        for entry in data["columns"]:
            categories = entry["categories"]
            top = tuple((str(value), int(count)) for value, count in entry["top"])
            kept = None if categories is None else tuple(categories)
            columns.append(Column(**{**entry, "top": top, "categories": kept}))
        return cls(rows=int(data["rows"]), columns=tuple(columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One way in which a table is not as its schema says.

    Parameters
    ----------
    column : str
        Where.
    change : str
        missing_column, extra_column, kind_changed, new_categories or out_of_range.
    sentence : str
        What was expected and what came.
    rows : int
        The rows concerned; all of them for a whole column.
    values : sequence of str
        Up to ten values that were not expected.
    """

    column: str
    change: Change
    sentence: str
    rows: int
    values: tuple[str, ...] = ()


def infer(frame: pd.DataFrame) -> Schema:
    """Return the description of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        Column names are unique.

    Returns
    -------
    Schema
    """
    columns = tuple(_describe(str(name), frame.iloc[:, at]) for at, name in enumerate(frame.columns))
    return Schema(rows=len(frame), columns=columns)


def feature_kinds(frame: pd.DataFrame) -> dict[str, FeatureKind]:
    """Return how each column is to be treated: numeric, categorical, text, datetime or empty.

    True-or-false columns are categorical. A constant column keeps the kind of its values, so that a constant number
    is compared as a number with what comes later.
    """
    return {column.name: column.holds for column in infer(frame).columns}


def compare(schema: Schema, frame: pd.DataFrame) -> list[Difference]:
    """Return how a table differs from what its schema says, in the schema's order, extra columns last.

    Whole numbers where fractions were are no change, nor is a column that happens to be constant or empty here.
    Ranges are those of the table that the schema was inferred from: a value beyond them is new, not necessarily wrong.

    Parameters
    ----------
    schema : Schema
        What is expected.
    frame : pandas.DataFrame
        What came.

    Returns
    -------
    list of Difference
        Empty where everything is as expected.
    """
    found = {str(name): at for at, name in enumerate(frame.columns)}
    differences = []
    for expected in schema.columns:
        if expected.name not in found:
            near = did_you_mean(expected.name, [name for name in found if name not in schema.names])
            sentence = f"'{expected.name}' is missing.{near}"
            differences.append(
                Difference(column=expected.name, change="missing_column", sentence=sentence, rows=len(frame))
            )
        else:
            differences += _compare_column(expected, frame.iloc[:, found[expected.name]])
    known = set(schema.names)
    for name in found:
        if name not in known:
            sentence = f"'{name}' was not there before."
            differences.append(Difference(column=name, change="extra_column", sentence=sentence, rows=len(frame)))
    return differences


def _compare_column(expected: Column, values: pd.Series[Any]) -> list[Difference]:
    came = _describe(expected.name, values)
    if _kind_changed(expected, came):
        sentence = f"'{expected.name}' must be {expected.kind}; got {came.kind} values ({came.dtype})."
        return [Difference(column=expected.name, change="kind_changed", sentence=sentence, rows=len(values))]
    if came.kind == "empty":
        return []
    if expected.categories is not None:
        return _new_categories(expected, values)
    if expected.minimum is not None:
        return _out_of_range(expected, values)
    return []


def _kind_changed(expected: Column, came: Column) -> bool:
    if "empty" in {expected.holds, came.holds}:
        return False
    if _is_yes_no(expected) != _is_yes_no(came):
        return True
    if expected.holds != came.holds:
        # Text becomes a category, and back, with the number of rows: no change of what it holds.
        return {expected.holds, came.holds} != {"categorical", "text"}
    return expected.kind == "integer" and came.kind == "numeric"


def _is_yes_no(column: Column) -> bool:
    return column.kind == "boolean" or (
        column.kind == "constant" and set(column.categories or " ") <= {"True", "False"}
    )


def _new_categories(expected: Column, values: pd.Series[Any]) -> list[Difference]:
    known = set(expected.categories or ())
    present = values.dropna().astype(str)
    unknown = present[~present.isin(known)]
    if unknown.empty:
        return []
    new = tuple(str(value) for value in unknown.value_counts().index)
    shown = ", ".join(repr(value) for value in new[:TOP]) + (", …" if len(new) > TOP else "")
    sentence = f"'{expected.name}' has {len(new):,} new values in {len(unknown):,} rows: {shown}."
    return [
        Difference(
            column=expected.name, change="new_categories", sentence=sentence, rows=len(unknown), values=new[:TOP]
        )
    ]


def _out_of_range(expected: Column, values: pd.Series[Any]) -> list[Difference]:
    present = values.dropna()
    if expected.holds == "datetime":
        present = _as_dates(present)
        low, high = _as_dates_pair(expected)
    else:
        present, low, high = present.astype(float), expected.minimum, expected.maximum
    outside = present[(present < low) | (present > high)]
    if outside.empty:
        return []
    shown = tuple(str(clean(value)) for value in outside.drop_duplicates().iloc[:TOP])
    sentence = (
        f"'{expected.name}' must lie in {expected.minimum} to {expected.maximum}; {len(outside):,} rows do not, "
        f"from {clean(outside.min())} to {clean(outside.max())}."
    )
    return [Difference(column=expected.name, change="out_of_range", sentence=sentence, rows=len(outside), values=shown)]


def _describe(name: str, values: pd.Series[Any]) -> Column:
    present = values.dropna()
    kind, holds = _kind_of(present)
    distinct = _distinct(present)
    if holds != "empty" and distinct == 1 and len(present) == len(values):
        kind = "constant"
    minimum: float | str | None = None
    maximum: float | str | None = None
    if holds == "numeric":
        numbers = present.astype(float)
        minimum, maximum = clean(numbers.min()), clean(numbers.max())
    elif holds == "datetime":
        dates = _as_dates(present)
        minimum, maximum = clean(dates.min()), clean(dates.max())
    top: tuple[tuple[str, int], ...] = ()
    categories = None
    if holds == "categorical":
        texts = present.astype(str)
        # Ties in alphabetical order, so that the order of the rows does not show.
        counts = texts.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        top = tuple((str(value), int(count)) for value, count in counts.iloc[:TOP].items())
        if len(counts) <= MOST_CATEGORIES:
            categories = tuple(sorted(str(value) for value in counts.index))
    return Column(
        name=name,
        kind=kind,
        holds=holds,
        dtype=str(values.dtype),
        missing=len(values) - len(present),
        distinct=distinct,
        minimum=minimum,
        maximum=maximum,
        top=top,
        categories=categories,
    )


def _kind_of(present: pd.Series[Any]) -> tuple[Kind, FeatureKind]:
    import pandas as pd

    types = pd.api.types
    if present.empty:
        return "empty", "empty"
    if types.is_bool_dtype(present.dtype) or types.infer_dtype(present, skipna=True) == "boolean":
        return "boolean", "categorical"
    if types.is_numeric_dtype(present.dtype):
        return ("integer" if _whole(present) else "numeric"), "numeric"
    if types.is_datetime64_any_dtype(present.dtype) or _holds_dates(present):
        return "datetime", "datetime"
    if isinstance(present.dtype, pd.CategoricalDtype):
        return "categorical", "categorical"
    few = _distinct(present) <= max(FEW_VALUES, len(present) // ROWS_PER_VALUE)
    return ("categorical", "categorical") if few else ("text", "text")


def _whole(present: pd.Series[Any]) -> bool:
    import numpy as np
    import pandas as pd

    if pd.api.types.is_integer_dtype(present.dtype):
        return True
    numbers = present.to_numpy(dtype=float)
    return bool(np.all((np.abs(numbers) < _LARGEST_EXACT) & (np.floor(numbers) == numbers)))


def _holds_dates(present: pd.Series[Any]) -> bool:
    import re

    first = present.iloc[0]
    if not isinstance(first, str) or not re.fullmatch(_ISO_TIME, first):
        return False
    texts = present.astype(str)
    return bool(texts.str.fullmatch(_ISO_TIME).all()) and bool(_as_dates(texts).notna().all())


def _as_dates(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return points in time without a zone: those with one are taken to UTC."""
    import pandas as pd

    dates: pd.Series[Any] = pd.to_datetime(values, format="ISO8601", utc=True, errors="coerce").dt.tz_localize(None)
    return dates


def _as_dates_pair(expected: Column) -> tuple[Any, Any]:
    import pandas as pd

    return pd.Timestamp(str(expected.minimum)), pd.Timestamp(str(expected.maximum))


def _distinct(present: pd.Series[Any]) -> int:
    try:
        return int(present.nunique())
    except TypeError:
        # Lists and the like cannot be hashed; their text can.
        return int(present.astype(str).nunique())
