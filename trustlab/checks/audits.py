"""Finding an earlier audit: by its run, by the model that it was about, or in a JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core import journal
from trustlab.core.errors import InputError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.core.context import Context
    from trustlab.core.workspace import Workspace

OPERATION = "audit"
CHAMPION = "champion"


def find_audit(given: Any, context: Context, *, besides: str | None = None) -> Mapping[str, Any]:
    """Return the document of the audit that ``given`` means.

    Parameters
    ----------
    given : str, pathlib.Path, mapping or object with ``to_dict``
        A JSON file; a model (``lender@2``, ``lender@champion``: the newest audit of that version; ``lender``: of any);
        the beginning of a run's id; or from Python the document itself.
    besides : str or None
        The id of a run that is not meant.

    Raises
    ------
    NotFoundError
        Where there is no such audit.
    InputError
        Where what is found is no audit.
    """
    if hasattr(given, "to_dict"):
        given = given.to_dict()
    if isinstance(given, dict):
        return _audit(given, "the document")
    if not isinstance(given, str | Path):
        raise UsageError(f"an audit must be a run, a model or a JSON file; got {type(given).__name__}")
    path = context.path(given)
    if isinstance(given, Path) or path.suffix == ".json":
        return _audit(_read(path), str(given))
    found = newest(context.workspace, given, besides=besides)
    if found is not None:
        return found
    if "@" in given:
        raise NotFoundError(f"no audit of {given} is in the journal", hint=f"trust audit {given} --data DATA")
    try:
        return _audit(journal.document(context.workspace, given), f"run {given}")
    except NotFoundError:
        raise NotFoundError(
            f"no audit is called {given!r}: it is neither a model that was audited, nor the one run that begins so",
            hint="List them with: trust runs --operation audit",
        ) from None


def newest(workspace: Workspace, model: str, *, besides: str | None = None) -> Mapping[str, Any] | None:
    """Return the newest audit of a model, or of its version where ``model`` names one; None where there is none."""
    name, _, version = model.partition("@")
    if version == CHAMPION:
        from trustlab.models.registry import Registry

        version = str(Registry(workspace).version(name, CHAMPION).version)
    for document in journal.about(workspace, OPERATION, ("model", "name"), [name]):
        if document["provenance"]["run"] != besides and version in {"", str(document["model"]["version"])}:
            return document
    return None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise NotFoundError(f"no such file: {path}", hint="Write one with: trust audit … --json > audit.json") from None
    except ValueError as error:
        raise InputError(f"{path} must be a JSON document; {error}") from None


def _audit(document: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(document, dict) or document.get("operation") != OPERATION:
        came = document.get("operation") if isinstance(document, dict) else type(document).__name__
        raise InputError(f"{what} must be an audit; it is {came}")
    return document
