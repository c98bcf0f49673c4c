"""Compare two commits by path."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trustlab.store.ls import missing
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

    Leaves that both trees share are not fetched, so the time goes with the change and not with the tree. Two files, or
    two folders, of different names are compared with each other: what is in the one against what is in the other.

    Raises
    ------
    NotFoundError
        If a ref, or its path, names nothing.
    """
    first, second = parse(before), parse(after)
    old, new = resolve(store, first), resolve(store, second)
    trees = Tree(store, old.tree), Tree(store, new.tree)
    paths = [(parts.path or "").strip("/") for parts in (first, second)]
    there = [_holds(tree, path) for tree, path in zip(trees, paths, strict=True)]
    # What was added or removed as a whole is on one side only.
    if not all(there) and (paths[0] != paths[1] or not any(there)):
        raise missing(old, trees[0], paths[0]) if not there[0] else missing(new, trees[1], paths[1])
    if all(paths) and paths[0] != paths[1]:
        found = _elsewhere(trees, *paths)
    else:
        found = changed_entries(*trees, first.path, second.path)
    changes = [Change(path, *found[path]) for path in sorted(found)]
    gone = [change.before for change in changes if change.before is not None and change.after is None]
    come = [change.after for change in changes if change.after is not None and change.before is None]
    moved = _renames(gone, come)
    return Diff(
        before=old.id,
        after=new.id,
        added=[change for change in changes if change.before is None],
        removed=[change for change in changes if change.after is None],
        changed=[change for change in changes if change.before is not None and change.after is not None],
        renamed=[Change(entry.path, moved[entry.path], entry) for entry in come if entry.path in moved],
    )


def changed_entries(
    old: Tree | None, new: Tree | None, old_path: str | None = None, new_path: str | None = None
) -> dict[str, tuple[Entry | None, Entry | None]]:
    """Return the entries that differ between two trees, by path: before and after, None where there is none.

    Parameters
    ----------
    old, new : Tree or None
        None is the tree without files.
    old_path, new_path : str or None
        Only this file or folder of the old, and of the new tree.
    """
    shared = _leaves(old) & _leaves(new)
    left = {entry.path: entry for entry in _outside(old, shared, old_path)}
    found: dict[str, tuple[Entry | None, Entry | None]] = {}
    for entry in _outside(new, shared, new_path):
        before = left.pop(entry.path, None)
        if before is None or not before.same_content(entry):
            found[entry.path] = (before, entry)
    return found | {path: (entry, None) for path, entry in left.items()}


def _holds(tree: Tree, path: str) -> bool:
    """Return whether a tree has a file or folder of this path; the top is always there."""
    below = tree.first(f"{path}/")
    return not path or tree.get(path) is not None or (below is not None and below.path.startswith(f"{path}/"))


def _elsewhere(trees: tuple[Tree, Tree], old: str, new: str) -> dict[str, tuple[Entry | None, Entry | None]]:
    """Return what differs between a file or folder and another one, by the later one's paths."""
    left = {entry.path.removeprefix(old): entry for entry in _outside(trees[0], set(), old)}
    found: dict[str, tuple[Entry | None, Entry | None]] = {}
    for entry in _outside(trees[1], set(), new):
        before = left.pop(entry.path.removeprefix(new), None)
        if before is None or not before.same_content(entry):
            found[entry.path] = (before, entry)
    return found | {entry.path: (entry, None) for entry in left.values()}


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


def _leaves(tree: Tree | None) -> set[bytes]:
    return {leaf for _, leaf in tree.leaves} if tree is not None else set()


def _outside(tree: Tree | None, shared: set[bytes], path: str | None) -> Iterator[Entry]:
    if tree is None:
        return
    for number, (_, leaf) in enumerate(tree.leaves):
        if leaf not in shared:
            yield from (entry for entry in tree.leaf(number) if path is None or within(entry.path, path))


def within(path: str, folder: str) -> bool:
    """Return whether ``path`` is ``folder``, or lies in it."""
    folder = folder.strip("/")
    return not folder or path == folder or path.startswith(f"{folder}/")
