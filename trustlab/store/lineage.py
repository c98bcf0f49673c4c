"""Lineage: what a commit was made from, kept so that one walks up to it, and down from it to what was made of it.

A commit's ``provenance`` is JSON data of this shape. Each key may be absent, which says "not recorded", never "none":

``operation``
    The id of the operation that committed, as ``data.commit``.
``source``
    What was committed: ``{"kind": "file", "name": "loans.csv"}``; the kind is ``file``, ``folder``, ``variable``,
    ``memory`` or another word of the operation, which may add keys.
``inputs``
    The commits it was made from, ``[]`` where its author says that there are none:
    ``[{"repo": …, "commit": 64 hex digits, "path": … or absent, "role": …}, …]``. The role is ``given`` where the
    author named the input, ``read`` where no more is known than that the same process had read it before it committed.
``code``
    The file that made the content: ``{"hash": BLAKE3 of its bytes as b3sum prints it, "file": its name}``.
``parameters``
    ``{name: value}``; a long value is ``{"blake3": …, "characters": …}`` of its JSON.
``pipeline``
    The step in which it was committed: ``{"name": …, "revision": …, "run": …, "step": …}``.

What the record says is part of the commit's id. The table ``store_links`` repeats the inputs for the way down.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, insert, select

from trustlab.core.errors import InputError, UsageError
from trustlab.store.index import batches
from trustlab.store.names import check_name
from trustlab.store.records import from_row
from trustlab.store.schema import COMMITS, LINKS, REPOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from trustlab.store.records import Commit
    from trustlab.store.store import Store

GIVEN, READ = "given", "read"
UP, DOWN = -1, 1
_ID = re.compile(r"[0-9a-f]{64}")


class Key(NamedTuple):
    """A commit's place: its repo's name and its id."""

    repo: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One commit that another was made from; the fields are those of the provenance."""

    repo: str
    commit: str
    path: str | None = None
    role: str | None = None

    @property
    def key(self) -> Key:
        """Its place."""
        return Key(self.repo, self.commit)

    def to_dict(self) -> dict[str, Any]:
        """Return the input as JSON data; what is not known is absent."""
        found = {"repo": self.repo, "commit": self.commit, "path": self.path, "role": self.role}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A commit of a walk.

    Parameters
    ----------
    commit : Commit or None
        None where this store does not have it: gc removed it, or it was never pulled.
    distance : int
        Steps from where the walk began: below 0 for what it was made from, above 0 for what was made from it.
    hidden : int
        How many of its neighbours further on are known and not in the walk.
    """

    key: Key
    commit: Commit | None
    distance: int
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One commit was made from another, by these inputs of its provenance."""

    source: Key
    target: Key
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What a walk found, nearest first.

    Parameters
    ----------
    beyond_depth, beyond_limit : int
        Commits that are known and left out: further away than asked for, or more than asked for. What lies behind
        them is not counted.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    beyond_depth: int
    beyond_limit: int


def inputs_of(provenance: Mapping[str, Any]) -> tuple[Input, ...]:
    """Return the inputs that a provenance names; what has another shape, as a foreign record may, is passed over."""
    named = provenance.get("inputs")
    found = [_input(item) for item in named] if isinstance(named, list | tuple) else []
    return tuple(item for item in found if item is not None)


def link(connection: Connection, repo: str, commit: str, provenance: Mapping[str, Any]) -> None:
    """Write a commit's inputs down for the way from them to it, in the transaction that publishes it.

    Raises
    ------
    InputError
        Where ``provenance["inputs"]`` is not a list of ``{"repo", "commit"}``, with ``path`` and ``role`` or not.
    """
    named = provenance.get("inputs", [])
    wrong = named if not isinstance(named, list | tuple) else next((i for i in named if _input(i) is None), None)
    if wrong is not None:
        raise InputError(
            "a commit's inputs must be a list of {'repo', 'commit' (64 hex digits)}, each with 'path' and 'role' "
            f"or not; got {str(wrong)[:200]!r}"
        )
    mine = (LINKS.c.repo == repo, LINKS.c.commit == commit)
    there = {Key(*row) for row in connection.execute(select(LINKS.c.input_repo, LINKS.c.input_commit).where(*mine))}
    wanted = [row for row in rows(repo, commit, provenance) if (row["input_repo"], row["input_commit"]) not in there]
    if wanted:
        connection.execute(insert(LINKS), wanted)


def rows(repo: str, commit: str, provenance: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a commit's rows of ``store_links``."""
    return [
        {"repo": repo, "commit": commit, "input_repo": key.repo, "input_commit": key.commit}
        for key in dict.fromkeys(item.key for item in inputs_of(provenance))
    ]


def unlink(connection: Connection, repo: int, commit: str) -> None:
    """Forget what a commit was made from, as gc removes it; what was made from it goes on naming it.

    Parameters
    ----------
    repo : int
        The repo's number.
    """
    name = select(REPOS.c.name).where(REPOS.c.id == repo).scalar_subquery()
    connection.execute(delete(LINKS).where(LINKS.c.repo == name, LINKS.c.commit == commit))


def walk(store: Store, start: Commit, depth: int, limit: int) -> Lineage:
    """Walk up to what a commit was made from, and down to what was made from it; history's parents are not inputs.

    Parameters
    ----------
    depth : int
        At most so many steps each way.
    limit : int
        At most so many commits in all, the nearest.

    Returns
    -------
    Lineage
    """
    with store.read() as connection:
        return _Walk(connection, start, limit).go(depth)


class _Walk:
    """The state of one walk: what was found, and which neighbours each commit has in its direction."""

    def __init__(self, connection: Connection, start: Commit, limit: int) -> None:
        self._connection = connection
        self._limit = limit
        self._start = Key(start.repo, start.id)
        self._commits: dict[Key, Commit | None] = {self._start: start}
        self._distances: dict[Key, int] = {self._start: 0}
        self._near: dict[Key, set[Key]] = defaultdict(set)
        self._dropped: set[Key] = set()

    def go(self, depth: int) -> Lineage:
        fronts = {UP: [self._start], DOWN: [self._start]}
        for distance in range(1, depth + 1):
            for way in (UP, DOWN):
                fronts[way] = self._step(fronts[way], way, distance)
        for way in (UP, DOWN):
            self._neighbours(fronts[way], way)
        known = {key for near in self._near.values() for key in near}
        left_out = known - self._commits.keys()
        return Lineage(
            nodes=tuple(self._node(key) for key in sorted(self._distances, key=lambda key: abs(self._distances[key]))),
            edges=tuple(self._edges()),
            beyond_depth=len(left_out - self._dropped),
            beyond_limit=len(left_out & self._dropped),
        )

    def _step(self, front: Sequence[Key], way: int, distance: int) -> list[Key]:
        fresh = [key for key in self._neighbours(front, way) if key not in self._commits]
        taken = fresh[: max(self._limit - len(self._commits), 0)]
        self._dropped.update(fresh[len(taken) :])
        self._commits.update(_load(self._connection, taken))
        self._distances.update(dict.fromkeys(taken, way * distance))
        return taken

    def _neighbours(self, front: Sequence[Key], way: int) -> list[Key]:
        pairs = self._inputs(front) if way == UP else _made_from(self._connection, front)
        for here, there in pairs:
            self._near[here].add(there)
        return list(dict.fromkeys(there for _, there in pairs))

    def _inputs(self, front: Iterable[Key]) -> list[tuple[Key, Key]]:
        commits = [(key, self._commits[key]) for key in front]
        return [(key, item.key) for key, commit in commits if commit for item in inputs_of(commit.provenance)]

    def _node(self, key: Key) -> Node:
        hidden = len(self._near[key] - self._commits.keys())
        return Node(key=key, commit=self._commits[key], distance=self._distances[key], hidden=hidden)

    def _edges(self) -> Iterable[Edge]:
        for target, commit in self._commits.items():
            by_source: dict[Key, list[Input]] = defaultdict(list)
            for item in inputs_of(commit.provenance) if commit else ():
                by_source[item.key].append(item)
            for source, inputs in by_source.items():
                if source in self._commits:
                    yield Edge(source=source, target=target, inputs=tuple(inputs))


def _by_repo(keys: Iterable[Key]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        found[key.repo].append(key.commit)
    return found


def _load(connection: Connection, keys: Sequence[Key]) -> dict[Key, Commit | None]:
    found: dict[Key, Commit | None] = dict.fromkeys(keys)
    for repo, ids in _by_repo(keys).items():
        rows = select(COMMITS).join_from(COMMITS, REPOS, COMMITS.c.repo == REPOS.c.id).where(REPOS.c.name == repo)
        for batch in batches(ids):
            for row in connection.execute(rows.where(COMMITS.c.id.in_(batch))):
                found[Key(repo, row.id)] = from_row(row, repo)
    return found


def _made_from(connection: Connection, keys: Sequence[Key]) -> list[tuple[Key, Key]]:
    """Return (input, what was made from it), the newest first."""
    found: list[Any] = []
    for repo, ids in _by_repo(keys).items():
        rows = (
            select(LINKS, COMMITS.c.time)
            .join_from(LINKS, REPOS, LINKS.c.repo == REPOS.c.name)
            .join(COMMITS, (COMMITS.c.repo == REPOS.c.id) & (COMMITS.c.id == LINKS.c.commit))
            .where(LINKS.c.input_repo == repo)
        )
        for batch in batches(ids):
            found += connection.execute(rows.where(LINKS.c.input_commit.in_(batch))).all()
    found.sort(key=lambda row: (row.time, row.repo, row.commit), reverse=True)
    return [(Key(row.input_repo, row.input_commit), Key(row.repo, row.commit)) for row in found]


def _input(item: object) -> Input | None:
    if not isinstance(item, dict):
        return None
    repo, commit, path, role = (item.get(name) for name in ("repo", "commit", "path", "role"))
    if not isinstance(commit, str) or not _ID.fullmatch(commit) or not isinstance(repo, str):
        return None
    if not all(value is None or isinstance(value, str) for value in (path, role)):
        return None
    try:
        check_name("repo", repo)
    except UsageError:
        return None
    return Input(repo=repo, commit=commit, path=path, role=role)
