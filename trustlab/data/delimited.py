"""CSV and TSV bytes to a frame: the encoding, the separator and the shape are looked at before pandas guesses."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

SEPARATORS = (",", ";", "\t", "|")

# "None" is not among them (pandas counts it): as the name of a category it is too common to be dropped unasked.
MISSING_WORDS = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL")

_Quoting = Literal[0, 3]  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE
_SNIFFED_ROWS = 100
_EXACT = 2**53  # floating point holds every whole number up to here
# A field of digits that begins with 0, or one of more than 15: only then is a table read twice.
_LOSES_DIGITS = re.compile(r"(?:^|[,;\t|\"])0\d+(?=[,;\t|\"\r\n]|\Z)|\d{16}", re.MULTILINE)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UNIQUE = "Give each column its own name in the first line; if the file has no such line, put one there."


def parse_delimited(
    data: bytes, *, name: str, separator: str | None = None, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    r"""Return the table that delimited text holds.

    Quotes follow RFC 4180, except in tab-separated text whose lines are all even only when quotes are characters like
    any other (raw text columns). Nothing is stripped: ``a, b`` names the columns ``a`` and `` b``. A leading byte order
    mark is no content, a blank line is no row, and an empty field or one of ``MISSING_WORDS`` is a missing value. A
    column of whole numbers stays text where numbers would lose digits: ``02139``, or beyond 2^53 beside a gap.

    Parameters
    ----------
    data : bytes
        UTF-8 text whose first line names the columns, unless ``columns`` does.
    name : str
        What to call the table in messages.
    separator : str or None
        One of ``SEPARATORS``; found from the first 100 rows where None.
    columns : sequence of str or None
        The columns' names where the text has no line that names them.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        The text is not UTF-8, names a column twice, has no rows, or its rows are not all as long as the header.

    References
    ----------
    RFC 4180, Common Format and MIME Type for Comma-Separated Values Files, 2005.
    """
    import pandas as pd

    text = decode_utf8(data, name=name)
    mark = separator or sniff_separator(text)
    quoting = _quoting(text, mark)
    header = _check_shape(_reader(text, mark, quoting), columns, name=name)
    options: dict[str, Any] = {
        "sep": mark,
        "header": 0 if columns is None else None,
        "names": header,
        "index_col": False,
        "keep_default_na": False,
        "na_values": list(MISSING_WORDS),
        "quoting": quoting,
        "low_memory": False,
    }
    try:
        return _with_all_digits(pd.read_csv(io.StringIO(text, newline=""), **options), text, options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"{name}: must be a table of delimited text; {str(error).strip()}",
            "Look for a quote that is not closed.",
        ) from error


def _with_all_digits(frame: pd.DataFrame, text: str, options: Mapping[str, Any]) -> pd.DataFrame:
    """Return the table with columns as text whose whole numbers would lose digits as numbers.

    That is zeros before them (``02139``; not ``01`` to ``99``, which are months and hours) and, where a gap makes a
    column floating point, digits beyond 2^53.
    """
    import pandas as pd

    if not _LOSES_DIGITS.search(text):
        return frame
    numeric = [name for name in frame.columns if frame[name].dtype.kind in "iuf"]
    if not numeric:
        return frame
    written = pd.read_csv(io.StringIO(text, newline=""), **{**options, "usecols": numeric, "dtype": str})
    for name in numeric:
        known = written[name].dropna()
        if not len(known) or not known.str.fullmatch(r"[+-]?\d+").all():
            continue
        padded = bool(known.str.fullmatch(r"0\d+").any()) and int(known.str.len().max()) > 2
        if padded or (frame[name].dtype.kind == "f" and float(frame[name].abs().max()) > _EXACT):
            frame[name] = written[name]
    return frame


def decode_utf8(data: bytes, *, name: str) -> str:
    """Return ``data`` as text, without a byte order mark; InputError where it is not UTF-8."""
    if data.startswith(_UTF16_MARKS):
        raise _not_utf8(name, 0, data[0], "UTF-16")
    if b"\x00" in data:
        at = data.index(b"\x00")
        raise InputError(
            f"{name}: must be text; byte {at:,} is NUL, so this is a binary file",
            "Check that the file is the table you meant, and that its suffix says what it is.",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(name, error.start, data[error.start], _likely_encoding(data)) from None


def _not_utf8(name: str, at: int, byte: int, encoding: str) -> InputError:
    return InputError(
        f"{name}: must be UTF-8 text; byte {at:,} is 0x{byte:02x}, so it is probably {encoding}",
        f"Convert it: iconv -f {encoding} -t UTF-8 OLD > NEW, or in Python "
        f"pandas.read_csv(OLD, encoding='{encoding.lower()}').to_csv(NEW, index=False).",
    )


def _likely_encoding(data: bytes) -> str:
    # Windows-1252 prints dashes, curly quotes and the euro at 0x80 to 0x9f, where ISO-8859-1 has control codes.
    if any(0x80 <= byte <= 0x9F for byte in data):
        try:
            data.decode("cp1252")
        except UnicodeDecodeError:
            return "ISO-8859-1"
        return "WINDOWS-1252"
    return "ISO-8859-1"


def sniff_separator(text: str) -> str:
    """Return the separator that cuts the first rows most evenly; a comma where none cuts the header."""
    best, best_score = ",", (0.0, 0)
    for mark in SEPARATORS:
        try:
            rows = [row for row in islice(_reader(text, mark), _SNIFFED_ROWS) if row]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        even = sum(len(row) == len(rows[0]) for row in rows[1:]) / max(len(rows) - 1, 1)
        if (even, len(rows[0])) > best_score:
            best, best_score = mark, (even, len(rows[0]))
    return best


def _reader(text: str, mark: str, quoting: _Quoting = csv.QUOTE_MINIMAL) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=mark, quoting=quoting)


def _quoting(text: str, mark: str) -> _Quoting:
    """Return QUOTE_NONE where a quote in tab-separated text would swallow line ends of an otherwise even table."""
    if mark != "\t" or '"' not in text:
        return csv.QUOTE_MINIMAL
    widths = {len(row) for row in _reader(text, mark, csv.QUOTE_NONE) if row}
    if len(widths) != 1 or widths == {1}:
        return csv.QUOTE_MINIMAL
    try:
        swallows = any("\n" in field for row in _reader(text, mark) for field in row)
    except csv.Error:
        swallows = True
    return csv.QUOTE_NONE if swallows else csv.QUOTE_MINIMAL


def _check_shape(reader: Any, columns: Sequence[str] | None, *, name: str) -> list[str]:
    """Return the header as written or given, after every row proved to be as long as it is."""
    header: list[str] | None = None if columns is None else [str(column) for column in columns]
    rows = ragged = 0
    first: tuple[int, int] | None = None
    line = 1
    try:
        for row in reader:
            start, line = line, reader.line_num + 1
            if not row:
                continue
            if header is None:
                header = row
                continue
            rows += 1
            if len(row) != len(header):
                ragged += 1
                first = first or (start, len(row))
    except csv.Error as error:
        raise InputError(
            f"{name}: line {reader.line_num:,} cannot be read ({error})",
            "Look for a quote that is not closed; a table with such long fields is better kept as Parquet.",
        ) from error
    if header is None:
        raise InputError(f"{name}: must hold a table; the file holds no characters but blanks")
    refuse_duplicates(header, name=name)
    if first is not None:
        more = f" ({ragged - 1:,} more such lines)" if ragged > 1 else ""
        raise InputError(
            f"{name}: every row must have {len(header)} fields like the header; line {first[0]:,} has {first[1]}{more}",
            "Mend that line, or quote the fields that hold the separator.",
        )
    if rows == 0:
        raise InputError(f"{name}: must have rows; got a header of {len(header)} columns and 0 rows")
    return header


def refuse_duplicates(names: Sequence[str], *, name: str) -> None:
    """Raise InputError where a column name occurs twice; pandas would rename the second without a word."""
    twice = [column for column, count in Counter(names).items() if count > 1]
    if twice:
        shown = ", ".join(repr(column) for column in twice[:10]) + (", …" if len(twice) > 10 else "")
        raise InputError(f"{name}: column names must be unique; {shown} occur more than once", _UNIQUE)
