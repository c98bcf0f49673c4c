"""List a folder of a commit, without reading the folders below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.core.errors import NotFoundError, did_you_mean
from trustlab.store.trees import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustlab.store.records import Commit
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry


@dataclass(frozen=True, slots=True)
class Listed:
    """A file (with its entry) or a folder (without) of a commit."""

    path: str
    size: int
    entry: Entry | None


def ls(store: Store, commit: Commit, path: str = "") -> list[Listed]:
    """Return what stands directly in a folder of a commit, sorted by path; for a file, the file itself.

    Parameters
    ----------
    commit : Commit
        From :func:`trustlab.store.refs.resolve`.
    path : str
        A folder or file in it; empty for the top.

    Raises
    ------
    NotFoundError
        If nothing is at ``path``.
    """
    tree = Tree(store, commit.tree)
    path = path.strip("/")
    entry = tree.get(path) if path else None
    if entry is not None:
        return [Listed(entry.path, entry.size, entry)]
    listed = list(_children(tree, f"{path}/" if path else ""))
    if not listed:
        raise missing(commit, tree, path)
    return listed


def missing(commit: Commit, tree: Tree, path: str) -> NotFoundError:
    """Return the error for a path that a commit lacks, with the nearest one that it has."""
    some = [entry.path for entry, _ in zip(tree.entries(), range(1000), strict=False)]
    return NotFoundError(
        f"{commit.repo}@{commit.id[:12]} must hold '{path}'; it does not.{did_you_mean(path, some)}",
        hint=f"`trust data ls {commit.repo}@{commit.id[:12]}` lists what it holds.",
    )


def _children(tree: Tree, prefix: str) -> Iterator[Listed]:
    entry = tree.first(prefix)
    while entry is not None and entry.path.startswith(prefix):
        name, slash, _ = entry.path[len(prefix) :].partition("/")
        if slash:
            yield Listed(prefix + name, 0, None)
            # '0' is the character after '/': the next path outside the folder.
            entry = tree.first(f"{prefix}{name}0")
        else:
            yield Listed(entry.path, entry.size, entry)
            entry = tree.first(f"{entry.path}\0")
