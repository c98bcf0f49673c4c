"""The stat cache: files whose size, times and inode have not moved keep the chunks they had."""

from __future__ import annotations

import json
import platform
import time
from functools import cached_property, lru_cache
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select

from trustlab.store.chunks import name_of
from trustlab.store.index import batches
from trustlab.store.looks import Looks
from trustlab.store.schema import LOOKS
from trustlab.store.trees import Extent, Written, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from trustlab.store.sources import Item

# What a file looks like says nothing of writes that leave no sign: a second one within the tick of its clock (two
# seconds on FAT, less elsewhere), and those into a page that a process has mapped and written before, until the system
# has written the page out. Linux does so after 30 s, and looks every 5 s. A file at rest for longer is known by its
# looks.
_SETTLE_NS = 60_000_000_000


class Seen(NamedTuple):
    """What a file looked like just before it was read, when that was, and the chunks that came out."""

    looks: Looks
    seen_ns: int
    level: int
    extents: Sequence[Extent]

    def still(self, looks: Looks) -> bool:
        """Return whether a file that looks like ``looks`` must hold the same bytes."""
        return self.looks == looks and max(looks.mtime_ns, looks.ctime_ns) + _SETTLE_NS < self.seen_ns


# The files of one folder, by name.
Folder = dict[str, Seen]


def split_file(file: str) -> tuple[str, str]:
    """Return the key of a file's folder, and the file's name in it."""
    folder, _, name = file.rpartition("/")
    return _key("folder", folder), name


@lru_cache(maxsize=1024)
def _key(kind: str, place: str) -> str:
    """Return what stands for a place on this machine: of one length, however long its path, and whatever it holds."""
    return name_of(f"{kind} {platform.node()}:{place}".encode(errors="surrogateescape")).hex()


def now_ns() -> int:
    """Return the time to remember for a file about to be read, in ns since the epoch."""
    return time.time_ns()


def recall(connection: Connection, folders: Iterable[str]) -> dict[str, Folder]:
    """Return what is remembered of folders, by key."""
    found: dict[str, Folder] = {}
    for batch in batches(folders):
        for row in connection.execute(select(LOOKS).where(LOOKS.c.folder.in_(batch))):
            found[row.folder] = {name: _load(*kept) for name, *kept in json.loads(row.files)}
    return found


def text_of(name: str, seen: Seen) -> str:
    """Return what :func:`rows_of` takes of a file in its folder."""
    # By hand: a commit of ten thousand files waits for it.
    (size, mtime, ctime, device, inode), seen_ns, level, extents = seen
    looks = f"{size},{mtime},{ctime},{device},{inode}"
    return f"[{encode_basestring_ascii(name)},[{looks}],{seen_ns},{level},[{joined(extents)}]]"


def rows_of(folders: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return what :func:`remember` keeps of folders: by key, the texts of their files."""
    return {key: f"[{','.join(texts)}]" for key, texts in folders.items()}


def remember(connection: Connection, rows: Mapping[str, str]) -> None:
    """Keep what :func:`rows_of` and :func:`row_of` return, in place of what was known there."""
    for batch in batches(rows):
        connection.execute(delete(LOOKS).where(LOOKS.c.folder.in_(batch)))
        connection.execute(insert(LOOKS), [{"folder": key, "files": rows[key]} for key in batch])


class Whole:
    """All the files of a commit, and how they look together.

    Parameters
    ----------
    items : sequence of Item
        Each on the disk.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self.key = _key("tree", str(items[0].content).removesuffix(items[0].path))

    @cached_property
    def looks(self) -> str:
        """What tells whether any has changed; it takes a while, where there are many."""
        lines = [
            f"{path}\0{content}\0{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_dev} {found.st_ino} "
            f"{found.st_mode}"
            for path, content, _, _, found in self._items
            if found is not None and isinstance(content, str)
        ]
        return name_of("\n".join(lines).encode(errors="surrogateescape")).hex()

    def settled(self, seen_ns: int) -> bool:
        """Return whether a change after a moment shows in some file's looks."""
        newest = max(max(found.st_mtime_ns, found.st_ctime_ns) for *_, found in self._items if found is not None)
        return newest + _SETTLE_NS < seen_ns


def whole_of(items: Sequence[Item]) -> Whole | None:
    """Return what tells how files look together; None where one is not on the disk."""
    return Whole(items) if all(item.looks is not None for item in items) else None


def recall_tree(connection: Connection, whole: Whole) -> Written | None:
    """Return the tree that files made which looked the same, None where that is not known for sure."""
    text = connection.execute(select(LOOKS.c.files).where(LOOKS.c.folder == whole.key)).scalar_one_or_none()
    if text is None:
        return None
    looks, seen_ns, *tree = json.loads(text)
    return Written(*tree) if looks == whole.looks and whole.settled(seen_ns) else None


def row_of(whole: Whole, tree: Written, seen_ns: int) -> dict[str, str]:
    """Return what :func:`remember` keeps of a whole tree."""
    return {whole.key: json.dumps([whole.looks, seen_ns, tree.name, tree.files, tree.bytes])}


def forget(connection: Connection) -> None:
    """Empty the cache; gc does so when it removes chunks that the cache may name."""
    connection.execute(delete(LOOKS))


def _load(looks: list[int], seen_ns: int, level: int, extents: list[tuple[str, int]]) -> Seen:
    return Seen(Looks(*looks), seen_ns, level, [Extent(bytes.fromhex(name), length) for name, length in extents])
