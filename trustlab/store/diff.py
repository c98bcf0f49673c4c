"""Compare two commits by path."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trustlab.store.refs import parse, resolve
from trustlab.store.trees import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustlab.store.refs import Ref
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry


@dataclass(frozen=True, slots=True)
class Change:
    """A path that differs: its entry before and after, None where it was not there.

    Of a renamed file it is the new path; the old one is its entry's before.
    """

    path: str
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changed between two commits, each list sorted by path.

    Parameters
    ----------
    before, after : str
        The commits' ids.
    added, removed, changed : list of Change
        Paths that only one side has, and those whose bytes or mode differ.
    renamed : list of Change
        Pairs of a removed and an added path with the same bytes and mode; both are in their own lists as well. A copy,
        whose first path stays, is added only; an empty file is never renamed, for its content tells nothing.
    """

    before: str
    after: str
    added: list[Change]
    removed: list[Change]
    changed: list[Change]
    renamed: list[Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def by_kind(self) -> dict[str, list[Change]]:
        """Return added, removed, changed and renamed, for people: a renamed file is told once, as renamed."""
        old = {change.before.path for change in self.renamed if change.before}
        new = {change.path for change in self.renamed}
        return {
            "added": [change for change in self.added if change.path not in new],
            "removed": [change for change in self.removed if change.path not in old],
            "changed": self.changed,
            "renamed": self.renamed,
        }


def diff(store: Store, before: str | Ref, after: str | Ref) -> Diff:
    """Return the paths that differ between two commits, which may be of different repos.

    Leaves that both trees share are not fetched, so the time goes with the change and not with the tree.

    Raises
    ------
    NotFoundError
        If a ref names nothing.
    """
    first, second = parse(before), parse(after)
    old, new = resolve(store, first), resolve(store, second)
    trees = Tree(store, old.tree), Tree(store, new.tree)
    shared = {leaf for _, leaf in trees[0].leaves} & {leaf for _, leaf in trees[1].leaves}
    left = {entry.path: entry for entry in _outside(trees[0], shared, first.path)}
    right = {entry.path: entry for entry in _outside(trees[1], shared, second.path)}
    gone = [left[path] for path in sorted(left.keys() - right.keys())]
    come = [right[path] for path in sorted(right.keys() - left.keys())]
    moved = _renames(gone, come)
    return Diff(
        before=old.id,
        after=new.id,
        added=[Change(entry.path, None, entry) for entry in come],
        removed=[Change(entry.path, entry, None) for entry in gone],
        changed=[
            Change(path, left[path], right[path])
            for path in sorted(left.keys() & right.keys())
            if not left[path].same_content(right[path])
        ],
        renamed=[Change(entry.path, moved[entry.path], entry) for entry in come if entry.path in moved],
    )


def _renames(gone: Sequence[Entry], come: Sequence[Entry]) -> dict[str, Entry]:
    """Return by new path the file that it was.

    Where several files hold the same, those that keep their name in another folder are paired first, then each with
    the next in the order of their paths.
    """
    found: dict[str, Entry] = {}
    left = [entry for entry in gone if entry.size]
    for key in (lambda entry: (_content(entry), _name(entry)), _content):
        waiting: dict[Any, deque[Entry]] = defaultdict(deque)
        for entry in left:
            waiting[key(entry)].append(entry)
        for entry in come:
            if entry.path not in found and waiting.get(key(entry)):
                found[entry.path] = waiting[key(entry)].popleft()
        taken = {entry.path for entry in found.values()}
        left = [entry for entry in left if entry.path not in taken]
    return found


def _content(entry: Entry) -> tuple[int, bool, tuple[Any, ...]]:
    return entry.level, entry.executable, tuple(entry.extents)


def _name(entry: Entry) -> str:
    return entry.path.rpartition("/")[2]


def _outside(tree: Tree, shared: set[bytes], path: str | None) -> Iterator[Entry]:
    for number, (_, leaf) in enumerate(tree.leaves):
        if leaf not in shared:
            yield from (entry for entry in tree.leaf(number) if path is None or within(entry.path, path))


def within(path: str, folder: str) -> bool:
    """Return whether ``path`` is ``folder``, or lies in it."""
    folder = folder.strip("/")
    return not folder or path == folder or path.startswith(f"{folder}/")
