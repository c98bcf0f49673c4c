"""The stat cache: files whose size, times and inode have not moved keep the chunks they had."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from trustlab.store.index import batches
from trustlab.store.schema import STATS
from trustlab.store.trees import dump_extents, load_extents

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from trustlab.store.trees import Extent

# A file that is written twice within one tick of its clock looks unchanged. Clocks of common file systems tick within
# 10 ms; those that keep whole seconds (FAT: every two) show it by their times.
_TICK_NS = 50_000_000
_COARSE_TICK_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file looked like just before it was read, and the chunks that came out."""

    key: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: str
    seen_ns: int
    level: int
    extents: Sequence[Extent]

    def still(self, stat: os.stat_result) -> bool:
        """Return whether a file that looks like ``stat`` must hold the same bytes."""
        same = (self.size, self.mtime_ns, self.ctime_ns, self.inode) == (
            stat.st_size,
            stat.st_mtime_ns,
            stat.st_ctime_ns,
            inode_of(stat),
        )
        tick = _COARSE_TICK_NS if stat.st_mtime_ns % _SECOND_NS == 0 else _TICK_NS
        return same and max(stat.st_mtime_ns, stat.st_ctime_ns) + tick < self.seen_ns


def key_of(file: Path) -> str:
    """Return the name under which a file's looks are remembered: the machine and the absolute path."""
    return f"{platform.node()}:{file}"


def inode_of(stat: os.stat_result) -> str:
    """Return a file's device and inode."""
    return f"{stat.st_dev}:{stat.st_ino}"


def now_ns() -> int:
    """Return the time to remember for a file about to be read, in ns since the epoch."""
    return time.time_ns()


def recall(connection: Connection, keys: Iterable[str]) -> dict[str, Seen]:
    """Return what is remembered, by key."""
    found: dict[str, Seen] = {}
    for batch in batches(keys):
        for row in connection.execute(select(STATS).where(STATS.c.path.in_(batch))):
            found[row.path] = Seen(
                row.path,
                row.size,
                row.mtime_ns,
                row.ctime_ns,
                row.inode,
                row.seen_ns,
                row.level,
                load_extents(row.extents),
            )
    return found


def remember(connection: Connection, seen: Iterable[Seen]) -> None:
    """Keep what files looked like, in place of what was known of them."""
    # A file that a link names as well was read twice.
    for batch in batches({one.key: one for one in seen}.values()):
        connection.execute(delete(STATS).where(STATS.c.path.in_([one.key for one in batch])))
        rows = [
            {
                "path": one.key,
                "size": one.size,
                "mtime_ns": one.mtime_ns,
                "ctime_ns": one.ctime_ns,
                "inode": one.inode,
                "seen_ns": one.seen_ns,
                "level": one.level,
                "extents": dump_extents(one.extents),
            }
            for one in batch
        ]
        connection.execute(insert(STATS), rows)


def forget(connection: Connection) -> None:
    """Empty the cache; gc does so when it removes chunks that the cache may name."""
    connection.execute(delete(STATS))
