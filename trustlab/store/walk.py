"""Visit every object that a commit's tree reaches, each once however many commits share it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from trustlab.core.errors import DamagedError
from trustlab.store.objects import fetch
from trustlab.store.trees import Tree, load_extents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustlab.store.store import Store
    from trustlab.store.trees import Extent

T = TypeVar("T")


@dataclass(slots=True)
class Marks:
    """What a walk has reached.

    Parameters
    ----------
    names : set of bytes
        Every object: roots, leaves, lists of chunks and chunks.
    walked : set of (str, bytes)
        The part that was opened, with the role in which it was: a file may hold the very bytes of a leaf, and having
        seen it as a file says nothing of what it reaches as a leaf.
    broken : set of bytes or None
        Where a set is given, what cannot be read is put there and the walk goes on; None ends it with an error.
    """

    names: set[bytes] = field(default_factory=set)
    walked: set[tuple[str, bytes]] = field(default_factory=set)
    broken: set[bytes] | None = None

    def guard(self, name: bytes, open_: Callable[[], T]) -> T | None:
        """Return what ``open_`` returns, None where the object is broken and the walk is to go on."""
        try:
            return open_()
        except DamagedError:
            if self.broken is None:
                raise
            self.broken.add(name)
            return None


def mark_tree(store: Store, tree: str, marks: Marks) -> None:
    """Add what a tree reaches to ``marks``; what they hold already is not walked again.

    Parameters
    ----------
    tree : str
        The root's name in hex.

    Raises
    ------
    DamagedError
        If a part cannot be read and ``marks.broken`` is None.
    """
    root = bytes.fromhex(tree)
    marks.names.add(root)
    if ("root", root) in marks.walked:
        return
    found = marks.guard(root, partial(Tree, store, tree))
    if found is None:
        return
    for number, (_, leaf) in enumerate(found.leaves):
        marks.names.add(leaf)
        if ("leaf", leaf) in marks.walked:
            continue
        for entry in marks.guard(leaf, partial(found.leaf, number)) or ():
            mark_extents(store, entry.level, entry.extents, marks)
        marks.walked.add(("leaf", leaf))
    # Last, so that a walk that broke off is walked again.
    marks.walked.add(("root", root))


def mark_extents(store: Store, level: int, extents: Sequence[Extent], marks: Marks) -> None:
    """Add a file's chunks, and the lists that name them, to ``marks``."""
    for extent in extents:
        marks.names.add(extent.name)
        role = (f"list {level}", extent.name)
        if level and role not in marks.walked:
            text = marks.guard(extent.name, partial(fetch, store, extent.name))
            mark_extents(store, level - 1, load_extents(text or b"[]"), marks)
            marks.walked.add(role)
