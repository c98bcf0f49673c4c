"""How tables go bad: noise, gaps, wrong categories, wrong units, swapped columns, typos, rounding, stale values.

There is no agreed benchmark for tables as there is for images, so the severities are plain: a share of cells or rows,
or a size in standard deviations, told with each corruption. What is hit at a severity is hit at the next as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness._suite import Corruption

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import pandas as pd

    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Bools, Floats

SHARES = (0.02, 0.05, 0.1, 0.2, 0.4)
NOISE = (0.05, 0.1, 0.2, 0.5, 1.0)
STEPS = (0.05, 0.1, 0.25, 0.5, 1.0)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_CATEGORIES = 500  # columns; more would take long to write, one after the other


def table_suite(subject: Subject, rng: np.random.Generator) -> dict[str, Corruption]:
    """Return the corruptions of a table, for rows of the subject."""
    import numpy as np

    from trustlab.checks.robustness._numbers import numbers_of

    numbers = numbers_of(subject)
    names = [] if numbers is None else numbers.names
    deviation = np.zeros(0) if numbers is None else numbers.deviation
    bad = _Bad(subject, names, deviation, rng)
    shares = "in 2, 5, 10, 20, 40% of cells"
    return {
        "noise": Corruption("noise on numbers: of 0.05, 0.1, 0.2, 0.5, 1 standard deviations", bad.noise),
        "missing": Corruption(f"missing values: {shares}", bad.missing),
        "category": Corruption(f"another category of the column: {shares}", bad.category),
        "unit_10": Corruption(f"a unit wrong by 10: {shares}", bad.scaled(10)),
        "unit_1000": Corruption(f"a unit wrong by 1000: {shares}", bad.scaled(1000)),
        "swapped": Corruption("two numeric columns swapped: in 2, 5, 10, 20, 40% of rows", bad.swapped),
        "typo": Corruption(f"one typing error in a text: {shares}", bad.typo),
        "rounded": Corruption("rounded numbers: to 0.05, 0.1, 0.25, 0.5, 1 standard deviations", bad.rounded),
        "stale": Corruption(f"values of another row: {shares}", bad.stale),
    }


@dataclass(frozen=True)
class _Bad:
    """Makes bad rows of good ones; every method takes rows and returns them at five severities, or None."""

    subject: Subject
    names: list[Any]
    deviation: Floats
    rng: np.random.Generator

    @property
    def words(self) -> list[Any]:
        """The columns of text or categories, yes-or-no ones included."""
        import pandas as pd

        table = self.subject.X
        own = set(self.names)
        rest = [name for name in table.columns if name not in own]
        return [name for name in rest if not pd.api.types.is_datetime64_any_dtype(table[name])][:MOST_CATEGORIES]

    def noise(self, rows: pd.DataFrame) -> Sequence[pd.DataFrame] | None:
        """Add noise to every number."""
        if not self.names:
            return None
        values = self._values(rows)
        draw = self.rng.standard_normal(values.shape) * self.deviation
        return [self._with(rows, values + size * draw) for size in NOISE]

    def rounded(self, rows: pd.DataFrame) -> Sequence[pd.DataFrame] | None:
        """Round every number to a step."""
        import numpy as np

        if not self.names:
            return None
        values, spread = self._values(rows), np.where(self.deviation > 0, self.deviation, 1.0)
        return [self._with(rows, np.round(values / (step * spread)) * (step * spread)) for step in STEPS]

    def scaled(self, factor: float) -> Callable[[pd.DataFrame], Sequence[pd.DataFrame] | None]:
        """Return a corruption that multiplies numbers by a factor."""
        import numpy as np

        def make(rows: pd.DataFrame) -> Sequence[pd.DataFrame] | None:
            if not self.names:
                return None
            values = self._values(rows)
            hit = self.rng.random(values.shape)
            return [self._with(rows, np.where(hit < share, values * factor, values)) for share in SHARES]

        return make

    def swapped(self, rows: pd.DataFrame) -> Sequence[pd.DataFrame] | None:
        """Swap two numbers of a row, drawn for each row."""
        import numpy as np

        if len(self.names) < 2:
            return None
        values, at = self._values(rows), np.arange(len(rows))
        first = self.rng.integers(0, len(self.names), len(rows))
        second = (first + self.rng.integers(1, len(self.names), len(rows))) % len(self.names)
        other, hit = values.copy(), self.rng.random(len(rows))
        other[at, first], other[at, second] = values[at, second], values[at, first]
        return [self._with(rows, np.where((hit < share)[:, None], other, values)) for share in SHARES]

    def missing(self, rows: pd.DataFrame) -> Sequence[pd.DataFrame] | None:
        """Take values away."""
        import numpy as np

        values, words = self._values(rows), self.words
        hit, hit_words = self.rng.random(values.shape), self.rng.random((len(rows), len(words)))
        made = []
        for share in SHARES:
            bad = self._with(rows, np.where(hit < share, np.nan, values))
            gaps = {name: rows[name].mask(hit_words[:, at] < share) for at, name in enumerate(words)}
            made.append(_replaced(bad, gaps))
        return made

    def category(self, rows: pd.DataFrame) -> Sequence[pd.DataFrame] | None:
        """Replace categories by others of the same column."""
        import numpy as np

        known = {name: self.subject.X[name].dropna().unique() for name in self.words}
        known = {name: values for name, values in known.items() if len(values) > 1}
        if not known:
            return None
        hit = {name: self.rng.random(len(rows)) for name in known}
        drawn = {
            name: np.asarray(values)[self.rng.integers(0, len(values), len(rows))] for name, values in known.items()
        }
        return [
            _replaced(rows, {name: _put(rows[name], hit[name] < share, drawn[name]) for name in known})
            for share in SHARES
        ]

    def stale(self, rows: pd.DataFrame) -> Sequence[pd.DataFrame] | None:
        """Give cells the value of another row."""
        import numpy as np

        if len(rows) < 2:
            return None
        values, words = self._values(rows), self.words
        other = self.rng.permuted(values, axis=0)
        hit, hit_words = self.rng.random(values.shape), self.rng.random((len(rows), len(words)))
        order = self.rng.permutation(len(rows))
        made = []
        for share in SHARES:
            bad = self._with(rows, np.where(hit < share, other, values))
            old = {
                name: _put(rows[name], hit_words[:, at] < share, rows[name].array[order])
                for at, name in enumerate(words)
            }
            made.append(_replaced(bad, old))
        return made

    def typo(self, rows: pd.DataFrame) -> Sequence[pd.DataFrame] | None:
        """Mistype texts."""
        import numpy as np

        texts = [name for name in self.words if _is_text(rows[name])]
        if not texts:
            return None
        hit = {name: self.rng.random(len(rows)) for name in texts}
        wrong = {}
        for name in texts:
            cells = np.array(rows[name], dtype=object)
            for at in np.flatnonzero(hit[name] < SHARES[-1]).tolist():
                if isinstance(cells[at], str):
                    cells[at] = mistyped(cells[at], self.rng)
            wrong[name] = cells
        return [
            _replaced(rows, {name: _put(rows[name], hit[name] < share, wrong[name]) for name in texts})
            for share in SHARES
        ]

    def _values(self, rows: pd.DataFrame) -> Floats:
        import numpy as np

        return np.array(rows[self.names].to_numpy(dtype=np.float64, na_value=np.nan))

    def _with(self, rows: pd.DataFrame, values: Floats) -> pd.DataFrame:
        import pandas as pd

        if len(self.names) == rows.shape[1]:
            return pd.DataFrame(values, index=rows.index, columns=rows.columns)
        return _replaced(rows, {name: pd.Series(values[:, at], rows.index) for at, name in enumerate(self.names)})


def mistyped(text: str, rng: np.random.Generator) -> str:
    """Return a text with one letter left out, doubled, replaced or exchanged with the next."""
    if not text:
        return text
    at, kind = int(rng.integers(len(text))), int(rng.integers(4))
    letter = LETTERS[int(rng.integers(len(LETTERS)))]
    if kind == 0 and len(text) > 1:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[: at + 1] + text[at:]
    if kind == 2 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + letter + text[at + 1 :]


def _replaced(rows: pd.DataFrame, columns: dict[Any, pd.Series]) -> pd.DataFrame:
    """Return the rows with some columns replaced."""
    bad = rows.copy(deep=False)
    for name, column in columns.items():
        bad[name] = column
    return bad


def _put(column: pd.Series, hit: Bools, values: Any) -> pd.Series:
    """Return a column with other values where hit; a category that it does not know makes it plain text."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        unknown = set(pd.Series(values, dtype=object)[hit].dropna()) - set(column.cat.categories)
        if unknown:
            column = column.astype(object)
    other = pd.Series(values, index=column.index)
    return column.mask(hit, other.astype(column.dtype) if not isinstance(column.dtype, pd.CategoricalDtype) else other)


def _is_text(column: pd.Series) -> bool:
    return any(isinstance(value, str) for value in column.dropna().head(20).tolist())
