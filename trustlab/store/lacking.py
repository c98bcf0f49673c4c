"""What one store has and another lacks: commits, and the objects that their trees reach."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select

from trustlab.core.errors import DamagedError, InputError
from trustlab.store.index import batches, known
from trustlab.store.names import check_path
from trustlab.store.offer import check_said
from trustlab.store.records import Commit, canonical, from_row
from trustlab.store.refs import repo_number
from trustlab.store.repair import lacks
from trustlab.store.schema import COMMITS
from trustlab.store.trees import Tree
from trustlab.store.walk import open_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from trustlab.store.offer import Offer
    from trustlab.store.store import Store
    from trustlab.store.trees import Extent

T = TypeVar("T")

_TREE = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What must travel.

    Parameters
    ----------
    commits : list of Commit
        Parents before children.
    objects : dict of bytes to int
        Chunks, leaves, lists and roots, by name; the length of a chunk, 0 for the others: theirs is not known yet.
    bytes : int
        What the commits' files hold, each commit for itself.
    """

    commits: list[Commit]
    objects: dict[bytes, int]
    bytes: int

    @property
    def data(self) -> int:
        """How many bytes of files must travel."""
        return sum(self.objects.values())


def lacking(source: Store, target: Store, offer: Offer, there: set[str]) -> Lacking:
    """Return what of an offer the target lacks.

    A commit that the target has is whole there, so its tree and that tree's leaves are not looked into. Of everything
    else each object is asked for: that the target has a list's bytes does not say that it has what the list names.

    Where a repair has struck lost chunks from the target's index, the commits that it has are looked into as well,
    until a verification has found every commit whole: it costs what a first transfer costs, without the sending.

    Parameters
    ----------
    there : set of str
        The commits that the target has.

    Raises
    ------
    DamagedError
        If a commit or a tree is not as it was written.
    """
    commits = read_commits(source, offer.repo, [commit for commit in offer.parents if commit not in there])
    with target.read() as connection:
        repaired = lacks(connection) is not None
    walk = _Walk(source)
    if not repaired:
        border = {parent for commit in commits for parent in commit.parents if parent in there}
        for commit in read_commits(source, offer.repo, border):
            walk.leave_out(commit.tree)
    for commit in commits:
        _check(commit)
        walk.add(commit.tree, commit)
    if repaired:
        _add_lost(source, offer, there, walk)
    with target.read() as connection:
        have = known(connection, walk.objects)
    objects = {name: length for name, length in walk.objects.items() if name not in have}
    return Lacking(commits=commits, objects=objects, bytes=sum(commit.bytes for commit in commits))


def _add_lost(source: Store, offer: Offer, there: set[str], walk: _Walk) -> None:
    """Add what the source has of the commits that the target has; what it lacks itself stops nothing."""
    needed = set(walk.objects)
    for id_ in offer.parents:
        if id_ in there:
            # After the new commits, which must be whole: a walk that breaks off has seen part of a leaf.
            with suppress(DamagedError):
                for commit in read_commits(source, offer.repo, [id_]):
                    walk.add(commit.tree)
    with source.read() as connection:
        here = known(connection, walk.objects.keys() - needed) | needed
    walk.objects = {name: length for name, length in walk.objects.items() if name in here}


def read_commits(source: Store, repo: str, ids: Iterable[str]) -> list[Commit]:
    """Return commits in the order of their ids given, each checked against its id.

    Raises
    ------
    DamagedError
        If one is missing or altered.
    """
    found: list[Commit] = []
    with source.read() as connection:
        number = repo_number(connection, repo)
        for batch in batches(ids):
            rows = connection.execute(select(COMMITS).where(COMMITS.c.repo == number, COMMITS.c.id.in_(batch)))
            by_id = {row.id: from_row(row, repo) for row in rows}
            for id_ in batch:
                if id_ not in by_id or by_id[id_].computed_id() != id_:
                    raise DamagedError(
                        f"commit {repo}@{id_[:12]} must be as it was written; its record is missing or altered",
                        hint="Run `trust data verify`, and restore the database from a backup.",
                    )
                found.append(by_id[id_])
    return found


def _check(commit: Commit) -> None:
    """Refuse a record that no commit here could have; the other side's may say whatever somebody wrote there."""
    if not _TREE.fullmatch(commit.tree):
        raise DamagedError(f"commit {commit.id[:12]} must name its tree by 64 hex digits; got {commit.tree!r}")
    check_said(
        f"commit {commit.id[:12]}",
        commit.time,
        author=commit.author,
        message=commit.message,
        provenance=canonical(dict(commit.provenance)),
    )


class _Walk:
    """A walk over trees that opens each part once, in each role that it plays."""

    def __init__(self, source: Store) -> None:
        self._source = source
        self._walked: set[tuple[str, bytes]] = set()
        self._totals: dict[bytes, tuple[int, int]] = {}
        self.objects: dict[bytes, int] = {}

    def leave_out(self, tree: str) -> None:
        """Take a tree and its leaves for known."""
        self._walked.add(("root", bytes.fromhex(tree)))
        # Only a short cut: what is damaged here and whole there need not stop anything.
        with suppress(DamagedError):
            opened = Tree(self._source, tree)
            self._totals[bytes.fromhex(tree)] = opened.files, opened.bytes
            self._walked.update(("leaf", leaf) for _, leaf in opened.leaves)

    def add(self, tree: str, commit: Commit | None = None) -> None:
        """Add what a tree reaches; lists and leaves after what they name, the root last."""
        root = bytes.fromhex(tree)
        if self._new("root", root):
            opened = _well_formed(root, partial(Tree, self._source, tree))
            self._add_leaves(root, opened)
            self._totals[root] = opened.files, opened.bytes
        if commit is not None and self._totals.get(root, (commit.files, commit.bytes)) != (commit.files, commit.bytes):
            raise DamagedError(
                f"commit {commit.id[:12]} must count its tree's files and bytes; it says {commit.files:,} files and "
                f"{commit.bytes:,} bytes"
            )

    def _add_leaves(self, root: bytes, opened: Tree) -> None:
        for number, (_, leaf) in enumerate(opened.leaves):
            if not self._new("leaf", leaf):
                continue
            entries = _well_formed(leaf, partial(opened.leaf, number))
            self._totals[leaf] = len(entries), sum(entry.size for entry in entries)
            for entry in entries:
                _well_formed(leaf, partial(check_path, entry.path))
                self._extents(entry.level, entry.extents)
            self.objects.setdefault(leaf, 0)
        # Those of the leaves that are left out are not known.
        counted = [self._totals[leaf] for _, leaf in opened.leaves if leaf in self._totals]
        sums = tuple(map(sum, zip(*counted, strict=True))) if counted else (0, 0)
        if len(counted) == len(opened.leaves) and sums != (opened.files, opened.bytes):
            raise DamagedError(f"tree part {root.hex()[:12]} must count its files and bytes; they are {sums}")
        self.objects.setdefault(root, 0)

    def _extents(self, level: int, extents: Sequence[Extent]) -> None:
        for extent in extents:
            if level == 0:
                if (self.objects.setdefault(extent.name, extent.length) or extent.length) != extent.length:
                    raise DamagedError(f"chunk {extent.name.hex()[:12]} must have one length; its trees say two")
                self.objects[extent.name] = extent.length
            elif self._new(f"list {level}", extent.name):
                below = _well_formed(extent.name, partial(open_list, self._source, extent))
                self._extents(level - 1, below)
                self.objects.setdefault(extent.name, 0)

    def _new(self, role: str, name: bytes) -> bool:
        if (role, name) in self._walked:
            return False
        self._walked.add((role, name))
        return True


def _well_formed(name: bytes, open_: Callable[[], T]) -> T:
    """Return what ``open_`` returns; the other side's trees may be whatever somebody wrote there."""
    try:
        return open_()
    except InputError as error:
        raise DamagedError(f"tree part {name.hex()[:12]} must be one that trustlab wrote; {error.message}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"tree part {name.hex()[:12]} must be one that trustlab wrote; it is not") from error
