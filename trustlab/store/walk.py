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
    lengths : dict of bytes to int
        How long each chunk is, as the trees say; only where ``broken`` is a set.
    totals : dict of bytes to (int, int)
        The files of each leaf that was opened, and their bytes.
    """

    names: set[bytes] = field(default_factory=set)
    walked: set[tuple[str, bytes]] = field(default_factory=set)
    broken: set[bytes] | None = None
    lengths: dict[bytes, int] = field(default_factory=dict)
    totals: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def length(self, extent: Extent) -> int:
        """Return how long the chunk is that an extent names, as the first one that named it said."""
        return self.lengths.setdefault(extent.name, extent.length)

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
        entries = marks.guard(leaf, partial(found.leaf, number)) or []
        for entry in entries:
            mark_extents(store, entry.level, entry.extents, marks)
        marks.totals[leaf] = len(entries), sum(entry.size for entry in entries)
        marks.walked.add(("leaf", leaf))
    if marks.broken is not None and marks.broken.isdisjoint(leaf for _, leaf in found.leaves):
        files, sizes = zip(*(marks.totals[leaf] for _, leaf in found.leaves), strict=True) if found.leaves else ((), ())
        if (found.files, found.bytes) != (sum(files), sum(sizes)):
            marks.broken.add(root)
    # Last, so that a walk that broke off is walked again.
    marks.walked.add(("root", root))


def mark_extents(store: Store, level: int, extents: Sequence[Extent], marks: Marks) -> None:
    """Add a file's chunks, and the lists that name them, to ``marks``."""
    for extent in extents:
        marks.names.add(extent.name)
        role = (f"list {level}", extent.name)
        if level and role not in marks.walked:
            below = marks.guard(extent.name, partial(open_list, store, extent))
            mark_extents(store, level - 1, below or (), marks)
            marks.walked.add(role)
        elif not level and marks.broken is not None and marks.length(extent) != extent.length:
            marks.broken.add(extent.name)


def open_list(store: Store, extent: Extent) -> list[Extent]:
    """Return what a list of extents names.

    Raises
    ------
    DamagedError
        If it cannot be read, or does not span what it is said to span.
    """
    text = fetch(store, extent.name)
    try:
        return load_extents(text, extent.length)
    except (ValueError, TypeError) as error:
        raise DamagedError(f"list {extent.name.hex()[:12]} must be one that trustlab wrote; got {error}") from error
