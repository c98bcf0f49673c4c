"""Files of a version as readers want them: any range, and only the chunks that it touches, each fetched once."""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from fsspec.spec import AbstractBufferedFile

from trustlab.core.errors import DamagedError
from trustlab.store.objects import fetch, fetch_views
from trustlab.store.trees import load_extents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustlab.data.filesystem import TrustFileSystem
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry, Extent

# What a reader that asks for pieces at a time gets at once: a line reader's unit.
BLOCK = 64 * 1024
_SMALL = 128 * 1024
_MOST_AHEAD = 1024 * 1024
_HELD_BYTES = 16 * 1024 * 1024
# A request beyond this, with what is fetched ahead, is of a reader that keeps what it got.
_LARGE = 2 * 1024 * 1024

_lock = threading.Lock()


class ChunkCache:
    """The chunks read lately, by name: what the open files of one file system share.

    Parameters
    ----------
    limit : int
        Bytes to hold at most.

    Attributes
    ----------
    chunks, bytes : int
        What was fetched from the store so far.
    """

    def __init__(self, limit: int = _HELD_BYTES) -> None:
        self._limit = limit
        self._held: dict[bytes, bytes] = {}
        self._size = 0
        self.chunks = 0
        self.bytes = 0

    def take(self, store: Store, wanted: Sequence[Extent], ahead: Sequence[Extent] = ()) -> list[bytes | memoryview]:
        """Return the wanted chunks, the last one as bytes; where one must be fetched, those ahead come along.

        Of a large request only the first and the last chunk are held, for the requests before and after it.

        Raises
        ------
        DamagedError
            If a chunk is missing or is not what its list says.
        """
        names = [extent.name for extent in wanted]
        with _lock:
            found: dict[bytes, bytes | memoryview] = {name: self._held[name] for name in names if name in self._held}
        lacking = {extent.name: extent.length for extent in wanted if extent.name not in found}
        if not lacking:
            return [found[name] for name in names]
        lacking |= {extent.name: extent.length for extent in ahead if extent.name not in self._held}
        large = sum(lacking.values()) > _LARGE
        fresh: dict[bytes, bytes] = {}
        for (name, length), view in zip(lacking.items(), fetch_views(store, lacking), strict=True):
            if len(view) != length:
                raise DamagedError(f"chunk {name.hex()[:12]} must be {length} bytes long; it is {len(view)}")
            found[name] = view
            if not large or name in (names[0], names[-1]):
                # A copy: the view belongs to all that was read with it.
                found[name] = fresh[name] = bytes(view)
        self._keep(fresh)
        with _lock:
            self.chunks += len(lacking)
            self.bytes += sum(lacking.values())
        return [found[name] for name in names]

    def _keep(self, fresh: dict[bytes, bytes]) -> None:
        with _lock:
            for name, data in fresh.items():
                self._size += len(data) - len(self._held.pop(name, b""))
                self._held[name] = data
            while self._size > self._limit:
                self._size -= len(self._held.pop(next(iter(self._held))))


class _Extents:
    """The chunks of one file by offset; lists of chunks are fetched when a range first needs them."""

    def __init__(self, store: Store, entry: Entry) -> None:
        self._store = store
        self._level = entry.level
        self._top = _Part(entry.extents)
        self._lists: dict[bytes, _Part] = {}

    def between(self, start: int, stop: int) -> Iterator[tuple[int, Extent]]:
        """Yield (offset in the file, chunk) for the chunks that touch ``start`` to ``stop``."""
        return self._below(self._level, self._top, 0, start, stop)

    def _below(self, level: int, part: _Part, base: int, start: int, stop: int) -> Iterator[tuple[int, Extent]]:
        first = max(bisect_right(part.starts, start - base) - 1, 0)
        for number in range(first, len(part.extents)):
            at, extent = base + part.starts[number], part.extents[number]
            if at >= stop:
                return
            if level == 0:
                yield at, extent
            else:
                yield from self._below(level - 1, self._list(extent), at, start, stop)

    def _list(self, extent: Extent) -> _Part:
        found = self._lists.get(extent.name)
        if found is None:
            found = self._lists[extent.name] = _Part(load_extents(fetch(self._store, extent.name)))
        return found


class _Part:
    __slots__ = ("extents", "starts")

    def __init__(self, extents: Sequence[Extent]) -> None:
        self.extents = extents
        self.starts = list(accumulate((extent.length for extent in extents), initial=0))[: len(extents)]


class TrustFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file of a version, open for reading; whatever happens to the branch, it stays the version that was opened.

    A large read fetches just the chunks that it touches. Small reads one after the other fetch ahead, from one chunk
    to 1 MiB, so that a parser that asks for a few KB at a time does not wait for each.

    Parameters
    ----------
    fs : TrustFileSystem
    path : str
        As it was asked for.
    info : dict
        What the file system says of it.
    block_size : int
        What ``readuntil`` reads at a time.
    """

    fs: TrustFileSystem
    loc: int
    size: int

    def __init__(self, fs: TrustFileSystem, path: str, info: dict[str, Any], block_size: int = BLOCK) -> None:
        super().__init__(fs, path, "rb", block_size, cache_type="none", size=info["size"])
        self.details = info
        self._extents = _Extents(fs.store, info["entry"])
        self._at, self._chunk = 0, b""
        self._last = -1
        self._ahead = 0

    def read(self, length: int | None = -1) -> bytes:
        """Return the next ``length`` bytes; fewer only at the end. All that is left where it is negative or None."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        start = self.loc
        stop = self.size if length is None or length < 0 else min(start + int(length), self.size)
        if start >= stop:
            return b""
        if self._at <= start and stop <= self._at + len(self._chunk):
            data = self._chunk[start - self._at : stop - self._at]
        else:
            data = self._fetch_range(start, stop)
        self.loc = self._last = stop
        return data

    def readline(self, size: int | None = -1) -> bytes:
        """Return the bytes up to and with the next newline, at most ``size`` of them where it is not negative."""
        pieces: list[bytes] = []
        left = self.size - self.loc if size is None or size < 0 else min(size, self.size - self.loc)
        while left > 0:
            if not self._at <= self.loc < self._at + len(self._chunk):
                # One byte brings its chunk.
                self._fetch_range(self.loc, self.loc + 1)
            begin = self.loc - self._at
            end = min(begin + left, len(self._chunk))
            newline = self._chunk.find(b"\n", begin, end)
            piece = self._chunk[begin : newline + 1 if newline >= 0 else end]
            pieces.append(piece)
            left -= len(piece)
            self.loc += len(piece)
            self._last = self.loc
            if newline >= 0:
                break
        return b"".join(pieces)

    def _fetch_range(self, start: int, end: int) -> bytes:
        spans = list(self._extents.between(start, end))
        ahead: list[Extent] = []
        if start == self._last and end - start <= _SMALL:
            self._ahead = min(max(2 * self._ahead, BLOCK), _MOST_AHEAD)
            after = spans[-1][0] + spans[-1][1].length
            ahead = [extent for _, extent in self._extents.between(after, min(after + self._ahead, self.size))]
        else:
            self._ahead = 0
        chunks = self.fs.chunks.take(self.fs.store, [extent for _, extent in spans], ahead)
        first, last = spans[0][0], spans[-1][0]
        self._at, self._chunk = last, bytes(chunks[-1])
        if len(chunks) == 1:
            return self._chunk[start - first : end - first]
        chunks[-1] = chunks[-1][: end - last]
        chunks[0] = chunks[0][start - first :]
        return b"".join(chunks)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what opens the same version at the same place in another process."""
        return _reopen, (type(self), self.fs, self.path, self.details, self.blocksize, self.loc)


def _reopen(
    kind: type[TrustFile], fs: TrustFileSystem, path: str, info: dict[str, Any], block_size: int, loc: int
) -> TrustFile:
    file = kind(fs, path, info, block_size)
    file.seek(loc)
    return file


def _after_fork() -> None:
    # The parent's thread that held it is not here to release it.
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
