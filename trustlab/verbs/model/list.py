"""``trust model list``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Range
from trustlab.core.result import Outcome
from trustlab.core.views import Table

MAX_PAGE = 500
COLUMNS = ("model", "version", "champion", "kind", "audit", "data", "created")


@operation("verb", "Models", read_only=True, random=False, example={})
def list_models(
    name: Annotated[str | None, Format("registered")] = None,
    limit: Annotated[int, Range(1, MAX_PAGE)] = 500,
    offset: Annotated[int, Range(0)] = 0,
    matching: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """List the registered models: versions, champion, last audit and the data of each.

    Parameters
    ----------
    name : str
        Only this model's versions.
    limit : int
        At most so many versions.
    offset : int
        Leave out so many of the first, by name, the newest version of each first.
    matching : str
        Only versions that have all of these words in their name, kind, data or audit's status, or are the champion.
    """
    from trustlab.models.shelf import NOT_AUDITED, listed

    found = listed(context.workspace, name, limit=limit, offset=offset, matching=matching)
    rows = [
        (
            version.name,
            version.version,
            "champion" if version.champion else "",
            version.tags.get("trustlab.kind"),
            version.tags.get("trustlab.audit_status", NOT_AUDITED),
            version.tags.get("trustlab.data.name"),
            version.created,
        )
        for version in found.versions
    ]
    told = f"{counted(found.models, 'model')}, {counted(found.total, 'version')}"
    return Outcome(
        payload={"models": [version.to_dict() for version in found.versions], "total": found.total},
        summary=told + (f" with {matching!r}" if matching else ""),
        views=[Table(name="models", columns=COLUMNS, rows=rows)],
    )
