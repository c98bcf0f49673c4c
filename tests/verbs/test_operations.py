"""``trust operations``: the records, as data."""

import json
from dataclasses import replace

import jsonschema
import pytest

from trustlab.core import optional, registry
from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.execute import run


def test_all_of_them_as_plain_data() -> None:
    document = run("operations", {}).to_dict()
    records = document["operations"]
    assert [record["id"] for record in records] == list(registry.operations())
    assert document["summary"] == f"{len(records)} operations"
    assert json.loads(json.dumps(records, allow_nan=False)) == records
    for record in records:
        assert {"id", "kind", "title", "summary", "parameters", "needs", "tasks", "thresholds", "references", "extra",
                "cost"} <= set(record)  # fmt: skip
        jsonschema.Draft202012Validator.check_schema(record["parameters"])
        jsonschema.validate(record["example"], record["parameters"])
        if record["thresholds"]:
            assert record["thresholds"]["source"]


def test_the_parameters_schema_refuses_what_the_operation_refuses() -> None:
    (record,) = run("operations", {"operation_id": "runs"}).payload["operations"]
    schema = record["parameters"]
    assert schema["properties"]["limit"] == {
        "type": "integer", "description": "At most so many.", "minimum": 1, "maximum": 500, "default": 20,
    }  # fmt: skip
    for bad in ({"limit": 0}, {"limit": "many"}, {"lmit": 3}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)
        with pytest.raises(UsageError):
            run("runs", bad)


@pytest.mark.parametrize("kind", ["verb", "check", "detector"])
def test_those_of_one_kind(kind: str) -> None:
    document = run("operations", {"kind": kind})
    assert [record["id"] for record in document.payload["operations"]] == list(registry.of_kind(kind))
    assert document.views[0].column("id") == list(registry.of_kind(kind))
    assert set(document.views[0].column("kind")) == {kind}


def test_one_of_them() -> None:
    (record,) = run("operations", {"operation_id": "fairness.error_rates"}).payload["operations"]
    known = registry.get("fairness.error_rates")
    assert record == known.to_dict()
    assert record["command"] == "trust fairness.error_rates"
    assert record["needs"] == sorted(known.needs)


def test_what_is_none_is_named() -> None:
    with pytest.raises(NotFoundError, match=r"Did you mean 'fairness\.error_rates'"):
        run("operations", {"operation_id": "fairness.error_rate"})
    with pytest.raises(UsageError, match="kind must be one of verb, check, detector, explainer; got 'chekc'"):
        run("operations", {"kind": "chekc"})


def test_what_cannot_run_here_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = next(record for record in registry.operations().values() if record.kind == "check")
    needy = replace(extra, extra="onnx")
    monkeypatch.setitem(optional.EXTRAS, "onnx", ("no_such_module_here",))
    assert extra.to_dict()["unavailable"] is None
    told = needy.to_dict()["unavailable"]
    assert told == "needs no_such_module_here, which is not installed: pip install 'trustlab[onnx]'"
