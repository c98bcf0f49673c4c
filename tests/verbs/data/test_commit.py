from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.core.workspace import Workspace

CONTRACT = {"commit", "repo", "branch", "files", "bytes", "bytes_added"}


def test_a_file_is_committed_and_the_document_keeps_the_contract(empty):
    document = run("data.commit", {"repo": "loans", "source": "loans.csv", "message": "September"}, empty).to_dict()
    size = empty.path("loans.csv").stat().st_size
    assert document.keys() >= CONTRACT
    assert (document["repo"], document["branch"], document["files"], document["bytes"]) == ("loans", "main", 1, size)
    assert document["bytes_added"] > size
    assert document["created"]
    again = run("data.commit", {"repo": "loans", "source": "loans.csv"}, empty).to_dict()
    assert (again["commit"], again["bytes_added"], again["created"]) == (document["commit"], 0, False)
    assert "nothing was added" in again["summary"]


def test_a_folder_is_committed_without_the_workspace(context):
    document = run("data.commit", {"repo": "all", "source": "."}, context)
    assert [item["path"] for item in run("data.ls", {"ref": "all"}, context).payload["entries"]] == ["loans.csv"]
    assert document.payload["files"] == 1


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy", "variable"])
def test_tables_from_memory_are_read_back(empty, kind):
    frame = pd.DataFrame({"x0": [1.5, 2.5], "x1": [3.0, 4.0]})
    table = {"pandas": frame, "polars": pl.from_pandas(frame), "numpy": frame.to_numpy(), "variable": "frame"}[kind]
    around = replace(empty, namespace={"frame": frame})
    done = run("data.commit", {"repo": "memory", "source": table}, around)
    read = run("data.read", {"data": f"memory@{done.payload['commit'][:12]}"}, around).value
    pd.testing.assert_frame_equal(read, frame)
    assert run("data.ls", {"ref": "memory"}, empty).payload["entries"][0]["path"] == "memory.parquet"


def test_an_edited_table_stores_its_edit(empty):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{i}": rng.normal(size=200_000) for i in range(5)})
    first = run("data.commit", {"repo": "big", "source": frame}, empty).payload
    edited = frame.copy()
    edited.loc[1000:1100, "c2"] = 0.0
    second = run("data.commit", {"repo": "big", "source": edited}, empty).payload
    assert second["bytes_added"] < first["bytes_added"] / 4


def test_where_it_came_from_and_who_did_it_are_kept(context):
    newest, first = run("data.log", {"ref": "loans"}, context).payload["commits"]
    assert (newest["author"], newest["message"], newest["parents"]) == ("Ann", "October", [first["commit"]])
    assert newest["provenance"] == {
        "operation": "data.commit",
        "source": {"kind": "file", "name": "loans.csv"},
    }


def test_the_settings_author_is_taken(context, monkeypatch):
    monkeypatch.setenv("TRUSTLAB_AUTHOR", "Team")
    run("data.commit", {"repo": "loans", "source": [("a", b"a")]}, context)
    assert run("data.show", {"ref": "loans"}, context).payload["author"] == "Team"


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"source": "loan.csv"}, NotFoundError, r"Did you mean 'loans\.csv'"),
        ({"source": "fram"}, NotFoundError, "Did you mean 'frame'"),
        ({"repo": "a/b"}, UsageError, "repo"),
        ({"branch": "a b"}, UsageError, "branch"),
        ({"source": [("../x", b"")]}, InputError, r"'\.\.'"),
        ({"source": "hollow"}, InputError, "at least one file"),
        ({"source": "a\0b"}, InputError, "NUL"),
        ({"source": "twice"}, ConflictError, "variable or the file"),
        ({"source": 3}, UsageError, "source must be a table"),
        ({"source": pd.DataFrame()}, InputError, "at least one row"),
    ],
)
def test_bad_input_is_named_and_makes_no_workspace(empty, parameters, error, message):
    empty.path("hollow").mkdir()
    empty.path("twice").write_text("file")
    table = pd.DataFrame({"a": [1]})
    around = replace(empty, namespace={"frame": table, "twice": table})
    with pytest.raises(error, match=message):
        run("data.commit", {"repo": "r", "source": "loans.csv", **parameters}, around)
    assert not empty.path(".trust").exists()
    with pytest.raises(NotFoundError):
        Workspace.find(empty.folder)


def test_inputs_and_code_are_kept_and_bad_ones_commit_nothing(context):
    head = run("data.log", {"ref": "loans"}, context).payload["commits"][0]["commit"]
    context.path("clean.py").write_text("x = 1\n")
    asked = {"repo": "clean", "source": [("f", b"f")], "input": ["loans@main:loans.csv"], "code": "clean.py"}
    run("data.commit", asked, context)
    origin = run("data.show", {"ref": "clean"}, context).payload["origin"]
    assert origin["inputs"] == [{"repo": "loans", "commit": head, "path": "loans.csv", "role": "given"}]
    assert origin["code"]["file"] == "clean.py"
    for wrong, error in (({"input": ["loans@mian"]}, NotFoundError), ({"code": "gone.py"}, NotFoundError)):
        with pytest.raises(error):
            run("data.commit", {"repo": "other", "source": [("f", b"g")], **wrong}, context)
    with pytest.raises(NotFoundError, match="'other'"):
        run("data.log", {"ref": "other"}, context)


def test_inputs_need_a_workspace_and_make_none(empty):
    with pytest.raises(NotFoundError, match="no workspace"):
        run("data.commit", {"repo": "r", "source": "loans.csv", "input": ["loans@main"]}, empty)
    assert not empty.path(".trust").exists()


def test_inputs_that_no_version_takes_up_are_said_to_be_lost(context):
    told = []
    around = replace(context, notice=told.append)
    run("data.commit", {"repo": "loans", "source": "loans.csv", "input": ["loans@main~1"]}, around)
    assert len(told) == 1
    assert "keeps the inputs and code of its own time" in told[0]
    assert "inputs" not in run("data.show", {"ref": "loans"}, context).payload["origin"]
