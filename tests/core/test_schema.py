"""The published contract accepts what the library writes, and nothing that breaks the promise."""

from __future__ import annotations

import copy
import json
from importlib import resources

import jsonschema
import pytest

from trustlab.core.errors import HTTP_STATUS, TrustlabError, UsageError
from trustlab.core.result import Document, Result, Status, Threshold
from trustlab.core.views import VIEW_KINDS, Distribution, Graph, Image, Matrix, Scalar, Series, Table, Text

VIEWS = [
    Scalar(name="s", columns=["value", "value_lo", "value_hi"], rows=[[0.1, float("nan"), 0.2]]),
    Table(name="by_group", columns=["group", "n"], rows=[["a", 3], [None, 4]], units={"n": "rows"}),
    Series(name="c", columns=["x", "y"], rows=[[1, 2.0]], x="x", y=["y"], reference={"limit": float("nan")}),
    Matrix(name="m", columns=["r", "a"], rows=[["b", 0.5]], row_axis="truth", column_axis="said"),
    Distribution(name="d", columns=["bin", "then", "now"], rows=[["0 to 1", 0.5, 1.0000000000000002]]),
    Image(name="i", png="iVBORw0KGgo=", alt="a square"),
    Text(name="t", text="words"),
    Graph(name="g", columns=["source", "target", "label"], rows=[["a", "b", None]], nodes={"a": "first"}),
]


@pytest.fixture(scope="module")
def validator():
    text = (resources.files("trustlab.core") / "schema" / "document-v1.json").read_text("utf-8")
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def data():
    full = Result(
        id="fairness.error_rates", title="Error rates", status=Status.FAIL, reason="said", value=0.1, unit="ratio",
        interval=(0.05, float("nan")), level=0.95, n=12, p_value=0.5, threshold=Threshold(0.1, None, "a law"),
        views=VIEWS, advice=["%trust explain"], provenance={"seed": 1},
    )  # fmt: skip
    bare = Result(id="privacy.x", title="X", status=Status.NOT_APPLICABLE, reason="no labels")
    document = Document(
        operation="audit", title="Audit", status=Status.FAIL, results=[full, bare], payload={"policy": "default"},
        summary=None, views=VIEWS, advice=["now"], provenance={"run": "1"},
    )  # fmt: skip
    return document.to_dict()


def at(data, path):
    for key in path:
        data = data[key]
    return data


def test_a_document_with_every_view_kind_is_valid(validator, data):
    assert {view.kind for view in VIEWS} == set(VIEW_KINDS)
    validator.validate(json.loads(json.dumps(data, allow_nan=False)))


def test_the_schema_lists_the_view_kinds_and_statuses_of_the_code(validator):
    assert set(validator.schema["$defs"]["view"]["properties"]["kind"]["enum"]) == set(VIEW_KINDS)
    assert set(validator.schema["$defs"]["status"]["enum"]) == {str(status) for status in Status}


@pytest.mark.parametrize("key", list(Result().to_dict()))
def test_every_key_of_a_result_must_be_there(validator, data, key):
    del data["results"][1][key]
    assert not validator.is_valid(data)


@pytest.mark.parametrize("key", ["schema", "operation", "status", "results"])
def test_the_four_keys_of_a_document_must_be_there(validator, data, key):
    del data[key]
    assert not validator.is_valid(data)


@pytest.mark.parametrize("kind", [view.kind for view in VIEWS])
def test_a_view_without_what_its_kind_needs_is_refused(validator, data, kind):
    place = [view.kind for view in VIEWS].index(kind)
    view = data["results"][0]["views"][place]
    for key in view:
        broken = copy.deepcopy(data)
        del broken["results"][0]["views"][place][key]
        assert not validator.is_valid(broken), key
    data["results"][0]["views"][place]["surprise"] = 1
    assert not validator.is_valid(data)


@pytest.mark.parametrize(
    ("path", "key", "wrong"),
    [
        ((), "schema", 2),
        ((), "status", "ok"),
        ((), "results", None),
        ((), "error", {"code": "x", "message": "y", "hint": None}),
        (("results", 0), "status", None),
        (("results", 0), "id", ""),
        (("results", 0), "value", "0.1"),
        (("results", 0), "value", True),
        (("results", 0), "interval", [1]),
        (("results", 0), "interval", {"lo": 0, "hi": 1}),
        (("results", 0), "n", 1.5),
        (("results", 0), "n", -1),
        (("results", 0), "p_value", 1.2),
        (("results", 0), "level", 95),
        (("results", 0), "threshold", {"warn": 1, "fail": 2}),
        (("results", 0), "threshold", {"warn": "1", "fail": 2, "source": "x"}),
        (("results", 0), "surprise", 1),
        (("results", 0, "views", 0), "kind", "pie"),
        (("results", 0, "views", 0), "rows", [[1], [2]]),
        (("results", 0, "views", 2), "mark", "area"),
        (("results", 0, "views", 3), "rows", [["b", "high"]]),
        (("results", 0, "views", 4), "rows", [["b", -0.1, 0.2]]),
        (("results", 0, "views", 7), "nodes", ["a"]),
        (("views", 1), "columns", [1]),
    ],
)
def test_what_breaks_the_promise_is_refused(validator, data, path, key, wrong):
    validator.validate(data)
    at(data, path)[key] = wrong
    assert not validator.is_valid(data)


def test_a_verb_may_add_keys_of_its_own(validator, data):
    validator.validate({**data, "commit": "3f9c", "pipelines": []})


def test_an_error_has_its_own_form(validator):
    error = UsageError("target must be a column; got 'aproved'.", hint="Did you mean 'approved'?").to_dict()
    validator.validate({"schema": 1, "error": error})
    assert not validator.is_valid({"schema": 1, "error": {**error, "code": "Not A Code"}})
    assert not validator.is_valid({"schema": 1, "error": {"code": "x", "message": "y"}})
    assert not validator.is_valid({"schema": 1, "error": error, "results": []})


@pytest.mark.parametrize("code", list(HTTP_STATUS))
def test_every_error_code_fits_the_form(validator, code):
    kind = next(one for one in [TrustlabError, *TrustlabError.__subclasses__()] if one.code == code)
    validator.validate({"schema": 1, "error": kind("must").to_dict()})
