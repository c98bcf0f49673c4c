"""Find which versions, repos and files hold each object; each part of a tree is opened once, however many share it."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustlab.store.objects import fetch_many
from trustlab.store.trees import load_extents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from trustlab.store.store import Store

# In place of the number of the path that holds an object: no path, and several.
NO_PATH, SEVERAL = -1, -2


@dataclass(slots=True)
class Reach:
    """What reaches each object.

    Parameters
    ----------
    at : dict of bytes to int
        The place of each object in the others.
    first : array of int
        The number of the first version.
    repos : list of int
        The repos, as bits.
    path : array of int
        The number of the path, ``NO_PATH`` or ``SEVERAL``.
    """

    at: dict[bytes, int] = field(default_factory=dict)
    first: array[int] = field(default_factory=lambda: array("q"))
    repos: list[int] = field(default_factory=list)
    path: array[int] = field(default_factory=lambda: array("q"))

    def add(self, name: bytes, first: int, repos: int, path: int = NO_PATH) -> None:
        """Say that a version, repos and a path reach an object."""
        at = self.at.setdefault(name, len(self.first))
        if at == len(self.first):
            self.first.append(first)
            self.repos.append(repos)
            self.path.append(path)
            return
        self.first[at] = min(self.first[at], first)
        self.repos[at] |= repos
        if path not in (self.path[at], NO_PATH):
            self.path[at] = path if self.path[at] == NO_PATH else SEVERAL

    def add_all(self, other: Reach) -> None:
        """Say of each object what another says of it."""
        for name, first, repos, path in other:
            self.add(name, first, repos, path)

    def __iter__(self) -> Iterator[tuple[bytes, int, int, int]]:
        """Yield (name, first, repos, path) for each object."""
        return zip(self.at, self.first, self.repos, self.path, strict=True)


def reach(
    store: Store, versions: Iterable[tuple[str, int]], progress: Callable[[int, int, str], None] | None = None
) -> tuple[Reach, list[tuple[int, str]]]:
    """Return what the versions' trees reach, and the paths by their number, each with its repo's bit.

    Parameters
    ----------
    versions : iterable of (str, int)
        A tree's name in hex and its repo's bit, the earliest first.
    progress : callable or None
        Called with (objects opened, objects in all, what they are).

    Raises
    ------
    DamagedError
        If a part of a tree cannot be read.
    """
    roots, leaves, found = Reach(), Reach(), Reach()
    lists: dict[int, Reach] = defaultdict(Reach)
    paths: dict[tuple[int, str], int] = {}
    for number, (tree, repo) in enumerate(versions):
        roots.add(bytes.fromhex(tree), number, repo)
    for (first, repos, _), text in _opened(store, roots, "versions", progress):
        for _, leaf in json.loads(text)["leaves"]:
            leaves.add(bytes.fromhex(leaf), first, repos)
    for (first, repos, _), text in _opened(store, leaves, "folders", progress):
        for path, _, _, level, extents in json.loads(text):
            # What two repos share is in one path of each.
            number = paths.setdefault((repos, path), len(paths)) if repos & (repos - 1) == 0 else SEVERAL
            for name, _ in extents:
                (lists[level] if level else found).add(bytes.fromhex(name), first, repos, number)
    for level in range(max(lists, default=0), 0, -1):
        for (first, repos, number), text in _opened(store, lists[level], "long files", progress):
            for extent in load_extents(text):
                (lists[level - 1] if level > 1 else found).add(extent.name, first, repos, number)
    for part in (roots, leaves, *lists.values()):
        found.add_all(part)
    return found, list(paths)


def _opened(
    store: Store, wanted: Reach, what: str, progress: Callable[[int, int, str], None] | None
) -> Iterator[tuple[tuple[int, int, int], bytes]]:
    """Yield what reaches each object, and its text."""
    texts = fetch_many(store, wanted.at)
    for done, ((_, *by), text) in enumerate(zip(wanted, texts, strict=True), 1):
        if progress is not None:
            progress(done, len(wanted.at), what)
        yield (by[0], by[1], by[2]), text
