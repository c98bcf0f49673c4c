"""The numeric inputs that can move, how far they spread, and rows in which they have moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Floats, Ints

CELLS = 5_000_000
CANNOT_MOVE = "no numeric feature has more than two values, so none can move a little"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numeric features with more than two values; a yes-or-no question coded 0/1 has no small change.

    Parameters
    ----------
    names : list of str
        The features.
    mean, deviation, low, high : ndarray, shape (d,)
        Of the audited rows, gaps left out.
    """

    names: list[Any]
    mean: Floats
    deviation: Floats
    low: Floats
    high: Floats

    def of(self, rows: pd.DataFrame) -> Floats:
        """Return the features of ``rows`` in standard deviations from their mean; NaN where missing."""
        import numpy as np

        return np.asarray((rows[self.names].to_numpy(dtype=np.float64, na_value=np.nan) - self.mean) / self.deviation)

    def put(self, rows: pd.DataFrame, standard: Floats) -> pd.DataFrame:
        """Return a copy of ``rows`` with these features, kept within the range that was observed."""
        import numpy as np
        import pandas as pd

        values = np.clip(standard * self.deviation + self.mean, self.low, self.high)
        if len(self.names) == rows.shape[1]:
            return pd.DataFrame(values, index=rows.index, columns=rows.columns)
        return rows.assign(**{name: values[:, at] for at, name in enumerate(self.names)})


def numbers_of(subject: Subject) -> Numbers | None:
    """Return the features that can move, or None where there is none; found once for a subject."""
    found: Numbers | None = subject.memo("numbers", lambda: _numbers_of(subject))
    return found


def _numbers_of(subject: Subject) -> Numbers | None:
    import numpy as np

    table = subject.X[subject.numeric_columns]
    names = [name for name in table.columns if table[name].head(1000).nunique() > 2 or table[name].nunique() > 2]
    if not names:
        return None
    values = table[names].to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.where(np.isfinite(values), values, np.nan)
    return Numbers(
        names=names,
        mean=np.nanmean(values, axis=0),
        deviation=np.nanstd(values, axis=0),
        low=np.nanmin(values, axis=0),
        high=np.nanmax(values, axis=0),
    )


def affordable(limit: int, columns: int) -> int:
    """Return how many rows of so many columns are moved at once: fewer of wide tables."""
    return min(limit, max(CELLS // max(columns, 1), 50))


def askable(limit: int, columns: int, questions: int = 400) -> int:
    """Return how many rows can be attacked side by side, each with so many questions at once: fewer of wide tables."""
    return min(limit, max(4 * CELLS // (max(columns, 1) * questions), 2))


def chosen_rows(mask: Any, limit: int, rng: Any) -> Ints:
    """Return at most ``limit`` of the row numbers for which ``mask`` is true, ascending."""
    import numpy as np

    from trustlab.stats.sampling import subsample

    rows = np.flatnonzero(mask)
    return np.asarray(rows[subsample(rows.size, limit, rng)])
