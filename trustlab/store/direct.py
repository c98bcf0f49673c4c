"""Write a file in large blocks past the page cache: a pack is written once, and copying it there only slows it down."""

from __future__ import annotations

import errno
import mmap
import os
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from trustlab.store.bulk import bulk

if TYPE_CHECKING:
    from concurrent.futures import Future

BLOCK = 4 * 1024 * 1024
# Blocks that fill or are being written: chunks come in bursts, and the disk should have work between them.
_BLOCKS = 6
# A block takes so long where the disk takes less than 200 MB/s.
_SLOW_SECONDS = BLOCK / 200e6
_DIRECT = getattr(os, "O_DIRECT", 0)
# What a file system that cannot write directly answers.
_UNABLE = (errno.EINVAL, errno.ENOTSUP, errno.ENOTTY)


class BlockWriter:
    """Append to a new file; whole blocks are written by a thread while the next ones fill.

    Where the system can, whole blocks go to the disk directly; what is left at the end goes the usual way, so that a
    file below one block never leaves it. Any OSError of the thread is raised by a later call.

    Parameters
    ----------
    descriptor : int
        Of an empty file, open for writing; closed by `close`.
    durable : bool
        Whether the file is to be on the disk before its maker goes on. One that is not goes the usual way as soon as
        the disk is seen to be slow: nobody has to wait for it.
    """

    __slots__ = (
        "_block",
        "_descriptor",
        "_direct",
        "_durable",
        "_filled",
        "_is_final",
        "_offset",
        "_thread",
        "_under_way",
    )

    def __init__(self, descriptor: int, *, durable: bool) -> None:
        self._descriptor = descriptor
        self._durable = durable
        self._block: mmap.mmap | None = None
        self._filled = 0
        self._offset = 0
        self._is_final = False
        self._direct: bool | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._under_way: deque[tuple[mmap.mmap, Future[None]]] = deque()

    def write(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        at, end = 0, len(data)
        if self._block is None:
            assert not self._is_final
            # Page-aligned, as direct writes want it, and shared, so that a fork meanwhile does no harm (open(2)). In a
            # large page the few bytes that most files have would be dear.
            self._block = mmap.mmap(-1, BLOCK)
        while at < end:
            take = min(end - at, BLOCK - self._filled)
            self._block[self._filled : self._filled + take] = data[at : at + take] if take < end else data
            self._filled += take
            at += take
            if self._filled == BLOCK:
                self._turn()

    def flush(self) -> None:
        """Hand everything to the system; this is final, nothing can be written afterwards."""
        while self._under_way:
            self._wait()
        if self._filled and self._block is not None:
            if self._direct:
                self._set_direct(on=False)
            _write_all(self._descriptor, memoryview(self._block)[: self._filled], self._offset)
            self._offset += self._filled
            self._filled = 0
        self._is_final = True
        # A commit may fill hundreds of packs, and holds each until its end.
        self._block = None
        self._end_thread()

    def close(self) -> None:
        """Close the file; what was not flushed is dropped."""
        while self._under_way:
            with suppress(OSError):
                self._wait()
        self._end_thread()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _end_thread(self) -> None:
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    def _turn(self) -> None:
        """Give the full block to the thread, and go on with another one."""
        assert self._block is not None
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "pack-writer")
            self._set_direct(on=bool(_DIRECT))
        self._under_way.append((self._block, self._thread.submit(self._put, self._block, self._offset)))
        self._block = bulk(BLOCK) if len(self._under_way) < _BLOCKS else self._wait()
        self._offset += BLOCK
        self._filled = 0

    def _put(self, block: mmap.mmap, offset: int) -> None:
        began = time.perf_counter()
        try:
            _write_all(self._descriptor, memoryview(block), offset)
            if self._direct and not self._durable and time.perf_counter() - began > _SLOW_SECONDS:
                self._set_direct(on=False)
        except OSError as error:
            if not self._direct or error.errno not in _UNABLE:
                raise
            self._set_direct(on=False)
            _write_all(self._descriptor, memoryview(block), offset)

    def _wait(self) -> mmap.mmap:
        """Return the block that has waited longest, once it is written."""
        block, done = self._under_way.popleft()
        done.result()
        return block

    def _set_direct(self, *, on: bool) -> None:
        if not _DIRECT:
            self._direct = False
            return
        import fcntl

        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags | _DIRECT if on else flags & ~_DIRECT)
            self._direct = on
        except OSError:
            # tmpfs and some network file systems know no direct writes; the usual way is always there.
            self._direct = False


def _write_all(descriptor: int, data: memoryview, offset: int) -> None:
    while data:
        done = os.pwrite(descriptor, data, offset)
        data = data[done:]
        offset += done
