"""``trust data diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Data, Positional, Range, Short
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.data.stored_tables import Compared
    from trustlab.data.table_diff import TableDiff
    from trustlab.store.diff import Change, Diff

LISTED = 1000
COLUMNS = ("change", "path", "bytes_before", "bytes_after")
UNITS = {"bytes_before": "B", "bytes_after": "B"}


@operation(
    "verb", "Difference", read_only=True, random=False, example={"before": "loans@main~1", "after": "loans@main"}
)
def diff(
    before: Annotated[Data, Positional()],
    after: Annotated[Data, Positional()] = None,
    key: Annotated[list[str] | None, Short("k")] = None,
    rows: Annotated[int, Range(0, 1000), Short("n")] = 5,
    files_only: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Show what changed between two versions: the files, and of tables the columns, rows and values.

    Parameters
    ----------
    before : data
        The earlier version, as loans@main~1; with :PATH only that file or folder. Also a table that is no version: a
        file, or in a notebook a variable.
    after : data
        The later version or table; where not given, before is the later version, and is compared with the one before
        it.
    key : list
        The columns by which rows go together; "none" compares rows by all that they hold. Where not given, a column
        that tells the rows apart is looked for.
    rows : int
        How many changed, added and removed rows to show.
    files_only : bool
        Do not look into the tables.
    """
    from trustlab.data.stored_tables import is_ref

    given = [before] if after is None else [before, after]
    if all(is_ref(one, context) for one in given):
        return _versions(*_pair(before, after), key, rows, files_only, context)
    if after is None:
        raise UsageError(
            "data.diff: after is needed where before is no version; nothing came",
            hint="Name two tables: trust data diff OLD.csv NEW.csv",
        )
    return _tables(before, after, key, rows, context)


def _versions(first: str, second: str, key: list[str] | None, rows: int, files_only: bool, context: Context) -> Outcome:
    from trustlab.data.dataset import store_of
    from trustlab.data.stored_tables import check_key, compare_stored
    from trustlab.store.diff import diff as compare

    store = store_of(context.workspace)
    found = compare(store, first, second)
    kinds = found.by_kind()
    listed = {word: [_change(change) for change in changes] for word, changes in kinds.items()}
    tables = [] if files_only else compare_stored(store, found, (first, second), key, context)
    if key and list(key) != ["none"] and not tables and not files_only:
        check_key(store, second, key, context)
    counts = ", ".join(f"{len(changes):,} {word}" for word, changes in kinds.items() if changes)
    said = [f"{one.path}: {_said(one)}" for one in tables if one.diff is not None]
    left = [f"{one.path}: {one.note}." for one in tables if one.note]
    unseen = [f"{counted(len(left), 'note')} on what was not compared"] if left else []
    advice = [f"%trust drift {first} {second}"] if found.changed else []
    return Outcome(
        payload={
            "before": {"ref": first, "commit": found.before},
            "after": {"ref": second, "commit": found.after},
            **listed,
            "tables": [_table(one) for one in tables if one.diff is not None],
            "notes": left,
        },
        summary="; ".join([f"{first} to {second}: {counts or 'no difference'}", *said, *unseen]),
        views=[*_files(kinds, left), *_views(tables, rows)],
        advice=[*_closer(tables, found, (first, second)), *advice],
        value={one.path: one.diff for one in tables if one.diff is not None},
    )


def _tables(before: Any, after: Any, key: list[str] | None, rows: int, context: Context) -> Outcome:
    from trustlab.data.dataset import load_dataset
    from trustlab.data.stored_tables import Compared
    from trustlab.data.table_diff import compare

    sides = [load_dataset(one, context, parameter=name) for one, name in ((before, "before"), (after, "after"))]
    names = (sides[0].name, sides[1].name) if sides[0].name != sides[1].name else ("before", "after")
    found = Compared(names[1], compare(sides[0].frame, sides[1].frame, key=key, names=names))
    both = [{"ref": side.name, "commit": side.origin.get("commit"), **side.provenance()} for side in sides]
    return Outcome(
        payload={
            "before": both[0],
            "after": both[1],
            **{word: [] for word in ("added", "removed", "changed", "renamed")},
            "tables": [_table(found)],
            "notes": [],
        },
        summary=f"{names[0]} to {names[1]}: {_said(found)}",
        views=_views([found], rows),
        value={found.path: found.diff},
    )


def _closer(tables: list[Compared], found: Diff, refs: tuple[str, str]) -> list[str]:
    """Return the commands that look closer: at one of several tables, at a table by its content, at a new name."""
    import shlex

    from trustlab.data.stored_tables import file_ref

    def line(before: str, after: str, more: str = "") -> str:
        words = file_ref(refs[0], before), file_ref(refs[1], after)
        return f"%trust data diff {shlex.join(words)}{more}"

    compared = [one for one in tables if one.diff is not None]
    if len(compared) > 1:
        return [line(one.path, one.path) for one in compared]
    if compared and _known(compared[0]).key_from == "found":
        return [f"%trust data diff {shlex.join(refs)} --key none"]
    if not tables and (len(found.removed), len(found.added), len(found.renamed)) == (1, 1, 0):
        return [line(found.removed[0].path, found.added[0].path)]
    return []


def _pair(before: str, after: str | None) -> tuple[str, str]:
    from dataclasses import replace

    from trustlab.store.refs import parse

    if after is not None:
        return before, after
    later = parse(before)
    return str(replace(later, back=later.back + 1)), before


def _change(change: Change) -> dict[str, Any]:
    moved = change.before is not None and change.before.path != change.path
    return {
        "path": change.path,
        **({"path_before": change.before.path} if moved and change.before else {}),
        "bytes_before": change.before.size if change.before else None,
        "bytes_after": change.after.size if change.after else None,
    }


def _files(kinds: dict[str, list[Change]], notes: list[str]) -> list[Table]:
    rows = [
        (
            word,
            change.path if word != "renamed" or change.before is None else f"{change.before.path} → {change.path}",
            change.before.size if change.before else None,
            change.after.size if change.after else None,
        )
        for word, changes in kinds.items()
        for change in changes
    ]
    said = [f"The first {LISTED:,} of {len(rows):,}."] if len(rows) > LISTED else []
    if not rows:
        return []
    return [
        Table(
            name="changes",
            title="Files that differ",
            columns=COLUMNS,
            rows=rows[:LISTED],
            units=UNITS,
            caption=" ".join([*said, *notes]) or None,
        )
    ]


def _said(one: Compared) -> str:
    from trustlab.data.table_views import sentence

    return sentence(_known(one))


def _known(one: Compared) -> TableDiff:
    assert one.diff is not None
    return one.diff


def _table(one: Compared) -> dict[str, Any]:
    return {"path": one.path, **_known(one).to_dict()}


def _views(tables: list[Compared], rows: int) -> list[Any]:
    compared = [one for one in tables if one.diff is not None]
    if not compared:
        return []
    from trustlab.data.table_views import views

    return [
        view
        for number, one in enumerate(compared, start=1)
        for view in views(_known(one), one.path, rows=rows, brief=len(compared) > 1, number=number)
    ]
