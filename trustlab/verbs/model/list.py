"""``trust model list``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format
from trustlab.core.result import Outcome
from trustlab.core.views import Table

COLUMNS = ("model", "version", "champion", "kind", "audit", "data", "created")


@operation("verb", "Models", example={})
def list_models(name: Annotated[str | None, Format("registered")] = None, *, context: Context) -> Outcome:
    """List the registered models: versions, champion, last audit and the data of each.

    Parameters
    ----------
    name : str
        Only this model's versions.
    """
    from trustlab.models.load import registered_names
    from trustlab.models.registry import Registry

    workspace = context.workspace
    names = [name] if name else registered_names(workspace)
    versions = [version for known in names for version in Registry(workspace).versions(known)]
    rows = [
        (
            version.name,
            version.version,
            "champion" if version.champion else "",
            version.tags.get("trustlab.kind"),
            version.tags.get("trustlab.audit_status", "not audited"),
            version.tags.get("trustlab.data.name"),
            version.created,
        )
        for version in versions
    ]
    return Outcome(
        payload={"models": [version.to_dict() for version in versions]},
        summary=f"{counted(len(names), 'model')}, {counted(len(versions), 'version')}",
        views=[Table(name="models", columns=COLUMNS, rows=rows)],
    )
