"""The columns that rows are parted by: which of them, as codes, and what codes mean in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.counted import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from trustlab.data.coding import Coding
    from trustlab.models.subject import Subject
    from trustlab.stats.error_tree import Condition
    from trustlab.stats.lattice import Lattice

FINE = 8  # bins of a number in the tree; every second cut in the lattice
WIDE = 400  # columns beyond which a glance chooses those to code
MISSING = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column in codes: fine ones for the tree, coarse ones for the lattice."""

    fine: Coding
    coarse: Coding
    gaps: bool  # whether any value is missing
    others: bool  # whether any value has no code of its own

    @property
    def coarse_of(self) -> NDArray[np.int64]:
        """The coarse code of each fine code."""
        import numpy as np

        if self.fine.edges is None or self.coarse.edges is None:
            return np.arange(self.fine.size)
        uppers = np.array([*self.fine.edges, np.inf])
        return np.concatenate([[MISSING], 1 + np.searchsorted(np.array(self.coarse.edges), uppers)])

    def words(self, allowed: Sequence[int]) -> str:
        """Return what some fine codes mean."""
        known = self._known(allowed)
        if not known:
            return f"{self.fine.column} is missing"
        return self._condition(known, " = ", str) + (" or missing" if self.gaps and MISSING in allowed else "")

    def expression(self, allowed: Sequence[int]) -> str | None:
        """Return the same as an expression over the columns; None where there is none."""
        known = self._known(allowed)
        odd = not self.fine.column.isidentifier() or (self.gaps and MISSING in allowed)
        if odd or not known or not all(isinstance(value, str | int | float) for value in self.fine.categories):
            return None
        excluding = self._absent(known)
        if self.fine.edges is None and self.fine.size - 1 in known and len(excluding) != 1:
            return None
        return self._condition(known, " == ", repr)

    def _known(self, allowed: Sequence[int]) -> list[int]:
        """Return the codes of known values; "any other value" only where there is one."""
        last = self.fine.size - 1 if self.fine.edges is None and not self.others else None
        return [code for code in allowed if code not in (MISSING, last)]

    def _absent(self, known: Sequence[int]) -> list[int]:
        return [code for code in self._known(range(self.fine.size)) if code not in known]

    def _condition(self, known: Sequence[int], equals: str, say: Any) -> str:
        name, edges = self.fine.column, self.fine.edges
        if edges is not None:
            low = f"{name} > {edges[known[0] - 2]:.12g}" if known[0] > 1 else None
            high = f"{name} <= {edges[known[-1] - 1]:.12g}" if known[-1] <= len(edges) else None
            return " and ".join(filter(None, (low, high))) or f"{name} is known"
        last, absent = self.fine.size - 1, self._absent(known)
        if known == [last]:
            return f"{name} is another value"
        values = [say(self.fine.categories[code - 1]) if code < last else "another" for code in known]
        if len(values) == 1:
            return f"{name}{equals}{values[0]}"
        if len(absent) == 1 and absent != [last]:
            return f"{name}{' is not ' if say is str else ' != '}{say(self.fine.categories[absent[0] - 1])}"
        return f"{name} in {', '.join(values)}" if say is str else f"{name} in [{', '.join(values)}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns chosen, all rows in fine codes, and what was left out."""

    chosen: tuple[Column, ...]
    codes: NDArray[np.int64]
    left_out: tuple[str, ...]
    beyond: int  # columns that were left out for being too many

    def coarse(self) -> NDArray[np.int64]:
        """Return all rows in coarse codes."""
        import numpy as np

        parts = [column.coarse_of[self.codes[:, at]] for at, column in enumerate(self.chosen)]
        return np.column_stack(parts) if parts else np.zeros((len(self.codes), 0), np.int64)

    def words(self, path: Sequence[Condition]) -> str:
        """Return a slice in words."""
        return " and ".join(self.chosen[one.feature].words(one.allowed) for one in path)

    def expression(self, path: Sequence[Condition]) -> str | None:
        """Return a slice as an expression that selects its rows; None where a column or value has none."""
        said = [self.chosen[one.feature].expression(one.allowed) for one in path]
        return None if None in said else " and ".join(str(one) for one in said)

    def paths(self, lattice: Lattice, most: int) -> list[tuple[Condition, ...]]:
        """Return the first slices of a lattice over the coarse codes as conditions on the fine ones."""
        import numpy as np

        from trustlab.stats.error_tree import Condition

        paths = []
        for features, codes in zip(lattice.feature[:most].tolist(), lattice.code[:most].tolist(), strict=True):
            used = [(feature, code) for feature, code in zip(features, codes, strict=True) if feature >= 0]
            fine = [np.flatnonzero(self.chosen[feature].coarse_of == code) for feature, code in used]
            paths.append(tuple(Condition(used[at][0], tuple(allowed.tolist())) for at, allowed in enumerate(fine)))
        return paths

    def said_left_out(self) -> str:
        """Return a sentence about what was left out, or an empty text."""
        sentence = f" Not parted by: {listed(self.left_out)}." if self.left_out else ""
        if self.beyond:
            sentence += (
                f" Of {len(self.chosen) + self.beyond:,} columns the {len(self.chosen)} that seemed to matter most."
            )
        return sentence


def columns_of(
    subject: Subject,
    rows: NDArray[np.int64],
    search: NDArray[np.int64],
    errors: NDArray[np.float64],
    limits: tuple[int, int],
) -> Columns:
    """Return features, and sensitive attributes that are none, in codes learned on the searching rows.

    Parameters
    ----------
    rows, search : ndarray of int
        The rows looked at; and the places among them that may choose.
    errors : ndarray of float
        Of ``rows``.
    limits : (int, int)
        At most so many features; at least so many rows for a value to be one of its own.
    """
    import numpy as np

    from trustlab.data.coding import learn_coding

    most, min_rows = limits
    frame = subject.X.iloc[rows]
    if subject.sensitive is not None:
        other = [name for name in subject.sensitive.columns if name not in frame.columns]
        frame = frame.join(subject.sensitive[other].iloc[rows])
    wide = frame.shape[1]
    if wide > WIDE:
        frame = frame.iloc[:, _glance(frame.iloc[search], errors[search])]
    left_out, chosen, codes = [], [], []
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        if reason := _unfit(column.iloc[search], min_rows):
            left_out.append(f"{column.name} ({reason})")
            continue
        fine = learn_coding(column.iloc[search], bins=FINE)
        codes.append(fine.codes(column))
        gaps, others = (bool((codes[-1] == code).any()) for code in (MISSING, fine.size - 1))
        chosen.append(Column(fine=fine, coarse=_coarser(fine), gaps=gaps, others=others))
    table = np.column_stack(codes) if codes else np.zeros((len(rows), 0), np.int64)
    kept = _first(chosen, table[search], errors[search], most, min_rows)
    beyond = wide - len(left_out) - len(kept)
    return Columns(
        chosen=tuple(chosen[at] for at in kept), codes=table[:, kept], left_out=tuple(left_out), beyond=beyond
    )


def _coarser(fine: Coding) -> Coding:
    from dataclasses import replace

    if fine.edges is None or len(fine.edges) <= FINE // 2:
        return fine
    return replace(fine, edges=fine.edges[1::2])


def _unfit(column: pd.Series[Any], min_rows: int) -> str:
    """Return why rows cannot be parted by a column's values, or an empty text."""
    from pandas.api import types

    from trustlab.data.roles import why_no_feature

    known = column[column.notna()]
    if types.is_bool_dtype(column) or not len(known):
        return ""
    if reason := why_no_feature(known):
        return reason
    if types.is_numeric_dtype(column):
        return ""
    counts = known.astype(str).value_counts()
    if len(counts) > len(known) / 2 and len(known) >= min_rows:
        return "names rows"
    return f"{len(counts):,} values, none in {min_rows} rows" if int(counts.iloc[0]) < min_rows else ""


def _glance(frame: pd.DataFrame, errors: NDArray[np.float64]) -> list[int]:
    """Return which of very many columns to code: numbers that go with the errors, and the first of the others."""
    import numpy as np

    sample = slice(0, 5000)
    numeric = [at for at, kind in enumerate(frame.dtypes) if getattr(kind, "kind", "O") in "biuf"]
    table = frame.iloc[sample, numeric].to_numpy(dtype=float, na_value=np.nan)
    table = np.where(np.isfinite(table), table, np.nan)
    with np.errstate(all="ignore"):
        centred = np.nan_to_num(table - np.nan_to_num(table).mean(axis=0))
        together = centred.T @ (errors[sample] - errors[sample].mean())
        strength = np.nan_to_num(np.abs(together) / np.sqrt((centred**2).sum(axis=0)))
    picked = [numeric[at] for at in np.argsort(-strength, kind="stable")[: WIDE // 2].tolist()]
    known = set(numeric)
    others = [at for at in range(frame.shape[1]) if at not in known][: WIDE // 2]
    return sorted([*picked, *others])


def _first(
    chosen: Sequence[Column], codes: NDArray[np.int64], errors: NDArray[np.float64], most: int, min_rows: int
) -> list[int]:
    """Return the places of the columns whose own slices err most, where there are too many."""
    from trustlab.stats.lattice import search_lattice

    if len(chosen) <= most:
        return list(range(len(chosen)))
    single = search_lattice(errors, codes, min_rows, 1)
    ranked = [*dict.fromkeys(single.feature[:, 0].tolist()), *range(len(chosen))]
    return sorted(list(dict.fromkeys(ranked))[:most])
