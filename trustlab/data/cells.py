"""One column of two tables in a form in which equal cells are equal numbers, whatever type each side keeps them in."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Form = Literal["number", "time", "code"]

_EXACT = 2**53
# A text that a number would be written as. "007" is none: a leading zero that got lost is a change.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
_WORDS = {"True": True, "False": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The cells of one column before and after.

    A missing cell equals a missing cell, ``-0.0`` equals ``0.0``, 1 equals 1.0 and True, a category equals its text,
    and a text equals the number, date or truth value that is written so. Times with a zone are taken to UTC; without
    one they are read as UTC.

    Parameters
    ----------
    form : {'number', 'time', 'code'}
        Numbers as they are, times as counts of ``unit`` since 1970, and anything else as codes into ``labels``.
    before, after : numpy.ndarray
        Of one type; 0 where the cell is missing.
    gone_before, gone_after : numpy.ndarray of bool
        Where the cell is missing.
    labels : numpy.ndarray of object
        The values that codes stand for.
    unit : str
        Of times: s, ms, us or ns.
    """

    form: Form
    before: np.ndarray
    after: np.ndarray
    gone_before: np.ndarray
    gone_after: np.ndarray
    labels: np.ndarray | None = None
    unit: str = ""

    def differ(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return whether the cells of each pair of rows differ."""
        unlike: np.ndarray = self.before[before] != self.after[after]
        unlike |= self.gone_before[before] != self.gone_after[after]
        return unlike

    def codes(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Return a whole number for each cell, equal where the cells are, and how many numbers there are."""
        import numpy as np
        import pandas as pd

        if self.labels is not None:
            joint, size = np.concatenate([self.before, self.after]), len(self.labels)
        else:
            joint, values = pd.factorize(np.concatenate([self.before, self.after]))
            size = len(values)
        codes = np.where(np.concatenate([self.gone_before, self.gone_after]), 0, joint + 1)
        return codes[: len(self.before)], codes[len(self.before) :], size + 1


def cells(before: pd.Series[Any], after: pd.Series[Any]) -> Cells:
    """Return a column of two tables as comparable cells."""
    import pandas as pd

    kinds = [_kind(before), _kind(after)]
    found = None
    if kinds == ["number", "number"]:
        found = _numbers(before, after)
    elif kinds == ["time", "time"]:
        found = _times(before, after)
    elif isinstance(before.dtype, pd.StringDtype) and before.dtype == after.dtype:
        return _coded(*_split(pd.concat([before, after], ignore_index=True), len(before)))
    return found or _mixed(before, after, kinds)


def _kind(values: pd.Series[Any]) -> str:
    import pandas as pd

    types = pd.api.types
    if types.is_bool_dtype(values.dtype) and not isinstance(values.dtype, pd.CategoricalDtype):
        return "number"
    if types.is_numeric_dtype(values.dtype) and not types.is_complex_dtype(values.dtype):
        return "number"
    if types.is_datetime64_any_dtype(values.dtype):
        return "time"
    if isinstance(values.dtype, pd.StringDtype):
        return "text"
    held = values.dtype.categories if isinstance(values.dtype, pd.CategoricalDtype) else values
    return "text" if types.infer_dtype(held, skipna=True) == "string" else "other"


def _numbers(before: pd.Series[Any], after: pd.Series[Any]) -> Cells | None:
    """Return numbers in one type that holds all of them exactly; None where there is none."""
    import numpy as np
    import pandas as pd

    types = pd.api.types
    gone = [side.isna().to_numpy(dtype=bool) for side in (before, after)]
    whole = [types.is_integer_dtype(side.dtype) or types.is_bool_dtype(side.dtype) for side in (before, after)]
    target: type[np.number[Any]] = np.int64 if all(whole) else np.float64
    arrays = []
    for side, missing, is_whole in zip((before, after), gone, whole, strict=True):
        array = side.fillna(0).to_numpy() if missing.any() else side.to_numpy()
        if is_whole and len(array) and target is np.int64 and array.max() > np.iinfo(np.int64).max:
            return None
        if is_whole and len(array) and target is np.float64 and (array.max() > _EXACT or array.min() < -_EXACT):
            return None
        if array.dtype == np.longdouble or array.dtype.kind not in "iufb":
            return None
        arrays.append(array.astype(target, copy=False))
    for at, array in enumerate(arrays if target is np.float64 else ()):
        # A type with a missing value of its own may hold NaN beside it.
        gone[at] = gone[at] | np.isnan(array)
        arrays[at] = np.where(gone[at], 0.0, array) if gone[at].any() else array
    return Cells(form="number", before=arrays[0], after=arrays[1], gone_before=gone[0], gone_after=gone[1])


def _times(before: pd.Series[Any], after: pd.Series[Any]) -> Cells | None:
    import numpy as np
    import pandas as pd

    sides = [side.dt.tz_convert("UTC").dt.tz_localize(None) if side.dt.tz else side for side in (before, after)]
    try:
        joint = pd.concat([side.astype(side.to_numpy().dtype) for side in sides], ignore_index=True).to_numpy()
    except (pd.errors.OutOfBoundsDatetime, OverflowError):
        return None
    if joint.dtype.kind != "M":
        return None
    gone = np.isnat(joint)
    counts, cut = np.where(gone, 0, joint.view(np.int64)), len(before)
    return Cells(
        form="time",
        before=counts[:cut],
        after=counts[cut:],
        gone_before=gone[:cut],
        gone_after=gone[cut:],
        unit=np.datetime_data(joint.dtype)[0],
    )


def _split(joint: pd.Series[Any], cut: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    import numpy as np
    import pandas as pd

    codes, labels = pd.factorize(joint)
    return codes[:cut], codes[cut:], np.asarray(labels, dtype=object)


def _coded(before: np.ndarray, after: np.ndarray, labels: np.ndarray) -> Cells:
    gone = before < 0, after < 0
    return Cells(
        form="code",
        before=before.clip(0),
        after=after.clip(0),
        gone_before=gone[0],
        gone_after=gone[1],
        labels=labels,
    )


def _mixed(before: pd.Series[Any], after: pd.Series[Any], kinds: list[str]) -> Cells:
    """Return codes over the values of both sides as Python objects, each different value looked at once."""
    import numpy as np
    import pandas as pd

    codes, values = [], []
    for side, way in ((before, (kinds[0], kinds[1])), (after, (kinds[1], kinds[0]))):
        own, held = _side(side)
        read = _readers().get(way)
        values.append([read(value) for value in held] if read else held)
        codes.append(own)
    joint = np.empty(len(values[0]) + len(values[1]), dtype=object)
    joint[:] = [*values[0], *values[1]]
    # Two texts may read as one number, so also one side's values are coded anew.
    found, labels = pd.factorize(joint)
    found = np.append(found, -1)
    first = found[np.where(codes[0] < 0, -1, codes[0])]
    second = found[np.where(codes[1] < 0, -1, codes[1] + len(values[0]))]
    return _coded(first, second, np.asarray(labels, dtype=object))


def _side(values: pd.Series[Any]) -> tuple[np.ndarray, list[Any]]:
    import numpy as np
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy(dtype=np.int64), values.cat.categories.astype(object).tolist()
    is_object = values.dtype == object
    try:
        codes, held = pd.factorize(values.to_numpy() if is_object else values)
    except TypeError:
        gone = values.isna()
        frozen = np.empty(len(values), dtype=object)
        frozen[:] = [None if missing else _frozen(value) for value, missing in zip(values, gone, strict=True)]
        codes, held = pd.factorize(frozen)
        is_object = False
    return codes, [_frozen(value) if is_object else value for value in held.astype(object)]


def _frozen(value: Any) -> Any:
    """Return a value that can be hashed and is equal where the given ones are, NaN inside included."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return ("list", *map(_frozen, value))
    if isinstance(value, dict):
        return ("dict", frozenset((_frozen(key), _frozen(item)) for key, item in value.items()))
    if isinstance(value, set | frozenset):
        return ("set", frozenset(map(_frozen, value)))
    if isinstance(value, float) and math.isnan(value):
        return ("missing",)
    try:
        hash(value)
    except TypeError:
        return (type(value).__name__, repr(value))
    return value


def _readers() -> dict[tuple[str, str], Any]:
    """Return how a side's values are read, by its kind and the other side's."""
    return {
        ("text", "number"): _as_number,
        ("text", "time"): _as_time,
        ("time", "time"): _utc,
        ("time", "text"): _utc,
    }


def _as_number(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("-").isdigit() and len(text) < 400 else float(text)


def _as_time(text: str) -> Any:
    import pandas as pd

    if not _TIME.fullmatch(text):
        return text
    try:
        return _utc(pd.Timestamp(text))
    except ValueError:
        return text


def _utc(moment: Any) -> Any:
    return moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment
