"""Turn files into tree entries: read, cut, put; skip what the stat cache knows, notice what changes."""

from __future__ import annotations

import os
import stat as modes
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self

from trustlab.store.chunks import AVERAGE_CHUNK
from trustlab.store.looks import looks_of
from trustlab.store.offload import Offload, WorkerLostError
from trustlab.store.reading import FLAGS, look_again, moving, opened, read_small
from trustlab.store.sources import total_size
from trustlab.store.stats import Folder, Seen, recall, rows_of, split_file, text_of
from trustlab.store.trees import Entry, Extent, fold_extents, line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from trustlab.store.before import Before
    from trustlab.store.cutting import Cutter, Piece
    from trustlab.store.looks import Looks
    from trustlab.store.reading import Small
    from trustlab.store.sink import ChunkSink
    from trustlab.store.sources import Item
    from trustlab.store.store import Store
    from trustlab.store.trees import Line

# Small files are read in runs of at most so many files and bytes, the first one of fewer files, as it is a trial.
_RUN_FILES = 128
_TRIAL_FILES = 16
_RUN_BYTES = 4 * 1024 * 1024
# A file that takes longer than this comes from afar. Only then do threads help: what they save in waiting for it they
# lose in waiting for each other, as Python runs one at a time.
_SLOW_SECONDS = 60e-6
# They wait more than they work.
_READERS = 4
# A worker takes files of so many bytes where they are new and there are so many bytes of them, and so many small files
# to read meanwhile: it takes about as long to start as these take to be read.
LARGE_BYTES = 8 * 1024 * 1024
WORKER_BYTES = 64 * 1024 * 1024
WORKER_FILES = 1_000
# For one of so many bytes it starts before it is known what there is beside it, and is sent away where that is little.
OFFERED_BYTES = 128 * 1024 * 1024
# While files are found, what the worker asks is answered after so many.
_FOUND = 256


class _Run(NamedTuple):
    """Items in a row that need no thread's help to be cut, and what gives the contents of those that are not known."""

    items: list[Item]
    known: list[Seen | None]
    read: Callable[[], list[Small | None]]


class Ingest:
    """One commit's reading of its items; a context manager.

    Parameters
    ----------
    store : Store
        Whose stat cache says what is known.
    sink : ChunkSink
        Takes the chunks.
    cutter : Cutter
        Whose threads read and cut.
    before : Before
        The files of the version before.
    began_ns : int
        From before the items' looks were taken.
    progress : callable or None
        Called with (bytes done, bytes in all, path).
    helped : bool
        Whether a worker may write packs, too, which must be in a local folder.
    """

    def __init__(
        self,
        store: Store,
        sink: ChunkSink,
        cutter: Cutter,
        *,
        before: Before,
        began_ns: int,
        progress: Callable[[int, int, str], None] | None,
        helped: bool,
    ) -> None:
        self._store = store
        self._helped = helped
        self._worker: Offload | None = None
        self._sink = sink
        self._cutter = cutter
        self._recalled: dict[str, Folder] = {}
        self._before = before
        self._began_ns = began_ns
        self._progress = progress
        self._total = 0
        self._done = 0
        self._is_begun = False
        # Whether every file was as it had been when it was found.
        self.steady = True
        # By folder and name, what the stat cache should know.
        self._fresh: dict[str, dict[str, str]] = {}
        self._found = 0
        self._slow: bool | None = None
        self._readers: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._dismiss()
        if self._readers is not None:
            self._readers.shutdown(cancel_futures=True)

    def seen(self) -> dict[str, str]:
        """Return what the stat cache shall know of the folders in which files were read."""
        return rows_of({key: self._texts(key, fresh) for key, fresh in self._fresh.items()})

    def _texts(self, key: str, fresh: Mapping[str, str]) -> list[str]:
        recalled = self._recalled.get(key, {}).items()
        return [*(text_of(name, seen) for name, seen in recalled if name not in fresh), *fresh.values()]

    def offer(self, item: Item) -> None:
        """Let a worker begin with a large file as soon as it is found, if it is new."""
        if not self._helped:
            return
        self._found += 1
        if self._found % _FOUND == 0:
            self._poll()
        if item.size < OFFERED_BYTES:
            return
        self._recall_folders([item])
        if self._is_new(item):
            self._help([item])

    def begin(self, items: Sequence[Item]) -> None:
        """Look up what is known of the items; let a worker cut large ones where there is enough to do beside it."""
        self._total = total_size(items)
        self._recall_folders(items)
        if self._helped:
            self._choose(items)
        self._is_begun = True

    def _choose(self, items: Sequence[Item]) -> None:
        self._poll()
        large = [item for item in items if item.size >= LARGE_BYTES and item.looks is not None and self._is_new(item)]
        if sum(item.size for item in large) >= WORKER_BYTES and self._has_many_small(items):
            self._help(large)
            self._poll()
        else:
            self._dismiss()
            # Nothing else was put, or done, so far: all that it was to store is this process's.
            self._sink.disclaim()
            self._done = 0

    def _poll(self) -> None:
        if self._worker is not None:
            self._worker.poll()

    def _has_many_small(self, items: Sequence[Item]) -> bool:
        small = (item for item in items if item.size <= AVERAGE_CHUNK and self._recall(item) is None)
        return sum(1 for _ in islice(small, WORKER_FILES)) == WORKER_FILES

    def _dismiss(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _help(self, items: Iterable[Item]) -> None:
        if self._worker is None:
            self._worker = Offload(self._store, self._sink, FLAGS, self._advance)
        for item in items:
            if item not in self._worker:
                self._worker.add(item)

    def _recall_folders(self, items: Iterable[Item]) -> None:
        folders = {split_file(str(item.content))[0] for item in items if item.looks is not None}
        with self._store.read() as connection:
            self._recalled.update(recall(connection, folders))

    def lines(self, items: Iterable[Item]) -> Iterator[Line]:
        """Yield a line of the tree for each item, in order; small files are read ahead.

        Raises
        ------
        WorkerLostError
            If there is a worker and it ends before its work does.
        """
        ahead: deque[_Run | Item] = deque()
        # What waits for a file before it that the worker has still to cut.
        taken: deque[Item | list[Line]] = deque()
        if self._worker is not None:
            self._worker.end()
        for step in self._steps(items):
            self._poll()
            ahead.append(step)
            if len(ahead) > (_READERS if self._slow else 0):
                taken.append(self._taken(ahead.popleft()))
                while taken and self._is_ready(taken[0]):
                    yield from self._ended(taken.popleft())
        taken.extend(self._taken(step) for step in ahead)
        while taken:
            yield from self._ended(taken.popleft())

    def finish(self) -> None:
        """Wait until what a worker has stored is durable; WorkerLostError where it ends before that."""
        if self._worker is not None:
            self._worker.finish()
        if self._sink.owed:
            # No commit may name what nobody has stored.
            raise WorkerLostError(f"{self._sink.owed} of the chunks that it was to store have not come")

    def _is_ready(self, step: Item | list[Line]) -> bool:
        return isinstance(step, list) or (self._worker is not None and self._worker.done(step))

    def _is_new(self, item: Item) -> bool:
        return self._recall(item) is None and not self._before.has(item.path)

    def _taken(self, step: _Run | Item) -> Item | list[Line]:
        """Return a step's lines, or the item itself where the worker cuts it."""
        if not isinstance(step, _Run) and self._worker is not None and step in self._worker:
            return step
        return [line_of(entry) for entry in self._take(step)]

    def _ended(self, step: Item | list[Line]) -> list[Line]:
        if isinstance(step, list):
            return step
        assert self._worker is not None
        assert step.looks is not None
        looks = looks_of(step.looks)
        after, extents = self._worker.take(step)
        size = sum(extent.length for extent in extents)
        if after == looks and size == looks.size:
            return [line_of(self._entry(step, looks, step.looks.st_mode, extents))]
        # It changed, or cannot be read: here that is seen again, and said.
        self._done -= size
        self.steady = False
        return [line_of(self._large(step))]

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
        return _Run(items, known, self._readers.submit(read_small, unknown).result)

    def _read_now(self, items: Sequence[Item]) -> list[Small | None]:
        if not items:
            return []
        began = time.perf_counter()
        read = read_small(items)
        self._slow = time.perf_counter() - began > _SLOW_SECONDS * len(items)
        return read

    def _take(self, step: _Run | Item) -> Iterator[Entry]:
        if not isinstance(step, _Run):
            yield self._large(step) if step.looks is not None else self._memory(step)
            return
        read = iter(step.read())
        for item, seen in zip(step.items, step.known, strict=True):
            if seen is None:
                small = next(read)
                yield self._small(item, small) if small is not None else self._large(item)
            elif item.looks is not None:
                self._advance(item.size, item.path)
                yield Entry(item.path, item.size, _executable(item.looks.st_mode), seen.level, seen.extents)

    def _small(self, item: Item, read: Small) -> Entry:
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
            with opened(file) as descriptor:
                extents = self._extents(item.path, looks.size, self._cutter.file(descriptor, looks.size))
                after = os.fstat(descriptor)
            if sum(extent.length for extent in extents) == looks.size and looks_of(after) == looks:
                return self._entry(item, looks, mode, extents)
            self._done, self.steady = done, False
            looks, mode = look_again(file)
        raise moving(file)

    def _entry(self, item: Item, looks: Looks, mode: int, extents: Sequence[Extent]) -> Entry:
        level, folded = fold_extents(self._sink, extents)
        self._remember(item, looks, level, folded)
        return Entry(item.path, looks.size, _executable(mode), level, folded)

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
        before = self._before.bases(path, size)
        for pieces in cut:
            if before is None:
                self._sink.put_all(pieces)
            else:
                before.learn(self._sink.put_all(pieces, before.pair(pieces)))
            self._poll()
            found = [Extent(piece.name, len(piece.data)) for piece in pieces]
            extents += found
            self._advance(sum(extent.length for extent in found), path)
        return extents

    def _remember(self, item: Item, looks: Looks, level: int, extents: Sequence[Extent]) -> None:
        key, name = split_file(str(item.content))
        self._fresh.setdefault(key, {})[name] = text_of(name, Seen(looks, self._began_ns, level, extents))

    def _advance(self, size: int, path: str) -> None:
        self._done += size
        # Before all is found nobody knows of how much.
        if self._progress is not None and self._is_begun:
            self._progress(self._done, max(self._total, self._done), path)


def _executable(mode: int) -> bool:
    return bool(mode & modes.S_IXUSR)
