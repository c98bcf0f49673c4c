"""The sidebar's types, written from the classes that make the JSON: ``python -m trustlab.surfaces.server.typescript``.

The output is checked in as ``labextension/src/generated.ts``; a test fails when it is stale.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from trustlab.core.errors import HTTP_STATUS
from trustlab.core.result import SCHEMA_VERSION, SEVERITY, Result, Status, Threshold
from trustlab.core.views import VIEW_KINDS, Cell, View
from trustlab.surfaces.server.shapes import Schema, components

PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", Any: "unknown"}
# What the sidebar reads of the routes.
SENT = ("Refusal", "Run", "Job", "Operation")
HEADER = """\
// Written by `python -m trustlab.surfaces.server.typescript` from trustlab/core; do not edit.
"""


def render() -> str:
    """Return the TypeScript module."""
    parts = [
        HEADER,
        f"export const SCHEMA = {SCHEMA_VERSION};\n",
        "/** The six ends of a question, worst first. */",
        _constant("SEVERITY", [str(status) for status in SEVERITY]),
        "export type Status = (typeof SEVERITY)[number];\n",
        _constant("ERROR_CODES", sorted(HTTP_STATUS)),
        "export type ErrorCode = (typeof ERROR_CODES)[number];\n",
        f"export type Cell = {_typescript(Cell)};\n",
        _interface("IThreshold", Threshold),
        *(_view(name, kind) for name, kind in VIEW_KINDS.items()),
        "export type View =\n  | " + "\n  | ".join(f"I{kind.__name__}View" for kind in VIEW_KINDS.values()) + ";\n",
        _interface("IResult", Result),
        *(_sent(name, components()[name]) for name in SENT),
    ]
    return "\n".join(parts)


def _sent(name: str, schema: Schema) -> str:
    """Return what the routes send under a schema's name, as an interface."""
    lines = (f"  readonly {key}: {_of_schema(part)};\n" for key, part in schema["properties"].items())
    return f"/** A {name.lower()} as the server sends it. */\nexport interface ISent{name} {{\n{''.join(lines)}}}\n"


def _of_schema(schema: Schema) -> str:
    if "$ref" in schema:
        return f"ISent{schema['$ref'].rpartition('/')[2]}"
    if "oneOf" in schema:
        return " | ".join(_of_schema(part) for part in schema["oneOf"])
    if "enum" in schema:
        known = {tuple(SEVERITY): "Status", tuple(sorted(HTTP_STATUS)): "ErrorCode"}
        return known.get(tuple(schema["enum"])) or " | ".join(repr(value) for value in schema["enum"])
    kinds = schema.get("type", [])
    return " | ".join(_of_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds)) or "unknown"


def _of_kind(kind: str, schema: Schema) -> str:
    if kind == "array":
        inner = _of_schema(schema["items"])
        return f"readonly {inner}[]" if inner.isidentifier() else f"ReadonlyArray<{inner}>"
    if kind == "object" and "properties" in schema:
        return f"{{ {'; '.join(f'readonly {key}: {_of_schema(part)}' for key, part in schema['properties'].items())} }}"
    if kind == "object":
        return "Readonly<Record<string, unknown>>"
    return {"integer": "number"}.get(kind, kind)


def _constant(name: str, values: Sequence[str]) -> str:
    return f"export const {name} = [{', '.join(repr(value) for value in values)}] as const;"


def _view(name: str, kind: type[View]) -> str:
    return _interface(f"I{kind.__name__}View", kind, first=(f"kind: {name!r}",))


def _interface(name: str, kind: Any, first: Sequence[str] = ()) -> str:
    # The classes' own modules name these types only for the type checker.
    hints = get_type_hints(kind, localns={"Mapping": Mapping, "Sequence": Sequence})
    lines = [*first, *(f"{field.name}: {_typescript(hints[field.name])}" for field in fields(kind))]
    return f"export interface {name} {{\n" + "".join(f"  readonly {line};\n" for line in lines) + "}\n"


def _typescript(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if hint is types.NoneType:
        return "null"
    if hint is Status:
        return "Status"
    if origin is Literal:
        return " | ".join(repr(value) for value in arguments)
    if origin in {Union, types.UnionType}:
        return " | ".join(dict.fromkeys(_typescript(part) for part in arguments))
    if origin is tuple:
        return f"readonly [{', '.join(_typescript(part) for part in arguments)}]"
    if origin is Sequence:
        inner = _typescript(arguments[0])
        return f"readonly {inner}[]" if inner.isidentifier() else f"ReadonlyArray<{inner}>"
    if origin is Mapping:
        return f"Readonly<Record<{_typescript(arguments[0])}, {_typescript(arguments[1])}>>"
    if hint is View:
        return "View"
    if hint is Threshold:
        return "IThreshold"
    raise TypeError(f"no TypeScript is known for {hint!r}")


if __name__ == "__main__":
    import sys

    sys.stdout.write(render())
