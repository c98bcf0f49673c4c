"""What began and has not ended: a note beside the store while a run lasts, which outlives the process that dies.

The note is no part of what is kept: whatever a run changes appears by one transaction, or does not. It only lets the
next ``trust status`` say what was cut short, and how to ask again.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from trustlab.core.workspace import Workspace

FOLDER = "running"
KEPT = timedelta(days=7)
SHOWN = 20
STOPPED, ENDED = "it was stopped", "its process ended"
_RUN: ContextVar[_Run | None] = ContextVar("unfinished", default=None)


@dataclass(slots=True)
class _Run:
    """The outermost run of this context, and its note where one is written."""

    told: Mapping[str, Any]
    id: str
    path: Path | None = None
    stream: IO[str] | None = field(default=None, repr=False)


@contextmanager
def noting(run: str, told: Mapping[str, Any]) -> Iterator[None]:
    """Let :func:`begin` write a note of this run while the block runs; what runs inside it is a part of it.

    Parameters
    ----------
    run : str
        An id that no other run has.
    told : mapping
        JSON data: ``operation``, ``title``, ``given`` and ``started``.
    """
    if _RUN.get() is not None:
        yield
        return
    own = _Run(told, run)
    before = _RUN.set(own)
    try:
        yield
    except KeyboardInterrupt:
        _end(own, STOPPED)
        raise
    except BaseException:
        _end(own, None)
        raise
    else:
        _end(own, None)
        _forget(own)
    finally:
        _RUN.reset(before)


def begin(workspace: Workspace) -> None:
    """Write the note of the run that is under way, where there is one and it has none yet."""
    run = _RUN.get()
    if run is None or run.path is not None:
        return
    path = workspace.root / FOLDER / f"{run.id}.json"
    try:
        stream = _made(path)
        _write(stream, {**run.told, "host": socket.gethostname(), "pid": os.getpid()})
        _lock(stream)
    except OSError:
        return  # where nothing can be written, nothing can be half-written
    run.path, run.stream = path, stream


def _made(path: Path) -> IO[str]:
    """Open the note; whoever ends meanwhile takes an empty folder away, so that is asked for once more."""
    path.parent.mkdir(exist_ok=True)
    try:
        return path.open("w", encoding="utf-8")
    except FileNotFoundError:
        path.parent.mkdir(exist_ok=True)
        return path.open("w", encoding="utf-8")


def unfinished(workspace: Workspace) -> list[dict[str, Any]]:
    """Return what was cut short and has not been asked again with success since, newest first.

    Returns
    -------
    list of dict
        ``operation``, ``title``, ``given``, ``started``, and ``how`` it ended, in words.
    """
    found = []
    for path in _notes(workspace.root / FOLDER):
        told = _read(path)
        if told is not None and (told.get("how") or not _alive(path, told)):
            kept = {name: told.get(name) for name in ("operation", "title", "given", "started")}
            found.append({**kept, "how": told.get("how") or ENDED})
    oldest = (datetime.now(UTC) - KEPT).isoformat(timespec="milliseconds")
    recent = [one for one in found if str(one["started"]) >= oldest]
    return sorted(recent, key=lambda one: str(one["started"]), reverse=True)[:SHOWN]


def _end(run: _Run, how: str | None) -> None:
    if run.path is None or run.stream is None:
        return
    with contextlib.suppress(OSError):
        if how is None:
            run.path.unlink(missing_ok=True)
        else:
            _write(run.stream, {**run.told, "how": how})
        run.stream.close()
        if how is None:
            run.path.parent.rmdir()  # refused while another run's note is there


def _forget(run: _Run) -> None:
    """Remove the notes of the same operation that were cut short before: it has been done now."""
    if run.path is None:
        return
    for path in _notes(run.path.parent):
        told = _read(path)
        if told is None or told.get("operation") != run.told["operation"]:
            continue
        if told.get("how") or not _alive(path, told):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
                path.parent.rmdir()


def _notes(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.json"))
    except OSError:
        return []


def _read(path: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # Gone meanwhile, or cut short while it was written.
        return None
    return told if isinstance(told, dict) else None


def _write(stream: IO[str], told: Mapping[str, Any]) -> None:
    stream.seek(0)
    stream.truncate()
    json.dump(dict(told), stream)
    stream.flush()


def _lock(stream: IO[str]) -> None:
    """Hold the note until this process ends, however it does."""
    try:
        import fcntl
    except ImportError:  # only POSIX has it; elsewhere the process's number alone tells
        return
    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _alive(path: Path, told: Mapping[str, Any]) -> bool:
    """Return whether who wrote a note still works: on this machine there is its process, and it holds the lock."""
    if told.get("host") == socket.gethostname() and not _exists(told.get("pid")):
        return False
    try:
        import fcntl

        with path.open("r") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return True
    return False


def _exists(pid: object) -> bool:
    if not isinstance(pid, int) or os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
