"""Compare two tables: their columns, their rows by key or by content, and each column's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.views import clean
from trustlab.data.row_pairs import Pairs, find_key, key_ids, only_once, pair_equal, pair_unique, row_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd

    from trustlab.data.row_pairs import RowIds
    from trustlab.data.table_columns import ColumnDiff

NONE = ("none",)
_LOOK = 1000

KeyFrom = Literal["given", "found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeChange:
    """A column whose values are kept in another type; ``kinds`` are what they are in words, such as integer."""

    column: str
    before: str
    after: str
    kinds: tuple[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON data."""
        kinds = {"kind_before": self.kinds[0], "kind_after": self.kinds[1]}
        return {"column": self.column, "before": self.before, "after": self.after, **kinds}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDiff:
    """How one table became another.

    Parameters
    ----------
    before, after : pandas.DataFrame
        The tables, their columns called by text; an index with a name is a column.
    names : mapping of str to str
        The columns that both have: their later names by their earlier ones.
    columns_added, columns_removed : sequence of str
    columns_renamed : mapping of str to str
        Columns that hold the same under another name.
    types_changed : sequence of TypeChange
    key : sequence of str
        The columns, by their earlier names, that say which row is which; empty where rows are compared by content.
    key_from : {'given', 'found'} or None
    pairs : Pairs
        The rows that belong together: by key, or equal in all columns that both have.
    changed_cells : numpy.ndarray of int
        For each pair, in how many columns it differs.
    columns : sequence of ColumnDiff
        In the later table's order.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    names: Mapping[str, str]
    columns_added: Sequence[str]
    columns_removed: Sequence[str]
    columns_renamed: Mapping[str, str]
    types_changed: Sequence[TypeChange]
    key: Sequence[str]
    key_from: KeyFrom | None
    pairs: Pairs
    changed_cells: np.ndarray
    columns: Sequence[ColumnDiff]

    def __bool__(self) -> bool:
        schema = self.columns_added or self.columns_removed or self.columns_renamed or self.types_changed
        return bool(schema or self.rows_added or self.rows_removed or self.rows_changed)

    @property
    def rows_added(self) -> int:
        """Rows that only the later table has."""
        return len(self.pairs.added)

    @property
    def rows_removed(self) -> int:
        """Rows that only the earlier table has."""
        return len(self.pairs.removed)

    @property
    def rows_changed(self) -> int | None:
        """Rows with the same key and other values; None where rows have no key."""
        return int((self.changed_cells > 0).sum()) if self.key else None

    @property
    def reordered(self) -> bool:
        """Whether the rows that both have stand in another order."""
        return bool((self.pairs.before[1:] < self.pairs.before[:-1]).any())

    @property
    def added(self) -> pd.DataFrame:
        """The rows that only the later table has."""
        return self.after.iloc[self.pairs.added]

    @property
    def removed(self) -> pd.DataFrame:
        """The rows that only the earlier table has."""
        return self.before.iloc[self.pairs.removed]

    @property
    def changed(self) -> pd.DataFrame:
        """The changed rows, those with most changed cells first: each column before and after, as a second level."""
        import pandas as pd

        old, new = self.most_changed()
        frames = {
            "before": self.before[list(self.names)].iloc[old].rename(columns=dict(self.names)).reset_index(drop=True),
            "after": self.after[list(self.names.values())].iloc[new].reset_index(drop=True),
        }
        joint = pd.concat(frames, axis=1).swaplevel(axis=1)
        return joint[[(name, side) for name in self.names.values() for side in ("before", "after")]]

    def most_changed(self, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the changed rows' positions before and after, those with most changed cells first."""
        import numpy as np

        order = np.argsort(-self.changed_cells, kind="stable")
        order = order[self.changed_cells[order] > 0][:most]
        return self.pairs.before[order], self.pairs.after[order]

    def worst(self) -> list[ColumnDiff]:
        """Return the columns that are not as they were, those that moved or changed most first; never the key."""
        kept = [one for one in self.columns if one.before_name not in self.key and (one.changed or one.moved > 0)]
        return sorted(kept, key=lambda one: (-max(one.moved, one.changed_share or 0.0), -one.moved))

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as JSON data."""
        told = {
            "rows_before": len(self.before),
            "rows_after": len(self.after),
            "key": list(self.key) or None,
            "key_from": self.key_from,
            "rows_added": self.rows_added,
            "rows_removed": self.rows_removed,
            "rows_changed": self.rows_changed,
            "reordered": self.reordered,
            "columns_added": list(self.columns_added),
            "columns_removed": list(self.columns_removed),
            "columns_renamed": [{"before": old, "after": new} for old, new in self.columns_renamed.items()],
            "types_changed": [change.to_dict() for change in self.types_changed],
            "columns": [column.to_dict() for column in self.columns],
        }
        return {name: clean(value) for name, value in told.items()}


def compare(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    key: Sequence[str] | None = None,
    names: tuple[str, str] = ("before", "after"),
) -> TableDiff:
    """Compare two tables.

    Cells are equal as `trustlab.data.cells.Cells` says: a missing value equals a missing value and 1 equals 1.0, so
    that a column of another type whose values are the same is a change of its type only.

    Parameters
    ----------
    before, after : pandas.DataFrame
        Stay as they are. The order of rows and columns does not count.
    key : sequence of str or None
        The columns whose values say which row is which; ``('none',)`` compares the rows by content, as multisets; None
        finds a key column (see `trustlab.data.row_pairs.find_key`), else compares by content.
    names : pair of str
        What to call the tables in messages.

    Raises
    ------
    UsageError, InputError
        Where ``key`` is no column of both, or does not tell the rows apart.
    """
    old, new = (_plain(frame, name) for frame, name in zip((before, after), names, strict=True))
    tables = dict(zip(names if names[0] != names[1] else ("before", "after"), (old, new), strict=True))
    renamed = _renamed_in_place(old, new)
    shared = _shared(old, new, renamed)
    wanted = None if key is None or (tuple(key) == NONE and NONE[0] not in shared) else list(key)
    if key is None and (found := find_key(old, new, shared)) is not None:
        wanted = [found]
    chosen, ids = key_ids(tables, wanted, shared) if wanted else ((), None)
    if set(old.columns) - set(shared) and set(new.columns) - set(shared.values()):
        pairs = pair_unique(ids) if ids is not None else only_once(_content_ids(old, new, shared))
        renamed |= _renamed_among(old, new, shared, pairs)
    return _finished(old, new, renamed, chosen, None if not chosen else "found" if key is None else "given")


def _finished(
    old: pd.DataFrame, new: pd.DataFrame, renamed: dict[str, str], key: tuple[str, ...], key_from: KeyFrom | None
) -> TableDiff:
    import numpy as np

    from trustlab.data.cells import cells
    from trustlab.data.table_columns import describe

    shared = _shared(old, new, renamed)
    if not shared:  # nothing says that any row is in both
        nothing = np.zeros(0, dtype=np.int64)
        pairs = Pairs(before=nothing, after=nothing, removed=np.arange(len(old)), added=np.arange(len(new)))
    elif key:
        pairs = pair_unique(_content_ids(old, new, {name: shared[name] for name in key}))
    else:
        pairs = pair_equal(_content_ids(old, new, shared))
    changed = np.zeros(len(pairs.before), dtype=np.int32)
    columns = {}
    for first, second in shared.items():
        one, differ = describe(old[first], new[second], cells(old[first], new[second]), pairs if key else None)
        columns[second] = one
        changed += 0 if differ is None else differ
    return TableDiff(
        before=old,
        after=new,
        names=shared,
        columns_added=[name for name in new.columns if name not in columns],
        columns_removed=[name for name in old.columns if name not in shared],
        columns_renamed=renamed,
        types_changed=_types(old, new, shared),
        key=key,
        key_from=key_from,
        pairs=pairs,
        changed_cells=changed,
        columns=[columns[name] for name in new.columns if name in columns],
    )


def _content_ids(old: pd.DataFrame, new: pd.DataFrame, shared: Mapping[str, str]) -> RowIds:
    from trustlab.data.cells import cells

    return row_ids((cells(old[first], new[second]) for first, second in shared.items()), (len(old), len(new)))


def _plain(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with text for column names and its named index as columns, the rows merely counted."""
    from trustlab.data.delimited import refuse_duplicates

    levels = frame.index.names
    named = all(level is not None and level not in frame.columns for level in levels)
    plain = frame.reset_index() if named else frame.reset_index(drop=True)
    plain.columns = [str(column) for column in plain.columns]
    refuse_duplicates(list(plain.columns), name=name)
    return plain


def _shared(old: pd.DataFrame, new: pd.DataFrame, renamed: Mapping[str, str]) -> dict[str, str]:
    known = set(new.columns)
    both = {name: name for name in old.columns if name in known}
    return {name: (both | dict(renamed))[name] for name in old.columns if name in both or name in renamed}


def _renamed_in_place(old: pd.DataFrame, new: pd.DataFrame) -> dict[str, str]:
    """Return the columns that hold the same, row by row, under another name."""
    import numpy as np

    if len(old) != len(new):
        return {}
    rows, nothing = np.arange(len(old)), np.zeros(0, dtype=np.int64)
    return _renamed_among(
        old, new, _shared(old, new, {}), Pairs(before=rows, after=rows, removed=nothing, added=nothing)
    )


def _renamed_among(old: pd.DataFrame, new: pd.DataFrame, shared: Mapping[str, str], pairs: Pairs) -> dict[str, str]:
    """Return the columns that hold the same in all pairs of rows under another name.

    A column of one value is never among them: it is like any other of its kind.
    """
    taken = set(shared.values())
    waiting = [name for name in new.columns if name not in taken]
    found: dict[str, str] = {}
    if len(pairs.before) < 2 or not waiting:
        return found
    for most in (_LOOK, len(pairs.before)):
        rows = pairs.before[:most], pairs.after[:most]
        digests: dict[str, list[str]] = {}
        for name in waiting:
            digests.setdefault(_digest(new[name], rows[1]), []).append(name)
        gone = [name for name in (found if most > _LOOK else old.columns) if name not in shared]
        found = {}
        for name in gone:
            if alike := digests.get(_digest(old[name], rows[0])):
                found[name] = alike.pop(0)
        waiting = list(found.values())
    return {name: other for name, other in found.items() if _varies(old[name].iloc[pairs.before])}


def _digest(values: pd.Series[Any], rows: np.ndarray) -> str:
    from trustlab.data.frames import frame_digest

    return frame_digest(values.iloc[rows].reset_index(drop=True).to_frame(""))


def _varies(values: pd.Series[Any]) -> bool:
    try:
        return len(values.drop_duplicates()) > 1
    except TypeError:  # lists and the like; their text can be told apart
        return len(values.astype(str).drop_duplicates()) > 1


def _types(old: pd.DataFrame, new: pd.DataFrame, shared: Mapping[str, str]) -> list[TypeChange]:
    from trustlab.data.schema import infer

    unlike = {first: second for first, second in shared.items() if str(old[first].dtype) != str(new[second].dtype)}
    schemas = infer(old[list(unlike)]), infer(new[list(unlike.values())])
    return [
        TypeChange(
            column=second,
            before=str(old[first].dtype),
            after=str(new[second].dtype),
            kinds=(schemas[0].column(first).kind, schemas[1].column(second).kind),
        )
        for first, second in unlike.items()
    ]
