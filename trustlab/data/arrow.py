"""Arrow tables and streams to Parquet, batch by batch: types as they are, pages cut by content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from trustlab.core.errors import InputError
from trustlab.data.delimited import refuse_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

# Rows of a row group: how many batches a stream comes in must not show in the file.
GROUP_ROWS = 1 << 18

_ADVICE = "Cast the column to a type that Parquet has, then commit again."


def is_arrow(value: Any) -> bool:
    """Return whether ``value`` is a table or a stream of polars, pyarrow or their like; pandas is not among them."""
    if _root(value) in {"pandas", "numpy"}:
        return False
    return hasattr(value, "__arrow_c_stream__") or is_lazy(value) or _is_dataset(value)


def is_lazy(value: Any) -> bool:
    """Return whether ``value`` is a polars query that has not run."""
    return _root(value) == "polars" and hasattr(value, "collect_batches")


def _is_dataset(value: Any) -> bool:
    return _root(value) == "pyarrow" and hasattr(value, "scanner")


def _root(value: Any) -> str:
    names = [cls.__module__.partition(".")[0] for cls in type(value).__mro__]
    return next((name for name in names if name in {"pandas", "numpy", "polars", "pyarrow"}), names[0])


def write_parquet(value: Any, sink: BinaryIO, *, name: str) -> int:
    """Write a table or stream as Parquet, and return its number of rows.

    Equal tables give equal bytes under one version of pyarrow, whole or in batches of any size. At most one row group
    is in memory.

    Parameters
    ----------
    value : object
        What `is_arrow` is true of; a stream is used up.
    name : str
        What to call it in messages.

    Raises
    ------
    InputError
        It has no rows or columns, a column name twice, or a type that Parquet lacks; or the query fails.
    """
    import pyarrow as pa

    try:
        reader = _reader(value, name)
        refuse_duplicates(reader.schema.names, name=name)
        rows = _write(reader, sink)
    except (pa.ArrowException, *_polars_errors(value)) as error:
        words = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"{name}: must be a table that Parquet can hold; {words}", _ADVICE) from error
    if rows == 0 or not reader.schema.names:
        raise InputError(f"{name}: must have at least one row and one column; got ({rows}, {len(reader.schema)})")
    return rows


def _polars_errors(value: Any) -> tuple[type[Exception], ...]:
    if _root(value) != "polars":
        return ()
    from polars.exceptions import PolarsError

    return (PolarsError,)


def _reader(value: Any, name: str) -> pa.RecordBatchReader:
    import pyarrow as pa

    if _root(value) == "polars":
        return _polars_reader(value, name)
    if _is_dataset(value):
        return value.scanner().to_reader()
    if isinstance(value, pa.Table):
        return value.to_reader()
    return pa.RecordBatchReader.from_stream(value)


def _polars_reader(value: Any, name: str) -> pa.RecordBatchReader:
    import pyarrow as pa

    frame = value.to_frame() if hasattr(value, "to_frame") else value
    schema = frame.collect_schema()
    objects = [column for column, kind in schema.items() if str(kind) == "Object"]
    if objects:
        # Arrow would be given the objects' addresses in memory.
        raise InputError(
            f"{name}: must have columns of data; {', '.join(map(repr, objects))} holds Python objects", _ADVICE
        )
    empty = schema.to_frame().to_arrow().schema

    def batches() -> Iterator[pa.RecordBatch]:
        for part in frame.collect_batches() if is_lazy(frame) else (frame,):
            yield from part.to_arrow().cast(empty).to_batches()

    return pa.RecordBatchReader.from_batches(empty, batches())


def _write(reader: pa.RecordBatchReader, sink: BinaryIO) -> int:
    import pyarrow.parquet

    rows = 0
    with pyarrow.parquet.ParquetWriter(
        sink, reader.schema, compression="zstd", use_content_defined_chunking=True
    ) as writer:
        for table in _groups(reader):
            writer.write_table(table, row_group_size=GROUP_ROWS)
            rows += table.num_rows
    return rows


def _groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    for batch in reader:
        rest = batch
        while rest.num_rows:
            room = GROUP_ROWS - sum(part.num_rows for part in waiting)
            waiting.append(rest.slice(0, room))
            rest = rest.slice(room)
            if room == waiting[-1].num_rows:
                yield _whole(waiting, reader.schema)
                waiting = []
    if waiting:
        yield _whole(waiting, reader.schema)


def _whole(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    table = pa.Table.from_batches(batches, schema)
    if any(pa.types.is_dictionary(field.type) for field in schema):
        table = table.unify_dictionaries()
    return table.combine_chunks()
