"""When two rows are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def row_codes(frame: pd.DataFrame) -> Any:
    """Return a number for each row, the same where all cells are equal; missing equals missing, 1 equals 1.0.

    Unlike a hash it never takes two different rows for one.
    """
    import numpy as np
    import pandas as pd

    found = np.zeros(len(frame), np.int64)
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        plain = column if pd.api.types.is_numeric_dtype(column) or column.dtype == "str" else column.map(_hashable)
        codes, values = pd.factorize(plain, use_na_sentinel=True)
        found = pd.factorize(found * (len(values) + 1) + codes + 1)[0].astype(np.int64)
    return found


def _hashable(value: Any) -> Any:
    return value if getattr(type(value), "__hash__", None) is not None else str(value)


def coincidence(frame: pd.DataFrame) -> float:
    """Return the chance that two different rows are equal in every column, if the columns were independent.

    Real columns go together, so the true chance is higher: it is the least that chance brings.
    """
    import numpy as np

    chance = 1.0
    for place in range(frame.shape[1]):
        n = np.bincount(row_codes(frame.iloc[:, [place]])).astype(float)
        rows = float(n.sum())
        chance *= float(np.sum(n * (n - 1))) / (rows * (rows - 1)) if rows > 1 else 1.0
    return chance
