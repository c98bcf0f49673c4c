"""Stores that stay open between reads: one for each workspace and process, safe where the process forks."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from trustlab.core.workspace import Workspace
    from trustlab.store.store import Store

_MOST = 8

_lock = threading.Lock()
_stores: dict[tuple[Any, ...], Store] = {}
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()
_parents_pools: list[object] = []


def shared_store(workspace: Workspace) -> Store:
    """Return the open store of a workspace; a workspace that was removed and made again is another one.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    Store
        Not to be closed by the caller. Threads may share it; forked processes as :func:`keep_over_forks` says.
    """
    from trustlab.store import open_store

    settings = workspace.settings
    places = (settings.database_url, settings.objects_url, settings.objects_options)
    place = (str(workspace.root), *places)
    with _lock:
        key = (*place, _looks(workspace.root))
        found = _stores.pop(key, None)
        if found is None:
            found = open_store(workspace.root, *places)
            keep_over_forks(found)
            # Opening may have made the database.
            key = (*place, _looks(workspace.root))
        _stores[key] = found
        stale = [other for other in _stores if other[: len(place)] == place and other != key]
        surplus = list(_stores)[: max(len(_stores) - len(stale) - _MOST, 0)]
        for other in {*stale, *surplus} - {key}:
            # Who still reads from it may go on: it opens itself again.
            _stores.pop(other).close()
    return found


def keep_over_forks(store: Store) -> None:
    """See to it that a forked process makes database connections of its own for this store.

    The process may have threads, but none may be in the middle of a read at the instant of the fork: SQLite itself
    keeps a lock then that nobody in the child would release. Start processes by ``spawn`` where that may be.
    """
    _engines.add(store.engine)


def _looks(root: Path) -> tuple[Any, ...]:
    found: list[Any] = []
    for file in (root, root / "metadata.db", root / "config.toml"):
        try:
            stat = file.stat()
        except OSError:
            found.append(None)
            continue
        # Numbers of removed files are given again; the settings' time tells, as no commit touches them.
        found.append((stat.st_dev, stat.st_ino, stat.st_ctime_ns if file.suffix == ".toml" else 0))
    return tuple(found)


def _after_fork() -> None:
    # The parent's thread that held it is not here to release it.
    global _lock
    _lock = threading.Lock()
    for engine in list(_engines):
        # Kept, so that nothing in this process ever closes the parent's connections.
        _parents_pools.append(engine.pool)
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
