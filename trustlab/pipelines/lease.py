"""Whether the process of a run still lives: a file lock on the same machine, a heartbeat from elsewhere."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from trustlab.core.errors import TrustlabError
from trustlab.pipelines import journal
from trustlab.pipelines.journal import RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustlab.core.workspace import Workspace

BEAT_SECONDS = 5.0
LEASE_SECONDS = 60.0
_LOCK = "lock"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """A run's place: its id, its folder, and who runs it."""

    run: str
    folder: Path
    host: str
    pid: int


def run_folder(workspace: Workspace, run: str) -> Path:
    """Return where a run's executed notebooks and logs lie."""
    return workspace.root / "runs" / run


@contextmanager
def hold(workspace: Workspace) -> Iterator[Lease]:
    """Make a run's folder and hold its lock while the block runs.

    The operating system lets the lock go with the process, however that ends; so a run is known to be dead at the
    next look, not when a time-out has passed.
    """
    run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    folder = run_folder(workspace, run)
    folder.mkdir(parents=True)
    with (folder / _LOCK).open("w") as stream:
        _lock(stream)
        yield Lease(run, folder, socket.gethostname(), os.getpid())


def discard(held: Lease) -> None:
    """Remove the folder of a run that was never written down."""
    shutil.rmtree(held.folder)


@contextmanager
def beating(workspace: Workspace, run: str) -> Iterator[None]:
    """Renew the run's heartbeat from a thread of its own while the block runs."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(BEAT_SECONDS):
            try:
                with journal.writing(workspace) as connection:
                    connection.execute(RUNS.update().where(RUNS.c.id == run).values(heartbeat=datetime.now(UTC)))
            except (SQLAlchemyError, TrustlabError) as error:
                # A database that is busy for one beat is no reason to stop; the next one comes soon.
                _log.warning("run %s: no heartbeat: %s", run, error)

    thread = threading.Thread(target=beat, name=f"heartbeat-{run}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def alive(workspace: Workspace, run: str, host: str, pid: int, heartbeat: datetime) -> bool:
    """Tell whether the process that runs ``run`` still lives.

    On the same machine a free lock means dead, at once. A lock that is held by a process we cannot see (another
    container, a forked child), and a run of another machine, live as long as the heartbeat is younger than the
    lease: that needs clocks that agree within it.
    """
    fresh = datetime.now(UTC) - heartbeat < timedelta(seconds=LEASE_SECONDS)
    if host != socket.gethostname():
        return fresh
    held = _is_held(run_folder(workspace, run) / _LOCK)
    if held is None:
        return fresh
    return held and (_exists(pid) or fresh)


def _lock(stream: IO[str]) -> None:
    try:
        import fcntl
    except ImportError:  # only POSIX has it; elsewhere the heartbeat decides alone
        return
    fcntl.flock(stream, fcntl.LOCK_EX)


def _is_held(path: Path) -> bool | None:
    """Return whether someone holds the lock; None where that cannot be known."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        with path.open("r") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
