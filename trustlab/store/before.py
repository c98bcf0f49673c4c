"""The version that a commit is about to follow, as far as it helps to store what is like it."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from trustlab.core.errors import ConflictError, DamagedError, NotFoundError
from trustlab.store.bases import Bases
from trustlab.store.objects import fetch_views
from trustlab.store.refs import DEFAULT_BRANCH, Ref, resolve
from trustlab.store.trees import Tree, extents_at

if TYPE_CHECKING:
    from trustlab.store.publish import Draft
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry


class Before:
    """The files as they are at the head of the branch, or of the main one."""

    def __init__(self, store: Store, drawn: Draft) -> None:
        self._store = store
        self._drawn = drawn

    def has(self, path: str) -> bool:
        """Return whether there is a file at a path."""
        return self._entry(path) is not None

    def bases(self, path: str, size: int) -> Bases | None:
        """Return the chunks of the file at a path, which now has so many bytes; None where there is none."""
        try:
            entry = self._entry(path)
            if entry is None:
                return None
            extents = extents_at(self._store, entry.level, entry.extents, 0, entry.size)
            return Bases(extents, size, partial(fetch_views, self._store))
        except (DamagedError, ConflictError):
            # Only a way to save space: what is wrong with the version before is for others to say.
            return None

    def _entry(self, path: str) -> Entry | None:
        try:
            return self._tree.get(path) if self._tree is not None else None
        except (DamagedError, ConflictError):
            return None

    @cached_property
    def _tree(self) -> Tree | None:
        for branch in dict.fromkeys((self._drawn.branch, DEFAULT_BRANCH)):
            try:
                return Tree(self._store, resolve(self._store, Ref(self._drawn.repo, branch)).tree)
            except NotFoundError:
                continue
        return None
