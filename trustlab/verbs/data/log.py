"""``trust data log``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range, Short
from trustlab.core.result import Outcome
from trustlab.core.views import Table

COLUMNS = ("commit", "time", "author", "message", "files", "bytes", "tags")


@operation("verb", "History", random=False, example={"ref": "loans@main"})
def log(
    ref: Annotated[str, Format("ref"), Positional()],
    limit: Annotated[int, Range(1), Short("n")] = 50,
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
    """
    from trustlab.data.dataset import store_of
    from trustlab.store.log import log as history
    from trustlab.store.tags import names_by_commit

    store = store_of(context.workspace)
    # One more than asked for tells whether there are more.
    line = history(store, ref, limit + 1)
    shown, more = line[:limit], len(line) > limit
    tags = names_by_commit(store, line[0].repo)
    rows = [
        (one.id[:12], one.time, one.author, one.message, one.files, one.bytes, ", ".join(tags.get(one.id, ())))
        for one in shown
    ]
    commits = [{**one.to_dict(), "tags": tags.get(one.id, [])} for one in shown]
    return Outcome(
        payload={"ref": ref, "commits": commits, "more": more},
        summary=f"{ref}: {'the newest ' if more else ''}{counted(len(shown), 'version')}",
        views=[Table(name="commits", title="Versions", columns=COLUMNS, rows=rows, units={"bytes": "B"})],
        advice=[f"%trust data diff {ref}~1 {ref}"] if len(line) > 1 and ":" not in ref and "~" not in ref else [],
    )
