"""``trust data log``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range, Short
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.store import Store
    from trustlab.store.records import Commit

COLUMNS = ("commit", "time", "author", "message", "files", "bytes", "tags")


@operation("verb", "History", read_only=True, random=False, example={"ref": "loans@main"})
def log(
    ref: Annotated[str, Format("ref"), Positional()],
    limit: Annotated[int, Range(1), Short("n")] = 50,
    offset: Annotated[int, Range(0)] = 0,
    matching: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """List the versions that led to a ref, newest first.

    Parameters
    ----------
    ref : ref
        A repo, a branch (loans@main), a tag (loans@v1) or a commit (loans@3f9c); begin n versions earlier with ~n.
    limit : int
        At most so many.
    offset : int
        Leave out so many of the newest.
    matching : str
        Only versions that have all of these words, in their message, author, tags, time or id.
    """
    from trustlab.data.dataset import store_of
    from trustlab.store.refs import parse
    from trustlab.store.tags import names_by_commit

    store = store_of(context.workspace)
    shown, total = _found(store, ref, limit, offset, matching)
    more = offset + len(shown) < total
    tags = names_by_commit(store, parse(ref).repo)
    rows = [
        (one.id[:12], one.time, one.author, one.message, one.files, one.bytes, ", ".join(tags.get(one.id, ())))
        for one in shown
    ]
    commits = [{**one.to_dict(), "tags": tags.get(one.id, []), "path": _only(store, one)} for one in shown]
    return Outcome(
        payload={"ref": ref, "commits": commits, "more": more, "total": total},
        summary=f"{ref}: {_counted(len(shown), total, offset, matching)}",
        views=[Table(name="commits", title="Versions", columns=COLUMNS, rows=rows, units={"bytes": "B"})],
        advice=[f"%trust data diff {ref}~1 {ref}"] if total > 1 and not matching and "~" not in ref else [],
    )


def _only(store: Store, commit: Commit) -> str | None:
    """Return the path of the one file of a version, which whoever shows it wants to read; None where it has more."""
    from trustlab.store.trees import Tree

    return next(iter(Tree(store, commit.tree).entries())).path if commit.files == 1 else None


def _found(store: Store, ref: str, limit: int, offset: int, matching: str | None) -> tuple[list[Commit], int]:
    """Return a part of the history, and how long it is in all; a history is read whole only to look for words."""
    from trustlab.core.listing import page
    from trustlab.store.log import length
    from trustlab.store.log import log as history
    from trustlab.store.tags import names_by_commit

    if not matching:
        return history(store, ref, limit, offset), length(store, ref)
    line = history(store, ref)
    tags = names_by_commit(store, line[0].repo)
    return page(
        line,
        lambda one: (one.message, one.author, one.time, one.id, *tags.get(one.id, ())),
        limit=limit,
        offset=offset,
        matching=matching,
    )


def _counted(shown: int, total: int, offset: int, matching: str | None) -> str:
    if matching:
        return f"{counted(total, 'version')} with {matching!r}"
    if shown == total:
        return counted(total, "version")
    return f"{'the newest ' if not offset else ''}{counted(shown, 'version')} of {total:,}"
