"""Which row of one table is which row of another: by a key, or by all that the rows hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.core.errors import InputError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import pandas as pd

    from trustlab.data.cells import Cells

# A key found by itself must tie at least this share of the smaller table's rows to a row of the other.
SHARED = 0.5
_FIRST = 1000
_EXAMPLES = 3
_ROOM = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Rows by position.

    Parameters
    ----------
    before, after : numpy.ndarray of int
        The rows that belong together, in the later table's order.
    removed, added : numpy.ndarray of int
        Rows of the earlier table without a partner, and of the later one.
    """

    before: np.ndarray
    after: np.ndarray
    removed: np.ndarray
    added: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class RowIds:
    """A number for each row of both tables, equal where the rows are equal in the columns looked at."""

    before: np.ndarray
    after: np.ndarray
    size: int


def row_ids(columns: Iterable[Cells], rows: tuple[int, int]) -> RowIds:
    """Return the rows' numbers over some columns, missing values counted as a value; over none all rows are equal."""
    import numpy as np
    import pandas as pd

    joint, size = np.zeros(sum(rows), dtype=np.int64), 1
    for column in columns:
        before, after, width = column.codes()
        if size * width >= _ROOM:
            joint, values = pd.factorize(joint)
            size = len(values)
        joint = joint * width + np.concatenate([before, after])
        size *= width
    if size > 4 * len(joint) + 1:
        joint, values = pd.factorize(joint)
        size = len(values)
    return RowIds(before=joint[: rows[0]], after=joint[rows[0] :], size=size)


def pair_unique(ids: RowIds) -> Pairs:
    """Return the pairs of rows with the same number, which no table holds twice."""
    import numpy as np

    where = np.full(ids.size, -1, dtype=np.int64)
    where[ids.before] = np.arange(len(ids.before))
    at = where[ids.after]
    alone = np.ones(len(ids.before), dtype=bool)
    alone[at[at >= 0]] = False
    return Pairs(
        before=at[at >= 0],
        after=np.flatnonzero(at >= 0),
        removed=np.flatnonzero(alone),
        added=np.flatnonzero(at < 0),
    )


def pair_equal(ids: RowIds) -> Pairs:
    """Return the pairs of equal rows as of two multisets: the first of several equal rows goes with the first."""
    import numpy as np

    counts = [np.bincount(side, minlength=ids.size) for side in (ids.before, ids.after)]
    starts = np.concatenate([[0], np.cumsum(np.maximum(*counts))])
    before, after = (starts[side] + _place(side) for side in (ids.before, ids.after))
    return pair_unique(RowIds(before=before, after=after, size=int(starts[-1])))


def only_once(ids: RowIds) -> Pairs:
    """Return the pairs of equal rows that each table holds once; the other rows are in no list."""
    import numpy as np

    single = [np.bincount(side, minlength=ids.size) == 1 for side in (ids.before, ids.after)]
    both = single[0] & single[1]
    kept = [np.flatnonzero(both[side]) for side in (ids.before, ids.after)]
    found = pair_unique(RowIds(before=ids.before[kept[0]], after=ids.after[kept[1]], size=ids.size))
    nothing = np.zeros(0, dtype=np.int64)
    return Pairs(before=kept[0][found.before], after=kept[1][found.after], removed=nothing, added=nothing)


def _place(ids: np.ndarray) -> np.ndarray:
    """Return how many equal ids stand before each."""
    import numpy as np

    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ids) else order
    place = np.empty(len(ids), dtype=np.int64)
    place[order] = np.arange(len(ids)) - np.repeat(first, np.diff(np.r_[first, len(ids)]))
    return place


def key_ids(
    tables: Mapping[str, pd.DataFrame], key: Sequence[str], names: Mapping[str, str]
) -> tuple[tuple[str, ...], RowIds]:
    """Return the key by its earlier names and the rows' numbers over it, or say with examples why it is none.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        The earlier and the later table, by what to call them.
    key : sequence of str
        Columns, by their earlier or later names.
    names : mapping of str to str
        The columns that both have: their later names by their earlier ones.

    Raises
    ------
    UsageError
        Where a column is not in both.
    InputError
        Where a row's key is missing, or two rows of a table share one.
    """
    import numpy as np

    from trustlab.data.cells import cells

    earlier = {new: old for old, new in names.items()}
    chosen = tuple(dict.fromkeys(earlier.get(column, column) if column not in names else column for column in key))
    for column in chosen:
        for name, frame in tables.items():
            if column not in names and column not in frame.columns:
                near = did_you_mean(column, list(frame.columns))
                raise UsageError(f"key must be columns of {name}; got {column!r}.{near}")
    (first, before), (second, after) = tables.items()
    parts = {first: before[list(chosen)], second: after[[names[column] for column in chosen]]}
    words = ", ".join(chosen)
    for name, part in parts.items():
        if gaps := int(part.isna().any(axis=1).sum()):
            raise InputError(
                f"key must be there in every row; {words} is missing in {gaps:,} of {len(part):,} rows of {name}",
                "Choose a key without gaps, or --key none to compare the rows by their content.",
            )
    ids = row_ids([cells(before[old], after[names[old]]) for old in chosen], (len(before), len(after)))
    for (name, part), own in zip(parts.items(), (ids.before, ids.after), strict=True):
        counts = np.bincount(own, minlength=ids.size)
        if counts.max(initial=0) > 1:
            raise _not_unique(name, words, part, own, counts)
    return chosen, ids


def _not_unique(name: str, words: str, part: pd.DataFrame, own: np.ndarray, counts: np.ndarray) -> InputError:
    import numpy as np

    twice = np.flatnonzero(counts[own] > 1)
    first = np.sort(np.unique(own[twice], return_index=True)[1])[:_EXAMPLES]
    rows = part.iloc[twice[first]].itertuples(index=False, name=None)
    examples = "; ".join(", ".join(map(str, row)) for row in rows)
    return InputError(
        f"key must be unique; {words} is not in {len(twice):,} of {len(part):,} rows of {name}, such as {examples}",
        "Add a column to the key (--key A,B), or --key none to compare the rows by their content.",
    )


def find_key(before: pd.DataFrame, after: pd.DataFrame, names: Mapping[str, str]) -> str | None:
    """Return the column that tells the rows of both tables apart and ties them together best; None where none does.

    It is unique and without gaps on both sides, and half of the smaller side's values or more are on the other side
    too. Numbers with fractions are measurements and no keys. A name that says so (``id``, ``…_key``) goes first, then
    the column that ties most rows, then the first.

    Parameters
    ----------
    names : mapping of str to str
        The columns that both have, by their earlier names.
    """
    import numpy as np

    from trustlab.data.cells import cells

    best: tuple[bool, float] | None = None
    chosen = None
    for first, second in names.items():
        if not (_identifies(before[first]) and _identifies(after[second])):
            continue
        found = row_ids([cells(before[first], after[second])], (len(before), len(after)))
        if max(np.bincount(side).max() for side in (found.before, found.after)) > 1:
            continue  # two texts that are one number on the other side
        pairs = pair_unique(found)
        share = len(pairs.before) / min(len(before), len(after))
        rank = (named_like_a_key(first), share)
        if share >= SHARED and (best is None or rank > best):
            best, chosen = rank, first
    return chosen


def _identifies(values: pd.Series) -> bool:
    import pandas as pd

    types = pd.api.types
    if not len(values) or types.is_bool_dtype(values.dtype) or values.isna().any():
        return False
    try:
        if not values.iloc[:_FIRST].is_unique:
            return False
        if types.is_float_dtype(values.dtype) and not bool((values % 1 == 0).all()):
            return False
        return bool(values.is_unique)
    except TypeError:  # lists and the like
        return False


def named_like_a_key(name: str) -> bool:
    """Return whether a column's name says that it identifies rows, as ``id`` and ``customer_key`` do."""
    last = name.casefold().replace("-", "_").replace(" ", "_").split("_")[-1]
    return last in {"id", "key", "uuid", "guid", "uid", "index"} or name.endswith(("Id", "ID"))
