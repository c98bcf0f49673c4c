"""Turn files into tree entries: read, cut, put; skip what the stat cache knows, notice what changes."""

from __future__ import annotations

import os
import stat as modes
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Self

from trustlab.core.errors import InputError
from trustlab.store.chunks import AVERAGE_CHUNK, name_of
from trustlab.store.stats import Folder, Looks, Seen, looks_of, split_file
from trustlab.store.trees import Entry, Extent, fold_extents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from trustlab.store.bases import Bases
    from trustlab.store.cutting import Cutter, Piece
    from trustlab.store.sink import ChunkSink
    from trustlab.store.sources import Item

# Small files are read in runs of at most so many files and bytes, the first one of fewer files, as it is a trial.
_RUN_FILES = 128
_TRIAL_FILES = 16
_RUN_BYTES = 4 * 1024 * 1024
# A file that takes longer than this comes from a disk and not from memory. Only then do threads help: what they save in
# waiting for the disk they lose in waiting for each other, as Python runs one at a time.
_SLOW_SECONDS = 60e-6
# They wait more than they work.
_READERS = 4
# Not blocking, so that a pipe that took the file's place cannot hang the commit; nor does a link lead elsewhere.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class _Small(NamedTuple):
    looks: Looks
    mode: int
    data: bytes
    name: bytes
    # Whether the file was as it had been when it was found.
    steady: bool


class _Run(NamedTuple):
    """Items in a row that need no thread's help to be cut, and what gives the contents of those that are not known."""

    items: list[Item]
    known: list[Seen | None]
    read: Callable[[], list[_Small]]


class Ingest:
    """One commit's reading of its items; a context manager.

    Parameters
    ----------
    sink : ChunkSink
        Takes the chunks.
    cutter : Cutter
        Whose threads read and cut.
    recalled : mapping of str to Folder
        What the stat cache knows.
    before : Callable
        Returns the version before of the file at a path, which now has so many bytes; None where there is none.
    began_ns : int
        From before the items' looks were taken.
    progress : callable or None
        Called with (bytes done, bytes in all, path).
    total : int
        Bytes in all.
    """

    def __init__(
        self,
        sink: ChunkSink,
        cutter: Cutter,
        recalled: Mapping[str, Folder],
        *,
        before: Callable[[str, int], Bases | None],
        began_ns: int,
        progress: Callable[[int, int, str], None] | None,
        total: int,
    ) -> None:
        self._sink = sink
        self._cutter = cutter
        self._recalled = recalled
        self._before = before
        self._began_ns = began_ns
        self._progress = progress
        self._total = total
        self._done = 0
        # Whether every file was as it had been when it was found.
        self.steady = True
        self._fresh: dict[str, Folder] = {}
        self._slow: bool | None = None
        self._readers: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._readers is not None:
            self._readers.shutdown(cancel_futures=True)

    @property
    def seen(self) -> dict[str, Folder]:
        """What the stat cache should know of the folders in which files were read."""
        return {key: {**self._recalled.get(key, {}), **fresh} for key, fresh in self._fresh.items()}

    def entries(self, items: Iterable[Item]) -> Iterator[Entry]:
        """Yield an entry for each item, in order; small files are read ahead."""
        ahead: deque[_Run | Item] = deque()
        for step in self._steps(items):
            ahead.append(step)
            if len(ahead) > (_READERS if self._slow else 0):
                yield from self._take(ahead.popleft())
        while ahead:
            yield from self._take(ahead.popleft())

    def _steps(self, items: Iterable[Item]) -> Iterator[_Run | Item]:
        run: list[Item] = []
        known: list[Seen | None] = []
        size = 0
        for item in items:
            seen = self._recall(item)
            if seen is None and (item.looks is None or item.size > AVERAGE_CHUNK):
                yield self._run(run, known)
                yield item
                run, known, size = [], [], 0
                continue
            run.append(item)
            known.append(seen)
            size += item.size if seen is None else 0
            if len(run) >= (_TRIAL_FILES if self._slow is None else _RUN_FILES) or size >= _RUN_BYTES:
                yield self._run(run, known)
                run, known, size = [], [], 0
        yield self._run(run, known)

    def _recall(self, item: Item) -> Seen | None:
        if item.looks is None or not self._recalled:
            return None
        key, name = split_file(str(item.content))
        seen = self._recalled.get(key, {}).get(name)
        return seen if seen is not None and seen.still(looks_of(item.looks)) else None

    def _run(self, items: list[Item], known: list[Seen | None]) -> _Run:
        unknown = [item for item, seen in zip(items, known, strict=True) if seen is None]
        if not self._slow:
            return _Run(items, known, partial(self._read_now, unknown))
        if self._readers is None:
            self._readers = ThreadPoolExecutor(_READERS, "read")
        return _Run(items, known, self._readers.submit(_read_small, unknown).result)

    def _read_now(self, items: Sequence[Item]) -> list[_Small]:
        if not items:
            return []
        began = time.perf_counter()
        read = _read_small(items)
        self._slow = time.perf_counter() - began > _SLOW_SECONDS * len(items)
        return read

    def _take(self, step: _Run | Item) -> Iterator[Entry]:
        if not isinstance(step, _Run):
            yield self._large(step) if step.looks is not None else self._memory(step)
            return
        read = iter(step.read())
        for item, seen in zip(step.items, step.known, strict=True):
            if seen is None:
                yield self._small(item, next(read))
            elif item.looks is not None:
                self._advance(item.size, item.path)
                yield Entry(item.path, item.size, _executable(item.looks.st_mode), seen.level, seen.extents)

    def _small(self, item: Item, read: _Small) -> Entry:
        looks, mode, data, name, steady = read
        self.steady = self.steady and steady
        extents = []
        if data:
            extents.append(Extent(name, len(data)))
            self._sink.put(data, name)
        self._remember(item, looks, 0, extents)
        self._advance(len(data), item.path)
        return Entry(item.path, len(data), _executable(mode), 0, extents)

    def _large(self, item: Item) -> Entry:
        assert item.looks is not None
        file, looks, mode = str(item.content), looks_of(item.looks), item.looks.st_mode
        for _ in range(2):
            done = self._done
            with _opened(file) as descriptor:
                extents = self._extents(item.path, looks.size, self._cutter.file(descriptor, looks.size))
                after = os.fstat(descriptor)
            size = sum(extent.length for extent in extents)
            if size == looks.size and looks_of(after) == looks:
                level, folded = fold_extents(self._sink, extents)
                self._remember(item, looks, level, folded)
                return Entry(item.path, size, _executable(mode), level, folded)
            self._done, self.steady = done, False
            looks, mode = _look_again(file)
        raise _moving(file)

    def _memory(self, item: Item) -> Entry:
        if isinstance(item.content, bytes):
            cut = self._cutter.bytes(item.content)
        else:
            assert not isinstance(item.content, str)
            item.content.seek(item.start)
            cut = self._cutter.stream(item.content)
        extents = self._extents(item.path, item.size, cut)
        level, folded = fold_extents(self._sink, extents)
        return Entry(item.path, sum(extent.length for extent in extents), executable=False, level=level, extents=folded)

    def _extents(self, path: str, size: int, cut: Iterator[list[Piece]]) -> list[Extent]:
        extents = []
        before = self._before(path, size)
        for pieces in cut:
            if before is None:
                self._sink.put_all(pieces)
            else:
                before.learn(self._sink.put_all(pieces, before.pair(pieces)))
            found = [Extent(piece.name, len(piece.data)) for piece in pieces]
            extents += found
            self._advance(sum(extent.length for extent in found), path)
        return extents

    def _remember(self, item: Item, looks: Looks, level: int, extents: Sequence[Extent]) -> None:
        key, name = split_file(str(item.content))
        self._fresh.setdefault(key, {})[name] = Seen(looks, self._began_ns, level, extents)

    def _advance(self, size: int, path: str) -> None:
        self._done += size
        if self._progress is not None:
            self._progress(self._done, max(self._total, self._done), path)


def _read_small(items: Sequence[Item]) -> list[_Small]:
    return [_read_one(item) for item in items]


def _read_one(item: Item) -> _Small:
    assert item.looks is not None
    file, looks, mode, steady = str(item.content), looks_of(item.looks), item.looks.st_mode, True
    for _ in range(2):
        # Without `_opened`, which costs as much as the reading, ten thousands of times.
        try:
            descriptor = os.open(file, _FLAGS)
            try:
                data = os.read(descriptor, looks.size + 1)
                after = os.fstat(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _unreadable(file, error) from error
        if len(data) == looks.size and looks_of(after) == looks:
            return _Small(looks, mode, data, name_of(data), steady)
        looks, mode = _look_again(file)
        steady = False
        if looks.size > AVERAGE_CHUNK:
            break
    raise _moving(file)


class _opened:  # noqa: N801 - reads as a phrase at its use
    """Open a file to commit; what the system says against it becomes an error that names the file."""

    __slots__ = ("_descriptor", "_file")

    def __init__(self, file: str) -> None:
        self._file = file

    def __enter__(self) -> int:
        try:
            self._descriptor = os.open(self._file, _FLAGS)
        except OSError as error:
            raise _unreadable(self._file, error) from error
        return self._descriptor

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        os.close(self._descriptor)
        if isinstance(error, OSError):
            raise _unreadable(self._file, error) from error


def _look_again(file: str) -> tuple[Looks, int]:
    try:
        found = os.lstat(file)
    except OSError as error:
        raise _unreadable(file, error) from error
    # A folder above it may have become a link to elsewhere.
    if not modes.S_ISREG(found.st_mode) or os.path.realpath(file) != file:
        raise InputError(f"'{file}' must stay a file while it is committed; it became something else")
    return looks_of(found), found.st_mode


def _executable(mode: int) -> bool:
    return bool(mode & modes.S_IXUSR)


def _moving(file: str) -> InputError:
    return InputError(
        f"a file must hold still while it is committed; '{file}' changed while it was read, twice",
        hint="Stop what writes to it, or commit a copy.",
    )


def _unreadable(file: str, error: OSError) -> InputError:
    return InputError(f"every file to commit must be readable; '{file}' is not ({error.strerror})")
