"""How a file looks: what tells, without reading it, whether it may have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import os


class Looks(NamedTuple):
    """What tells whether a file has changed."""

    size: int
    mtime_ns: int
    ctime_ns: int
    device: int
    inode: int


def looks_of(found: os.stat_result) -> Looks:
    """Return what tells whether a file has changed."""
    return Looks(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_dev, found.st_ino)
