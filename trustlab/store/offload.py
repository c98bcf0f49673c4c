"""Let another process cut a commit's large files into packs, while this one reads the small ones."""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trustlab.core.errors import ConflictError
from trustlab.core.interpreter import own_python
from trustlab.store import packer
from trustlab.store.packer import Placed
from trustlab.store.packs import LocalPacks
from trustlab.store.trees import Extent
from trustlab.store.worker import Answer, Cut, End, File, FileEnd, Job, PackEnd, PackLent, PackWanted, write_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustlab.store.looks import Looks
    from trustlab.store.sink import ChunkSink
    from trustlab.store.sources import Item
    from trustlab.store.store import Store

# What the packages import by themselves is for people, and a database; the worker needs neither.
_START = """
import sys
sys.path[:] = {path!r}
for name, folder in {packages!r}:
    sys.modules[name] = type(sys)(name)
    sys.modules[name].__path__ = [folder]
from trustlab.store.worker import serve
serve()
"""
_STORE = Path(__file__).resolve().parent
_PACKAGES = [("trustlab", str(_STORE.parent)), ("trustlab.store", str(_STORE))]
_READ_BYTES = 1 << 20


class WorkerLostError(Exception):
    """The worker ended before its work did: do it here, where what hinders it can be said."""


class Offload:
    """Large files that a worker cuts, until it is closed.

    Parameters
    ----------
    store : Store
        Whose packs are in a local folder.
    sink : ChunkSink
        Says which chunks are lacking, lends the packs and takes them back.
    flags : int
        How to open a file.
    advance : callable
        Called with (bytes done, path) as they are.

    Raises
    ------
    WorkerLostError
        Here or in any method, where the worker cannot be started or has ended.
    """

    def __init__(self, store: Store, sink: ChunkSink, flags: int, advance: Callable[[int, str], None]) -> None:
        assert isinstance(store.packs, LocalPacks)
        self._sink = sink
        self._advance = advance
        self._numbers: dict[str, int] = {}
        self._paths: list[str] = []
        self._extents: list[list[Extent]] = []
        self._ends: list[FileEnd] = []
        self._come = bytearray()
        self._is_over = False
        self._process = _start()
        try:
            # Unlike select, for descriptors of any number.
            self._ready = select.poll()
            self._ready.register(self._words(), select.POLLIN)
            self._send(Job(str(store.packs.folder), packer.PACK_BYTES, flags))
        except BaseException:
            self.close()
            raise

    def add(self, item: Item) -> None:
        """Let a file on the disk be cut, after those before it; no path twice."""
        self._numbers[item.path] = len(self._paths)
        self._paths.append(item.path)
        self._extents.append([])
        self._send(File(str(item.content), item.size))

    def close(self) -> None:
        """End the worker, wherever it is: before the packs that it writes are let go."""
        self._process.kill()
        with contextlib.suppress(OSError):
            self._process.communicate()

    def __contains__(self, item: Item) -> bool:
        return item.path in self._numbers

    def poll(self) -> None:
        """Answer what the worker has asked meanwhile."""
        while not self._is_over and self._ready.poll(0):
            self._hear()

    def done(self, item: Item) -> bool:
        """Return whether a file is cut, as far as the worker was heard."""
        return self._numbers[item.path] < len(self._ends)

    def take(self, item: Item) -> tuple[Looks | None, list[Extent]]:
        """Wait until a file is cut; return how it looks after that, None where it cannot be read, and its chunks."""
        while not self.done(item):
            if self._is_over:
                raise WorkerLostError("it ended before its files were cut")
            self._hear()
        number = self._numbers[item.path]
        extents, self._extents[number] = self._extents[number], []
        return self._ends[number].looks, extents

    def end(self) -> None:
        """Say that no file will be added: what is stored is made durable when all are cut."""
        self._send(End())

    def finish(self) -> None:
        """Wait, after :meth:`end`, until everything is durable."""
        while not self._is_over:
            self._hear()
        if (status := self._process.wait()) != 0:
            raise WorkerLostError(f"it ended with status {status}")

    def _words(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def _hear(self) -> None:
        """Wait for words of the worker, or for its end."""
        data = os.read(self._words(), _READ_BYTES)
        self._is_over = not data
        self._come += data
        while len(self._come) > 4 and len(self._come) >= (stop := 4 + int.from_bytes(self._come[:4], "little")):
            word = pickle.loads(self._come[4:stop])  # noqa: S301 - from the process that was started here
            del self._come[:stop]
            self._note(word)

    def _note(self, word: object) -> None:
        match word:
            case Cut(chunks):
                number = len(self._ends)
                self._extents[number] += [Extent(name, length) for name, length in chunks]
                lacking = self._sink.claim(name for name, _ in chunks)
                self._send(Answer(lacking))
                self._advance(sum(length for _, length in chunks), self._paths[number])
            case PackWanted():
                self._send(PackLent(self._lend_pack()))
            case FileEnd():
                self._ends.append(word)
            case PackEnd(name, size, placed):
                self._sink.take_back(name, size, [Placed(*one) for one in placed])

    def _lend_pack(self) -> str:
        try:
            return self._sink.lend_pack()
        except (ConflictError, OSError) as error:
            raise WorkerLostError(f"no pack could be begun: {error}") from error

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        try:
            write_message(self._process.stdin, message)
        except OSError as error:
            raise WorkerLostError(f"it does not listen: {error}") from error


def _start() -> subprocess.Popen[bytes]:
    python = own_python()
    if python is None:
        raise WorkerLostError("this program is no Python that could be started again")
    try:
        # Without the site module, whose work is in the path already; in a session of its own, as Ctrl-C is for this
        # process, which ends the worker.
        return subprocess.Popen(  # noqa: S603 - this Python and this package
            [python, "-S", "-c", _START.format(path=[str(place) for place in sys.path], packages=_PACKAGES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise WorkerLostError(f"it could not be started: {error}") from error
