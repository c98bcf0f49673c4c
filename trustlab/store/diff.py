"""Compare two commits by path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.store.refs import parse, resolve
from trustlab.store.trees import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustlab.store.refs import Ref
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry


@dataclass(frozen=True, slots=True)
class Change:
    """A path that differs: its entry before and after, None where it was not there."""

    path: str
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changed between two commits, each list sorted by path."""

    before: str
    after: str
    added: list[Change]
    removed: list[Change]
    changed: list[Change]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def diff(store: Store, before: str | Ref, after: str | Ref) -> Diff:
    """Return the paths that differ between two commits, which may be of different repos.

    Leaves that both trees share are not fetched, so the time goes with the change and not with the tree.

    Raises
    ------
    NotFoundError
        If a ref names nothing.
    """
    first, second = (
        parse(before),
        parse(after),
    )
    old, new = resolve(store, first), resolve(store, second)
    trees = Tree(store, old.tree), Tree(store, new.tree)
    shared = {leaf for _, leaf in trees[0].leaves} & {leaf for _, leaf in trees[1].leaves}
    left = {entry.path: entry for entry in _outside(trees[0], shared, first.path)}
    right = {entry.path: entry for entry in _outside(trees[1], shared, second.path)}
    return Diff(
        before=old.id,
        after=new.id,
        added=[Change(path, None, right[path]) for path in sorted(right.keys() - left.keys())],
        removed=[Change(path, left[path], None) for path in sorted(left.keys() - right.keys())],
        changed=[
            Change(path, left[path], right[path])
            for path in sorted(left.keys() & right.keys())
            if not left[path].same_content(right[path])
        ],
    )


def _outside(tree: Tree, shared: set[bytes], path: str | None) -> Iterator[Entry]:
    for number, (_, leaf) in enumerate(tree.leaves):
        if leaf not in shared:
            yield from (entry for entry in tree.leaf(number) if path is None or within(entry.path, path))


def within(path: str, folder: str) -> bool:
    """Return whether ``path`` is ``folder``, or lies in it."""
    folder = folder.strip("/")
    return not folder or path == folder or path.startswith(f"{folder}/")
