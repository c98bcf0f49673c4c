"""JSON lines to a frame: one object a line, its keys the columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError
from trustlab.data.delimited import decode_utf8

if TYPE_CHECKING:
    import pandas as pd


class _RepeatedKeyError(ValueError):
    """One object names a key twice."""


def parse_json_lines(data: bytes, *, name: str) -> pd.DataFrame:
    """Return the table that JSON lines hold.

    Parameters
    ----------
    data : bytes
        UTF-8 text, one JSON object a line; blank lines are no rows. A key that a line lacks is missing there.
    name : str
        What to call the table in messages.

    Returns
    -------
    pandas.DataFrame
        Columns in the order in which the keys first appear.

    Raises
    ------
    InputError
        A line is no JSON object, names a key twice, or holds a list or an object as a value.
    """
    import pandas as pd

    text = decode_utf8(data, name=name)
    # Only the newline ends a line: str.splitlines would also cut at separators that JSON strings may hold.
    lines = enumerate(text.split("\n"), start=1)
    records = [_record(line, number, name=name) for number, line in lines if line.strip()]
    if not records:
        raise InputError(f"{name}: must have rows; got 0 lines of JSON")
    columns = dict.fromkeys(key for record in records for key in record)
    if not columns:
        raise InputError(f"{name}: must have columns; every object is empty")
    return pd.DataFrame(records, columns=list(columns))


def _record(line: str, number: int, *, name: str) -> dict[str, Any]:
    try:
        record = json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{name}: line {number:,} must be one JSON object; {error}",
            "Write one object a line; from an indented file: jq -c '.[]' OLD > NEW.",
        ) from error
    if not isinstance(record, dict):
        raise InputError(
            f"{name}: line {number:,} must be one JSON object; got {_word(record)}",
            "Write one object a line; from one long array: jq -c '.[]' OLD > NEW.",
        )
    for key, value in record.items():
        if isinstance(value, list | dict):
            raise InputError(
                f"{name}: line {number:,}: '{key}' must hold text, a number, true, false or null; got {_word(value)}",
                "Flatten it into columns of its own.",
            )
    return record


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise _RepeatedKeyError(f"'{twice}' occurs twice")
    return record


def _word(value: object) -> str:
    words = {list: "a list", dict: "an object", str: "text", bool: "true or false", type(None): "null"}
    return words.get(type(value), "a number")
