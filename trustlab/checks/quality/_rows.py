"""When two rows are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

NEVER = 1e-9  # so few rows are expected to be equal by chance that one alone is no chance


@dataclass(frozen=True, slots=True)
class Stacked:
    """Frames below each other, of which only one column at a time is ever copied.

    Parameters
    ----------
    frames : sequence of DataFrame
        Each has the columns.
    names : sequence
        The columns, in their order.
    labels : sequence of array
        For each frame one more column, the last; none where empty.
    """

    frames: Sequence[pd.DataFrame]
    names: Sequence[Any]
    labels: Sequence[Any] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return sum(map(len, self.frames)), len(self.names) + bool(self.labels)

    def column(self, place: int) -> pd.Series[Any]:
        """Return a column of all frames."""
        import pandas as pd

        if place == len(self.names):
            return pd.concat([pd.Series(one) for one in self.labels], ignore_index=True)
        found: pd.Series[Any] = pd.concat([frame[self.names[place]] for frame in self.frames], ignore_index=True)
        return found


def _column(rows: pd.DataFrame | Stacked, place: int) -> pd.Series[Any]:
    return rows.column(place) if isinstance(rows, Stacked) else rows.iloc[:, place]


def row_codes(frame: pd.DataFrame | Stacked) -> Any:
    """Return a number for each row, the same where all cells are equal; missing equals missing, 1 equals 1.0.

    Unlike a hash it never takes two different rows for one.
    """
    import numpy as np
    import pandas as pd

    n = frame.shape[0]
    found = np.zeros(n, np.int64)
    # A row that differs from all others stays so: further columns are read only where rows are still alike.
    alike = np.arange(n)
    for place in range(frame.shape[1]):
        if len(alike) < 2:
            break
        column = _column(frame, place)
        column = column if len(alike) == n else column.iloc[alike]
        plain = column if pd.api.types.is_numeric_dtype(column) or column.dtype == "str" else column.map(_hashable)
        codes, values = pd.factorize(plain, use_na_sentinel=True)
        parts = pd.factorize(found[alike] * (len(values) + 1) + codes + 1)[0].astype(np.int64)
        found[alike] = parts + n * (place > 0)  # beside the numbers of rows that are done
        found = pd.factorize(found)[0].astype(np.int64) if place else found
        alike = np.flatnonzero(np.bincount(found)[found] > 1)
    return found


def _hashable(value: Any) -> Any:
    return value if getattr(type(value), "__hash__", None) is not None else str(value)


def coincidence(frame: pd.DataFrame | Stacked) -> float:
    """Return the chance that two different rows are equal in every column, if the columns were independent.

    Real columns go together, so the true chance is higher: it is the least that chance brings. Columns after those that
    settle it are not read: the answer is then larger than the whole product, and still nothing.
    """
    import numpy as np

    chance = 1.0
    for place in range(frame.shape[1]):
        if chance * frame.shape[0] < NEVER:
            break
        n = np.bincount(row_codes(_column(frame, place).to_frame())).astype(float)
        rows = float(n.sum())
        chance *= float(np.sum(n * (n - 1))) / (rows * (rows - 1)) if rows > 1 else 1.0
    return chance
