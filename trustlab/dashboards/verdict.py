"""The verdict on each model, for who decides: its latest audit, in the report's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core import journal
from trustlab.core.errors import NotFoundError
from trustlab.core.result import document_from_dict

if TYPE_CHECKING:
    from trustlab.core.result import Document
    from trustlab.core.workspace import Workspace

LOOK_BACK = 200


def latest_audits(workspace: Workspace, model: str | None = None) -> list[Document]:
    """Return the newest audit of each model, newest first.

    Parameters
    ----------
    model : str or None
        Only this model's.

    Raises
    ------
    NotFoundError
        Where there is none yet.
    """
    found: dict[str, Document] = {}
    for run in journal.read(workspace, limit=LOOK_BACK, operation="audit")[0]:
        document = document_from_dict(journal.document(workspace, run["id"]))
        name = str((document.payload.get("model") or {}).get("name") or document.payload["data"]["name"])
        if model in (None, name):
            found.setdefault(name, document)
    if not found:
        about = f"{model} has no audit" if model else "nothing was audited"
        raise NotFoundError(f"{about} in this workspace yet", hint="trust audit MODEL --data DATA")
    return list(found.values())


def page(workspace: Workspace, model: str | None = None) -> Any:
    """Return the verdicts as one widget: a tab per model, each with the audit that a reader opens row by row."""
    import ipywidgets

    from trustlab.report.notebook import fragment

    documents = latest_audits(workspace, model)
    pages = [ipywidgets.HTML(fragment(document)) for document in documents]
    names = [str((document.payload.get("model") or {}).get("name") or "predictions") for document in documents]
    return ipywidgets.Tab(children=pages, titles=names)
