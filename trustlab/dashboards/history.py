"""What the journal tells of a model: who audited it, who trained each version, who put which one in use, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core import journal
from trustlab.core.errors import NotFoundError, did_you_mean
from trustlab.core.result import document_from_dict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.core.result import Document
    from trustlab.core.workspace import Workspace

NO_REASON = "no reason was written down"
_AUDIT, _TRAIN, _CHAMPION, _CHOOSE = "audit", "train", "model.champion", "model.choose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who put a version in use, when, and with which reason."""

    version: int
    who: str
    when: str
    reason: str
    run: str


def audited(workspace: Workspace) -> dict[str, str]:
    """Return the newest audit's run by what was audited, newest first: a model's name, or that of its predictions."""
    found: dict[str, str] = {}
    for run, (model, data) in journal.pieces(workspace, _AUDIT, (("model", "name"), ("data", "name"))):
        found.setdefault(str(model or data), run)
    return found


def audit_of(workspace: Workspace, about: str | None) -> Document:
    """Return the newest audit of one (``lender``, ``lender@2``), or of all where ``about`` is None.

    Raises
    ------
    NotFoundError
        Where there is none yet.
    """
    known = audited(workspace)
    if not known:
        raise NotFoundError(
            "nothing was audited in this workspace yet, so there is no verdict", hint="trust audit MODEL --data DATA"
        )
    if about is None:
        return document_from_dict(journal.document(workspace, next(iter(known.values()))))
    if about in known:
        return document_from_dict(journal.document(workspace, known[about]))
    if "@" in about:
        from trustlab.checks.audits import newest

        if found := newest(workspace, about):
            return document_from_dict(found)
    raise NotFoundError(
        f"{about!r} must have been audited in this workspace; it was not."
        + did_you_mean(about.partition("@")[0], known),
        hint=f"Audited are: {', '.join(list(known)[:20])}. Another one: trust audit MODEL --data DATA",
    )


def audits(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    """Return every audit of a model, newest first, without its findings: run, version, status, counts and time."""
    places = [
        *(("model", "version"), ("status",), ("provenance", "started"), ("provenance", "author"), ("policy",)),
        *(("data", "name"), ("data", "commit"), ("summary",)),
    ]
    keys = ("version", "status", "started", "author", "policy", "data", "commit", "summary")
    found = []
    for run, (model, *told) in journal.pieces(workspace, _AUDIT, (("model", "name"), *places)):
        if model == name:
            found.append({"run": run, **dict(zip(keys, told, strict=True))})
    return found


def trainings(workspace: Workspace, name: str) -> dict[int, Mapping[str, Any]]:
    """Return the document of each version's training, by version; those made elsewhere are in no journal here."""
    found: dict[int, Mapping[str, Any]] = {}
    for document in journal.about(workspace, _TRAIN, ("model", "name"), [name]):
        version = document["model"].get("version")
        if isinstance(version, int):
            found.setdefault(version, document)
    return found


def decisions(workspace: Workspace, name: str) -> list[Decision]:
    """Return who put which version of a model in use, newest first."""
    made = [_by_hand(document, name) for document in journal.about(workspace, _CHAMPION, ("model", "name"), [name])]
    for run, (champion, policy) in journal.pieces(workspace, _CHOOSE, (("champion",), ("policy",))):
        chosen, _, version = str(champion or "").partition("@")
        if chosen == name and version.isdigit():
            made.append(_by_policy(journal.document(workspace, run), int(version), str(policy)))
    return sorted(made, key=lambda decision: decision.when, reverse=True)


def _by_hand(document: Mapping[str, Any], name: str) -> Decision:
    told = document["provenance"]
    asked = {**(told.get("parameters") or {}), **(told.get("given") or {})}
    version = str(document["model"].get("version") or str(asked.get("model")).removeprefix(f"{name}@"))
    return Decision(
        version=int(version) if version.isdigit() else 0,
        who=str(told.get("author") or "unknown"),
        when=str(told["started"]),
        reason=str(asked.get("reason") or NO_REASON),
        run=str(told["run"]),
    )


def _by_policy(document: Mapping[str, Any], version: int, policy: str) -> Decision:
    told, others = document["provenance"], len(document.get("candidates") or ())
    return Decision(
        version=version,
        who=str(told.get("author") or "unknown"),
        when=str(told["started"]),
        reason=f"the policy {policy} ranked it first of {others}: what blocks, then fails, then warnings, then how "
        "good it is",
        run=str(told["run"]),
    )
