"""The files that a ref names: all of a version, one folder of it, or one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.store.diff import within
from trustlab.store.ls import missing
from trustlab.store.refs import parse, resolve
from trustlab.store.trees import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustlab.store.refs import Ref
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry


class Chosen:
    """What a ref names; to be walked as often as need be, one leaf of the tree at a time.

    Parameters
    ----------
    store : Store
    ref : str or Ref
        With a path, only that file or folder.

    Raises
    ------
    NotFoundError
        If the ref names nothing.
    """

    def __init__(self, store: Store, ref: str | Ref) -> None:
        parts = parse(ref)
        self.commit = resolve(store, parts)
        self.tree = Tree(store, self.commit.tree)
        self._prefix = (parts.path or "").strip("/")
        if not any(True for _ in self):
            raise missing(self.commit, self.tree, parts.path or "")

    def __iter__(self) -> Iterator[Entry]:
        """Yield the files in the order of their paths."""
        return (entry for entry in self.tree.entries(self._prefix) if within(entry.path, self._prefix))

    @property
    def bytes(self) -> int:
        """What they hold."""
        return sum(entry.size for entry in self) if self._prefix else self.tree.bytes
