"""The process that cuts large files into packs for a commit, which meanwhile reads the small ones.

Python runs one thread at a time, so that ten thousand small files and a large one in one process wait for each other.
The worker knows no database: of each list of chunks it asks which are lacking, and goes on cutting until it is told.
:mod:`trustlab.store.offload` is the other side.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from collections import deque
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple

from trustlab.store.codec import MIN_PACKED, encode
from trustlab.store.cutting import KEPT, Cutter
from trustlab.store.looks import Looks, looks_of
from trustlab.store.packer import Packer
from trustlab.store.packs import LocalPacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.store.cutting import Piece
    from trustlab.store.packs import LocalPackWriter

# Lists of chunks of which it is not known yet which are lacking.
_ASKED = 3


class Job(NamedTuple):
    """The first message to the worker.

    Parameters
    ----------
    folder : str
        Where the packs are.
    pack_bytes : int
        The size of a pack.
    flags : int
        How to open a file.
    """

    folder: str
    pack_bytes: int
    flags: int


class File(NamedTuple):
    """A file to cut after those before it; so many bytes."""

    file: str
    size: int


class End(NamedTuple):
    """There are no more files."""


class Cut(NamedTuple):
    """The next chunks of the file at hand, their names and lengths; each is answered with an :class:`Answer`."""

    chunks: list[tuple[bytes, int]]


class Answer(NamedTuple):
    """Which of the chunks to store."""

    lacking: set[bytes]


class PackWanted(NamedTuple):
    """The wish for a pack; answered with a :class:`PackLent`."""


class PackLent(NamedTuple):
    """The name of a pack to write."""

    name: str


class FileEnd(NamedTuple):
    """The end of a file: how it looks now, None where the system does not let it be read."""

    looks: Looks | None


class PackEnd(NamedTuple):
    """A pack that is durable."""

    name: str
    size: int
    placed: list[tuple[bytes, int, int, int]]


def write_message(pipe: IO[bytes], message: object) -> None:
    """Send a message as :func:`read_message` and :mod:`trustlab.store.offload` read it: its length, then a pickle."""
    text = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(len(text).to_bytes(4, "little") + text)
    pipe.flush()


def read_message(pipe: BinaryIO) -> object:
    """Return the next message; EOFError where there is none to come."""
    head = pipe.read(4)
    text = pipe.read(int.from_bytes(head, "little")) if len(head) == 4 else b""
    if len(head) < 4 or len(text) < int.from_bytes(head, "little"):
        raise EOFError
    return pickle.loads(text)  # noqa: S301 - from the process that started this one


class _Worker:
    def __init__(self, job: Job, messages: SimpleQueue[object], words: BinaryIO) -> None:
        self._flags = job.flags
        self._messages = messages
        self._words = words
        self._files: deque[File] = deque()
        self._answers: deque[Answer] = deque()
        self._lent: deque[PackLent] = deque()
        self._wanted = 0
        self._is_last = False
        self._packs = LocalPacks(Path(job.folder))
        self._packer = Packer(self._next_pack, job.pack_bytes)
        self._asked: deque[Sequence[Piece]] = deque()

    def work(self) -> None:
        """Cut every file, and say where its chunks are."""
        self._want_pack()
        with Cutter(kept=_ASKED + KEPT) as cutter:
            while self._files or not self._is_last:
                if self._files:
                    self._say(FileEnd(self._cut(cutter, *self._files.popleft())))
                elif self._answers:
                    self._store()
                else:
                    self._hear()
            while self._asked:
                self._store()
        self._packer.seal()
        self._packer.close()
        while self._wanted:
            # Whoever answers must find somebody there.
            self._hear()
        for pack in self._packer.packs:
            pack.writer.release()
            placed = [(one.name, one.offset, one.length, one.codec) for one in pack.placed]
            self._say(PackEnd(pack.writer.name, pack.writer.size, placed))

    def _cut(self, cutter: Cutter, file: str, size: int) -> Looks | None:
        try:
            descriptor = os.open(file, self._flags)
        except OSError:
            return None
        pieces = cutter.file(descriptor, size)
        try:
            while True:
                # Only reading a file may fail without harm: what fails in storing is for the other side to know.
                try:
                    some = next(pieces, None)
                except OSError:
                    return None
                if some is None:
                    break
                self._ask(some)
            return looks_of(os.fstat(descriptor))
        finally:
            pieces.close()
            os.close(descriptor)

    def _ask(self, pieces: Sequence[Piece]) -> None:
        self._say(Cut([(piece.name, len(piece.data)) for piece in pieces]))
        self._asked.append(pieces)
        while len(self._asked) > _ASKED:
            self._store()

    def _store(self) -> None:
        """Store what is lacking of the list that was asked about first."""
        while not self._answers:
            self._hear()
        answer = self._answers.popleft()
        pieces = self._asked.popleft()
        lacking = {piece.name: piece.data for piece in pieces if piece.name in answer.lacking}
        # Also where nothing is: each list lets an earlier one's bytes go.
        self._packer.begin(list(lacking.items()), KEPT)

    def _hear(self) -> None:
        match self._messages.get():
            case File() as file:
                self._files.append(file)
            case Answer() as answer:
                self._answers.append(answer)
            case PackLent() as lent:
                self._lent.append(lent)
                self._wanted -= 1
            case End():
                self._is_last = True

    def _want_pack(self) -> None:
        self._wanted += 1
        self._say(PackWanted())

    def _next_pack(self) -> LocalPackWriter:
        # One ahead, so that it is there when it is needed: the last one stays unused.
        self._want_pack()
        while not self._lent:
            self._hear()
        return self._packs.join(self._lent.popleft().name)

    def _say(self, word: object) -> None:
        write_message(self._words, word)


def _listen(pipe: BinaryIO, messages: SimpleQueue[object]) -> None:
    """Take every message as it comes, so that who sends it never waits; end where nobody is there to send any more."""
    try:
        while True:
            messages.put(read_message(pipe))
    finally:
        os._exit(1)


def serve() -> None:
    """Do the job that comes by standard input; the exit status is 0 only where all of it is done."""
    # There are no circles among the many objects that are made here.
    gc.disable()
    # The words go by a pipe of their own name: whatever prints must not come between them.
    words = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    messages: SimpleQueue[object] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, messages), daemon=True).start()
    # What packing needs takes long to load; meanwhile the first windows are cut.
    Thread(target=encode, args=(bytes(MIN_PACKED),), daemon=True).start()
    status = 1
    try:
        job = messages.get()
        assert isinstance(job, Job)
        _Worker(job, messages, words).work()
        words.close()
        status = 0
    finally:
        # At once: nothing is left to be put in order, and where it fails threads may wait for what will not come.
        os._exit(status)
