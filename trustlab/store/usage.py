"""What takes space: by repo, by version and by file, and what a gc could free."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from trustlab.store.ancestry import reachable
from trustlab.store.index import patches
from trustlab.store.reach import reach
from trustlab.store.refs import repo_number
from trustlab.store.schema import BRANCHES, CHUNKS, COMMITS, PACKS, REPOS, TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Table

    from trustlab.store.reach import Reach
    from trustlab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one repo takes.

    Parameters
    ----------
    repo : str
    commits, branches, tags : int
        Commits that a branch or a tag reaches.
    logical_bytes : int
        What its versions would take if each were a copy.
    stored_bytes, own_bytes : int
        What its chunks take, and those of them that no other repo needs.
    chunks : int
    """

    repo: str
    commits: int
    branches: int
    tags: int
    logical_bytes: int
    stored_bytes: int
    own_bytes: int
    chunks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one version added to the store: chunks that no version before it, of any repo, held."""

    repo: str
    commit: str
    time: str
    message: str
    bytes_added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUse:
    """What a file takes over all its versions that no other file needs."""

    repo: str
    path: str
    own_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What takes space.

    Parameters
    ----------
    shares : list of Share
        By repo.
    steps : list of Step
        Versions, the earliest first.
    files : list of FileUse
        The largest first.
    chunks, chunk_bytes : int
        All that the store has, whichever repo is asked for.
    packs, pack_bytes : int
        The files that hold them.
    free_commits, free_chunks, free_bytes : int
        What no branch and no tag reaches: what a gc would remove.
    """

    shares: list[Share]
    steps: list[Step]
    files: list[FileUse]
    chunks: int
    chunk_bytes: int
    packs: int
    pack_bytes: int
    free_commits: int
    free_chunks: int
    free_bytes: int


@dataclass(slots=True)
class _Sums:
    """Bytes of chunks, added up: by the repos that share them (as bits), by first version and by path."""

    by_repos: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    by_version: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    by_path: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    chunks: int = 0
    bytes: int = 0
    free_chunks: int = 0
    free_bytes: int = 0


def usage(
    store: Store, repo: str | None = None, largest: int = 20, progress: Callable[[int, int, str], None] | None = None
) -> Usage:
    """Measure what takes space.

    Each part of a tree is opened once, however many versions share it, and no file's content is read.

    Parameters
    ----------
    repo : str or None
        Shares, steps and files of this repo alone; what others share with it is found out all the same.
    largest : int
        So many files.
    progress : callable or None
        Called with (objects opened, objects in all, what they are).

    Raises
    ------
    NotFoundError
        If ``repo`` does not exist.
    DamagedError
        If a tree cannot be read.
    """
    with store.read() as connection:
        wanted = repo_number(connection, repo) if repo is not None else None
        rows = connection.execute(select(REPOS.c.id, REPOS.c.name).order_by(REPOS.c.name))
        names: dict[int, str] = {row.id: row.name for row in rows}
        versions, dead = _versions(connection)
        heads, tagged = _counts(connection, BRANCHES), _counts(connection, TAGS)
        packs, pack_bytes = connection.execute(select(func.count(), func.sum(PACKS.c.size)).select_from(PACKS)).one()
    bits = {number: 1 << place for place, number in enumerate(names)}
    found, paths = reach(store, ((row.tree, bits[row.repo]) for row in versions), progress)
    sums = _sums(store, found)
    shown = [number for number in names if wanted in (None, number) and (heads[number] or tagged[number])]
    by_bit = {bits[number]: names[number] for number in shown}
    of: dict[int, list[Any]] = defaultdict(list)
    for row in versions:
        of[row.repo].append(row)
    return Usage(
        shares=[
            _share(names[number], of[number], heads[number], tagged[number], sums, bits[number]) for number in shown
        ],
        steps=[
            _step(row, names[row.repo], sums.by_version[at]) for at, row in enumerate(versions) if row.repo in shown
        ],
        files=_largest(sums, paths, by_bit, largest),
        chunks=sums.chunks,
        chunk_bytes=sums.bytes,
        packs=packs,
        pack_bytes=int(pack_bytes or 0),
        free_commits=dead,
        free_chunks=sums.free_chunks,
        free_bytes=sums.free_bytes,
    )


def _versions(connection: Connection) -> tuple[list[Any], int]:
    """Return the commits that a branch or a tag reaches, the earliest first, and how many others there are."""
    kept = reachable(connection)
    columns = (COMMITS.c.repo, COMMITS.c.id, COMMITS.c.tree, COMMITS.c.time, COMMITS.c.message, COMMITS.c.bytes)
    rows = connection.execute(select(*columns).order_by(COMMITS.c.time)).all()
    versions = [row for row in rows if (row.repo, row.id) in kept]
    return versions, len(rows) - len(versions)


def _counts(connection: Connection, table: Table) -> dict[int, int]:
    """Return how many rows a table has of each repo."""
    rows = connection.execute(select(table.c.repo, func.count()).group_by(table.c.repo))
    return defaultdict(int, {row[0]: int(row[1]) for row in rows})


def _sums(store: Store, found: Reach) -> _Sums:
    sums = _Sums()
    with store.read() as connection:
        # Who holds a patch needs what it is a patch of.
        for patch, bases in list(patches(connection)):
            at = found.at.get(patch)
            if at is not None:
                for base in bases:
                    found.add(base, found.first[at], found.repos[at], found.path[at])
        for name, length in connection.execute(select(CHUNKS.c.name, CHUNKS.c.length)):
            sums.chunks += 1
            sums.bytes += length
            at = found.at.get(bytes(name))
            if at is None:
                sums.free_chunks += 1
                sums.free_bytes += length
                continue
            shared = sums.by_repos[found.repos[at]]
            shared[0] += 1
            shared[1] += length
            sums.by_version[found.first[at]] += length
            sums.by_path[found.path[at]] += length
    return sums


def _step(row: Any, repo: str, added: int) -> Step:
    return Step(repo=repo, commit=row.id, time=row.time, message=row.message, bytes_added=added)


def _share(repo: str, versions: Sequence[Any], branches: int, tags: int, sums: _Sums, bit: int) -> Share:
    mine = [pair for repos, pair in sums.by_repos.items() if repos & bit]
    return Share(
        repo=repo,
        commits=len(versions),
        branches=branches,
        tags=tags,
        logical_bytes=sum(row.bytes for row in versions),
        stored_bytes=sum(size for _, size in mine),
        own_bytes=sums.by_repos[bit][1] if bit in sums.by_repos else 0,
        chunks=sum(count for count, _ in mine),
    )


def _largest(sums: _Sums, paths: Sequence[tuple[int, str]], repos: dict[int, str], count: int) -> list[FileUse]:
    sizes = ((size, *paths[number]) for number, size in sums.by_path.items() if number >= 0)
    found = nlargest(count, (one for one in sizes if one[1] in repos))
    return [FileUse(repo=repos[bit], path=path, own_bytes=size) for size, bit, path in found]
