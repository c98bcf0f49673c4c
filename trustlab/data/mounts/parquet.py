"""Rows of a database to Parquet, batch by batch: bounded memory, and pages cut by content, so that an edit is small."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from trustlab.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

FETCHED = 1000
_GROUP_ROWS = 1024 * 1024
_GROUP_BYTES = 64 * 1024 * 1024
# Small pages and no dictionaries: one row more or less changes a page of a column, where it would change all of a
# dictionary (measured on 300,000 rows of six columns: a deleted row stores 25% of the file again in place of 100%).
_WRITING = {
    "compression": "zstd",
    "use_dictionary": False,
    "use_content_defined_chunking": {"min_chunk_size": 32 * 1024, "max_chunk_size": 128 * 1024, "norm_level": 0},
}

# PostgreSQL's numbers of its types, and the Arrow type that holds the same values.
_POSTGRESQL = {
    16: "bool_",
    20: "int64",
    21: "int16",
    23: "int32",
    26: "int64",
    700: "float32",
    701: "float64",
    1082: "date32",
    1114: "timestamp",
    1184: "timestamp_utc",
    1083: "time64",
    1186: "duration",
    17: "binary",
}
_NUMERIC = 1700
# Up to here every whole number is a 64-bit floating-point number too.
_EXACT = 2**53


class _Long:
    """Stands among a column's types for whole numbers that no 64-bit floating-point number equals."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file.

    Parameters
    ----------
    name : str
    type : pyarrow.DataType
    write : callable or None
        Turns a value, None apart, into one that the type holds; as it is where None.
    """

    name: str
    type: pa.DataType
    write: Callable[[Any], Any] | None = None


def postgresql_columns(described: Sequence[Any]) -> list[Column]:
    """Return the columns of a result by what PostgreSQL says of them.

    A numeric with a precision stays exact; one without becomes a 64-bit floating-point number, for it has no bound.
    JSON and arrays become JSON text, any other type its text.
    """
    return [_postgresql(str(one[0]), one[1], one[4], one[5]) for one in described]


def sqlite_columns(described: Sequence[Any], batches: Iterable[Sequence[Sequence[Any]]]) -> list[Column]:
    """Return the columns of a result by the values that are in it: SQLite's declared types bind nobody.

    Whole numbers, numbers, text and bytes stay what they are (dates are text there); numbers beside text become text,
    and so do whole numbers beside others where one has more digits than a floating-point number keeps.
    """
    names = [str(one[0]) for one in described]
    kinds: list[set[type]] = [set() for _ in names]
    for batch in batches:
        for kind, values in zip(kinds, zip(*batch, strict=True), strict=False):
            kind.update(map(type, values))
            if any(map(_is_long, values)):
                kind.add(_Long)
    return [_sqlite(name, kind - {type(None)}) for name, kind in zip(names, kinds, strict=True)]


def write_parquet(
    columns: Sequence[Column], batches: Iterable[Sequence[Sequence[Any]]], file: BinaryIO, name: str
) -> int:
    """Write rows to a Parquet file, and return their number.

    Equal rows in the same order give equal bytes under one version of pyarrow.

    Raises
    ------
    InputError
        If there is no column, a name comes twice, or a value does not fit its column.
    """
    import pyarrow as pa
    import pyarrow.parquet

    _refuse_names([column.name for column in columns], name)
    schema = pa.schema([(column.name, column.type) for column in columns])
    rows, waiting, size = 0, [], 0
    with pyarrow.parquet.ParquetWriter(file, schema, **_WRITING) as writer:
        for batch in batches:
            if not batch:
                continue
            by_column = zip(columns, zip(*batch, strict=True), strict=True)
            arrays = [_array(column, values, name) for column, values in by_column]
            waiting.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
            rows += len(batch)
            size += waiting[-1].nbytes
            if size >= _GROUP_BYTES or sum(map(len, waiting)) >= _GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(waiting).combine_chunks())
                waiting, size = [], 0
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting).combine_chunks())
    return rows


def _postgresql(name: str, number: int, precision: int | None, scale: int | None) -> Column:
    import pyarrow as pa

    types = {
        "timestamp": pa.timestamp("us"),
        "timestamp_utc": pa.timestamp("us", "UTC"),
        "time64": pa.time64("us"),
        "duration": pa.duration("us"),
    }
    known = _POSTGRESQL.get(number)
    if known is not None:
        return Column(name, types.get(known) or getattr(pa, known)())
    if number != _NUMERIC:
        return Column(name, pa.string(), _to_text)
    if precision is None or precision > 76 or not 0 <= (scale or 0) <= precision:
        return Column(name, pa.float64(), float)
    return Column(name, (pa.decimal128 if precision <= 38 else pa.decimal256)(precision, scale or 0))


def _is_long(value: Any) -> bool:
    return type(value) is int and not -_EXACT <= value <= _EXACT and float(value) != value


def _sqlite(name: str, kinds: set[type]) -> Column:
    import pyarrow as pa

    if kinds - {_Long} == {int}:
        return Column(name, pa.int64())
    if kinds and kinds <= {int, float}:
        return Column(name, pa.float64(), float)
    if kinds == {bytes}:
        return Column(name, pa.binary())
    if bytes in kinds:
        listed = ", ".join(sorted(kind.__name__ for kind in kinds - {_Long}))
        raise InputError(
            f"a column must hold one kind of value to be read; '{name}' holds {listed}",
            hint='Mount a query that casts it: --query "SELECT CAST(x AS TEXT) AS x FROM t".',
        )
    return Column(name, pa.string(), str if kinds - {str} else None) if kinds else Column(name, pa.null())


def _array(column: Column, values: Sequence[Any], name: str) -> pa.Array:
    import pyarrow as pa

    write = column.write
    try:
        if write is not None:
            values = [None if value is None else write(value) for value in values]
        return pa.array(values, column.type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"{name}: column '{column.name}' must hold {column.type}; {error}",
            hint="Mount a query that casts it, or wait until nothing writes to the table.",
        ) from error


def _refuse_names(names: Sequence[str], name: str) -> None:
    if not names:
        raise InputError(f"{name}: must have columns; it has none")
    if twice := sorted({one for one in names if names.count(one) > 1}):
        raise InputError(
            f"{name}: column names must differ; '{twice[0]}' comes twice", hint="Name the columns in the query: x AS y."
        )


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | bool | int | float):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return str(value)
