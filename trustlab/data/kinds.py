"""What a column's values are, value by value: numbers, texts, dates; whole columns at a time."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Kind = Literal["integer", "number", "text", "boolean", "datetime", "category"]
Bound = int | float | str

_ISO_TIME = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"


def canonical_text(value: Any) -> str:
    """Return a value as the text that stands for it, whatever type a file gave it: 1, 1.0 and '1' are one."""
    if isinstance(value, str):
        return value
    if _is_real(value):
        # Infinite, or not a whole number: the type's own shortest text.
        return str(int(value)) if value % 1 == 0 else str(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _is_real(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, numbers.Real)


def mask_of(marks: Any) -> NDArray[np.bool_]:
    """Return a column of true, false and missing as an array; missing is false."""
    found: NDArray[np.bool_] = marks.to_numpy(dtype=bool, na_value=False)
    return found


def present_in(values: pd.Series[Any]) -> NDArray[np.bool_]:
    """Return where a value is there."""
    return mask_of(values.notna())


def plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return the column without what pandas wraps around its values: categories become the values that they name."""
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        inner = values.dtype.categories.dtype
        return values.astype(object if inner.kind in "biuf" else inner)
    if isinstance(values.dtype, pd.SparseDtype):
        return pd.Series(values.array.to_dense(), index=values.index)
    return values


def codes_of(values: pd.Series[Any]) -> tuple[NDArray[np.intp], list[Any]]:
    """Return a number for each value, -1 for missing ones, and the different values in the order of their numbers."""
    import pandas as pd

    if values.dtype == object:
        # By text: lists cannot be compared, and True would be taken for 1.
        there = values.notna()
        values = values.where(~there, values[there].map(canonical_text))
    codes, uniques = pd.factorize(values)
    return codes, list(uniques)


def where_unique_is(values: pd.Series[Any], good: Any) -> NDArray[np.bool_]:
    """Return where a value is good; ``good`` takes the different values' texts, so that each is looked at once."""
    import numpy as np

    codes, uniques = codes_of(values)
    answers = np.append(np.asarray(good([canonical_text(value) for value in uniques]), dtype=bool), True)
    found: NDArray[np.bool_] = answers[codes]
    return found


def matches(texts: Sequence[str], pattern: str) -> NDArray[np.bool_]:
    """Return which texts match a regular expression from end to end.

    The engine is RE2: its time grows with the text's length alone, whatever the expression.

    References
    ----------
    Cox: Regular expression matching can be simple and fast, 2007.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.match_substring_regex(pa.array(texts, pa.large_string()), rf"\A(?:{pattern})\z")
    answer: NDArray[np.bool_] = found.to_numpy(zero_copy_only=False).astype(bool)
    return answer


def as_numbers(values: pd.Series[Any]) -> tuple[pd.Series[Any], NDArray[np.bool_]]:
    """Return the column as numbers, and where a value is none.

    Text that spells a number is none; but where some text does not spell one, as in a CSV with a slip, the rest was
    meant as numbers, and only the slip is none.
    """
    import numpy as np
    import pandas as pd

    types = pd.api.types
    present = present_in(values)
    nothing = pd.Series(np.full(len(values), np.nan))
    if types.is_bool_dtype(values.dtype) or types.is_complex_dtype(values.dtype):
        return nothing, present
    if types.is_numeric_dtype(values.dtype):
        return values.reset_index(drop=True), np.zeros(len(values), dtype=bool)
    if not (types.is_string_dtype(values.dtype) or values.dtype == object):
        return nothing, present
    texts, others = _texts_and_numbers(values)
    spelled = pd.to_numeric(values.where(texts).reset_index(drop=True).astype(object), errors="coerce").astype(float)
    slips = texts & mask_of(spelled.isna())
    wrong = present & ~others & ~texts | (slips if slips.any() else texts)
    return spelled.where(~others, values.where(others).reset_index(drop=True)).astype(float).where(~wrong), wrong


def _texts_and_numbers(values: pd.Series[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where an object is text, and where it is a number that floating point can hold."""
    import numpy as np

    present = present_in(values)
    if values.dtype != object:
        return present, np.zeros(len(values), dtype=bool)
    texts = np.fromiter((isinstance(value, str) for value in values), dtype=bool, count=len(values))
    others = np.fromiter((_is_number(value) for value in values), dtype=bool, count=len(values))
    return texts, others & present


def _is_number(value: Any) -> bool:
    if not _is_real(value):
        return False
    try:
        float(value)
    except OverflowError:
        return False
    return True


def as_dates(values: pd.Series[Any]) -> tuple[pd.Series[Any], NDArray[np.bool_]]:
    """Return the column as points in time without a zone (UTC), and where a value is none: dates, or ISO 8601 text."""
    import numpy as np
    import pandas as pd

    types = pd.api.types
    present = present_in(values)
    if types.is_datetime64_any_dtype(values.dtype):
        dates = values.reset_index(drop=True)
        return (dates.dt.tz_convert("UTC").dt.tz_localize(None) if dates.dt.tz else dates), ~present & False
    if not (types.is_string_dtype(values.dtype) or values.dtype == object):
        return pd.Series(np.full(len(values), np.datetime64("NaT", "us"))), present
    texts, _ = _texts_and_numbers(values)
    given = values.where(texts).reset_index(drop=True)
    # pandas would read a bare number as a year.
    given = given.where(where_unique_is(given, lambda found: matches(found, _ISO_TIME)))
    dates = pd.to_datetime(given, format="ISO8601", utc=True, errors="coerce").dt.tz_localize(None)
    return dates, present & mask_of(dates.isna())


def not_of(values: pd.Series[Any], kind: Kind, *, typed: bool) -> NDArray[np.bool_]:
    """Return where a value is not of a kind that is no quantity: text, boolean, category.

    Parameters
    ----------
    typed : bool
        False where the file knows no types (CSV): there every value is text too.
    """
    import numpy as np
    import pandas as pd

    present = present_in(values)
    dtype: Any = values.dtype
    if kind == "text" and not typed:
        return present & False
    if dtype.kind == "O" and pd.api.types.is_object_dtype(dtype):
        fits = {"text": str, "boolean": bool | np.bool_, "category": str | bool | np.bool_ | numbers.Real}[kind]
        good = np.fromiter((isinstance(value, fits) for value in values), dtype=bool, count=len(values))
        if kind == "category":
            good &= np.fromiter((_is_name(value) for value in values), dtype=bool, count=len(values))
        answer: NDArray[np.bool_] = present & ~good
        return answer
    boolean = pd.api.types.is_bool_dtype(dtype)
    string = pd.api.types.is_string_dtype(dtype)
    if kind == "category" and pd.api.types.is_numeric_dtype(dtype) and not boolean:
        return present & ~whole(values)
    fine = {"text": string, "boolean": boolean, "category": boolean or string}[kind]
    return present & False if fine else present


def _is_name(value: Any) -> bool:
    return not _is_real(value) or value % 1 == 0


def whole(values: pd.Series[Any]) -> NDArray[np.bool_]:
    """Return where a number is a whole one; a missing one is not."""
    import pandas as pd

    if pd.api.types.is_integer_dtype(values.dtype):
        return present_in(values)
    return mask_of(values % 1 == 0)
