"""Any table as numbers that a simple model or a distance can read: what a person would recognise in a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.stats.arrays import Floats

MOST_LEVELS = 12


class Numbers(NamedTuple):
    """Columns of numbers.

    ``values`` has shape (n, e), NaN where missing; ``columns`` names the user's column of each, ``levels`` the text
    that a 0/1 column stands for (None for a number).
    """

    values: Floats
    columns: tuple[str, ...]
    levels: tuple[str | None, ...]


def numbers_of(table: pd.DataFrame) -> Numbers:
    """Return numbers as they are, and a 0/1 column for each of the 12 most frequent texts of any other column."""
    import numpy as np
    import pandas as pd

    values: list[Floats] = []
    columns: list[str] = []
    levels: list[str | None] = []
    for at, name in enumerate(map(str, table.columns)):
        column = table.iloc[:, at]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            values.append(column.to_numpy(np.float64, na_value=np.nan))
            columns.append(name)
            levels.append(None)
            continue
        texts = column.astype("string").fillna("missing")
        for level in sorted(texts.value_counts().index[:MOST_LEVELS].tolist()):
            values.append((texts == level).to_numpy(np.float64))
            columns.append(name)
            levels.append(str(level))
    stacked = np.column_stack(values) if values else np.zeros((len(table), 0))
    return Numbers(stacked, tuple(columns), tuple(levels))
