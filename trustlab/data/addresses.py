"""What ``trust://`` addresses name: their parts, and what a file system says of a file or a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.errors import NotFoundError
from trustlab.store.names import check_path

if TYPE_CHECKING:
    from trustlab.store.records import Commit
    from trustlab.store.trees import Entry


class NoSuchPathError(NotFoundError, FileNotFoundError):
    """A path that names nothing, in the form that readers of file systems expect."""

    def __str__(self) -> str:
        return self.message


def parts_of(path: str) -> tuple[str, str]:
    """Return the ref and the path inside of ``REPO[@REF]/PATH``."""
    ref, _, inner = path.partition("/")
    # A ref copied with its path (REPO@REF:PATH) reads as well.
    ref, _, head = ref.partition(":")
    return ref, f"{head}/{inner}".strip("/")


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
