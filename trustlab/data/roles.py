"""What a column is for: does it describe rows, or only name, count or date them?"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Role = Literal["identifier", "counter", "entity", "time", "feature"]

BY_CHANCE = 0.001  # values all different by chance, below which they are taken for names of rows
FEWEST = 50  # rows from which "all different" and "always rising" say anything
FEW_NUMBERS, FEW_NAMES = 20, 100  # of entities, that may be kinds of them
WORDY = 40  # letters on average: longer texts that all differ are texts, not names

# Names by which people call what several rows may belong to. A word of its own: "paid" holds no id.
_ENTITY = re.compile(
    r"(^|[_\W])(id|ids|uid|uuid|guid|key|ssn|iban|account|customer|client|patient|subject|person|user|member|household|"
    r"device|session|employee|student|vin)(_?(id|no|nr|num|number|key|code))?$"
)
_TIME = re.compile(r"(^|[_\W])(date|time|datetime|timestamp|ts|day|created|updated|at|on|when|period)($|[_\W])")
_BIRTH = re.compile(r"birth|dob|born")
_ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?"


def names_rows(column: pd.Series[Any]) -> bool:
    """Return whether all values differ and chance would not do that: short text, or whole numbers of a narrow range."""
    from pandas.api import types

    whole = types.is_integer_dtype(column)
    if not (whole or types.is_string_dtype(column)) or len(column) < FEWEST or column.isna().any():
        return False
    if not whole:
        head = column.head(1000)
        if not all(isinstance(value, str) for value in head.tolist()) or float(head.str.len().mean()) > WORDY:
            return False
        return bool(column.is_unique)
    if not column.is_unique:
        return False
    span = float(column.max()) - float(column.min()) + 1
    return math.exp(-len(column) * (len(column) - 1) / 2 / span) < BY_CHANCE  # the birthday problem


def counts_rows(column: pd.Series[Any]) -> bool:
    """Return whether the values rise, or fall, by the same whole step from each row to the next, save for gaps.

    Rows that were held out leave gaps: the commonest step must be the smallest, and every row must keep the order.
    """
    import numpy as np
    from pandas.api import types

    numeric = types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
    if not numeric or len(column) < FEWEST or column.isna().any():
        return False
    numbers = column.to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        return False
    steps = np.diff(numbers)
    if steps[0] < 0:
        steps = -steps
    if not (steps > 0).all() or (steps != np.floor(steps)).any():
        return False
    return bool(np.median(steps) <= 2 * steps.min())


def is_entity_name(name: str) -> bool:
    """Return whether a column is called like what several rows may belong to: ``customer_id``, ``patient``."""
    return bool(_ENTITY.search(_words(name)))


def role_of(column: pd.Series[Any]) -> Role:
    """Return what a column is for.

    Parameters
    ----------
    column : pandas.Series
        All rows; its name counts too.

    Returns
    -------
    {'identifier', 'counter', 'entity', 'time', 'feature'}
        An identifier is different in every row, a counter follows the order of the rows, an entity is called like an
        identifier and comes back in other rows, a time says when. Anything else is a feature.
    """
    if names_rows(column):
        return "identifier"
    if counts_rows(column):
        return "counter"
    if is_entity_name(str(column.name)) and not _is_measure(column):
        return "entity"
    return "time" if is_time(column) else "feature"


def why_no_feature(column: pd.Series[Any]) -> str:
    """Return why values of a column say nothing of a row: it names or counts rows, or names entities; else ``""``.

    An entity's name with few different values may part rows (a kind of device); one with many does not, and neither do
    whole numbers that name entities.
    """
    from pandas.api import types

    role = role_of(column)
    if role in {"identifier", "counter"}:
        return "names rows" if role == "identifier" else "counts rows"
    numbers = types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
    if role == "entity" and column.nunique() > (FEW_NUMBERS if numbers else FEW_NAMES):
        return "names entities"
    return ""


def is_time(column: pd.Series[Any]) -> bool:
    """Return whether the column says when: a time type, or text in ISO 8601."""
    from pandas.api import types

    if types.is_datetime64_any_dtype(column):
        return True
    if not types.is_string_dtype(column) and column.dtype != object:
        return False
    head = column.dropna().head(100)
    return bool(len(head)) and all(isinstance(value, str) and re.fullmatch(_ISO, value) for value in head.tolist())


def is_event_time(column: pd.Series[Any]) -> bool:
    """Return whether the column says when the row came about, rather than when somebody was born."""
    return is_time(column) and not _BIRTH.search(_words(str(column.name)))


def is_time_name(name: str) -> bool:
    """Return whether a column is called like a point in time."""
    return bool(_TIME.search(_words(name)))


def _is_measure(column: pd.Series[Any]) -> bool:
    """Return whether numbers have fractions, or are truth values: then the name deceives."""
    import numpy as np
    from pandas.api import types

    if types.is_bool_dtype(column):
        return True
    if not types.is_float_dtype(column):
        return False
    numbers = column.to_numpy(dtype=float)
    known = numbers[np.isfinite(numbers)]
    return bool((known != np.floor(known)).any())


def _words(name: str) -> str:
    """Return a name in lower case, its humps parted: ``customerID`` is ``customer_id``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
