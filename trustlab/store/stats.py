"""The stat cache: files whose size, times and inode have not moved keep the chunks they had."""

from __future__ import annotations

import json
import platform
import time
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select

from trustlab.store.index import batches
from trustlab.store.schema import LOOKS
from trustlab.store.trees import Extent

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

# A file that is written twice within one tick of its clock looks unchanged. Clocks of common file systems tick within
# 10 ms; those that keep whole seconds (FAT: every two) show it by their times.
_TICK_NS = 50_000_000
_COARSE_TICK_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000


class Looks(NamedTuple):
    """What tells whether a file has changed."""

    size: int
    mtime_ns: int
    ctime_ns: int
    device: int
    inode: int


class Seen(NamedTuple):
    """What a file looked like just before it was read, when that was, and the chunks that came out."""

    looks: Looks
    seen_ns: int
    level: int
    extents: Sequence[Extent]

    def still(self, looks: Looks) -> bool:
        """Return whether a file that looks like ``looks`` must hold the same bytes."""
        if self.looks != looks:
            return False
        tick = _COARSE_TICK_NS if looks.mtime_ns % _SECOND_NS == 0 else _TICK_NS
        return max(looks.mtime_ns, looks.ctime_ns) + tick < self.seen_ns


# The files of one folder, by name.
Folder = dict[str, Seen]


def looks_of(found: os.stat_result) -> Looks:
    """Return what tells whether a file has changed."""
    return Looks(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_dev, found.st_ino)


def split_file(file: str) -> tuple[str, str]:
    """Return the key of a file's folder (the machine and the absolute path), and the file's name in it."""
    folder, _, name = file.rpartition("/")
    return f"{platform.node()}:{folder}", name


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


def remember(connection: Connection, folders: Mapping[str, Folder]) -> None:
    """Keep what the files of folders looked like, in place of what was known of them."""
    for batch in batches(folders):
        connection.execute(delete(LOOKS).where(LOOKS.c.folder.in_(batch)))
        rows = [
            {"folder": folder, "files": json.dumps([_dump(*one) for one in folders[folder].items()])}
            for folder in batch
        ]
        connection.execute(insert(LOOKS), rows)


def forget(connection: Connection) -> None:
    """Empty the cache; gc does so when it removes chunks that the cache may name."""
    connection.execute(delete(LOOKS))


def _load(looks: list[int], seen_ns: int, level: int, extents: list[tuple[str, int]]) -> Seen:
    return Seen(Looks(*looks), seen_ns, level, [Extent(bytes.fromhex(name), length) for name, length in extents])


def _dump(name: str, seen: Seen) -> list[object]:
    extents = [[extent.name.hex(), extent.length] for extent in seen.extents]
    return [name, seen.looks, seen.seen_ns, seen.level, extents]
