"""The tables among the files that differ between two versions, compared as far as that is quick."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from trustlab.core.counted import counted
from trustlab.core.errors import DamagedError, InputError, TrustlabError, UsageError
from trustlab.data.dataset import TABLE_SUFFIXES, store_of
from trustlab.data.frames import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from trustlab.core.context import Context
    from trustlab.data.table_diff import TableDiff
    from trustlab.store import Store
    from trustlab.store.diff import Change, Diff
    from trustlab.store.trees import Entry

MOST_TABLES = 3
# A table that nobody asked for by name is looked into up to this size; columnar files unfold several times in memory.
MOST_BYTES = 256 * 1024 * 1024
MOST_COLUMNAR = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Compared:
    """A table that was compared, or why it was not."""

    path: str
    diff: TableDiff | None = None
    note: str | None = None


def is_ref(given: Any, context: Context) -> bool:
    """Return whether ``given`` means a version rather than a table: a text that is no file, variable or address.

    Where the repo exists, a text is a ref even if a file has the same name.
    """
    from trustlab.store.branches import repos

    if not isinstance(given, str) or given.startswith("trust://"):
        return False
    workspace = context.workspace_or_none
    name = given.split("@")[0].split(":")[0].split("~")[0]
    if workspace is not None and name in repos(store_of(workspace)):
        return True
    looks_like_a_file = "/" in name or PurePosixPath(name).suffix.lower() in TABLE_SUFFIXES
    return not (looks_like_a_file or given in context.namespace or _is_file(given, context))


def _is_file(text: str, context: Context) -> bool:
    try:
        return context.path(text).is_file()
    except OSError:  # longer than a file's name can be
        return False


def compare_stored(
    store: Store, found: Diff, refs: tuple[str, str], key: Sequence[str] | None, context: Context
) -> list[Compared]:
    """Compare the tables that changed between two versions: the first few, and not those that take long unasked.

    Parameters
    ----------
    refs : pair of str
        Where both name a file, these two are compared, whatever they are called and however large they are.

    Raises
    ------
    UsageError, InputError
        Where the only table cannot be compared by ``key``; of several, such a table is noted.
    """
    named = _named(found, refs)
    if named is not None:
        return [_compare(store, named, refs, key, strict=True)]
    tables = [change for change in found.changed if PurePosixPath(change.path).suffix.lower() in TABLE_SUFFIXES]
    taken = tables[:MOST_TABLES]
    strict = len(tables) == 1
    compared = [
        Compared(change.path, note=_too_large(change, refs))
        if _too_large(change, refs)
        else _compare(store, change, refs, key, strict=strict)
        for change in context.track(taken, "compare")
    ]
    if len(tables) > len(taken):
        left = counted(len(tables) - len(taken), "more changed table")
        note = f"{left} not compared; name one, as {refs[0]}:PATH {refs[1]}:PATH"
        compared.append(Compared(f"after the first {MOST_TABLES}", note=note))
    return compared


def check_key(store: Store, ref: str, key: Sequence[str], context: Context) -> None:
    """Refuse a key that no table of a version has: where nothing differs, no comparison would say so.

    Raises
    ------
    UsageError, InputError
        As a comparison by the key says of the only table, or of the first one.
    """
    from trustlab.data.table_diff import compare
    from trustlab.store.chosen import Chosen

    tables = (one for one in Chosen(store, ref) if _suffix(one.path) in TABLE_SUFFIXES and one.size <= MOST_BYTES)
    refused: TrustlabError | None = None
    for entry in context.track(list(islice(tables, MOST_TABLES)), "key"):
        name = file_ref(ref, entry.path)
        try:
            frame = _read(store, entry, name)
            compare(frame, frame, key=key, names=(name, name))
        except DamagedError:
            raise
        except (UsageError, InputError) as error:
            refused = refused or error
        else:
            return
    if refused is not None:
        raise refused


def _named(found: Diff, refs: tuple[str, str]) -> Change | None:
    """Return the one file on each side that the refs name by their paths; None where they name folders or versions."""
    from trustlab.store.diff import Change
    from trustlab.store.refs import parse

    paths = [parse(ref).path for ref in refs]
    if None in paths:
        return None
    both = [change for change in found.changed if change.before is not None and change.before.path == paths[0]]
    if both:
        return both[0]
    before = {change.path: change.before for change in (*found.removed, *found.changed)}.get(paths[0] or "")
    after = {change.path: change.after for change in (*found.added, *found.changed)}.get(paths[1] or "")
    return Change(after.path, before, after) if before is not None and after is not None else None


def _too_large(change: Change, refs: tuple[str, str]) -> str | None:
    most = MOST_COLUMNAR if _suffix(change.path) in (*FORMATS["parquet"], *FORMATS["feather"]) else MOST_BYTES
    size = max(entry.size for entry in (change.before, change.after) if entry is not None)
    if size <= most:
        return None
    path = change.path
    return (
        f"not compared row by row, {size:,} bytes are more than {most:,}; name it to do so all the same: "
        f"{file_ref(refs[0], path)} {file_ref(refs[1], path)}"
    )


def file_ref(ref: str, path: str) -> str:
    """Return the ref of a file in the version that ``ref`` names."""
    return f"{ref.split(':')[0]}:{path}"


def _compare(
    store: Store, change: Change, refs: tuple[str, str], key: Sequence[str] | None, *, strict: bool
) -> Compared:
    from trustlab.data.table_diff import compare

    assert change.before is not None
    assert change.after is not None
    names = file_ref(refs[0], change.before.path), file_ref(refs[1], change.after.path)
    try:
        frames = [_read(store, entry, name) for entry, name in zip((change.before, change.after), names, strict=True)]
    except DamagedError:
        raise
    except TrustlabError as error:
        return Compared(change.path, note=f"not compared as a table: {error.message}")
    try:
        return Compared(change.path, compare(frames[0], frames[1], key=key, names=names))
    except (UsageError, InputError) as error:
        if strict:
            raise
        return Compared(change.path, note=f"not compared: {error.message}")


def _read(store: Store, entry: Entry, name: str) -> pd.DataFrame:
    from trustlab.data.frames import read_frame
    from trustlab.store.read import read_entry

    return read_frame(io.BytesIO(read_entry(store, entry)), name=name, format=_suffix(entry.path) or None)


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()
