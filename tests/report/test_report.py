from __future__ import annotations

import json

import pytest

from trustlab.core.errors import InputError, NotFoundError
from trustlab.core.result import Result, Status
from trustlab.report.report import Report


@pytest.fixture
def report(audit):
    return Report(audit)


def test_it_carries_the_document(report, audit):
    assert report.status == Status.FAIL
    assert report.results[0].p_value == 0.00002
    assert report["drift.ks"].n == 5102
    assert report.to_dict() == audit.to_dict()
    assert report.value is None


def test_an_unknown_id_is_named_with_the_nearest(report):
    with pytest.raises(NotFoundError, match=r"Did you mean 'drift.ks'"):
        report["drift.sk"]


def test_json_keeps_the_order_of_the_contract_and_the_letters(report, making):
    text = report.to_json()
    assert list(json.loads(text))[:4] == ["schema", "operation", "title", "status"]
    assert json.loads(text) == report.to_dict()
    other = Report(making([Result(id="a.b", status=Status.PASS, reason="é 数 \udc80", value=float("nan"))])).to_json()
    assert "é 数" in other
    other.encode("utf-8")
    assert json.loads(other)["results"][0]["reason"] == "é 数 \udc80"
    assert json.loads(other)["results"][0]["value"] is None


def test_a_frame_has_a_row_per_finding(report):
    frame = report.to_frame()
    assert list(frame.columns) == ["id", "title", "status", "value", "lo", "hi", "n", "p_value", "reason"]
    assert len(frame) == 9
    first = frame.iloc[0]
    assert (first["id"], first["status"], first["lo"], first["hi"], first["n"]) == (
        "fairness.error_rates",
        "fail",
        1.68,
        2.55,
        2380,
    )
    assert frame["value"].dtype == "float64"
    assert frame.set_index("id").loc["privacy.attribute_inference", "value"] != 0


def test_a_frame_of_nothing_has_its_columns(making):
    assert Report(making([], Status.PASS)).to_frame().shape == (0, 9)


def test_files_are_whole_or_not_there(report, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    assert report.to_html(path) == path
    assert path.read_text("utf-8") == report.to_html()
    assert report.to_json(tmp_path / "r.json") == tmp_path / "r.json"
    assert report.to_markdown(tmp_path / "r.md").read_text("utf-8").startswith("## ")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["r.json", "r.md", "report.html"]
    assert path.stat().st_mode & 0o400


@pytest.mark.parametrize("where", ["missing/report.html", "."])
def test_a_place_that_cannot_be_written_is_said(report, tmp_path, where):
    with pytest.raises(InputError, match="must go to a file that can be written") as caught:
        report.to_html(tmp_path / where)
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_the_notebook_gets_text_and_html(report):
    bundle, _ = report._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == repr(report)
    assert set(report._repr_mimebundle_(include=["text/plain"])[0]) == {"text/plain"}
    assert set(report._repr_mimebundle_(exclude=["text/plain"])[0]) == {"text/html"}
