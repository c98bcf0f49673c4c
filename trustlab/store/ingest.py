"""Turn files into tree entries: read, cut, put; skip what the stat cache knows, notice what changes."""

from __future__ import annotations

import io
import os
import stat as modes
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from trustlab.core.errors import InputError
from trustlab.store.chunks import split
from trustlab.store.stats import Seen, inode_of, key_of, now_ns
from trustlab.store.trees import Entry, Extent, fold_extents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trustlab.store.sink import ChunkSink
    from trustlab.store.sources import Item


class Ingest:
    """One commit's reading of its items.

    Parameters
    ----------
    sink : ChunkSink
        Takes the chunks.
    recalled : dict of str to Seen
        What the stat cache knows, by key.
    progress : callable or None
        Called with (bytes done, bytes in all, path).
    total : int
        Bytes in all.
    """

    def __init__(
        self,
        sink: ChunkSink,
        recalled: dict[str, Seen],
        progress: Callable[[int, int, str], None] | None,
        total: int,
    ) -> None:
        self._sink = sink
        self._recalled = recalled
        self._progress = progress
        self._total = total
        self._done = 0
        self.seen: list[Seen] = []

    def entries(self, items: Sequence[Item]) -> Iterator[Entry]:
        """Yield an entry for each item; ``seen`` grows by what the stat cache should learn."""
        for item in items:
            if isinstance(item.content, Path):
                entry = self._file(item.path, item.content)
            elif isinstance(item.content, bytes):
                entry = self._stream(item.path, io.BytesIO(item.content), executable=False)
            else:
                item.content.seek(item.start)
                entry = self._stream(item.path, item.content, executable=False)
            yield entry

    def _file(self, path: str, file: Path) -> Entry:
        for _ in range(2):
            entry = self._try_file(path, file)
            if entry is not None:
                return entry
        raise InputError(
            f"a file must hold still while it is committed; '{file}' changed while it was read, twice",
            hint="Stop what writes to it, or commit a copy.",
        )

    def _try_file(self, path: str, file: Path) -> Entry | None:
        seen_ns = now_ns()
        before = self._stat(file)
        executable = bool(before.st_mode & modes.S_IXUSR)
        known = self._recalled.get(key_of(file))
        if known is not None and known.still(before):
            self._advance(known.size, path)
            return Entry(path, known.size, executable, known.level, known.extents)
        done = self._done
        try:
            # Not blocking, so that a pipe that took the file's place cannot hang the commit.
            descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as stream:
                entry = self._stream(path, stream, executable=executable)
        except OSError as error:
            raise InputError(f"every file to commit must be readable; '{file}' is not ({error.strerror})") from error
        if entry.size != before.st_size or _looks(self._stat(file)) != _looks(before):
            self._done = done
            return None
        self.seen.append(
            Seen(
                key_of(file),
                entry.size,
                before.st_mtime_ns,
                before.st_ctime_ns,
                inode_of(before),
                seen_ns,
                entry.level,
                entry.extents,
            )
        )
        return entry

    def _stat(self, file: Path) -> os.stat_result:
        try:
            found = file.lstat()
        except OSError as error:
            raise InputError(f"every file to commit must be readable; '{file}' is not ({error.strerror})") from error
        if not modes.S_ISREG(found.st_mode):
            raise InputError(f"'{file}' must stay a file while it is committed; it became something else")
        return found

    def _stream(self, path: str, stream: BinaryIO, *, executable: bool) -> Entry:
        extents = []
        for chunk in split(stream):
            extents.append(Extent(self._sink.put(chunk), len(chunk)))
            self._advance(len(chunk), path)
        size = sum(extent.length for extent in extents)
        level, folded = fold_extents(self._sink, extents)
        return Entry(path, size, executable, level, folded)

    def _advance(self, size: int, path: str) -> None:
        self._done += size
        if self._progress is not None:
            self._progress(self._done, max(self._total, self._done), path)


def _looks(found: os.stat_result) -> tuple[int, int, int, str]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, inode_of(found)
