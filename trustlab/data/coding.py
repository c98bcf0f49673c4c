"""Columns as small whole numbers, learned on some rows and used on others, with words for each number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

MISSING = 0
DIGITS = 4  # of a cut; the cut itself is rounded, so that the words say exactly what was done


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How one column becomes codes: 0 is missing, then the bins or the categories, the last "any other value".

    Parameters
    ----------
    column : str
        The column's name.
    edges : tuple of float or None
        The cuts between bins of a numeric column, ascending; a bin holds its upper cut. None for categories.
    categories : tuple
        The values that have a code of their own, where there are no cuts.
    """

    column: str
    edges: tuple[float, ...] | None = None
    categories: tuple[Any, ...] = ()

    @property
    def size(self) -> int:
        """The number of codes."""
        return len(self.edges) + 2 if self.edges is not None else len(self.categories) + 2

    def codes(self, column: pd.Series[Any]) -> NDArray[np.int64]:
        """Return the code of each row of ``column``, also of rows that were not there when it was learned."""
        import numpy as np
        import pandas as pd

        missing = column.isna().to_numpy()
        if self.edges is not None:
            numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            found = 1 + np.searchsorted(np.array(self.edges), numbers)
            missing = missing | np.isnan(numbers)
        else:
            places = pd.Index(self.categories, dtype=object).get_indexer(plain_values(column))
            found = np.where(places < 0, self.size - 1, places + 1)
        return np.where(missing, MISSING, found).astype(np.int64)

    def words(self, code: int) -> str:
        """Return what a code means: ``debt_ratio > 0.43``, ``self_employed = yes``."""
        return self._condition(code, " = ", str, "{} is missing", "{} is another value")

    def expression(self, code: int) -> str | None:
        """Return a code as an expression that selects its rows; None where the column's name or value has none."""
        value = self.categories[code - 1] if self.edges is None and MISSING < code < self.size - 1 else ""
        unsayable = self.edges is None and code in {MISSING, self.size - 1}
        if not self.column.isidentifier() or unsayable or code == MISSING or not isinstance(value, str | int | float):
            return None
        return self._condition(code, " == ", repr, "", "")

    def _condition(self, code: int, equals: str, say: Any, missing: str, other: str) -> str:
        if code == MISSING:
            return missing.format(self.column)
        if self.edges is None:
            if code == self.size - 1:
                return other.format(self.column)
            return f"{self.column}{equals}{say(self.categories[code - 1])}"
        if not self.edges:
            return f"{self.column} is known"
        low = f"{self.edges[code - 2]:.12g}" if code > 1 else None
        high = f"{self.edges[code - 1]:.12g}" if code <= len(self.edges) else None
        if low is None:
            return f"{self.column} <= {high}"
        if high is None:
            return f"{self.column} > {low}"
        return f"{self.column} > {low} and {self.column} <= {high}"


def learn_coding(column: pd.Series[Any], *, bins: int = 4, most: int = 20) -> Coding:
    """Return how to code a column.

    Parameters
    ----------
    column : pandas.Series
        The rows to learn from; its name is the column's.
    bins : int
        Numbers are cut at their quantiles into this many bins; with no more different values, each is a category.
    most : int
        The most frequent values of anything else have a code each, up to this many; of equal frequency the first
        by text.
    """
    import numpy as np
    import pandas as pd

    name = str(column.name)
    known = column[column.notna()]
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric:
        known = known[np.isfinite(known.to_numpy(dtype=float))]
    if not numeric or known.nunique() <= bins:
        counts = pd.Series(plain_values(known), dtype=object).value_counts()
        ordered = sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))
        return Coding(column=name, categories=tuple(value for value, _ in ordered[:most]))
    cuts = np.quantile(known.to_numpy(dtype=float), np.arange(1, bins) / bins, method="inverted_cdf")
    rounded = sorted({float(f"{cut:.{DIGITS}g}") for cut in cuts})
    return Coding(column=name, edges=tuple(cut for cut in rounded if cut < float(known.max())))


def plain_values(column: pd.Series[Any]) -> list[Any]:
    """Return a column's values as plain text, numbers and truth values; anything else becomes its text."""
    return [
        value if isinstance(value, str | bool | int | float) else _plain(value)
        for value in column.astype(object).tolist()
    ]


def _plain(value: Any) -> Any:
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, str | bool | int | float) else str(plain)
