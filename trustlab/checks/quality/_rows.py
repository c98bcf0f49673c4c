"""When two rows are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

NEVER = 1e-9  # so few rows are expected to be equal by chance that one alone is no chance


def row_codes(frame: pd.DataFrame) -> Any:
    """Return a number for each row, the same where all cells are equal; missing equals missing, 1 equals 1.0.

    Unlike a hash it never takes two different rows for one.
    """
    import numpy as np
    import pandas as pd

    found = np.zeros(len(frame), np.int64)
    # A row that differs from all others stays so: further columns are read only where rows are still alike.
    alike = np.arange(len(frame))
    for place in range(frame.shape[1]):
        if len(alike) < 2:
            break
        column = frame.iloc[:, place]
        column = column if len(alike) == len(frame) else column.iloc[alike]
        plain = column if pd.api.types.is_numeric_dtype(column) or column.dtype == "str" else column.map(_hashable)
        codes, values = pd.factorize(plain, use_na_sentinel=True)
        parts = pd.factorize(found[alike] * (len(values) + 1) + codes + 1)[0].astype(np.int64)
        found[alike] = parts + len(frame) * (place > 0)  # beside the numbers of rows that are done
        found = pd.factorize(found)[0].astype(np.int64) if place else found
        alike = np.flatnonzero(np.bincount(found)[found] > 1)
    return found


def _hashable(value: Any) -> Any:
    return value if getattr(type(value), "__hash__", None) is not None else str(value)


def coincidence(frame: pd.DataFrame) -> float:
    """Return the chance that two different rows are equal in every column, if the columns were independent.

    Real columns go together, so the true chance is higher: it is the least that chance brings. Columns after those that
    settle it are not read: the answer is then larger than the whole product, and still nothing.
    """
    import numpy as np

    chance = 1.0
    for place in range(frame.shape[1]):
        if chance * len(frame) < NEVER:
            break
        n = np.bincount(row_codes(frame.iloc[:, [place]])).astype(float)
        rows = float(n.sum())
        chance *= float(np.sum(n * (n - 1))) / (rows * (rows - 1)) if rows > 1 else 1.0
    return chance
