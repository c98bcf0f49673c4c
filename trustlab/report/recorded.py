"""A document that holds another one, as it was recorded: what is shown is the recorded one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.result import document_from_dict

if TYPE_CHECKING:
    from trustlab.core.result import Document

KEY = "document"


def shown(document: Document) -> Document:
    """Return the document that a reader wants to see: a recorded run's own, or the document itself."""
    held = document.payload.get(KEY)
    if isinstance(held, dict) and {"operation", "results", "views", "provenance"} <= set(held):
        return document_from_dict(held)
    return document
