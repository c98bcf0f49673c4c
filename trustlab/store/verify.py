"""Read every reachable byte again, and name what is damaged: packs, chunks, commits and paths."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from trustlab.core.sqlite_files import ReadOnlyError
from trustlab.store.ahead import in_order, threads
from trustlab.store.flaws import HEADER_CHANGED, MALFORMED, UNREADABLE, flaws, unmarked
from trustlab.store.gc import rewrite, unnamed_packs
from trustlab.store.index import batches, locate_readable
from trustlab.store.records import Commit, from_row
from trustlab.store.refs import repo_number
from trustlab.store.repair import every_name, lacks, strike, whole_again
from trustlab.store.schema import BRANCHES, COMMITS, REPOS, TAGS
from trustlab.store.trees import Tree
from trustlab.store.walk import Marks, mark_extents, mark_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from trustlab.store.index import Location
    from trustlab.store.store import Store


Cause = tuple[str, str | None]

# Chunks that one thread reads at once: a few megabytes.
_READ_TOGETHER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One thing that is not as it was written.

    Parameters
    ----------
    kind : str
        ``changed bytes``, ``changed header`` (what explains a pack; the data can be read), ``truncated pack``,
        ``missing pack``, ``missing chunk``, ``malformed tree``, ``changed commit`` or ``missing commit``.
    pack : str or None
        The pack concerned.
    chunks : tuple of str
        Names in hex of the chunks lost with it.
    commits : tuple of str
        What it touches, each as ``repo@id``.
    paths : tuple of str
        The files it touches; ``PATH and those after it`` where a part of a tree is lost.
    """

    kind: str
    pack: str | None
    chunks: tuple[str, ...]
    commits: tuple[str, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at, and what is damaged.

    ``unnamed`` counts the packs that no commit needs: no damage, but work for gc, once they cannot be those of a commit
    that is about to be published. ``struck`` and ``rewritten`` count the chunks and the packs that a repair has dealt
    with.
    """

    commits: int
    chunks: int
    bytes: int
    packs: int
    unnamed: int
    struck: int = 0
    rewritten: int = 0
    damages: tuple[Damage, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was written."""
        return not self.damages


def verify(
    store: Store,
    repo: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    *,
    repair: bool = False,
) -> Verified:
    """Hash every chunk that a commit reaches, and compute every commit's id again.

    Parameters
    ----------
    repo : str or None
        Only this repo's commits; all where None.
    progress : callable or None
        Called with (bytes done, bytes in all, pack).
    repair : bool
        Strike what cannot be read from the index, with ``repo`` None also what no commit reaches: the next commit or
        transfer that brings the same bytes stores them again. Packs of which only what explains them is changed are
        written anew.

    Returns
    -------
    Verified
        Damage is reported, not raised.

    Raises
    ------
    NotFoundError
        If ``repo`` does not exist.
    """
    if repair:
        store.check_writable()
    store.packs.forget()
    with store.read() as connection:
        mark = lacks(connection)
    commits, damages = _records(store, repo)
    marks = Marks(broken=set())
    for tree in dict.fromkeys(commit.tree for commit in commits):
        mark_tree(store, tree, marks)
    names = marks.names | (every_name(store) if repair and repo is None else set())
    with store.read() as connection:
        places = locate_readable(connection, names)
    causes: dict[bytes, Cause] = {name: ("missing chunk", None) for name in marks.names if name not in places}
    lost = bool(causes)
    causes.update(unread := _read_all(store, places, marks.lengths, progress))
    for name in (marks.broken or set()) & places.keys():
        causes.setdefault(name, (MALFORMED, places[name].pack))
    damages.extend(_name(store, _remaining(store, commits) if causes else commits, causes))
    struck = strike(store, unread, lost=lost) if repair and (unread or lost) else 0
    headless = {pack for kind, pack in causes.values() if kind == HEADER_CHANGED and pack is not None}
    rewritten = rewrite(store, sorted(headless)) if repair and headless else 0
    if mark is not None and repo is None and not causes:
        # Where the store can only be read, the mark stays: it costs time, and nothing else.
        with suppress(ReadOnlyError):
            whole_again(store, mark)
    return Verified(
        commits=len(commits),
        chunks=len(marks.names | places.keys()),
        bytes=sum(place.length for place in places.values()),
        packs=len({place.pack for place in places.values()}),
        unnamed=len(unnamed_packs(store)),
        damages=tuple(damages),
        struck=struck,
        rewritten=rewritten,
    )


def _records(store: Store, repo: str | None) -> tuple[list[Commit], list[Damage]]:
    query = select(COMMITS, REPOS.c.name).join_from(COMMITS, REPOS, COMMITS.c.repo == REPOS.c.id)
    named = select(BRANCHES.c.repo, BRANCHES.c.head).union_all(select(TAGS.c.repo, TAGS.c.commit)).subquery()
    heads_query = select(REPOS.c.name, named.c.head).join_from(named, REPOS, named.c.repo == REPOS.c.id)
    with store.read() as connection:
        if repo is not None:
            number = repo_number(connection, repo)
            query, heads_query = query.where(COMMITS.c.repo == number), heads_query.where(named.c.repo == number)
        commits = [from_row(row, row.name) for row in connection.execute(query)]
        heads = [(row.name, row.head) for row in connection.execute(heads_query)]
    damages = [
        Damage(kind="changed commit", pack=None, chunks=(), commits=(_label(commit),), paths=())
        for commit in commits
        if commit.computed_id() != commit.id
    ]
    there = {(commit.repo, commit.id) for commit in commits}
    wanted = dict.fromkeys([*heads, *((commit.repo, parent) for commit in commits for parent in commit.parents)])
    damages.extend(
        Damage(kind="missing commit", pack=None, chunks=(), commits=(f"{name}@{id_}",), paths=())
        for name, id_ in wanted
        if (name, id_) not in there
    )
    return commits, damages


def _remaining(store: Store, commits: Sequence[Commit]) -> list[Commit]:
    """Return the commits that are there still: what a gc has removed meanwhile, chunks and all, is no damage."""
    with store.read() as connection:
        query = select(REPOS.c.name, COMMITS.c.id).join_from(COMMITS, REPOS, COMMITS.c.repo == REPOS.c.id)
        there = {(row.name, row.id) for row in connection.execute(query)}
    return [commit for commit in commits if (commit.repo, commit.id) in there]


def _read_all(
    store: Store,
    places: Mapping[bytes, Location],
    lengths: Mapping[bytes, int],
    progress: Callable[[int, int, str], None] | None,
) -> dict[bytes, Cause]:
    """Return (kind, pack) for each chunk that is not where and what it should be; read in the order of the disk."""
    total = sum(place.length for place in places.values())
    bad: dict[bytes, str] = {}
    done = 0
    ordered = sorted(places, key=lambda name: places[name])

    def reading(group: list[bytes]) -> Callable[[], tuple[list[bytes], dict[bytes, str]]]:
        return lambda: (group, flaws(store, group, places, lengths))

    with ThreadPoolExecutor(threads(), "verify") as pool:
        for group, found in in_order(pool, map(reading, batches(ordered, _READ_TOGETHER)), threads()):
            bad.update(found)
            done += sum(places[name].length for name in group)
            if progress is not None:
                progress(done, total, places[group[-1]].pack)
    headless = unmarked(store, {place.pack for place in places.values()})
    bad.update({name: HEADER_CHANGED for name in ordered if places[name].pack in headless and name not in bad})
    sizes = {pack: store.packs.size(pack) for pack in {places[name].pack for name in bad}}
    causes = {
        name: _cause(places[name], sizes) if flaw == UNREADABLE else (flaw, places[name].pack)
        for name, flaw in bad.items()
        if not _moved(store, name, lengths)
    }
    # A patch goes down with its base, whose pack is the one to restore.
    return {
        name: next((causes[base] for base in places[name].bases if bad[name] == UNREADABLE and base in causes), cause)
        for name, cause in causes.items()
    }


def _cause(place: Location, sizes: Mapping[str, int | None]) -> Cause:
    size = sizes[place.pack]
    if size is None:
        return "missing pack", place.pack
    return ("truncated pack" if size < place.offset + place.length else "changed bytes"), place.pack


def _moved(store: Store, name: bytes, lengths: Mapping[bytes, int]) -> bool:
    """Return whether a gc that runs beside us has put the chunk, or its base, elsewhere, and it is sound there."""
    with store.read() as connection:
        now = locate_readable(connection, [name])
    if name not in now or flaws(store, [name], now, lengths):
        return False
    return not unmarked(store, [now[name].pack])


def _name(store: Store, commits: Sequence[Commit], causes: dict[bytes, Cause]) -> Iterator[Damage]:
    if not causes:
        return
    touched: dict[tuple[str, str | None], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    leaves: dict[bytes, list[tuple[bytes, str]]] = {}
    for commit in commits:
        for chunk, path in _touched(store, commit.tree, causes, leaves):
            commits_of, paths_of = touched[causes[chunk]]
            commits_of.add(_label(commit))
            paths_of.add(path)
    chunks: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for chunk, cause in causes.items():
        chunks[cause].append(chunk.hex())
    for cause in sorted(chunks, key=str):
        kind, pack = cause
        names, paths = touched[cause]
        if not names:
            continue
        yield Damage(
            kind=kind,
            pack=pack,
            chunks=tuple(sorted(chunks[cause])),
            commits=tuple(sorted(names)),
            paths=tuple(sorted(paths)),
        )


def _touched(
    store: Store,
    tree: str,
    causes: dict[bytes, Cause],
    leaves: dict[bytes, list[tuple[bytes, str]]],
) -> Iterator[tuple[bytes, str]]:
    """Yield (damaged chunk, path) for a tree; ``leaves`` keeps the answer for each leaf, which trees share."""
    root = bytes.fromhex(tree)
    if root in causes:
        yield root, "every path"
        return
    found = Tree(store, tree)
    for number, (first, leaf) in enumerate(found.leaves):
        if leaf in causes:
            yield leaf, f"{first} and those after it"
            continue
        if leaf not in leaves:
            leaves[leaf] = list(_touched_entries(store, found, number, causes))
        yield from leaves[leaf]


def _touched_entries(store: Store, tree: Tree, number: int, causes: dict[bytes, Cause]) -> Iterator[tuple[bytes, str]]:
    for entry in tree.leaf(number):
        marks = Marks(broken=set())
        mark_extents(store, entry.level, entry.extents, marks)
        for chunk in marks.names & causes.keys():
            yield chunk, entry.path


def _label(commit: Commit) -> str:
    return f"{commit.repo}@{commit.id}"
