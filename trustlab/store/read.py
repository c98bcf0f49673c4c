"""Read a file of a commit, whole or a piece of it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from trustlab.core.errors import UsageError
from trustlab.store.ls import missing
from trustlab.store.objects import fetch_views
from trustlab.store.refs import parse, resolve
from trustlab.store.trees import Tree, extents_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustlab.store.records import Commit
    from trustlab.store.refs import Ref
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry


def find(store: Store, ref: str | Ref) -> tuple[Commit, Entry]:
    """Return the commit and the file that a ref with a path names; the path may be left out where there is one file.

    Raises
    ------
    NotFoundError
        If the ref or the path names nothing.
    UsageError
        If there is no path, and several files.
    """
    parts = parse(ref)
    commit = resolve(store, parts)
    tree = Tree(store, commit.tree)
    if parts.path is None:
        only = tree.first("")
        if tree.files != 1 or only is None:
            raise UsageError(
                f"'{parts}' must name a file, as {parts}:PATH; it holds {tree.files}",
                hint=f"`trust data ls {parts}` lists them.",
            )
        return commit, only
    entry = tree.get(parts.path)
    if entry is None:
        raise missing(commit, tree, parts.path)
    return commit, entry


def read(store: Store, ref: str | Ref, start: int = 0, stop: int | None = None) -> bytes:
    """Return a file's bytes, from ``start`` to before ``stop``.

    Parameters
    ----------
    ref : str or Ref
        With the file's path, unless the commit holds only one.
    start, stop : int
        Offsets in bytes, cut to the file; only the chunks between them are fetched.

    Raises
    ------
    NotFoundError
        If the ref or the path names nothing.
    DamagedError
        If a chunk is missing or altered.
    """
    _, entry = find(store, ref)
    return read_entry(store, entry, start, stop)


def read_entry(store: Store, entry: Entry, start: int = 0, stop: int | None = None) -> bytes:
    """Return the bytes of a tree's file, from ``start`` to before ``stop``."""
    return b"".join(stream_entry(store, entry, start, stop))


def stream_entry(store: Store, entry: Entry, start: int = 0, stop: int | None = None) -> Iterator[memoryview]:
    """Yield the bytes of a tree's file chunk by chunk, so that memory stays bounded."""
    start = max(start, 0)
    stop = entry.size if stop is None else min(stop, entry.size)
    if start >= stop:
        return
    places: deque[int] = deque()

    def names() -> Iterator[bytes]:
        for at, extent in extents_at(store, entry.level, entry.extents, start, stop):
            places.append(at)
            yield extent.name

    for data in fetch_views(store, names()):
        at = places.popleft()
        yield data[max(start - at, 0) : stop - at]
