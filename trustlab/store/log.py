"""List a ref's history, newest first, along first parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal, select

from trustlab.core.errors import UsageError
from trustlab.store.records import Commit, from_row
from trustlab.store.refs import parse, repo_number, resolve
from trustlab.store.schema import COMMITS

if TYPE_CHECKING:
    from trustlab.store.refs import Ref
    from trustlab.store.store import Store


def log(store: Store, ref: str | Ref, limit: int | None = None) -> list[Commit]:
    """Return the commits that led to ``ref``, newest first.

    Parameters
    ----------
    ref : str or Ref
        Where to begin; itself included.
    limit : int or None
        At most so many.

    Raises
    ------
    NotFoundError
        If the ref names nothing.
    """
    parts = parse(ref)
    if parts.path is not None:
        raise UsageError(
            f"a history is a whole version's, and not a file's; got '{parts}'",
            hint=f"Leave :{parts.path} out; `trust data diff` tells what changed in a file between two versions.",
        )
    start = resolve(store, parts)
    with store.read() as connection:
        repo = repo_number(connection, parts.repo)
        line = (
            select(COMMITS.c.id, COMMITS.c.parent, literal(1).label("depth"))
            .where(COMMITS.c.repo == repo, COMMITS.c.id == start.id)
            .cte("line", recursive=True)
        )
        step = select(COMMITS.c.id, COMMITS.c.parent, line.c.depth + 1).join_from(
            COMMITS, line, COMMITS.c.id == line.c.parent
        )
        step = step.where(COMMITS.c.repo == repo)
        if limit is not None:
            step = step.where(line.c.depth < limit)
        line = line.union_all(step)
        query = select(COMMITS, line.c.depth).join_from(COMMITS, line, COMMITS.c.id == line.c.id)
        rows = connection.execute(query.where(COMMITS.c.repo == repo).order_by(line.c.depth))
        return [from_row(row, parts.repo) for row in rows][:limit]
