"""The JSON that the routes send, as JSON Schema: from the classes that make it, and never typed twice."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from trustlab.core.errors import HTTP_STATUS
from trustlab.core.result import SCHEMA_VERSION, SEVERITY, Status
from trustlab.surfaces.server.job import Job

Schema = dict[str, Any]
PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    types.NoneType: {"type": "null"},
    Status: {"enum": [str(status) for status in SEVERITY]},
    Any: {},
}
TEXT, TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
MAYBE_TEXT = {"type": ["string", "null"]}
FREE = {"type": "object"}


def components() -> dict[str, Schema]:
    """Return every schema by its name."""
    text = (resources.files("trustlab.core") / "schema" / "document-v1.json").read_text("utf-8")
    document = json.loads(text.replace('"#/$defs/', '"#/components/schemas/Document/$defs/'))
    document = {key: value for key, value in document.items() if key not in {"$schema", "$id"}}
    return {
        "Document": document,
        "Refusal": _object({"code": {"enum": sorted(HTTP_STATUS)}, "message": TEXT, "hint": MAYBE_TEXT}),
        "Error": _answer({"error": reference("Refusal")}),
        "Operation": _operation(),
        "Operations": _document({"operations": {"type": "array", "items": reference("Operation")}}),
        "Run": _run(),
        "Runs": _document({"runs": {"type": "array", "items": reference("Run")}, "total": {"type": "integer"}}),
        "Job": _job(),
        "JobAnswer": _answer({"job": reference("Job")}),
        "Jobs": _answer({"jobs": {"type": "array", "items": reference("Job")}, "total": {"type": "integer"}}),
        "OpenApi": FREE,
        "Upload": _answer({"path": TEXT, "bytes": {"type": "integer"}}),
    }


def reference(name: str) -> Schema:
    """Return the schema that means another one."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _answer(properties: Mapping[str, Schema]) -> Schema:
    return _object({"schema": {"const": SCHEMA_VERSION}, **properties})


def _document(payload: Mapping[str, Schema]) -> Schema:
    """Return the schema of a document with keys of its own."""
    return {"allOf": [reference("Document"), {"properties": dict(payload), "required": list(payload)}]}


def _job() -> Schema:
    """Return a job's schema: the keys are what a job tells, the types those of its fields."""
    told = Job(
        id="", operation="", title="", parameters={}, asked={}, folder=Path(), light=True, read_only=True
    ).to_dict()
    hints = get_type_hints(Job, localns={"Mapping": Mapping, "Path": Path})
    refusal = {"oneOf": [reference("Refusal"), {"type": "null"}]}
    own = {"status": of_hint(Status | None), "error": refusal}
    return _object({name: own.get(name) or of_hint(hints[name]) for name in told})


def _run() -> Schema:
    from trustlab.core import journal

    return _object({name: {**of_hint(kind), **_status(name)} for name, kind in journal.shown_types().items()})


def _status(name: str) -> Schema:
    return PLAIN[Status] if name == "status" else {}


def _operation() -> Schema:
    """Return the schema of an operation's record: the keys are a record's, and most values are texts."""
    from trustlab.core import registry

    record = next(iter(registry.operations().values())).to_dict()
    kinds: dict[str, Schema] = {
        "parameters": FREE,
        "example": FREE,
        "thresholds": {"type": ["object", "null"]},
        "read_only": PLAIN[bool],
        **dict.fromkeys(("extra", "unavailable"), MAYBE_TEXT),
    }
    plain = {name: TEXTS if isinstance(value, list) else TEXT for name, value in record.items()}
    return _object({name: kinds.get(name, schema) for name, schema in plain.items()})


def of_hint(hint: Any) -> Schema:
    """Return the JSON Schema of a type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return dict(PLAIN[hint])
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in {Union, types.UnionType}:
        return _one_of([of_hint(part) for part in arguments])
    if origin in {list, tuple, Sequence}:
        return {"type": "array", "items": of_hint(arguments[0])}
    if origin in {dict, Mapping}:
        return {"type": "object"}
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return _object({field.name: of_hint(hints[field.name]) for field in fields(hint)})
    raise TypeError(f"no JSON Schema is known for {hint!r}")


def _one_of(parts: list[Schema]) -> Schema:
    if all(set(part) == {"type"} for part in parts):
        return {"type": [part["type"] for part in parts]}
    return {"oneOf": parts}
