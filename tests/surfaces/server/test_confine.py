"""What a request may name: below the server's root, and nothing else on this machine."""

from __future__ import annotations

import pytest

from trustlab.core import registry
from trustlab.core.errors import RefusedError, UsageError
from trustlab.core.parameters import bind
from trustlab.surfaces.server.confine import FILES, refuse_outside

OPERATIONS = list(registry.operations().values())
WITH_FILES = [record for record in OPERATIONS if any(one.format in FILES for one in record.parameters)]
OUT = [
    "../a.csv", "a/../../b", "..", "/etc/passwd", "~/x.csv", "~nobody/x", "a\0.csv", "a\n.csv",
    ".ssh/id", "a/.git/config", "file:///etc/passwd", "FILE:///etc/passwd", "fiLe:///%65tc/passwd", "file:/etc/passwd",
    "file:../x", "file:~/x", "local:/etc/passwd", "simplecache::file:///etc/passwd", "zip://a.csv::/etc/a.zip",
    "dir::/etc", "git:///srv/repo", "memory://x", "sqlite:////etc/x.db", "sqlite:///../x.db",
    "sqlite+pysqlite:////etc/x.db", "sqlite:///file:/etc/x.db?uri=true", "${HOME}/x.csv", "out/passwd", "hidden/x",
    "loop/x", "C:/x.csv",
]  # fmt: skip
IN = [
    "a.csv", "./a.csv", "deep/er/a.csv", "*.csv", "deep/**", ".", "loans@main", "loans@main~2:a/b.csv",
    "trust://loans@main/x.parquet", "models:/lender/1", "runs:/abc/model", "s3://bucket/x",
    "postgresql+psycopg://ann@host/name", "sqlite:///x.db", "within/a.csv", "<img src=x onerror=alert(1)>.csv",
]  # fmt: skip


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    (folder / "deep/er").mkdir(parents=True)
    (folder / ".secret").mkdir()
    (folder / "out").symlink_to("/etc")
    (folder / "hidden").symlink_to(folder / ".secret")
    (folder / "within").symlink_to(folder / "deep")
    (folder / "loop").symlink_to(folder / "loop")
    return folder


def file_parameters(record):
    return [one for one in record.parameters if one.format in FILES]


@pytest.mark.parametrize("text", OUT)
def test_what_leads_out_is_refused_for_every_operation_and_parameter(root, text):
    for record in WITH_FILES:
        for parameter in file_parameters(record):
            value = [text] if parameter.type == "list" else text
            with pytest.raises(RefusedError, match=rf"{parameter.name} must name a file below"):
                refuse_outside(record, {parameter.name: value}, root)


@pytest.mark.parametrize("text", IN)
def test_what_stays_inside_or_lies_elsewhere_is_left_to_the_operation(root, text):
    for record in WITH_FILES:
        for parameter in file_parameters(record):
            value = [text, text] if parameter.type == "list" else text
            refuse_outside(record, {parameter.name: value}, root)


def test_an_absolute_path_below_the_root_is_one_of_it(root):
    refuse_outside(registry.get("data.read"), {"data": str(root / "a.csv")}, root)


@pytest.mark.parametrize("record", OPERATIONS, ids=lambda record: record.id)
def test_every_example_stays_inside(root, record):
    refuse_outside(record, bind(record.id, record.parameters, record.example), root)


def test_objects_are_pythons(root):
    for value in ({"a": 1}, 5, [["a"]]):
        with pytest.raises(UsageError, match="data must be text"):
            refuse_outside(registry.get("data.read"), {"data": value}, root)


def test_a_parameter_that_is_called_like_a_place_says_so():
    """A new parameter named so, whose record does not say that it may be a file's, would slip through."""
    telling = {"file", "files", "folder", "notebook", "policy", "target", "url", "data", "train", "code", "write"}
    not_files = {"path", "target"}  # a path within a repo; the column of labels
    for record in OPERATIONS:
        for parameter in record.parameters:
            if parameter.name in telling - not_files and parameter.type in {"string", "list"}:
                assert parameter.format in FILES, f"{record.id}: {parameter.name}"
