"""The API as an OpenAPI document, from the routes and the operations."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from trustlab.core import registry
from trustlab.core.errors import HTTP_STATUS
from trustlab.core.version import VERSION
from trustlab.surfaces.server.shapes import Schema, components, reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trustlab.core.operation import Operation
    from trustlab.surfaces.server.handlers.base import Answer, Handler

METHODS = ("get", "post", "put", "delete")
_GROUP = re.compile(r"\([^)]*\)")


def document(routes: Sequence[tuple[str, type[Handler]]]) -> dict[str, Any]:
    """Return the document of the routes.

    Parameters
    ----------
    routes : sequence of (str, type)
        Patterns below the API, and their handlers.
    """
    paths: dict[str, Any] = {}
    for pattern, handler in routes:
        path = _path(pattern, handler.places)
        if path is not None:
            paths[path] = {method: _described(handler, method) for method in METHODS if _answers(handler, method)}
            if handler.places:
                paths[path]["parameters"] = [_in_path(name) for name in handler.places]
    records = registry.operations().values()
    shared = Shared(records)
    (asked,) = (handler.answers["post"] for _, handler in routes if "post" in handler.answers)
    for record in records:
        paths[f"/operations/{record.id}"] = {"post": _run_of(record, asked, shared)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "trustlab",
            "version": VERSION,
            "description": "Every operation of trustlab, as the Jupyter server extension offers it.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        # Relative to this document: it works below a hub's /user/name/.
        "servers": [{"url": "."}],
        "security": [{"token": []}, {"cookie": [], "xsrf": []}],
        "paths": paths,
        "components": {
            "schemas": components() | shared.schemas,
            "responses": _shared_responses(),
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "token TOKEN"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "username-HOST", "description": "Jupyter's login"},
                "xsrf": {"type": "apiKey", "in": "header", "name": "X-XSRFToken", "description": "The cookie _xsrf"},
            },
        },
    }


def render(routes: Sequence[tuple[str, type[Handler]]]) -> str:
    """Return the document as it is checked in."""
    return _lines(document(routes), 3) + "\n"


def _lines(data: Any, depth: int) -> str:
    """Return JSON with a line for each route, operation and schema, so that a change of one shows as one."""
    if depth == 0 or not isinstance(data, dict) or not data:
        return json.dumps(data, ensure_ascii=False)
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {_lines(value, depth - 1)}" for key, value in data.items()) + "\n}"


def _answers(handler: type[Handler], method: str) -> bool:
    return getattr(handler, f"answer_{method}", None) is not None


def _path(pattern: str, names: Sequence[str]) -> str | None:
    """Return the template of a pattern, None for the one that catches what is left."""
    if pattern == "(.*)":
        return None
    waiting = list(names)
    return "/" + _GROUP.sub(lambda _: "{" + waiting.pop(0) + "}", pattern).replace("\\.", ".")


def _in_path(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _described(handler: type[Handler], method: str) -> dict[str, Any]:
    answer = handler.answers[method]
    told: dict[str, Any] = {
        "summary": (handler.__doc__ or "").partition("\n")[0].replace("`", ""),
        "operationId": f"{handler.__name__.removesuffix('Handler')}.{method}",
        "responses": _responses(answer),
    }
    if answer.query:
        told["parameters"] = _query(answer)
    if method == "put":
        told["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    if method == "post":
        told["requestBody"] = _body({"type": "object"}, required=False)
        told["responses"] |= _ACCEPTED
    return told


def _query(answer: Answer) -> list[Schema]:
    return [
        {"name": name, "in": "query", "required": False, "schema": dict(schema)}
        for name, schema in answer.query.items()
    ]


def _responses(answer: Answer) -> dict[str, Any]:
    content = {answer.media: {"schema": reference(answer.schema)}}
    return {"200": {"description": "The answer", "content": content}, "4XX": _REFUSED, "5XX": _REFUSED}


_REFUSED: Schema = {"$ref": "#/components/responses/Refused"}
_ACCEPTED: Schema = {"202": {"$ref": "#/components/responses/Accepted"}}


def _shared_responses() -> dict[str, Any]:
    codes = ", ".join(f"{code} is {status}" for code, status in sorted(HTTP_STATUS.items()))
    return {
        name: {"description": said, "content": {"application/json": {"schema": reference(schema)}}}
        for name, said, schema in (
            ("Refused", f"What must hold, what came, and what to do. By its code: {codes}", "Error"),
            ("Accepted", "It runs, or waits in line", "JobAnswer"),
        )
    }


def _body(parameters: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"parameters": dict(parameters)}, "additionalProperties": False}
    if required:
        schema["required"] = ["parameters"]
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _run_of(record: Operation, asked: Answer, shared: Shared) -> dict[str, Any]:
    told = record.to_dict()
    parameters = told["parameters"]
    properties = {name: shared.named(name, schema) for name, schema in _parameters(record).items()}
    body = _body({**parameters, "properties": properties}, required=bool(parameters["required"]))
    if record.example or not parameters["required"]:
        body["content"]["application/json"]["example"] = {"parameters": told["example"]}
    return {
        "tags": [record.family],
        "operationId": record.id,
        "summary": record.title,
        "description": record.summary,
        "parameters": _query(asked),
        "requestBody": body,
        "responses": {**_responses(asked), **_ACCEPTED},
    }


def _parameters(record: Operation) -> dict[str, Schema]:
    """Return the schemas of an operation's parameters, which allow null where leaving out means that."""
    return {name: _nullable(schema) for name, schema in record.to_dict()["parameters"]["properties"].items()}


def _nullable(schema: Schema) -> Schema:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "null" not in kinds and ("default" not in schema or schema["default"] is not None):
        return schema
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": list(dict.fromkeys([*kinds, "null"])), **choices}


class Shared:
    """The parameters that several operations take alike: each is written down once.

    Parameters
    ----------
    records : iterable of Operation
        Who takes them.
    """

    def __init__(self, records: Iterable[Operation]) -> None:
        found = Counter((name, _text(schema)) for record in records for name, schema in _parameters(record).items())
        self.schemas: dict[str, Schema] = {}
        self._names: dict[tuple[str, str], str] = {}
        numbers: Counter[str] = Counter()
        for (name, text), count in found.items():
            if count > 1:
                numbers[name] += 1
                self._names[name, text] = f"parameter.{name}" + (f".{numbers[name]}" if numbers[name] > 1 else "")
                self.schemas[self._names[name, text]] = json.loads(text)

    def named(self, name: str, schema: Schema) -> Schema:
        """Return a reference to what is shared, or the schema itself."""
        known = self._names.get((name, _text(schema)))
        return schema if known is None else reference(known)


def _text(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False)
