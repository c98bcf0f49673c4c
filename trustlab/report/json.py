"""The document as JSON text, the contract that other tools read, and the fingerprint that tells two documents apart."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustlab.core.result import Document


def to_json(document: Document, *, indent: int | None = 2) -> str:
    """Return the document as JSON text: keys in the contract's order, text as it is, never NaN.

    Parameters
    ----------
    document : Document
        What to write.
    indent : int or None
        Spaces per level; everything on one line where None.

    Returns
    -------
    str
        Text that UTF-8 can hold: half of a surrogate pair, as undecodable file names carry, becomes its escape.
    """
    text = json.dumps(document.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def fingerprint(document: Document) -> str:
    """Return the SHA-256 of the document's one-line JSON text, in hexadecimal: equal documents, equal fingerprints."""
    return hashlib.sha256(to_json(document, indent=None).encode("utf-8")).hexdigest()
