"""Who descends from whom: the graph of a repo's commits, over all parents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select

from trustlab.core.errors import DamagedError
from trustlab.store.schema import BRANCHES, COMMITS, TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

K = TypeVar("K", str, tuple[int, str])

# The parents of each commit, by id.
Graph = dict[str, tuple[str, ...]]


def graph(connection: Connection, repo: int) -> Graph:
    """Return the parents of every commit of the repo with that number."""
    rows = connection.execute(select(COMMITS.c.id, COMMITS.c.parent, COMMITS.c.parents).where(COMMITS.c.repo == repo))
    return {row.id: _parents(row.parent, row.parents) for row in rows}


def _parents(first: str | None, parents: str) -> tuple[str, ...]:
    # Most commits have one parent, whose list needs no parser.
    return tuple(json.loads(parents)) if "," in parents else (first,) if first else ()


def ancestors(known: Mapping[K, Sequence[K]], starts: Iterable[K]) -> set[K]:
    """Return the commits from which ``starts`` descend, themselves included."""
    return set(_line(known, starts))


def _line(known: Mapping[K, Sequence[K]], starts: Iterable[K]) -> dict[K, None]:
    """Return ``starts`` and all that they descend from, parents before children; what is not known has no parents."""
    found: dict[K, None] = {}
    opened: set[K] = set()
    todo = list(starts)
    while todo:
        one = todo[-1]
        before = [parent for parent in known.get(one, ()) if parent not in found]
        # Whoever is seen again has nothing before it any more, unless somebody wrote down a circle.
        if before and one not in found and one not in opened:
            opened.add(one)
            todo.extend(before)
        else:
            found[one] = None
            todo.pop()
    return found


def history(known: Graph, starts: Iterable[str]) -> Graph:
    """Return the part of ``known`` that leads to ``starts``, those included, parents before children.

    Raises
    ------
    DamagedError
        If a commit is not among ``known``.
    """
    found = _line(known, starts)
    for commit in found:
        if commit not in known:
            raise DamagedError(
                f"commit {commit[:12]} must be there, a later one follows it; its record is missing",
                hint="Run `trust data verify`, and restore the database from a backup.",
            )
    return {commit: known[commit] for commit in found}


def leads_to(known: Graph, old: str, new: str) -> bool:
    """Return whether ``old`` is ``new`` or one of the commits before it; not where one of them is not known."""
    return new in known and old in known and old in ancestors(known, [new])


def merge_bases(known: Mapping[str, tuple[str, ...]], one: str, other: str) -> list[str]:
    """Return the best common ancestors of two commits, sorted.

    Those are the common ancestors from which no other common ancestor descends: one as a rule, none where the
    histories are unrelated, several where each side has merged the other.
    """
    common = ancestors(known, [one]) & ancestors(known, [other])
    return sorted(common - {parent for id_ in common for parent in known.get(id_, ())})


def reachable(connection: Connection) -> dict[tuple[int, str], str]:
    """Return the tree of each commit that a branch or a tag reaches, by (number of the repo, id)."""
    rows = {
        (row.repo, row.id): row
        for row in connection.execute(
            select(COMMITS.c.repo, COMMITS.c.id, COMMITS.c.parent, COMMITS.c.parents, COMMITS.c.tree)
        )
    }
    known = {
        (repo, id_): [(repo, one) for one in _parents(row.parent, row.parents)] for (repo, id_), row in rows.items()
    }
    heads = select(BRANCHES.c.repo, BRANCHES.c.head).union_all(select(TAGS.c.repo, TAGS.c.commit))
    reached = _line(known, [(row[0], row[1]) for row in connection.execute(heads)])
    return {key: rows[key].tree for key in reached if key in rows}
