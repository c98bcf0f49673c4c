"""The API's description: fresh, valid, complete, and true of what the server says."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from trustlab.core import registry
from trustlab.surfaces.server import description, shapes
from trustlab.surfaces.server.handlers.routes import ROUTES

pytest_plugins = ["pytest_jupyter.jupyter_server"]

FILE = Path(description.__file__).with_name("openapi.json")


@pytest.fixture(scope="module")
def described():
    return description.document(ROUTES)


def test_the_checked_in_document_is_fresh():
    advice = "write it anew: python -m trustlab.surfaces.server.openapi > trustlab/surfaces/server/openapi.json"
    assert FILE.read_text(encoding="utf-8") == description.render(ROUTES), advice


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_is_openapi(described):
    validator = pytest.importorskip("openapi_spec_validator")
    validator.OpenAPIV31SpecValidator(described).validate()


def test_every_route_and_method_is_described():
    for pattern, handler in ROUTES[:-1]:
        taken = {method for method in description.METHODS if hasattr(handler, f"answer_{method}")}
        assert taken == set(handler.answers), pattern
        assert pattern.count("(") == len(handler.places), pattern
        assert (handler.__doc__ or "").strip(), pattern


def test_every_operation_can_be_asked_and_its_example_is_valid(described):
    names = set()
    for record in registry.operations().values():
        asked = described["paths"][f"/operations/{record.id}"]["post"]
        schema = asked["requestBody"]["content"]["application/json"]["schema"]
        check = jsonschema.Draft202012Validator(schema | {"components": described["components"]})
        check.validate({"parameters": dict(record.example)})
        with pytest.raises(jsonschema.ValidationError):
            check.validate({"parameters": {**record.example, "no_such_parameter": 1}})
        names.add(asked["operationId"])
    assert len(names) == len(registry.operations())


def valid(described, name, body):
    schema = shapes.reference(name) | {"components": described["components"]}
    jsonschema.Draft202012Validator(schema).validate(body)


async def test_what_the_server_says_is_what_is_described(described, ask, workshop, jp_root_dir):
    _, body = await ask("openapi.json")
    assert {*described["paths"]} < {*body["paths"]}, "a plug-in's operations are described by the server itself"
    assert "/operations/workshop.steps" in body["paths"]
    described = body
    _, body = await ask("operations")
    valid(described, "Operations", body)
    asked = {"method": "POST", "params": {"wait": "30"}}
    _, body = await ask("operations/init", json={"parameters": {"yes": True}}, **asked)
    valid(described, "Document", body)
    _, body = await ask("operations/workshop.noted", json={"parameters": {}}, **asked)
    valid(described, "Document", body)
    _, body = await ask("runs")
    assert body["total"] == 1
    valid(described, "Runs", body)
    code, body = await ask("operations/workshop.fault", json={"parameters": {"kind": "input"}}, **asked)
    assert code == 422
    valid(described, "Error", body)
    code, body = await ask(
        "operations/workshop.steps", method="POST", json={"parameters": {"count": 20, "seconds": 0.5}}
    )
    assert code == 202
    valid(described, "JobAnswer", body)
    _, body = await ask(f"jobs/{body['job']['id']}", method="DELETE")
    valid(described, "JobAnswer", body)
    _, body = await ask("jobs")
    assert body["total"] == 4
    valid(described, "Jobs", body)
    _, body = await ask("uploads/x.csv", method="PUT", body=b"a")
    valid(described, "Upload", body)


def test_a_type_that_has_no_schema_is_refused():
    with pytest.raises(TypeError, match="no JSON Schema"):
        shapes.of_hint(complex)
    assert json.dumps(shapes.components())
