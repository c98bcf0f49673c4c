"""Let another process look at what is to be committed while this one loads its libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core.cores import usable_cores
from trustlab.core.interpreter import own_python
from trustlab.data import scout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustlab.core.context import Context
    from trustlab.core.workspace import Workspace

# A file that is smaller is read sooner than a process starts.
_WORTH_BYTES = 8 * 1024 * 1024
# After every file's moment of change.
_NEVER_NS = 2**63
# So many names are looked at: what more there are is for the commit.
_MOST_PLACES = 100
_END_SECONDS = 1.0


@contextmanager
def looked_ahead(source: Any, context: Context) -> Iterator[None]:
    """Have folders and large files looked at ahead, where that is sooner than this process could; give way to it then.

    Which files will be read is not known before the store is asked. So only those are read ahead of which a store in
    the workspace's folder cannot know, as it holds nothing yet or has not changed since they have.

    Parameters
    ----------
    source : object
        What a commit was given; only the names of files and folders among it count.
    """
    process = _start(_places(source, context), context)
    try:
        yield
    finally:
        if process is not None:
            process.kill()
            # One that waits for a dying disk is left to end by itself.
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END_SECONDS)


def _places(source: Any, context: Context) -> list[str]:
    # By the library that takes longest to load: where it is there, nothing is left to bridge.
    if "sqlalchemy" in sys.modules or usable_cores() == 1:
        return []
    named = [
        each for each in (source if isinstance(source, list | tuple) else [source]) if isinstance(each, str | Path)
    ]
    return [str(place) for place in map(context.path, named[:_MOST_PLACES]) if _is_worth(place)]


def _is_worth(place: Path) -> bool:
    try:
        return place.is_dir() or (place.is_file() and place.stat().st_size >= _WORTH_BYTES)
    except (OSError, ValueError):
        # What it is, is for the commit to say.
        return False


def _start(places: list[str], context: Context) -> subprocess.Popen[bytes] | None:
    python = own_python()
    if not places or python is None:
        return None
    known_ns = _known_ns(context.workspace_or_none)
    with suppress(OSError):
        # Without the site module and the package. In a session of its own: Ctrl-C is for this process, which ends it.
        return subprocess.Popen(  # noqa: S603 - this Python and this package
            [python, "-I", "-S", scout.__file__, str(os.getpid()), str(known_ns), *places],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return None


def _known_ns(workspace: Workspace | None) -> int:
    """Return the moment, in ns since the epoch, after which a file must have changed for the store not to know it."""
    if workspace is None:
        return -1
    settings = workspace.settings
    if settings.database_url is not None or settings.objects_url is not None:
        return _NEVER_NS
    if not (workspace.root / "objects").exists():
        return -1
    moments = [0]
    for name in ("metadata.db", "metadata.db-wal"):
        with suppress(OSError):
            moments.append((workspace.root / name).stat().st_mtime_ns)
    return max(moments)
