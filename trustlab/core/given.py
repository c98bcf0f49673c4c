"""What a caller asked for, as JSON data that can be written down: enough to ask again, and no secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from trustlab.core.redaction import STARS, is_secret, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.parameters import Parameter

MAX_ITEMS = 50
MAX_TEXT = 2000
_OBJECT = "python object"


def given(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that differ from the defaults, by name.

    Parameters
    ----------
    parameters : sequence of Parameter
        Of the operation.
    values : mapping
        What `bind` returned.

    Returns
    -------
    dict
        JSON data. An object of the caller's process is its type's name under a key that `is_object` knows again.
    """
    known = {parameter.name: parameter.default for parameter in parameters}
    return {name: _plain(value) for name, value in values.items() if not _is_default(value, known.get(name))}


def is_object(value: Any) -> bool:
    """Return whether a value that `given` wrote stands for an object of the caller's process."""
    return isinstance(value, dict) and set(value) == {_OBJECT}


def _is_default(value: Any, default: Any) -> bool:
    # Only plain values can be compared: a frame's == is a frame.
    if value is None or default is None:
        return value is default
    plain = isinstance(value, str | int | float | bool | list | tuple | dict)
    return plain and type(value) is type(default) and bool(value == default)


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return shown(value) if len(value) <= MAX_TEXT else _object(value)
    if isinstance(value, dict) and len(value) <= MAX_ITEMS:
        items = {str(key): STARS if is_secret(str(key)) else _plain(item) for key, item in value.items()}
        return _object(value) if any(map(is_object, items.values())) else items
    if isinstance(value, list | tuple) and len(value) <= MAX_ITEMS:
        parts = [_plain(item) for item in value]
        return _object(value) if any(map(is_object, parts)) else parts
    # An object may know the name that it was asked for by, as data do that were loaded once for many.
    asked = getattr(value, "asked_as", None)
    return shown(asked) if isinstance(asked, str) else _object(value)


def _object(value: Any) -> dict[str, str]:
    return {_OBJECT: f"{type(value).__module__}.{type(value).__qualname__}"}
