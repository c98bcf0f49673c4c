import io
import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import trustlab
from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.core.workspace import Workspace
from trustlab.data.dataset import store_of
from trustlab.store.refs import resolve
from trustlab.store.trees import Tree

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


def paths(ref, around):
    store = store_of(around.workspace)
    return [entry.path for entry in Tree(store, resolve(store, ref).tree).entries()]


@pytest.fixture
def many(empty):
    for name in ("data/a.csv", "data/b.csv", "data/2024/c.csv", "data/note.txt"):
        file = empty.path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"n\n{len(name)}\n")
    return empty


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("data/*.csv", ["a.csv", "b.csv"]),
        ("data/**/*.csv", ["2024/c.csv", "a.csv", "b.csv"]),
        (["data/*.csv"], ["a.csv", "b.csv"]),
        (["data/a.csv", "data/b.csv"], ["a.csv", "b.csv"]),
        (["data/a.csv", "data/2024/c.csv"], ["2024/c.csv", "a.csv"]),
        (["loans.csv", "data"], ["data/2024/c.csv", "data/a.csv", "data/b.csv", "data/note.txt", "loans.csv"]),
        (["loans.csv", "data/2024/*"], ["data/2024/c.csv", "loans.csv"]),
        ("d*/[ab].csv", ["data/a.csv", "data/b.csv"]),
    ],
)
def test_globs_and_several_names_keep_their_paths(many, source, wanted):
    run("data.commit", {"repo": "r", "source": source}, many)
    assert paths("r", many) == wanted


def test_a_file_with_a_sign_in_its_name_is_that_file(many):
    many.path("data/[a].csv").write_text("n\n9\n")
    run("data.commit", {"repo": "r", "source": "data/[a].csv"}, many)
    assert paths("r", many) == ["[a].csv"]


def test_a_path_names_one_file(many):
    run("data.commit", {"repo": "r", "source": "data/a.csv", "path": "in/here.csv"}, many)
    assert paths("r", many) == ["in/here.csv"]
    for source in ("data", "data/*.csv", ["data/a.csv", "data/b.csv"], [("a", b"")]):
        with pytest.raises(UsageError, match="path names one file"):
            run("data.commit", {"repo": "r", "source": source, "path": "x.csv"}, many)


FOREIGN = {
    "polars": lambda: pl.DataFrame({"n": [1, 2], "w": ["a", "b"]}),
    "lazy": lambda: pl.LazyFrame({"n": [1, 2], "w": ["a", "b"]}),
    "arrow": lambda: pa.table({"n": [1, 2], "w": ["a", "b"]}),
    "reader": lambda: pa.table({"n": [1, 2], "w": ["a", "b"]}).to_reader(),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("by_name", [False, True])
def test_tables_of_other_libraries_are_read_back(empty, kind, by_name):
    value = FOREIGN[kind]()
    around = replace(empty, namespace={"table": value})
    run("data.commit", {"repo": "r", "source": "table" if by_name else value}, around)
    read = run("data.read", {"data": "r@main"}, empty).value
    pd.testing.assert_frame_equal(read, pd.DataFrame({"n": [1, 2], "w": ["a", "b"]}))
    origin = run("data.show", {"ref": "r"}, empty).payload["origin"]["source"]
    assert origin["kind"] == ("variable" if by_name else "memory")


def test_variables_stand_beside_each_other(empty):
    frame = pd.DataFrame({"n": [1]})
    around = replace(empty, namespace={"train": frame, "test": pl.from_pandas(frame)})
    run("data.commit", {"repo": "r", "source": ["train", "test"]}, around)
    assert paths("r", empty) == ["test.parquet", "train.parquet"]


def test_an_edit_of_a_polars_table_stores_its_edit(empty):
    frame = pl.DataFrame(np.random.default_rng(0).normal(size=(200_000, 5)))
    first = run("data.commit", {"repo": "big", "source": frame}, empty).payload
    edited = pl.concat([frame[:1000], frame[:10], frame[1000:]])
    second = run("data.commit", {"repo": "big", "source": edited}, empty).payload
    assert second["bytes_added"] < first["bytes_added"] / 4


class Pipe(io.RawIOBase):
    """A stream that cannot be read twice."""

    def __init__(self, data):
        super().__init__()
        self._left = data

    def readable(self):
        return True

    def readinto(self, buffer):
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def test_bytes_files_and_pipes_are_taken_from_python(empty):
    with empty.path("loans.csv").open("rb") as file:
        for name, source, path in (
            ("file", file, None),
            ("bytes", b"abc", "b.bin"),
            ("view", memoryview(b"abc"), "b.bin"),
            ("memory", io.BytesIO(b"abc"), "b.bin"),
            ("pipe", Pipe(b"abc" * 100_000), "b.bin"),
            ("pairs", [("t.parquet", pl.DataFrame({"n": [1]})), ("b.bin", Pipe(b"abc"))], None),
        ):
            run("data.commit", {"repo": name, "source": source, "path": path}, empty)
    assert paths("file", empty) == ["loans.csv"]
    assert paths("pairs", empty) == ["b.bin", "t.parquet"]
    assert run("data.cat", {"ref": "pipe", "limit": 400_000}, empty).value == b"abc" * 100_000
    for name in ("bytes", "view", "memory"):
        assert run("data.cat", {"ref": name}, empty).value == b"abc"


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"source": "*.cvs"}, NotFoundError, "must match"),
        ({"source": ["loans.csv", "loan.csv"]}, NotFoundError, r"Did you mean 'loans\.csv'"),
        ({"source": ["loans.csv", "./loans.csv"]}, InputError, "comes twice"),
        ({"source": ["loans.csv", "-"]}, UsageError, "must come alone"),
        ({"source": ["loan.csv", "*.cvs", "nowhere"]}, NotFoundError, "3 things stand in the way"),
        ({"source": "-"}, UsageError, "there is none"),
        ({"source": ""}, UsageError, "empty text"),
        ({"source": ["loans.csv", ""]}, UsageError, "empty text"),
        ({"source": "by\udcff"}, NotFoundError, "is none"),
        ({"source": []}, UsageError, "source"),
        ({"source": b"abc"}, UsageError, "path is needed"),
        ({"source": io.BytesIO(b"")}, UsageError, "path is needed"),
        ({"source": io.StringIO("a"), "path": "a"}, UsageError, "opened for bytes"),
        ({"source": [("a", "text")]}, UsageError, "got text"),
        ({"source": [("a.parquet", 3)]}, UsageError, "must be a table"),
        ({"source": pl.DataFrame({"n": [1]}), "path": "t.csv"}, UsageError, "must end in .parquet"),
        ({"source": pl.DataFrame()}, InputError, "at least one row"),
        ({"source": object()}, UsageError, "source must be a table"),
        ({"source": ["loans.csv", 3]}, UsageError, "source"),
        ({"source": "loans.csv", "path": "../x"}, InputError, r"'\.\.'"),
        ({"source": "x" * 300}, InputError, "looked at"),
    ],
)
def test_what_is_no_source_is_named_and_makes_no_workspace(empty, parameters, error, message):
    with pytest.raises(error, match=message):
        run("data.commit", {"repo": "r", **parameters}, empty)
    assert not empty.path(".trust").exists()


@pytest.mark.parametrize("beside", [[], ["loans.csv"]], ids=["alone", "beside another"])
def test_a_source_whose_name_is_no_text_is_refused(empty, beside):
    name = os.fsdecode(b"by\xff")
    empty.path(name).write_bytes(b"a")
    with pytest.raises(InputError, match="a name that is UTF-8") as refused:
        run("data.commit", {"repo": "r", "source": [name, *beside]}, empty)
    assert "Rename it" in refused.value.hint
    assert not empty.path(".trust").exists()


@pytest.fixture
def faulty(empty):
    """Two folders, each with a good file and three faults."""
    for name in ("first", "second"):
        folder = empty.path(name)
        folder.mkdir()
        (folder / "good").write_bytes(b"a")
        (folder / "gone").symlink_to("nowhere")
        os.mkfifo(folder / "pipe")
        (folder / "a\\b").write_bytes(b"a")
    return empty


@pytest.mark.parametrize(
    ("source", "count", "names"),
    [
        (["first", "second"], 6, ["first/gone'", "second/gone'", "first/pipe'", "second/pipe'"]),
        (["first/gone", "second/pipe", "nowhere"], 3, ["'first/gone' is a link", "second/pipe'", "'nowhere' is none"]),
        (["first/*"], 3, ["first/gone'", "first/pipe'", "got 'a"]),
        (["first/*", "second", "loan.csv"], 7, ["first/gone'", "first/pipe'", "second/gone'", "'loan.csv' is none"]),
    ],
    ids=["folders", "files", "glob", "mixed"],
)
def test_all_that_is_wrong_with_several_sources_is_named_at_once(faulty, source, count, names):
    with pytest.raises((InputError, NotFoundError), match=f"^{count} things stand in the way") as refused:
        run("data.commit", {"repo": "r", "source": source}, faulty)
    # One list, whatever was found where.
    assert refused.value.message.count("stand in the way") == 1
    for name in names:
        assert name in refused.value.message
    assert not faulty.path(".trust").exists()


def trust(folder, *words, stdin=b""):
    command = [sys.executable, "-m", "trustlab", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(trustlab.__file__).parents[1])}
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, env=environment, check=False)


def test_the_command_line_takes_standard_input(empty):
    noise = random.Random(0).randbytes(3 << 20)
    done = trust(empty.folder, "data", "commit", "s", "-", "--path", "in/x.bin", "--json", stdin=noise)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bytes"] == len(noise)
    back = run("data.cat", {"ref": "s:in/x.bin", "limit": len(noise)}, empty).value
    assert back == noise
    for words, stdin, message in (
        (("-",), b"a", "path is needed"),
        (("-", "--path", "x"), b"", "it is empty"),
        (("-", "loans.csv", "--path", "x"), b"a", "path names one file"),
        (("-", "--path", "../x"), b"a", "'..'"),
    ):
        refused = trust(empty.folder, "data", "commit", "s", *words, stdin=stdin)
        assert (refused.returncode, message in refused.stderr.decode()) == (2, True), refused.stderr
    assert len(run("data.log", {"ref": "s"}, empty).payload["commits"]) == 1


def test_the_command_line_takes_what_a_shell_expands(many):
    line = f"{sys.executable} -m trustlab data commit g data/*.csv -m 'two files' --json"
    environment = {**os.environ, "PYTHONPATH": str(Path(trustlab.__file__).parents[1])}
    done = subprocess.run(["sh", "-c", line], cwd=many.folder, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == 2
    quoted = trust(many.folder, "data", "commit", "g", "data/*.csv", "--json")
    assert not json.loads(quoted.stdout)["created"], "the same paths, whoever expands"
    refused = trust(many.folder, "data", "commit", "g", "data/*.cvs")
    assert (refused.returncode, b"none does" in refused.stderr) == (2, True)


def test_a_keyboard_is_no_standard_input(empty):
    leader, follower = os.openpty()
    with os.fdopen(leader, "rb"), os.fdopen(follower, "rb") as keyboard, pytest.raises(UsageError, match="keyboard"):
        run("data.commit", {"repo": "r", "source": "-", "path": "x"}, replace(empty, stdin=keyboard))


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
