"""Who trained, audited and approved a model, on which data, whether that still holds, and how anybody can verify it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.counted import counted
from trustlab.core.errors import TrustlabError
from trustlab.core.execute import run
from trustlab.dashboards import history
from trustlab.report import words
from trustlab.report.json import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.core.context import Context
    from trustlab.core.result import Document
    from trustlab.core.workspace import Workspace

LOOKED_BACK = 200
_SHORT = 8


def name_of(document: Document) -> str:
    """Return what an audit is about: the model's name, or the data's where only predictions were audited."""
    return str((document.payload.get("model") or {}).get("name") or document.payload["data"]["name"])


def day(moment: Any) -> str:
    """Return a time as machines write it, for a reader, to the minute."""
    said = words.moment(str(moment or ""))
    return f"{said[:16]}{said[19:]}" if said else words.visible(moment or "at a time that is not known")


def _model(document: Document) -> str:
    told = document.payload.get("model") or {}
    if not told:
        return f"The predictions in {document.payload['data']['name']}"
    version = told.get("version")
    return f"{told['name']}, version {version}" if version else f"{told['name']} (not a registered version)"


def examined(document: Document) -> str:
    """Return what was examined, with how much, when and by whom, in a sentence."""
    told, data, rows = document.provenance, document.payload["data"], document.payload.get("rows")
    cases = f"{words.number(rows)} cases" if isinstance(rows, int) else "cases"
    who = told.get("author") or "somebody whose name was not written down"
    if not document.payload.get("model"):
        return f"{_model(document)} were examined, {cases}, on {day(told.get('started'))} by {who}."
    return f"{_model(document)}, was examined with {cases} of {data['name']} on {day(told.get('started'))} by {who}."


def moved_on(document: Document, context: Context) -> list[str]:
    """Return what has changed since: newer versions of the model or of the data, of which the verdict says nothing."""
    said = []
    told = document.payload.get("model") or {}
    version = told.get("version")
    if isinstance(version, int):
        newer = [one for one in history.trainings(context.workspace, str(told["name"])) if one > version]
        if newer:
            said.append(
                f"Since then {counted(len(newer), 'newer version')} of this model "
                f"{'was' if len(newer) == 1 else 'were'} trained, up to {max(newer)}: this verdict does not speak of "
                f"{'it' if len(newer) == 1 else 'them'}."
            )
    data = document.payload["data"]
    if data.get("source") == "commit" and data.get("commit"):
        said += _newer_data(str(data["name"]), str(data["commit"]), context)
    return said


def _newer_data(name: str, commit: str, context: Context) -> list[str]:
    ref = name.partition(":")[0]
    if "~" in ref:
        return []
    try:
        line = run("data.log", {"ref": ref, "limit": LOOKED_BACK}, context).payload["commits"]
    except TrustlabError as error:
        return [f"Whether the data have changed since is not known: {error.message}."]
    ids = [one["commit"] for one in line]
    newer = ids.index(commit) if commit in ids else 0
    if not newer:
        return []
    return [f"The data have {counted(newer, 'newer version')} since then, which nobody asked about here."]


def made(document: Document, workspace: Workspace) -> list[tuple[str, str]]:
    """Return who trained, audited and approved it, on which data, the fingerprints, and how to verify them."""
    told, model = document.provenance, document.payload.get("model") or {}
    name, version, at = str(model.get("name")), model.get("version"), str(told.get("run", ""))[:_SHORT]
    owner = document.payload.get("policy_owner")
    policy = f"{document.payload.get('policy') or 'none'}" + (f", owned by {owner}" if owner else "")
    data = document.payload["data"]
    return [
        ("Model", _model(document) + (f", {model['kind']}" if model.get("kind") else "")),
        ("Trained", _trained(workspace, name, version) if model else "not known: only its predictions were given"),
        ("Audited", f"by {told.get('author') or 'unknown'}, {day(told.get('started'))}, run {at}, policy {policy}"),
        ("Approved", approved(workspace, name, version)),
        ("Data", _data(data)),
        ("Data's fingerprint", _data_mark(data)),
        ("Audit's fingerprint", f"sha256:{fingerprint(document)}"),
        ("To verify", _how(data, at)),
    ]


def _trained(workspace: Workspace, name: str, version: Any) -> str:
    document = history.trainings(workspace, name).get(version) if isinstance(version, int) else None
    if document is None:
        return "who trained it is not written down in this workspace"
    told, data = document["provenance"], document.get("data") or {}
    rows = (document.get("rows") or {}).get("train")
    on = f" on {words.number(rows)} rows of {_data(data)}" if rows else ""
    return f"by {told.get('author') or 'unknown'}, {day(told.get('started'))}{on}"


def approved(workspace: Workspace, name: str, version: Any) -> str:
    """Return who put this version in use, when and why; or that nobody did."""
    made = history.decisions(workspace, name)
    own = next((one for one in made if one.version == version), None)
    if own is None:
        other = f"; version {made[0].version} is in use" if made and made[0].version else ""
        return f"nobody has put this version in use{other}"
    since = "" if made[0] is own else f"; since {day(made[0].when)} version {made[0].version} is in use instead"
    return f"put in use by {own.who}, {day(own.when)}: {own.reason}{since}"


def _data(data: Mapping[str, Any]) -> str:
    version = f", version {str(data['commit'])[:12]}" if data.get("commit") else ", not a kept version"
    return f"{data.get('name')}{version}"


def _data_mark(data: Mapping[str, Any]) -> str:
    if data.get("commit"):
        return f"blake3:{data['commit']}"
    digest = data.get("digest") or data.get("data_digest")
    return f"{digest}" if digest else "none: the data were not versioned, so nobody can look at them again"


def _how(data: Mapping[str, Any], at: str) -> str:
    said = f"where this workspace is, `trust runs {at} --html audit.html` writes the whole audit; the fingerprint at "
    said += "its foot must be the one above"
    if data.get("commit"):
        said += ". `trust data verify` computes the data's fingerprints anew from every byte"
    return said + "."
