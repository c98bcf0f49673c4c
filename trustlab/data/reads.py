"""Which versions this process has read: a commit made after it may name them as its inputs.

The journal lives and dies with the process. What a child process or a worker elsewhere reads is not in it, and that a
version was read does not say that anything was made of it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from trustlab.store.lineage import READ, Input

if TYPE_CHECKING:
    from trustlab.store import Store

# Of a version of which more files were read, only the version is named.
MOST_PATHS = 20

_LOCK = threading.Lock()
# By the store's database and by (repo, commit), in the order of first reading; None once there are too many paths.
_SEEN: dict[str, dict[tuple[str, str], set[str] | None]] = {}


def note(store: Store, repo: str, commit: str, path: str | None) -> None:
    """Remember that a file of a version was read.

    Parameters
    ----------
    commit : str
        The whole id.
    path : str or None
        The file; None for the whole version.
    """
    with _LOCK:
        seen = _SEEN.setdefault(_name(store), {})
        paths = seen.setdefault((repo, commit), set())
        if paths is None:
            return
        if path is not None:
            paths.add(path)
        if path is None or len(paths) > MOST_PATHS:
            seen[repo, commit] = None


def seen(store: Store) -> list[Input]:
    """Return what was read from a store, in the order of first reading, the paths of a version sorted."""
    with _LOCK:
        found = [(*key, sorted(paths) if paths else [None]) for key, paths in _SEEN.get(_name(store), {}).items()]
    return [Input(repo=repo, commit=commit, path=path, role=READ) for repo, commit, paths in found for path in paths]


def forget() -> None:
    """Begin anew, as a process that has read nothing."""
    with _LOCK:
        _SEEN.clear()


def _name(store: Store) -> str:
    return str(store.engine.url)
