"""A commit's tree: paths in order, each with its chunks, stored as chunks themselves.

A tree is two levels. Leaves hold entries in the order of their paths and end where a path's own hash says so, so that
an edit rewrites one leaf and every other one is shared with the commits before. The root lists the leaves, each with
its first path. A file of very many chunks names lists of chunks instead (and lists of lists), cut in the same manner.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, NamedTuple

from trustlab.core.errors import DamagedError
from trustlab.store.chunks import name_of
from trustlab.store.objects import fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from trustlab.store.sink import ChunkSink
    from trustlab.store.store import Store

FORMAT = 1

_INLINE = 512
_LEAF_ENTRIES = 512
_LEAF_EXTENTS = 4096


class Extent(NamedTuple):
    """A stretch of a file: the object that holds it, and how many bytes of the file it spans."""

    name: bytes
    length: int


class Entry(NamedTuple):
    """One file of a tree.

    Parameters
    ----------
    path : str
        Relative, ``/`` between names.
    size : int
        In bytes.
    executable : bool
        Whether its owner may run it.
    level : int
        0 where the extents are the file's chunks, n where they are lists of level n - 1.
    extents : sequence of Extent
        In the file's order.
    """

    path: str
    size: int
    executable: bool
    level: int
    extents: Sequence[Extent]

    def same_content(self, other: Entry) -> bool:
        """Return whether both hold the same bytes and mode."""
        return (self.level, self.executable, list(self.extents)) == (other.level, other.executable, list(other.extents))


class Line(NamedTuple):
    """An entry about to be written: its path, size, number of extents and text, and whether a leaf ends with it."""

    path: str
    size: int
    extents: int
    text: str
    ends: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A tree just written: its root's name in hex, its number of files and their bytes."""

    name: str
    files: int
    bytes: int


def joined(extents: Sequence[Extent]) -> str:
    """Return extents as they stand in a list of them, as JSON has it."""
    if len(extents) == 1:
        ((name, length),) = extents
        return f'["{name.hex()}",{length}]'
    return ",".join([f'["{name.hex()}",{length}]' for name, length in extents])


def dump_extents(extents: Sequence[Extent]) -> str:
    """Return extents as canonical text."""
    return f"[{joined(extents)}]"


def load_extents(text: str | bytes, size: int | None = None) -> list[Extent]:
    """Return the extents that :func:`dump_extents` wrote; ValueError where they do not span ``size`` bytes."""
    extents = [Extent(bytes.fromhex(name), length) for name, length in json.loads(text)]
    if size is not None:
        _check_size(extents, size)
    return extents


def _check_size(extents: Sequence[Extent], size: int) -> None:
    lengths = [length for _, length in extents]
    if type(size) is not int or any(type(length) is not int or length <= 0 for length in lengths):
        raise ValueError("sizes that are no whole numbers above 0")
    if sum(lengths) != size:
        raise ValueError(f"a size of {size:,} bytes for parts of {sum(lengths):,}")


def fold_extents(sink: ChunkSink, extents: Sequence[Extent]) -> tuple[int, Sequence[Extent]]:
    """Store long lists of extents as objects, until few enough are left for a tree's entry.

    Returns
    -------
    (int, sequence of Extent)
        The level and what the entry holds.
    """
    level = 0
    while len(extents) > _INLINE:
        level += 1
        folded = []
        for group in _groups(extents):
            name = sink.put(dump_extents(group).encode())
            folded.append(Extent(name, sum(extent.length for extent in group)))
        extents = folded
    return level, extents


def _groups(extents: Sequence[Extent]) -> Iterator[list[Extent]]:
    group: list[Extent] = []
    for extent in extents:
        group.append(extent)
        # One name in 256 ends a group: an inserted chunk changes its own group and leaves the others as they were.
        if (extent.name[0] == 0 and len(group) >= 32) or len(group) >= 1024:
            yield group
            group = []
    if group:
        yield group


def extents_at(
    store: Store, level: int, extents: Iterable[Extent], start: int, stop: int, at: int = 0
) -> Iterator[tuple[int, Extent]]:
    """Yield (offset in the file, chunk) for the chunks that touch ``start`` to ``stop``.

    Lists that lie outside are not fetched.
    """
    for extent in extents:
        if at >= stop:
            return
        if at + extent.length > start:
            if level == 0:
                yield at, extent
            else:
                yield from extents_at(store, level - 1, load_extents(fetch(store, extent.name)), start, stop, at)
        at += extent.length


def line_of(entry: Entry) -> Line:
    """Return an entry as a tree's leaf holds it."""
    path, size, executable, level, extents = entry
    # What `_dump` would return, by hand: a commit of ten thousand files waits for it.
    text = f"[{encode_basestring(path)},{size},{int(executable)},{level},[{joined(extents)}]]"
    return Line(path, size, len(extents), text, name_of(path.encode())[0] < 2)  # one path in 128


def write_tree(sink: ChunkSink, lines: Iterable[Line]) -> Written:
    """Store a tree.

    Parameters
    ----------
    lines : iterable of Line
        In the order of their paths, no path twice.
    """
    leaves: list[list[str]] = []
    first = ""
    leaf: list[str] = []
    files = total = extents = 0
    for path, size, parts, text, ends in lines:
        first = first if leaf else path
        leaf.append(text)
        files, total, extents = files + 1, total + size, extents + parts
        if ends or len(leaf) >= _LEAF_ENTRIES or extents >= _LEAF_EXTENTS:
            leaves.append(_write_leaf(sink, first, leaf))
            leaf, extents = [], 0
    if leaf:
        leaves.append(_write_leaf(sink, first, leaf))
    root = {"trustlab": "tree", "format": FORMAT, "files": files, "bytes": total, "leaves": leaves}
    return Written(sink.put(_dump(root).encode()).hex(), files, total)


def _write_leaf(sink: ChunkSink, first: str, leaf: Sequence[str]) -> list[str]:
    return [first, sink.put(f"[{','.join(leaf)}]".encode()).hex()]


def _dump(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Tree:
    """A stored tree, of which only the leaves asked for are fetched.

    Parameters
    ----------
    store : Store
    name : str
        The root's name in hex.

    Raises
    ------
    DamagedError
        Here or in any method, where a part of the tree cannot be read.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name
        try:
            root = json.loads(fetch(store, bytes.fromhex(name)))
            if root["format"] != FORMAT:
                raise DamagedError(f"tree {name[:12]} must be of format {FORMAT}; got {root['format']!r}")
            self.files: int = root["files"]
            self.bytes: int = root["bytes"]
            self.leaves: list[tuple[str, bytes]] = [(first, bytes.fromhex(leaf)) for first, leaf in root["leaves"]]
        except (ValueError, TypeError, LookupError) as error:
            raise self._malformed(repr(error)) from error
        self._firsts = [first for first, _ in self.leaves]
        self._check_order(self._firsts)
        self._last: tuple[int, list[Entry]] = (-1, [])

    def leaf(self, number: int) -> list[Entry]:
        """Return one leaf's entries; the last one asked for is kept."""
        if self._last[0] != number:
            try:
                rows = json.loads(fetch(self._store, self.leaves[number][1]))
                entries = [_entry(row) for row in rows]
            except (ValueError, TypeError) as error:
                raise self._malformed(repr(error)) from error
            # A path out of order would not be found, nor seen to be missing.
            self._check_order([self._firsts[number], *(entry.path for entry in entries[1:])])
            if not entries or entries[0].path != self._firsts[number]:
                raise self._malformed("a leaf that begins with another path than the root says")
            self._last = (number, entries)
        return self._last[1]

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the entries whose path begins with ``prefix``, in the order of their paths."""
        entry = self.first(prefix)
        if entry is None:
            return
        for number in range(self._leaf_of(entry.path), len(self.leaves)):
            for candidate in self.leaf(number):
                if candidate.path < entry.path:
                    continue
                if not candidate.path.startswith(prefix):
                    return
                yield candidate

    def first(self, path: str) -> Entry | None:
        """Return the entry at ``path``, or else the next one after it; None at the end."""
        for number in range(self._leaf_of(path), len(self.leaves)):
            leaf = self.leaf(number)
            at = bisect_left(leaf, path, key=lambda entry: entry.path)
            if at < len(leaf):
                return leaf[at]
        return None

    def get(self, path: str) -> Entry | None:
        """Return the file at ``path``, None where there is none."""
        entry = self.first(path)
        return entry if entry is not None and entry.path == path else None

    def _check_order(self, paths: Sequence[str]) -> None:
        if any(first >= second for first, second in pairwise(paths)):
            raise self._malformed("paths out of order")

    def _malformed(self, what: str) -> DamagedError:
        return DamagedError(
            f"tree {self._name[:12]} must be one that trustlab wrote; got {what}",
            hint="`trust data verify` names the commits that it touches; do not build on them: revert to one before.",
        )

    def _leaf_of(self, path: str) -> int:
        return max(bisect_right(self._firsts, path) - 1, 0)


def _entry(row: list[Any]) -> Entry:
    path, size, executable, level, parts = row
    extents = [Extent(bytes.fromhex(name), length) for name, length in parts]
    _check_size(extents, size)
    return Entry(path, size, bool(executable), level, extents)
