"""What ``trust://`` addresses name: their parts, and what a file system says of a file or a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import NotFoundError
from trustlab.store.names import check_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustlab.store import Store
    from trustlab.store.records import Commit
    from trustlab.store.trees import Entry, Tree


class NoSuchPathError(NotFoundError, FileNotFoundError):
    """A path that names nothing, in the form that readers of file systems expect."""

    def __str__(self) -> str:
        return self.message


def parts_of(path: str) -> tuple[str, str]:
    """Return the ref and the path inside of ``REPO[@REF]/PATH``."""
    # Dask puts a slash before a path of one part.
    ref, _, inner = path.removeprefix("/").partition("/")
    # A ref copied with its path (REPO@REF:PATH) reads as well.
    ref, _, head = ref.partition(":")
    return ref, f"{head}/{inner}".strip("/")


def names(store: Store) -> list[str]:
    """Return the names of all repos and mounts, sorted."""
    from trustlab.store.branches import repos
    from trustlab.store.mounts import mounts

    return sorted([*repos(store), *(mount.name for mount in mounts(store))])


def moment_of(info: Mapping[str, Any]) -> datetime:
    """Return the time that a file system says of a file; now where it says none."""
    try:
        return datetime.fromisoformat(info.get("created") or "")
    except ValueError:
        return datetime.now(UTC)


def folder_info(ref: str, inner: str = "") -> dict[str, Any]:
    """Return what fsspec wants to know of a folder; InputError as for a file."""
    return {"name": f"{ref}/{check_path(inner)}" if inner else ref, "size": 0, "type": "directory"}


def file_info(ref: str, commit: Commit, entry: Entry) -> dict[str, Any]:
    """Return what fsspec wants to know of a file, with the commit that it is of.

    Raises
    ------
    InputError
        If its name could lead out of a folder that it is copied to.
    """
    return {
        "name": f"{ref}/{check_path(entry.path)}",
        "size": entry.size,
        "type": "file",
        "created": commit.time,
        "repo": commit.repo,
        "commit": commit.id,
        "entry": entry,
    }


def below(
    ref: str, commit: Commit, tree: Tree, inner: str, maxdepth: int | None, *, withdirs: bool
) -> Iterator[dict[str, Any]]:
    """Yield what a version holds at or below a path: the files, and where asked for the folders, some of them twice."""
    only = tree.get(inner) if inner else None
    if only is not None:
        yield file_info(ref, commit, only)
        return
    prefix = f"{inner}/" if inner else ""
    for entry in tree.entries(prefix):
        if not entry.path.startswith(prefix):
            # Asked for a prefix that nothing has, a tree may answer with what comes next.
            return
        names = entry.path[len(prefix) :].split("/")
        if withdirs:
            # Where files of a folder follow one another, it comes up again: the caller keeps one.
            for depth in range(min(len(names) - 1, maxdepth or len(names)) + 1):
                yield folder_info(ref, f"{prefix}{'/'.join(names[:depth])}".rstrip("/"))
        if maxdepth is None or len(names) <= maxdepth:
            yield file_info(ref, commit, entry)
