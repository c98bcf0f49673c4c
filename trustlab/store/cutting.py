"""Cut large contents on all cores, to the very chunks that cutting them in one go would give.

A content is read in windows. Each is cut and hashed by a thread of its own as if a chunk began at its first byte, which
is a guess. Where a border of the true chain, which comes over from the window before, falls on a guessed one, both go
on alike, for a border depends only on what follows the border before it. So only the first chunks of each window are
cut again.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from trustlab.store.ahead import in_order
from trustlab.store.ahead import threads as usable_threads
from trustlab.store.bulk import bulk
from trustlab.store.chunks import AVERAGE_CHUNK, MAX_CHUNK, chunker, name_of

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable, Generator, Iterator

WINDOW = 4 * 1024 * 1024
# What is looked at beyond the carried bytes when a window's beginning is cut again: mostly one chunk is enough.
_REACH = 2 * MAX_CHUNK
# A chunk's bytes stay valid while not more than so many further lists of pieces are asked for, unless more is agreed.
KEPT = 2


class Piece(NamedTuple):
    """A chunk: its name, and its bytes until the list of pieces that is ``KEPT`` lists later has been used."""

    name: bytes
    data: bytes | memoryview


class _Read(NamedTuple):
    buffer: bytearray | mmap.mmap | None
    view: memoryview


class _Window(NamedTuple):
    read: _Read
    borders: list[int]
    names: list[bytes]


class Cutter:
    """Threads and buffers for cutting; a context manager.

    Memory stays at a few windows, whatever the contents' size.

    Parameters
    ----------
    threads : int or None
        One a core where None.
    kept : int
        How many further lists of pieces may be asked for before the bytes of one go.
    """

    def __init__(self, threads: int | None = None, kept: int = KEPT) -> None:
        self.threads = threads or usable_threads()
        self._kept = kept
        self.pool = ThreadPoolExecutor(self.threads, "cut")
        self._buffers: list[bytearray | mmap.mmap] = []

    def __enter__(self) -> Cutter:
        return self

    def __exit__(self, *_error: object) -> None:
        self.pool.shutdown(cancel_futures=True)

    def file(self, descriptor: int, size: int) -> Generator[list[Piece], None, None]:
        """Yield the chunks of an open file, which several threads read.

        Parameters
        ----------
        descriptor : int
            Open for reading until the last chunk has come.
        size : int
            The file's size in bytes. Of one that has grown since, at least one byte more comes.
        """
        # One window beyond the size where it ends with one: a file that grew must show it.
        places = range(0, size + 1, WINDOW)
        # One at a time, and so mostly in order: then the system reads ahead.
        turn = Lock()
        return self._join(partial(_read_at, descriptor, self._buffer(size + 1), at, turn) for at in places)

    def bytes(self, data: bytes) -> Iterator[list[Piece]]:
        """Yield the chunks of bytes at hand."""
        view = memoryview(data)
        return self._join(partial(_Read, None, view[at : at + WINDOW]) for at in range(0, len(view), WINDOW))

    def stream(self, stream: BinaryIO) -> Iterator[list[Piece]]:
        """Yield the chunks of a stream, which the caller's thread reads to its end."""

        def windows() -> Iterator[Callable[[], _Read]]:
            while (read := _read_on(stream, self._buffer())).view:
                yield partial(_Read, *read)

        return self._join(windows())

    def _buffer(self, wanted: int = WINDOW) -> bytearray | mmap.mmap:
        if wanted < WINDOW:
            return bytearray(wanted)
        return self._buffers.pop() if self._buffers else bulk(WINDOW)

    def _join(self, reads: Iterator[Callable[[], _Read]]) -> Generator[list[Piece], None, None]:
        carry = b""
        used: deque[bytearray | mmap.mmap] = deque()
        guesses = (partial(_guess, read, first=number == 0) for number, read in enumerate(reads))
        for window in in_order(self.pool, guesses, self.threads):
            pieces, carry = _follow(carry, window)
            if not pieces:
                continue
            yield pieces
            if window.read.buffer is not None and len(window.read.buffer) == WINDOW:
                used.append(window.read.buffer)
                if len(used) > self._kept:
                    self._buffers.append(used.popleft())
        if carry:
            yield [Piece(name_of(carry), carry)]


def _read_at(descriptor: int, buffer: bytearray | mmap.mmap, at: int, turn: Lock) -> _Read:
    view = memoryview(buffer)
    done = 0
    with turn:
        while done < len(view) and (more := os.preadv(descriptor, [view[done:]], at + done)):
            done += more
    return _Read(buffer, view[:done])


def _read_on(stream: BinaryIO, buffer: bytearray | mmap.mmap) -> _Read:
    """Fill the buffer, less only at the end: an unbuffered stream may give little at any time."""
    done = 0
    while done < len(buffer) and (data := stream.read(len(buffer) - done)):
        buffer[done : done + len(data)] = data
        done += len(data)
    return _Read(buffer, memoryview(buffer)[:done])


def _guess(read: Callable[[], _Read], *, first: bool) -> _Window:
    done = read()
    view, borders, names = done.view, [0], []
    if len(view) > AVERAGE_CHUNK or not first:
        for cut in chunker().cut_buf(view):
            end = cut.offset + cut.length
            # The last border is the window's end, and not the content's.
            if end < len(view):
                names.append(name_of(view[cut.offset : end]))
                borders.append(end)
    return _Window(done, borders, names)


def _follow(carry: bytes, window: _Window) -> tuple[list[Piece], bytes]:
    """Return the true chunks that end within a window, and the bytes after the last of them."""
    view, borders = window.read.view, window.borders
    guessed = {border: number for number, border in enumerate(borders)}
    pieces: list[Piece] = []
    # The last true border, counted from the window's first byte.
    at = -len(carry)
    while at not in guessed:
        data = memoryview(carry[at:] + bytes(view[:_REACH])) if at < 0 else view[at : at + _REACH]
        before = at
        for cut in chunker().cut_buf(data):
            end = cut.offset + cut.length
            if end == len(data):
                break
            part = data[cut.offset : end]
            pieces.append(Piece(name_of(part), part))
            at = before + end
            if at in guessed:
                break
        if at == before:
            # No border follows in this window.
            return pieces, bytes(data)
    start = at
    for number in range(guessed[at], len(window.names)):
        start = borders[number + 1]
        pieces.append(Piece(window.names[number], view[borders[number] : start]))
    return pieces, bytes(view[start:])
