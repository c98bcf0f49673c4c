"""Who descends from whom: the graph of a repo's commits, over all parents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from trustlab.store.schema import BRANCHES, COMMITS, TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

# The parents of each commit, by id.
Graph = dict[str, tuple[str, ...]]


def graph(connection: Connection, repo: int) -> Graph:
    """Return the parents of every commit of the repo with that number."""
    rows = connection.execute(select(COMMITS.c.id, COMMITS.c.parent, COMMITS.c.parents).where(COMMITS.c.repo == repo))
    return {row.id: _parents(row.parent, row.parents) for row in rows}


def _parents(first: str | None, parents: str) -> tuple[str, ...]:
    # Most commits have one parent, whose list needs no parser.
    return tuple(json.loads(parents)) if "," in parents else (first,) if first else ()


def ancestors(known: Mapping[str, tuple[str, ...]], starts: Iterable[str]) -> set[str]:
    """Return the commits from which ``starts`` descend, themselves included."""
    todo = list(starts)
    found: set[str] = set()
    while todo:
        id_ = todo.pop()
        if id_ not in found:
            found.add(id_)
            todo.extend(known.get(id_, ()))
    return found


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
    heads = select(BRANCHES.c.repo, BRANCHES.c.head).union_all(select(TAGS.c.repo, TAGS.c.commit))
    todo = [(row[0], row[1]) for row in connection.execute(heads)]
    reached: dict[tuple[int, str], str] = {}
    while todo:
        key = todo.pop()
        row = rows.get(key)
        if row is None or key in reached:
            continue
        reached[key] = row.tree
        todo.extend((key[0], parent) for parent in _parents(row.parent, row.parents))
    return reached
