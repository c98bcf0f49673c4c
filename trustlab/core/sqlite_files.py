"""SQLite's file beside its log and its locks: whether it can be written, how it is read where not, who holds it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from trustlab.core.errors import ConflictError
from trustlab.core.notices import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL

# A wait that is longer is not silent.
QUIET_SECONDS = 2.0

_LONGEST_PAUSE = 0.05
# Where, in the file of locks beside a write-ahead log, SQLite's format puts the lock of the one who writes.
_WRITE_LOCK = 120
_STAMP = "stamp"


class ReadOnlyError(ConflictError):
    """What should be changed can only be read."""


def file_of(url: URL) -> Path | None:
    """Return a SQLite database's file; None where it is in memory, or named in SQLite's own way."""
    name = url.database or ""
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name).absolute()


def write_ahead(connection: Any, seconds: float) -> None:
    """Let a database keep a write-ahead log; others that change it are waited for so many seconds."""
    from sqlite3 import SQLITE_BUSY, OperationalError

    until = time.monotonic() + seconds
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            # Of several that change it at once all but one are refused, and without waiting.
            if error.sqlite_errorcode != SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_LONGEST_PAUSE)
        else:
            return


def is_read_only(file: Path) -> bool:
    """Return whether a database's file, or the folder that takes its log, is there and cannot be written."""
    # A mount for reading only denies it to root as well.
    return (file.parent.is_dir() and not os.access(file.parent, os.W_OK | os.X_OK)) or (
        file.exists() and not os.access(file, os.W_OK)
    )


def refusal(file: Path) -> ReadOnlyError:
    """Return the error for a change of a database that can only be read."""
    return ReadOnlyError(
        f"this workspace is read-only: {file.parent} cannot be written",
        hint="Work on a copy: make a workspace elsewhere (trust init), and trust data pull REPO "
        f"{file.parent.parent} there. Or let its owner allow writing.",
    )


def connect_read_only(file: Path, connect: Callable[..., Any], record: Any, options: dict[str, Any]) -> Any:
    """Return a driver's connection that writes nothing, not even a log or locks.

    Parameters
    ----------
    connect : callable
        The driver's, which takes a URI.
    record : object
        What the pool keeps beside the connection; it is told what the file looks like where nobody locks it.

    Raises
    ------
    ReadOnlyError
        If there is no database, or its last changes are in a log that cannot be read so.
    """
    if not file.exists():
        raise ReadOnlyError(
            f"this workspace is read-only, and has no database yet: {file.parent} cannot be written",
            hint="Let its owner use it first, or make a workspace elsewhere (trust init).",
        )
    log, locks = (file.with_name(file.name + end) for end in ("-wal", "-shm"))
    uri = f"file:{quote(str(file))}?mode=ro"
    # With both files there SQLite reads as beside any writer. Where no log holds anything, all is in the file itself.
    beside = log.exists() and locks.exists()
    if not beside and _size(log):
        raise ReadOnlyError(
            f"the last changes of {file} must be taken in before it can be read for reading only; they are in {log}",
            hint="Let somebody who can write there run: trust data log REPO. Or copy the whole folder to where you can "
            "write, and read the copy.",
        )
    if beside:
        return connect(uri, **options, uri=True)
    record.info[_STAMP] = stamp(file)
    return connect(f"{uri}&immutable=1", **options, uri=True)


def is_stale(file: Path, info: dict[Any, Any]) -> bool:
    """Return whether somebody has changed a file that was opened as one that nobody changes."""
    return _STAMP in info and info[_STAMP] != stamp(file)


def stamp(file: Path) -> tuple[int, ...]:
    """Return what shows that somebody has written to a database."""
    looks = file.stat()
    return looks.st_mtime_ns, looks.st_size, looks.st_ino, _size(file.with_name(f"{file.name}-wal"))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


class Wait:
    """A wait for the lock of a file: short steps, which Ctrl-C ends at once, and a word after a while.

    Parameters
    ----------
    file : Path or None
    seconds : float
        The longest wait.
    """

    def __init__(self, file: Path | None, seconds: float) -> None:
        self._file = file
        self._began = time.monotonic()
        self._seconds = seconds
        self._pause = 0.001
        self._told = False

    def step(self) -> bool:
        """Wait a little; return False where the time is over."""
        waited = time.monotonic() - self._began
        if waited >= self._seconds:
            return False
        if waited >= QUIET_SECONDS and not self._told:
            self._told = True
            who = holder(self._file) if self._file is not None else "another process"
            tell(
                f"waiting for {who}, which is changing {self._file or 'the database'} "
                f"(at most {self._seconds:.0f} s; Ctrl-C ends it, nothing was changed)"
            )
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        return True


def holder(file: Path) -> str:
    """Return in words which process holds a database's lock for writing, as far as the system tells.

    The system's list of locks is read. To ask by the file would mean to open it, and whoever closes a file lets go of
    every lock that the process has on it.
    """
    try:
        locks = file.with_name(f"{file.name}-shm").stat()
        lines = Path("/proc/locks").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return "another process"
    for line in lines:
        words = line.split()
        # 12: POSIX  ADVISORY  WRITE 4711 fe:01:1234 120 120; a process that waits itself has an arrow more.
        if len(words) != 8 or words[3] != "WRITE" or not words[5].endswith(f":{locks.st_ino}"):
            continue
        if int(words[6]) <= _WRITE_LOCK and (words[7] == "EOF" or int(words[7]) >= _WRITE_LOCK):
            return _named(int(words[4]))
    return "another process"


def _named(process: int) -> str:
    if process == os.getpid():
        return "another thread of this process"
    if process <= 0:
        return "another process"
    try:
        name = Path(f"/proc/{process}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return f"process {process}"
    return f"process {process} ({name})"
