"""``trust runs``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range
from trustlab.core.result import Outcome
from trustlab.core.unfinished import unfinished
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PAGE = 500


@operation("verb", "Runs", read_only=True, cost="instant", random=False, example={"limit": 5})
def runs(
    run: Annotated[str | None, Format("run"), Positional()] = None,
    limit: Annotated[int, Range(1, MAX_PAGE)] = 20,
    offset: Annotated[int, Range(0)] = 0,
    operation: Annotated[str | None, Format("operation")] = None,
    matching: str | None = None,
    guide: bool = False,
    *,
    context: Context,
) -> Outcome:
    """List what ran in this workspace, newest first, or show one run whole.

    Parameters
    ----------
    run : str
        The beginning of a run's id: its whole document, shown as it was.
    limit : int
        At most so many.
    offset : int
        Leave out so many of the newest.
    operation : str
        Only runs of this operation.
    matching : str
        Only runs that have all of these words in their operation, title, status, summary, time or id: fail fairness.
    guide : bool
        Add to one run what each finding means, what to do about it, its references and the line that made it.
    """
    workspace = context.workspace
    if run is not None:
        document = journal.document(workspace, run)
        payload = {"document": document, **({"guide": _guide(document)} if guide else {})}
        return Outcome(payload=payload, summary=f"{document['title']}: {document['status']}")
    found, total = journal.read(workspace, limit=limit, offset=offset, operation=operation, matching=matching)
    rows = [(r["id"][:8], r["operation"], r["status"], r["started"], r["seconds"], r["summary"]) for r in found]
    columns = ("run", "operation", "status", "started", "seconds", "summary")
    return Outcome(
        payload={
            "runs": found,
            "total": total,
            "limit": limit,
            "offset": offset,
            "interrupted": unfinished(workspace),
        },
        summary=counted(total, "run"),
        views=[Table(name="runs", columns=columns, rows=rows, units={"seconds": "s"})],
    )


def _guide(document: Mapping[str, Any]) -> dict[str, Any]:
    from trustlab.core.result import document_from_dict
    from trustlab.report.guide import of_document

    return of_document(document_from_dict(document))
