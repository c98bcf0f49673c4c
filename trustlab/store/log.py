"""List a ref's history, newest first, along first parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select

from trustlab.core.errors import UsageError
from trustlab.store.records import Commit, from_row
from trustlab.store.refs import parse, repo_number, resolve
from trustlab.store.schema import COMMITS

if TYPE_CHECKING:
    from sqlalchemy import CTE

    from trustlab.store.refs import Ref
    from trustlab.store.store import Store


def log(store: Store, ref: str | Ref, limit: int | None = None, offset: int = 0) -> list[Commit]:
    """Return the commits that led to ``ref``, newest first.

    Parameters
    ----------
    ref : str or Ref
        Where to begin; itself included.
    limit : int or None
        At most so many.
    offset : int
        Leave out so many of the newest.

    Raises
    ------
    NotFoundError
        If the ref names nothing.
    """
    start = _start(store, ref)
    with store.read() as connection:
        repo = repo_number(connection, start.repo)
        line = _line(repo, start.id, None if limit is None else offset + limit)
        query = select(COMMITS, line.c.depth).join_from(COMMITS, line, COMMITS.c.id == line.c.id)
        query = query.where(COMMITS.c.repo == repo, line.c.depth > offset).order_by(line.c.depth)
        return [from_row(row, start.repo) for row in connection.execute(query)][:limit]


def length(store: Store, ref: str | Ref) -> int:
    """Return how many commits led to ``ref``, itself included."""
    start = _start(store, ref)
    with store.read() as connection:
        line = _line(repo_number(connection, start.repo), start.id, None)
        return int(connection.execute(select(func.count()).select_from(line)).scalar_one())


def _start(store: Store, ref: str | Ref) -> Commit:
    parts = parse(ref)
    if parts.path is not None:
        raise UsageError(
            f"a history is a whole version's, and not a file's; got '{parts}'",
            hint=f"Leave :{parts.path} out; `trust data diff` tells what changed in a file between two versions.",
        )
    return resolve(store, parts)


def _line(repo: int, start: str, most: int | None) -> CTE:
    """Return the query for the ids from ``start`` along first parents, with their depth from 1."""
    line = (
        select(COMMITS.c.id, COMMITS.c.parent, literal(1).label("depth"))
        .where(COMMITS.c.repo == repo, COMMITS.c.id == start)
        .cte("line", recursive=True)
    )
    step = select(COMMITS.c.id, COMMITS.c.parent, line.c.depth + 1).join_from(
        COMMITS, line, COMMITS.c.id == line.c.parent
    )
    step = step.where(COMMITS.c.repo == repo)
    if most is not None:
        step = step.where(line.c.depth < most)
    return line.union_all(step)
