import io
import os
import socket
from pathlib import Path

import pytest

from trustlab.core.errors import InputError, NotFoundError, RefusedError, UsageError
from trustlab.store.commit import commit
from trustlab.store.read import read
from trustlab.store.sources import collect


@pytest.fixture
def tree(tmp_path):
    top = tmp_path / "tree"
    (top / "sub").mkdir(parents=True)
    (top / "sub" / "a.csv").write_bytes(b"a")
    return top


def paths(source, workspace):
    return [item.path for item in collect(source, workspace)]


def test_a_folder_gives_its_files_in_order_without_the_workspace(tree, tmp_path):
    (tree / "sub.txt").write_bytes(b"")
    (tree / "empty").mkdir()
    workspace = tree / ".trust"
    workspace.mkdir()
    (workspace / "metadata.db").write_bytes(b"x")
    assert paths(tree, workspace) == ["sub.txt", "sub/a.csv"]


def test_a_file_keeps_its_name_and_a_named_link_is_followed(tree, tmp_path):
    assert paths(tree / "sub" / "a.csv", tmp_path / ".trust") == ["a.csv"]
    link = tmp_path / "link.csv"
    link.symlink_to(tree / "sub" / "a.csv")
    assert paths(link, tmp_path / ".trust") == ["link.csv"]


def test_pairs_take_bytes_files_and_streams(store, tree):
    stream = io.BytesIO(b"head and body")
    stream.seek(9)
    commit(store, "r", [("b", b"bytes"), ("f/f", tree / "sub" / "a.csv"), ("s", stream)])
    assert [read(store, f"r:{path}") for path in ("b", "f/f", "s")] == [b"bytes", b"a", b"body"]


def test_a_link_within_the_tree_is_committed_as_its_file(store, tree):
    (tree / "again").symlink_to("sub/a.csv")
    commit(store, "r", tree)
    assert read(store, "r:again") == b"a"


def outside(tree):
    (tree / "out").symlink_to("/etc/hostname")


def dangling(tree):
    (tree / "gone").symlink_to("nowhere")


def loop(tree):
    (tree / "one").symlink_to("two")
    (tree / "two").symlink_to("one")


def folder_link(tree):
    (tree / "dir").symlink_to("sub")


def parent_link(tree):
    (tree / "sub" / "up").symlink_to("..")


def pipe(tree):
    os.mkfifo(tree / "pipe")


def newline(tree):
    (tree / "a\nb").write_bytes(b"")


def no_utf8(tree):
    (tree / os.fsdecode(b"a\xff")).touch()


def twins(tree):
    (tree / "é").write_bytes(b"")
    (tree / "e\u0301").write_bytes(b"")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (outside, "stay inside"),
        (dangling, "nothing or in a circle"),
        (loop, "nothing or in a circle"),
        (folder_link, "lead to a file"),
        (parent_link, "lead to a file"),
        (pipe, "a pipe"),
        (newline, "control character"),
        (no_utf8, "UTF-8"),
        (twins, "normal form"),
    ],
)
def test_strange_files_are_refused_and_nothing_is_committed(store, tree, prepare, message):
    prepare(tree)
    with pytest.raises(InputError, match=message):
        commit(store, "r", tree)
    assert store.packs.names() == []


def test_sockets_and_devices_are_refused(tree, tmp_path, monkeypatch):
    monkeypatch.chdir(tree)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("s")
        with pytest.raises(InputError, match="a socket"):
            collect(tree, tmp_path / ".trust")
    with pytest.raises(InputError, match="a device"):
        collect([("null", Path("/dev/null"))], tmp_path / ".trust")


@pytest.mark.parametrize("path", ["../a", "/a", "a\0", "a\nb", ""])
def test_hostile_names_in_pairs_are_refused(store, path):
    with pytest.raises(InputError):
        commit(store, "r", [(path, b"x")])


def test_nothing_to_commit_and_what_is_not_there(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for source in (empty, []):
        with pytest.raises(InputError, match="at least one file"):
            collect(source, tmp_path / ".trust")
    for source in ("nowhere", tmp_path / "no" / "where"):
        with pytest.raises(NotFoundError, match="must exist"):
            collect(source, tmp_path / ".trust")
    with pytest.raises(InputError, match="NUL"):
        collect("a\0b", tmp_path / ".trust")
    with pytest.raises(UsageError, match="int"):
        collect(3, tmp_path / ".trust")


def test_the_workspaces_own_files_are_never_committed(tree, tmp_path):
    workspace = tree / ".trust"
    workspace.mkdir()
    (workspace / "config.toml").write_text("database_url = 'postgresql://ann:secret@h/d'")
    assert paths(tree, workspace) == ["sub/a.csv"]
    (tmp_path / "named").symlink_to(workspace)
    (tree / "sub" / "link").symlink_to("../.trust/config.toml")
    for source in (tree, workspace, workspace / "config.toml", tmp_path / "named", [("x", workspace / "config.toml")]):
        with pytest.raises(RefusedError, match="workspace's own folder"):
            collect(source, workspace)
