"""Tables in and out: files to frames with every trap named, frames to Parquet that deduplicates, and fingerprints."""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from trustlab.core.errors import InputError, NotFoundError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FORMATS: dict[str, tuple[str, ...]] = {
    "csv": (".csv", ".txt", ".data"),
    "tsv": (".tsv", ".tab"),
    "parquet": (".parquet", ".pq"),
    "feather": (".feather", ".arrow", ".ipc"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
}

_SUFFIXES = {suffix: layout for layout, suffixes in FORMATS.items() for suffix in suffixes}

# The first bytes by which a file says what it is, whatever its name.
_MAGIC = {
    b"PAR1": ("a Parquet file", "parquet"),
    b"ARROW1": ("an Arrow file", "feather"),
    b"FEA1": ("a Feather file of version 1", None),
    b"PK\x03\x04": ("a zip archive or an Excel workbook", None),
    b"\x1f\x8b": ("gzip-compressed", None),
    b"\x28\xb5\x2f\xfd": ("zstandard-compressed", None),
    b"%PDF": ("a PDF document", None),
    b"\x89PNG": ("a PNG picture", None),
    b"\xff\xd8\xff": ("a JPEG picture", None),
    b"SQLite format 3": ("an SQLite database", None),
    b"\x80\x04\x95": ("a Python pickle", None),
}


def read_frame(
    source: Path | BinaryIO, *, name: str, format: str | None = None, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read one table from a file or an open stream.

    Parameters
    ----------
    source : pathlib.Path or binary file
        Where the bytes are.
    name : str
        What to call the table in messages; its suffix tells the format where ``source`` is a stream.
    format : {'csv', 'tsv', 'parquet', 'feather', 'jsonl'}, a suffix such as '.pq', or None
        How the bytes are laid out; by the source's suffix where None. A CSV's separator (comma, semicolon, tab or
        bar) is found by looking.
    columns : sequence of str or None
        The columns' names for a CSV or TSV that has no line that names them.

    Returns
    -------
    pandas.DataFrame
        At least one row and one column; column names are unique text, otherwise exactly as written. Decimal
        columns come as floating point.

    Raises
    ------
    NotFoundError
        No such file.
    InputError
        The file is empty, is no such table, or its table cannot be used; the message says where and the hint what
        to do.
    UsageError
        ``format`` is not one of the five, or ``columns`` comes with a file that names its own.
    """
    # Here: whoever only asks which files are tables does not wait for the parsers.
    from trustlab.data.delimited import parse_delimited
    from trustlab.data.jsonlines import parse_json_lines

    if isinstance(source, Path):
        _refuse_no_file(source, name)
    layout = _format_of(source, name, format)
    if columns is not None and layout not in {"csv", "tsv"}:
        raise UsageError(f"columns must be left out for {layout}, which names its own; got {len(columns)} names")
    data = _read_bytes(source, name)
    if not data.strip():
        raise InputError(f"{name}: must hold a table; the file is empty")
    _refuse_other_kind(data, layout, name)
    if layout == "csv":
        frame = parse_delimited(data, name=name, columns=columns)
    elif layout == "tsv":
        frame = parse_delimited(data, name=name, separator="\t", columns=columns)
    elif layout == "jsonl":
        frame = parse_json_lines(data, name=name)
    else:
        frame = _parse_arrow(data, layout, name)
    return check_frame(frame, name=name)


def check_frame(frame: pd.DataFrame, *, name: str) -> pd.DataFrame:
    """Return ``frame`` with text for column names, or say why it cannot be used.

    Meant for frames that come from a notebook; the values are shared with the input, which stays as it is.

    Raises
    ------
    InputError
        No rows, no columns, or a column name that occurs twice (also ``1`` beside ``'1'``).
    """
    from trustlab.data.delimited import refuse_duplicates

    names = [str(column) for column in frame.columns]
    refuse_duplicates(names, name=name)
    if not names:
        raise InputError(f"{name}: must have columns; got 0")
    if len(frame) == 0:
        raise InputError(f"{name}: must have rows; got {len(names)} columns and 0 rows")
    checked = frame.copy(deep=False)
    checked.columns = names
    return checked


def _format_of(source: Path | BinaryIO, name: str, format: str | None) -> str:
    if format is not None and format.lower() in _SUFFIXES:
        return _SUFFIXES[format.lower()]
    if format is not None:
        if format not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"format must be one of {known}; got '{format}'.{did_you_mean(format, FORMATS)}")
        return format
    suffix = source.suffix if isinstance(source, Path) else PurePosixPath(name).suffix
    if suffix.lower() in _SUFFIXES:
        return _SUFFIXES[suffix.lower()]
    known = " ".join(_SUFFIXES)
    came = f"'{suffix}'" if suffix else "no suffix"
    raise InputError(
        f"{name}: the suffix must be one of {known}; got {came}",
        "Rename the file after what it holds, or convert it with pandas: frame.to_parquet('table.parquet').",
    )


def _read_bytes(source: Path | BinaryIO, name: str) -> bytes:
    if not isinstance(source, Path):
        return source.read()
    try:
        return source.read_bytes()
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from error


def _refuse_no_file(source: Path, name: str) -> None:
    if source.is_dir():
        raise InputError(f"{name}: must be a file; got a folder", "Name one table inside it.")
    if not source.exists():
        raise NotFoundError(f"{name}: no such file", "Check the path; it is taken from the current folder.")


def _refuse_other_kind(data: bytes, layout: str, name: str) -> None:
    for magic, (words, really) in _MAGIC.items():
        if data.startswith(magic) and really != layout:
            hint = f"Rename it to end in {FORMATS[really][0]}." if really else "Unpack or export it as CSV or Parquet."
            raise InputError(f"{name}: must be {layout.upper()}; its first bytes say that it is {words}", hint)


def _parse_arrow(data: bytes, layout: str, name: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.parquet

    from trustlab.data.delimited import refuse_duplicates

    try:
        if layout == "parquet":
            # Not read_table: its dataset reader refuses repeated names in words of its own.
            table = pyarrow.parquet.ParquetFile(pa.BufferReader(data)).read()
        else:
            table = pyarrow.feather.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        words = str(error).strip().splitlines()[0]
        raise InputError(
            f"{name}: must be a {layout.capitalize()} file; {words}",
            "The file may be cut short: write or copy it again.",
        ) from error
    refuse_duplicates(table.column_names, name=name)
    for at, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(pa.float64()))
    try:
        frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    except pa.ArrowException as error:
        words = str(error).strip().splitlines()[0]
        raise InputError(f"{name}: must hold values that pandas can hold; {words}", "Read it with pyarrow.") from error
    return frame


def frame_to_parquet(frame: pd.DataFrame) -> bytes:
    """Return ``frame`` as a Parquet file whose pages are cut by content, so that an edit changes few bytes.

    Equal frames give equal bytes under one version of pyarrow. A row index other than 0, 1, 2 … is kept.

    Parameters
    ----------
    frame : pandas.DataFrame
        Column names as text; each column of one type.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        A column mixes types that no Parquet column can hold together.
    """
    import pyarrow as pa
    import pyarrow.parquet

    try:
        # One chunk a column: how a frame was put together must not show in its bytes.
        table = pa.Table.from_pandas(frame).combine_chunks()
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        words = "; ".join(str(part) for part in error.args[::-1])
        raise InputError(
            f"the frame must hold one type a column to be stored; {words}",
            "Make the column one type, for example frame['x'] = frame['x'].astype(str).",
        ) from error
    sink = io.BytesIO()
    # Uncompressed, and dictionaries for text only: the store compresses, and finds in plain values what an edit left.
    text = [field.name for field in table.schema if _is_text(field.type)]
    pyarrow.parquet.write_table(table, sink, compression="none", use_dictionary=text, use_content_defined_chunking=True)
    return sink.getvalue()


def _is_text(kind: Any) -> bool:
    import pyarrow.types as kinds

    return bool(
        kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_dictionary(kind) or kinds.is_string_view(kind)
    )


def frame_digest(frame: pd.DataFrame) -> str:
    """Return the fingerprint of a frame's content: column names, types, values and their order.

    How the values lie in memory does not count: blocks, chunks, categories against plain text, NaN against None,
    ``-0.0`` against ``0.0``. The index counts unless it is 0, 1, 2 … without a name.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any frame.

    Returns
    -------
    str
        64 hexadecimal digits, BLAKE3.

    References
    ----------
    O'Connor, Aumasson, Neves and Wilcox-O'Hearn: BLAKE3, one function, fast everywhere, 2020.
    """
    from blake3 import blake3

    hasher = blake3(f"frame {len(frame)} {frame.shape[1]}\n".encode())
    if not has_default_index(frame):
        levels = frame.index.to_frame(index=False)
        for at in range(levels.shape[1]):
            _hash_column(hasher, f"index {frame.index.names[at]}", levels.iloc[:, at])
    for at, column in enumerate(frame.columns):
        _hash_column(hasher, str(column), frame.iloc[:, at])
    return str(hasher.hexdigest())


def has_default_index(frame: pd.DataFrame) -> bool:
    """Tell whether the rows are only counted: 0, 1, 2 … without a name."""
    import pandas as pd

    index = frame.index
    whole = not isinstance(index, pd.MultiIndex) and pd.api.types.is_integer_dtype(index.dtype)
    return whole and index.name is None and index.equals(pd.RangeIndex(len(frame)))


def _hash_column(hasher: Any, name: str, column: pd.Series[Any]) -> None:
    tag, parts = _canonical(column)
    head = f"{len(name)} {name} {tag}\n".encode("utf-8", "surrogatepass")
    for part in (head, *parts):
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)


def _canonical(column: pd.Series[Any]) -> tuple[str, list[bytes]]:
    """Return the column's type in a word and its values as bytes that no memory layout changes."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.types as kinds

    array = _arrow(column)
    if kinds.is_dictionary(array.type):
        array = array.dictionary_decode()
    valid = np.packbits(np.asarray(array.is_valid())).tobytes()
    tag = str(array.type)
    if kinds.is_floating(array.type):
        return tag, [valid, (np.asarray(array.fill_null(0.0)) + 0.0).tobytes()]
    if kinds.is_boolean(array.type):
        return tag, [valid, np.asarray(array.fill_null(False)).tobytes()]  # noqa: FBT003 - the value to fill with
    if kinds.is_timestamp(array.type) or kinds.is_duration(array.type):
        array = array.cast(pa.int64())
    if kinds.is_integer(array.type):
        return tag, [valid, np.asarray(array.fill_null(0)).tobytes()]
    if kinds.is_string(array.type) or kinds.is_large_string(array.type) or kinds.is_string_view(array.type):
        tag = "text"
    texts = [str(value).encode("utf-8", "surrogatepass") for value in array.to_pylist()]
    return tag, [valid, np.array([len(text) for text in texts], dtype="<i8").tobytes(), b"".join(texts)]


def _arrow(column: pd.Series[Any]) -> Any:
    import pyarrow as pa

    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        # Mixed objects: Arrow has no type for them, so each value is named by its type and its text.
        missing = column.isna().tolist()
        named = [
            None if gone else f"{type(value).__name__} {value!r}" for value, gone in zip(column, missing, strict=True)
        ]
        array = pa.array(named, type=pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
