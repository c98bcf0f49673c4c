"""The code that made a document or one of its findings: a notebook's line, a Python call, a shell's line."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core import registry
from trustlab.core.commandline import write
from trustlab.core.errors import TrustlabError
from trustlab.core.given import is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.core.operation import Operation
    from trustlab.core.result import Document, Result

_COMMIT = 12
_LINE = 96
# What says which checks an audit asks; a line for one check says that itself.
_CHOICE = ("only", "skip", "diff")


@dataclass(frozen=True, slots=True)
class Code:
    """One request in three languages; the shell has none where the request holds an object of Python."""

    magic: str
    python: str
    shell: str | None

    def lines(self, program: str) -> list[tuple[str, str]]:
        """Return names and texts: Python's, and the line for who types ``program`` (``trust`` or ``%trust``)."""
        typed = ("Shell", self.shell) if program == "trust" and self.shell else ("Notebook", self.magic)
        return [typed, ("Python", self.python)]


def known(operation_id: str) -> Operation | None:
    """Return the operation of this id, or None where this installation has none, or another's package is broken."""
    try:
        return registry.find(operation_id) or registry.operations().get(operation_id)
    except TrustlabError:
        return None


def code(document: Document, result: Result | None = None) -> Code | None:
    """Return the code that gives a document, or one of its findings alone; None where it was not written down.

    Names that move are pinned: ``loans@main`` becomes the commit that was looked at, ``lender`` its version.
    """
    record, asked = known(document.operation), document.provenance.get("given")
    if record is None or not isinstance(asked, dict):
        return None
    values = {**asked, **_pinned(asked, document.provenance.get("inputs") or {})}
    if result is not None and result.id != document.operation:
        record, values = _alone(record, values, result)
    return _written(record, values)


def _alone(record: Operation, values: Mapping[str, Any], result: Result) -> tuple[Operation, dict[str, Any]]:
    """Return what asks one finding of a document: the check itself, or its audit with nothing else."""
    names = {parameter.name for parameter in record.parameters}
    own = known(result.id)
    # A policy's limits and parameters reach a check through the audit only.
    if own is None or own.kind == "verb" or not own.bundles or values.get("policy"):
        kept = {name: value for name, value in values.items() if name not in _CHOICE}
        return record, {**kept, "only": [result.id]} if "only" in names and own is not None else dict(values)
    takes = {parameter.name: parameter.default for parameter in own.parameters}
    told = result.provenance.get("parameters") or {}
    differing = {name: value for name, value in told.items() if name in takes and not _same(value, takes[name])}
    return own, {**{name: value for name, value in values.items() if name in takes}, **differing}


def _same(value: Any, default: Any) -> bool:
    return bool((list(default) if isinstance(default, tuple) else default) == value)


def _pinned(asked: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, str]:
    pinned = {}
    for told in inputs.values():
        if not isinstance(told, dict):
            continue
        data, model = told.get("data"), told.get("model")
        named = asked.get("data")
        if isinstance(named, str) and isinstance(data, dict) and data.get("commit") and data.get("source") == "commit":
            ref, _, path = named.partition(":")
            commit = f"{ref.partition('@')[0]}@{str(data['commit'])[:_COMMIT]}"
            pinned["data"] = f"{commit}:{path}" if path else commit
        named, name = asked.get("model"), str(model.get("name")) if isinstance(model, dict) else ""
        if isinstance(named, str) and name.startswith(f"{named.partition('@')[0]}@"):
            pinned["model"] = name
    return pinned


def _written(record: Operation, values: Mapping[str, Any]) -> Code:
    # What only Python has stands under its parameter's name, as a variable would.
    spoken = {name: name if is_object(value) else value for name, value in values.items()}
    words = shlex.join(write(record, spoken))
    foreign = any(is_object(value) for value in values.values())
    return Code(f"%trust {words}", _python(record, values), None if foreign else f"trust {words}")


def _python(record: Operation, values: Mapping[str, Any]) -> str:
    order = [parameter.name for parameter in record.parameters if parameter.name in values]
    texts = [f"{name}={name if is_object(values[name]) else repr(values[name])}" for name in order]
    line = f"tl.{record.id}({', '.join(texts)})"
    if len(line) > _LINE:
        line = f"tl.{record.id}(\n" + "".join(f"    {text},\n" for text in texts) + ")"
    return f"import trustlab as tl\n\n{line}"
