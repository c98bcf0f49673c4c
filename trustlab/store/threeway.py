"""Bring two trees together that went apart: three-way, path by path, and nothing is won silently."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from trustlab.core.errors import ConflictError, UsageError, did_you_mean
from trustlab.store.diff import changed_entries, within
from trustlab.store.trees import Tree, line_of, write_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from trustlab.store.sink import ChunkSink
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry, Written

Side = Literal["ours", "theirs"]

_LISTED = 20


@dataclass(frozen=True, slots=True)
class Conflict:
    """A path that both sides changed, each in its own way.

    Parameters
    ----------
    path : str
    ours, theirs : str
        What each side did: ``added``, ``changed``, ``removed``, or ``nothing`` where the path itself is no conflict
        but cannot stand beside another.
    beside : str or None
        That other path: a file where this needs a folder, or a name that differs only by Unicode normal form.
    """

    path: str
    ours: str
    theirs: str
    beside: str | None = None


class MergeConflictError(ConflictError):
    """Both sides changed the same paths; nothing was done.

    Parameters
    ----------
    sides : (str, str)
        What ours and theirs are called.
    conflicts : sequence of Conflict
        Every one; the message lists the first.
    """

    def __init__(self, sides: tuple[str, str], conflicts: Sequence[Conflict]) -> None:
        lines = [_sentence(sides, one) for one in conflicts[:_LISTED]]
        more = f"; and {len(conflicts) - _LISTED} more" if len(conflicts) > _LISTED else ""
        super().__init__(
            f"each path must be changed on one side, or alike on both; {len(conflicts):,} "
            f"{'is' if len(conflicts) == 1 else 'are'} not: {'; '.join(lines)}{more}",
            hint=f"Nothing was changed. Say which side holds: --ours PATTERN ({sides[0]}), --theirs PATTERN "
            f"({sides[1]}), or --take ours or theirs for all.",
        )
        self.conflicts = tuple(conflicts)


def _sentence(sides: tuple[str, str], one: Conflict) -> str:
    if one.beside is not None:
        return f"'{one.path}' cannot stand beside '{one.beside}'"
    return f"'{one.path}' ({one.ours} in {sides[0]}, {one.theirs} in {sides[1]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which side holds where both changed a path.

    Parameters
    ----------
    ours, theirs : sequence of str
        Paths, folders, or patterns such as ``part/*.csv``, in which ``*`` stands for anything.
    take : {'ours', 'theirs'} or None
        For every other path.
    """

    ours: Sequence[str] = ()
    theirs: Sequence[str] = ()
    take: Side | None = None

    def side(self, path: str) -> Side | None:
        """Return the side that holds for ``path``, None where nothing is said.

        Raises
        ------
        UsageError
            If both are said.
        """
        mine = any(_matches(path, pattern) for pattern in self.ours)
        other = any(_matches(path, pattern) for pattern in self.theirs)
        if mine and other:
            raise UsageError(f"ours and theirs must not both hold for a path; they do for '{path}'")
        return "ours" if mine else "theirs" if other else self.take

    def check(self, conflicts: Iterable[str]) -> None:
        """Refuse patterns that say nothing about these paths: they are misspelt, or mean another merge.

        Raises
        ------
        UsageError
            If there is one.
        """
        paths = sorted(conflicts)
        for name, patterns in (("ours", self.ours), ("theirs", self.theirs)):
            for pattern in patterns:
                if not any(_matches(path, pattern) for path in paths):
                    raise UsageError(
                        f"{name} must name paths in conflict; got '{pattern}'.{did_you_mean(pattern, paths)}",
                        hint=f"In conflict: {', '.join(paths[:_LISTED])}." if paths else "There is no conflict.",
                    )


def _matches(path: str, pattern: str) -> bool:
    return within(path, pattern) if pattern.strip("/") and not _is_pattern(pattern) else _glob(path, pattern)


def _is_pattern(text: str) -> bool:
    return any(letter in text for letter in "*?[")


def _glob(path: str, pattern: str) -> bool:
    return path == pattern or fnmatchcase(path, pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """What comes of two trees.

    Parameters
    ----------
    changes : mapping of str to (Entry or None, Entry or None)
        What ours becomes: by path the entry before and after, None where there is none.
    resolved : mapping of str to str
        By path in conflict, the side that was said to hold.
    conflicts : sequence of Conflict
        Those for which nothing was said; ours stands in ``changes`` meanwhile.
    """

    changes: Mapping[str, tuple[Entry | None, Entry | None]] = field(default_factory=dict)
    resolved: Mapping[str, Side] = field(default_factory=dict)
    conflicts: Sequence[Conflict] = ()

    def by_kind(self) -> dict[str, list[str]]:
        """Return the paths that are ``added``, ``removed`` and ``changed``."""
        kinds: dict[str, list[str]] = {"added": [], "removed": [], "changed": []}
        for path, (before, after) in self.changes.items():
            kinds["added" if before is None else "removed" if after is None else "changed"].append(path)
        return kinds


def combine(store: Store, ours: str, theirs: str | None, bases: Sequence[str], choice: Choice) -> Combined:
    """Return what becomes of ``ours`` when it takes what ``theirs`` changed since they parted.

    Where both changed a path alike, or one side alone did, that is taken. With several bases they must agree: a path
    of which one base says that ours changed it, and another that theirs did, is a conflict.

    Parameters
    ----------
    ours : str
        A tree's name in hex.
    theirs : str or None
        The same; None is the tree without files.
    bases : sequence of str
        The trees from which both come; none is the tree without files.

    Raises
    ------
    UsageError
        If ``choice`` has a pattern that no conflict matches, or names both sides for a path.
    """
    mine, other = Tree(store, ours), Tree(store, theirs) if theirs else None
    differ = changed_entries(mine, other)
    since = [changed_entries(Tree(store, base), mine) for base in bases] or [changed_entries(None, mine)]
    taken: dict[str, Entry | None] = {}
    conflicts: dict[str, Conflict] = {}
    for path, (here, there) in differ.items():
        sides = {_holds(changes, path, there) for changes in since}
        if sides == {"theirs"}:
            taken[path] = there
        elif sides != {"ours"}:
            before = next((changes[path][0] for changes in since if path in changes), here)
            conflicts[path] = Conflict(path, _did(before, here), _did(before, there))
    resolved: dict[str, Side] = {}
    _resolve(conflicts, choice, differ, taken, resolved)
    open_ = {path: one for path, one in conflicts.items() if path not in resolved}
    clashes = {path: one for path, one in _clashes(mine, taken, differ).items() if path not in resolved}
    _resolve(clashes, choice, differ, taken, resolved)
    choice.check([*conflicts, *clashes])
    open_ |= {path: one for path, one in _clashes(mine, taken, differ).items() if path not in open_}
    return Combined(
        changes={path: (differ[path][0], taken[path]) for path in sorted(taken)},
        resolved={path: resolved[path] for path in sorted(resolved)},
        conflicts=[open_[path] for path in sorted(open_)],
    )


def _holds(changes: Mapping[str, tuple[Entry | None, Entry | None]], path: str, there: Entry | None) -> str:
    """Return which side changed a path in which they differ, since one base."""
    if path not in changes:
        return "theirs"
    before = changes[path][0]
    if before is None or there is None:
        return "ours" if before is there else "both"
    return "ours" if before.same_content(there) else "both"


def _did(before: Entry | None, after: Entry | None) -> str:
    if before is None:
        return "nothing" if after is None else "added"
    if after is None:
        return "removed"
    return "nothing" if before.same_content(after) else "changed"


def _resolve(
    conflicts: Mapping[str, Conflict],
    choice: Choice,
    differ: Mapping[str, tuple[Entry | None, Entry | None]],
    taken: dict[str, Entry | None],
    resolved: dict[str, Side],
) -> None:
    for path in conflicts:
        side = choice.side(path)
        if side is None:
            continue
        resolved[path] = side
        if side == "theirs":
            taken[path] = differ[path][1]
        else:
            taken.pop(path, None)


def _clashes(
    mine: Tree, taken: Mapping[str, Entry | None], differ: Mapping[str, tuple[Entry | None, Entry | None]]
) -> dict[str, Conflict]:
    """Return the paths that would stand beside one another and cannot: they came from different sides."""
    if not any(entry is not None and differ[path][0] is None for path, entry in taken.items()):
        return {}
    by_form: dict[str, str] = {}
    found: dict[str, Conflict] = {}

    def clash(one: str, other: str) -> None:
        for path, beside in ((one, other), (other, one)):
            here, there = differ[path]
            found[path] = Conflict(path, "added" if here else "nothing", "added" if there else "nothing", beside)

    for entry in _replaced(mine, taken):
        form = unicodedata.normalize("NFC", entry.path)
        if form in by_form:
            clash(by_form[form], entry.path)
        by_form[form] = entry.path
    for form, path in by_form.items():
        at = form.find("/")
        while at > 0:
            if form[:at] in by_form:
                clash(by_form[form[:at]], path)
            at = form.find("/", at + 1)
    return found


def write_combined(store: Store, sink: ChunkSink, ours: str, combined: Combined) -> Written:
    """Store the tree that ``ours`` becomes; of the files nothing is read or written, only the lists of them.

    Raises
    ------
    ConflictError
        If no file is left: a version holds at least one.
    """
    tree = write_tree(sink, map(line_of, entries_after(store, ours, combined)))
    if not tree.files:
        raise ConflictError(
            "a version must hold at least one file; of this one none would be left",
            hint="Delete the branch if it is to go (trust data branches REPO --delete NAME), or keep files by --ours.",
        )
    return tree


def entries_after(store: Store, ours: str, combined: Combined) -> Iterator[Entry]:
    """Return the files of the tree that ``ours`` becomes, in the order of their paths."""
    return _replaced(Tree(store, ours), {path: change[1] for path, change in combined.changes.items()})


def _replaced(tree: Tree, changes: Mapping[str, Entry | None]) -> Iterator[Entry]:
    """Yield a tree's entries with some of them others, in the order of their paths."""
    waiting = sorted(changes, reverse=True)
    for entry in tree.entries():
        while waiting and waiting[-1] < entry.path:
            new = changes[waiting.pop()]
            if new is not None:
                yield new
        if waiting and waiting[-1] == entry.path:
            waiting.pop()
        new = changes.get(entry.path, entry)
        if new is not None:
            yield new
    while waiting:
        new = changes[waiting.pop()]
        if new is not None:
            yield new
