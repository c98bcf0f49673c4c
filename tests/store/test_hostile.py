"""Every strange thing that can come, and what happens: the decided outcomes, one row each.

What is refused is refused as a whole: the store functions raise one of trustlab's errors, the command ends with 2 and
one message, and neither the workspace nor the target has changed. CONTRIBUTING.md has the same table in words.
"""

import collections
import contextlib
import ctypes
import errno
import hashlib
import os
import random
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from trustlab.core.errors import ConflictError, DamagedError, InputError, RefusedError, TrustlabError
from trustlab.core.workspace import Workspace
from trustlab.store import open_store
from trustlab.store.checkout import checkout
from trustlab.store.commit import commit
from trustlab.store.read import read
from trustlab.store.sources import Item
from trustlab.store.verify import verify
from trustlab.surfaces import cli

ROOT = os.geteuid() == 0
NOBODY = 65534
needs_root = pytest.mark.skipif(not ROOT, reason="only root may do this")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The folder of a workspace with one good commit, the current folder; beside it ``source``, which has a file."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    store = open_store(Workspace.create().root)
    commit(store, "good", [("f", b"good")])
    store.close()
    (folder / "source" / "sub").mkdir(parents=True)
    (folder / "source" / "sub" / "a.csv").write_bytes(b"a")
    return folder


@pytest.fixture
def store(home):
    opened = open_store(home / ".trust")
    yield opened
    opened.close()


def looks(folder):
    """What a folder holds, byte for byte; a database by what it says, as SQLite moves pages between its files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.name.endswith(("-wal", "-shm")) or not (path.is_file() or path.is_dir()):
            continue
        elif path.suffix == ".db":
            with contextlib.closing(sqlite3.connect(path)) as database:
                found[name] = "\n".join(database.iterdump())
        elif path.parent.name != "objects":
            # An empty place for packs is nothing.
            found[name] = "folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refuses(capfd, words, message):
    """The command says one sentence and what to do, ends with 2, and leaves the workspace as it was."""
    before = looks(Path(".trust"))
    capfd.readouterr()
    assert cli.main(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert looks(Path(".trust")) == before


# What a source may hold, and why it is refused. Each row puts one thing into the folder ``source``.
REFUSED = {
    "a link that leaves the folder": (lambda top: (top / "out").symlink_to("/etc/hostname"), "stay inside"),
    "a link to above the folder": (lambda top: (top / "sub" / "up").symlink_to("../.."), "stay inside"),
    "a link to nothing": (lambda top: (top / "gone").symlink_to("nowhere"), "nothing or in a circle"),
    "a link to itself": (lambda top: (top / "me").symlink_to("me"), "nothing or in a circle"),
    "links in a circle": (lambda top: [(top / "x").symlink_to("y"), (top / "y").symlink_to("x")], "in a circle"),
    "a link to a folder": (lambda top: (top / "dir").symlink_to("sub"), "lead to a file"),
    "a link to the folder itself": (lambda top: (top / "sub" / "top").symlink_to(".."), "lead to a file"),
    "a pipe": (lambda top: os.mkfifo(top / "pipe"), "a pipe"),
    "a link to a pipe": (lambda top: [os.mkfifo(top / "pipe"), (top / "link").symlink_to("pipe")], "a pipe"),
    "a socket": (lambda top: bind(top / "s"), "a socket"),
    "a newline in a name": (lambda top: (top / "a\nb").touch(), "control character"),
    "an escape character in a name": (lambda top: (top / "a\x1b[31mb").touch(), "control character"),
    "an eight-bit control character in a name": (lambda top: (top / "a\x9b31mb").touch(), "control character"),
    "a backslash in a name": (lambda top: (top / "a\\b").touch(), "backslash"),
    "a name that is not UTF-8": (lambda top: (top / os.fsdecode(b"a\xff")).touch(), "UTF-8"),
    "names that differ by Unicode form": (lambda top: [(top / "\u00e9").touch(), (top / "e\u0301").touch()], "form"),
    "folders deeper than a path can be long": (lambda top: dig(top, 25), "File name too long"),
}


def bind(path):
    # A socket's address is short: from where it stands.
    with socket.socket(socket.AF_UNIX) as end, contextlib.chdir(path.parent):
        end.bind(path.name)


def dig(top, levels):
    """Make folders of long names in each other, beyond the 4,096 bytes of a path."""
    at = os.open(top, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d" * 200, dir_fd=at)
        at, above = os.open("d" * 200, os.O_RDONLY, dir_fd=at), at
        os.close(above)
    os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)


@pytest.mark.parametrize("what", REFUSED)
def test_commit_refuses(store, home, capfd, what):
    prepare, message = REFUSED[what]
    prepare(home / "source")
    before = looks(home / ".trust")
    with pytest.raises(InputError, match=message):
        commit(store, "r", home / "source")
    assert looks(home / ".trust") == before
    refuses(capfd, ["data", "commit", "r", "source"], message)
    # Also deeper than pytest's own tidying would reach.
    shutil.rmtree(home / "source")


def test_all_that_a_commit_refuses_is_named_at_once(store, home, capfd):
    source = home / "source"
    (source / "gone").symlink_to("nowhere")
    os.mkfifo(source / "sub" / "pipe")
    (source / "sub" / "dir").symlink_to("../sub")
    (source / "inside").symlink_to("../.trust/config.toml")
    (source / "a\\b").mkdir()
    for number in range(3):
        (source / "a\\b" / f"{number}").touch()
    for name in ("\u00e9", "e\u0301"):
        (source / name).touch()
    with pytest.raises(InputError) as refused:
        commit(store, "r", source)
    first, *named = refused.value.message.splitlines()
    assert first == "6 things stand in the way:"
    told = "\n".join(named)
    # A folder's own name is blamed once.
    for name in ("gone'", "sub/pipe'", "sub/dir'", "inside'", "got 'a\\\\b' ", "Unicode normal form"):
        assert told.count(name) == 1, name
    # Each kind comes with what to do.
    for hint in ("Remove it", "Leave it out", "put a copy in its place", "Rename it"):
        assert hint in refused.value.hint
    # Whoever shows them indents them.
    assert all(line == line.strip() for line in refused.value.hint.splitlines())
    refuses(capfd, ["data", "commit", "r", "source"], "6 things")


def test_of_many_names_that_a_commit_refuses_some_are_named_and_all_are_counted(store, home, capfd):
    for number in range(1, 1_013):
        (home / "source" / f"a\n{number:04}").touch()
    with pytest.raises(InputError) as refused:
        commit(store, "r", home / "source")
    first, *named = refused.value.message.splitlines()
    assert first == "1,012 things stand in the way:"
    assert len(named) == 11
    assert all(f"'a\\n{number:04}'" in line for number, line in enumerate(named[:-1], 1))
    assert named[-1] == "  and 1,002 more of this kind"
    assert refused.value.hint == "Rename it, then commit again."
    refuses(capfd, ["data", "commit", "r", "source"], "1,012 things")


@needs_root
@pytest.mark.parametrize(("kind", "device"), [("c", (1, 3)), ("b", (7, 0))])
def test_commit_refuses_devices(store, home, capfd, kind, device):
    mode = 0o600 | (0o020000 if kind == "c" else 0o060000)
    try:
        os.mknod(home / "source" / "device", mode, os.makedev(*device))
    except PermissionError:
        pytest.skip("this container may not make devices")
    with pytest.raises(InputError, match="a device"):
        commit(store, "r", home / "source")
    refuses(capfd, ["data", "commit", "r", "source"], "a device")
    refuses(capfd, ["data", "commit", "r", "/dev/null"], "a device")


@pytest.mark.parametrize(
    "path",
    [
        "../a",
        "a/../../b",
        "/a",
        "./a",
        "a//b",
        "a/",
        "",
        ".",
        "..",
        "a\0b",
        "a\nb",
        "a\rb",
        "a\x85b",
        "C:\\a",
        "a\udcffb",
    ],
)
def test_commit_refuses_paths_that_python_gives(store, home, path):
    before = looks(home / ".trust")
    with pytest.raises(InputError):
        commit(store, "r", [(path, b"x")])
    assert looks(home / ".trust") == before


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        (["a", "a"], "twice"),
        (["a", "a/b"], "a file or a folder"),
        (["a/b/c", "b", "a"], "a file or a folder"),
        (["\u00e9", "e\u0301"], "normal form"),
        (["\uac00", "\u1100\u1161"], "normal form"),
    ],
)
def test_commit_refuses_paths_that_cannot_stand_together(store, paths, why):
    with pytest.raises(InputError, match=why):
        commit(store, "r", [(path, b"x") for path in paths])


# What a source may hold and is kept, byte for byte, under the very name.
KEPT = {
    "names that Windows reserves": ["CON", "nul.txt", "aux", "a.", "a ", " a", "a:b", "a*?<>|b", '"'],
    "names that differ by case": ["A", "a", "Sub/x", "sub/x"],
    "a name of 255 bytes": ["x" * 255, "\u00e4" * 127],
    "dots that are names": ["...", "..a", ".hidden", "a..b"],
    "names as of options and markup": ["-rf", "--force", "<img src=x onerror=alert(1)>", "$(id)", "`id`", "%s"],
    "letters that look alike or turn the line": ["\u0430", "a\u202eb", "a\u200bb", "a\u2028b"],
    "another program's folders": [".git/hooks/post-checkout", ".svn/x", "__pycache__/a.pyc"],
    "a long path": ["/".join(["d" * 200] * 15)],
}


@pytest.mark.parametrize("what", KEPT)
def test_commit_and_checkout_keep(store, home, capfd, what):
    for path in KEPT[what]:
        file = home / "source" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(path.encode())
    expected = files(home / "source")
    commit(store, "r", home / "source")
    checkout(store, "r", home / "out")
    assert files(home / "out") == expected
    assert cli.main(["data", "commit", "same", "source", "--json"]) == 0
    assert cli.main(["data", "checkout", "same", "again", "--json"]) == 0
    assert files(home / "again") == expected


def test_a_name_longer_than_any_disk_takes_is_readable_and_no_checkout(store, home, capfd):
    commit(store, "r", [("x" * 256, b"long"), ("y", b"y")])
    assert read(store, f"r:{'x' * 256}") == b"long"
    with pytest.raises(InputError, match="File name too long"):
        checkout(store, "r", home / "out")
    assert files(home / "out") == {}
    refuses(capfd, ["data", "checkout", "r", "out"], "File name too long")


def test_links_and_hard_links_are_kept_as_the_files_they_name(store, home):
    top = home / "source"
    (top / "link").symlink_to("sub/a.csv")
    (top / "second").symlink_to("link")
    (top / "hard").hardlink_to(top / "sub" / "a.csv")
    commit(store, "r", top)
    checkout(store, "r", home / "out")
    assert files(home / "out") == dict.fromkeys(["link", "second", "hard", "sub/a.csv"], b"a")
    assert not any(path.is_symlink() for path in (home / "out").rglob("*"))
    (home / "out" / "hard").write_bytes(b"changed")
    assert (home / "out" / "sub" / "a.csv").read_bytes() == b"a"


def test_the_source_itself_may_be_a_link(store, home):
    (home / "named").symlink_to("source")
    commit(store, "r", home / "named")
    assert read(store, "r:sub/a.csv") == b"a"


def test_only_whether_its_owner_may_run_it_is_kept_of_a_mode(store, home):
    for name, mode in [("s", 0o4755), ("g", 0o2755), ("w", 0o666), ("r", 0o400)]:
        (home / "source" / name).write_bytes(b"#!")
        (home / "source" / name).chmod(mode)
    commit(store, "r", home / "source")
    before = os.umask(0o022)
    try:
        checkout(store, "r", home / "out")
    finally:
        os.umask(before)
    modes = {name: (home / "out" / name).stat().st_mode & 0o7777 for name in "sgwr"}
    assert modes == {"s": 0o755, "g": 0o755, "w": 0o644, "r": 0o644}


def test_a_sparse_file_is_kept_as_the_zeros_that_it_reads_as(store, home):
    with (home / "source" / "sparse").open("wb") as stream:
        stream.truncate(32 * 1024 * 1024)
        stream.seek(20_000_000)
        stream.write(b"here")
    done = commit(store, "r", home / "source")
    assert done.bytes_added < 2_000_000
    checkout(store, "r", home / "out")
    assert (home / "out" / "sparse").read_bytes() == (home / "source" / "sparse").read_bytes()


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="there is no /proc")
def test_a_file_that_hides_its_size_is_refused(store, home, capfd):
    assert Path("/proc/version").stat().st_size == 0
    assert Path("/proc/version").read_bytes() != b""
    with pytest.raises(InputError, match="must hold still"):
        commit(store, "r", Path("/proc/version"))
    refuses(capfd, ["data", "commit", "r", "/proc/version"], "must hold still")


def test_the_workspace_in_the_source_is_left_out_and_another_one_is_kept(store, home):
    other = home / "source" / "other"
    other.mkdir()
    (Workspace.create(other).root / "x").write_bytes(b"theirs")
    commit(store, "r", home)
    assert read(store, "r:source/other/.trust/x") == b"theirs"
    with pytest.raises(TrustlabError, match="must hold"):
        read(store, "r:.trust/config.toml")


def test_what_a_killed_checkout_left_is_left_out(store, home):
    left = home / "source" / f".trust-checkout-{'0' * 32}"
    left.mkdir()
    (left / "half").write_bytes(b"half")
    assert commit(store, "r", home / "source").files == 1


# What may happen to a file between the look at it and the reading.
def _grown(file):
    with file.open("ab") as stream:
        stream.write(b"more")


CHANGES = {
    "it grows": (_grown, None),
    "it grows large": (lambda file: file.write_bytes(os.urandom(400_000)), None),
    "it shrinks": (lambda file: os.truncate(file, 10), None),
    "it is emptied": (lambda file: os.truncate(file, 0), None),
    "another file takes its place": (lambda file: replace_by(file, lambda new: new.write_bytes(b"other")), None),
    "it is removed": (lambda file: file.unlink(), "No such file"),
    "a pipe takes its place": (lambda file: replace_by(file, os.mkfifo), r"became something else|is not \("),
    "a folder takes its place": (lambda file: replace_by(file, os.mkdir), "became something else"),
    "a link takes its place": (
        lambda file: replace_by(file, lambda new: new.symlink_to("/etc/passwd")),
        "became something else",
    ),
    "a device takes its place": (
        lambda file: replace_by(file, lambda new: new.symlink_to("/dev/zero")),
        "became something else",
    ),
}


def replace_by(file, make):
    file.unlink()
    make(file)


@pytest.mark.parametrize("size", [1000, 300_000], ids=["small", "large"])
@pytest.mark.parametrize("what", CHANGES)
def test_a_file_that_changes_before_it_is_read_is_read_as_it_is_then_or_refused(store, home, monkeypatch, what, size):
    change, message = CHANGES[what]
    file = home / "source" / "moving"
    file.write_bytes(os.urandom(size))
    between_look_and_read(monkeypatch, lambda: change(file))
    before = looks(home / ".trust")
    if message is None:
        commit(store, "r", home / "source")
        assert read(store, "r:moving") == file.read_bytes()
    else:
        with pytest.raises(InputError, match=message):
            commit(store, "r", home / "source")
        assert looks(home / ".trust") == before


def between_look_and_read(monkeypatch, change):
    import trustlab.store.commit as module

    real = module.collect

    def collect(*arguments):
        found = real(*arguments)
        change()
        return found

    monkeypatch.setattr(module, "collect", collect)


def test_a_pipe_in_the_place_of_a_small_file_is_told_and_not_kept_open(store, home, monkeypatch):
    file = home / "source" / "moving"
    file.write_bytes(b"data")
    between_look_and_read(monkeypatch, lambda: replace_by(file, os.mkfifo))
    with pytest.raises(InputError, match="became something else"):
        commit(store, "r", home / "source")
    held = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    assert str(file.resolve()) not in held


@pytest.mark.parametrize("size", [1000, 300_000], ids=["small", "large"])
def test_a_file_that_never_holds_still_is_refused(store, home, monkeypatch, size):
    file = home / "source" / "log"
    file.write_bytes(os.urandom(size))
    real = os.fstat

    def fstat(descriptor):
        # Somebody writes on while it is read, each time.
        if os.path.samestat(real(descriptor), file.stat()):
            _grown(file)
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", fstat)
    before = looks(home / ".trust")
    with pytest.raises(InputError, match="must hold still"):
        commit(store, "r", home / "source")
    assert looks(home / ".trust") == before


def test_a_folder_that_becomes_a_link_while_it_is_walked_is_not_followed(store, home, monkeypatch, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.csv").write_bytes(b"secret")
    real, swapped = os.scandir, []

    def scandir(folder):
        if not swapped and str(folder) != str(home / "source"):
            swapped.append(folder)
            shutil.rmtree(home / "source" / "sub")
            (home / "source" / "sub").symlink_to(secret)
        return real(folder)

    monkeypatch.setattr("trustlab.store.sources.os.scandir", scandir)
    with contextlib.suppress(TrustlabError):
        commit(store, "r", home / "source")
        assert read(store, "r:sub/a.csv") != b"secret"


# What may be done to a file's times; the change must be noticed whatever they say.
def _size_and_time_set_back(file, monkeypatch):
    found = file.stat()
    file.write_bytes(b"B" * found.st_size)
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))


def _times_ahead(file, monkeypatch):
    future = time.time_ns() + 3600 * 10**9
    os.utime(file, ns=(future, future))
    commit(open_store(file.parents[1] / ".trust"), "r", file.parent)
    file.write_bytes(b"B" * file.stat().st_size)
    os.utime(file, ns=(future, future))


def _clock_set_back(file, monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 10**18)
    file.write_bytes(b"B" * file.stat().st_size)


def _clock_set_ahead(file, monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 4 * 10**18)
    commit(open_store(file.parents[1] / ".trust"), "r", file.parent)
    _size_and_time_set_back(file, monkeypatch)


def _another_file_of_its_looks(file, monkeypatch):
    found = file.stat()
    twin = file.with_name("twin")
    twin.write_bytes(b"B" * found.st_size)
    os.utime(twin, ns=(found.st_atime_ns, found.st_mtime_ns))
    twin.replace(file)


LIES = [_size_and_time_set_back, _times_ahead, _clock_set_back, _clock_set_ahead, _another_file_of_its_looks]


@pytest.mark.parametrize("lie", LIES)
def test_a_changed_file_is_read_again_whatever_its_times_say(store, home, monkeypatch, lie, quick):
    file = home / "source" / "f"
    file.write_bytes(b"A" * 1000)
    old = time.time() - 1000
    os.utime(file, (old, old))
    # Long enough for the stat cache to trust what it sees.
    time.sleep(0.1)
    commit(store, "r", home / "source")
    lie(file, monkeypatch)
    commit(store, "r", home / "source")
    assert read(store, "r:f") == b"B" * 1000


# What a target may hold, and what a checkout of ``a``, ``d/b`` and ``d/e/c`` does about it.
def _outside(target):
    outside = target.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "precious").write_bytes(b"precious")
    return outside


IN_THE_WAY = {
    "a file that differs": (lambda at: (at / "a").write_bytes(b"mine"), ConflictError, "a do", None),
    "a file of the same size": (lambda at: (at / "a").write_bytes(b"mine"), ConflictError, "a do", None),
    "a link where a file belongs": (
        lambda at: (at / "a").symlink_to(_outside(at) / "precious"),
        ConflictError,
        "a do",
        None,
    ),
    "a dangling link there": (lambda at: (at / "a").symlink_to("nowhere"), ConflictError, "a do", None),
    "a hard link to a file outside": (
        lambda at: (at / "a").hardlink_to(_outside(at) / "precious"),
        ConflictError,
        "a do",
        None,
    ),
    "a pipe where a file belongs": (lambda at: os.mkfifo(at / "a"), ConflictError, "a do", None),
    "a link where a folder belongs": (
        lambda at: (at / "d").symlink_to(_outside(at)),
        RefusedError,
        "must not follow links",
        RefusedError,
    ),
    "a link deeper down": (
        lambda at: [(at / "d").mkdir(), (at / "d" / "e").symlink_to(_outside(at))],
        RefusedError,
        "must not follow links",
        RefusedError,
    ),
    "a link to the target itself": (
        lambda at: (at / "d").symlink_to("."),
        RefusedError,
        "must not follow links",
        RefusedError,
    ),
    "a folder where a file belongs": (
        lambda at: (at / "a" / "x").mkdir(parents=True),
        ConflictError,
        "a folder",
        ConflictError,
    ),
    "a file where a folder belongs": (
        lambda at: (at / "d").write_bytes(b"mine"),
        ConflictError,
        "a file",
        ConflictError,
    ),
    "a pipe where a folder belongs": (lambda at: os.mkfifo(at / "d"), ConflictError, "a file", ConflictError),
}
WANTED = {"a": b"aaaa", "d/b": b"b" * 300_000, "d/e/c": b"c"}


@pytest.mark.parametrize("what", IN_THE_WAY)
def test_checkout_leaves_alone_what_is_in_the_way(store, home, tmp_path, capfd, what):
    plant, error, message, forced = IN_THE_WAY[what]
    commit(store, "r", list(WANTED.items()))
    target = tmp_path / "out"
    target.mkdir()
    (target / "other").write_bytes(b"mine too")
    plant(target)
    before = looks(tmp_path)
    with pytest.raises(error, match=message):
        checkout(store, "r", target)
    refuses(capfd, ["data", "checkout", "r", str(target)], message)
    assert looks(tmp_path) == before
    if forced is not None:
        with pytest.raises(forced, match=message):
            checkout(store, "r", target, force=True)
        refuses(capfd, ["data", "checkout", "r", str(target), "--force"], message)
        assert looks(tmp_path) == before
        return
    checkout(store, "r", target, force=True)
    assert files(target) == {**WANTED, "other": b"mine too"}
    assert not (target / "a").is_symlink()
    assert not (tmp_path / "outside").exists() or files(tmp_path / "outside") == {"precious": b"precious"}


@pytest.mark.parametrize("target", ["/dev/null", "/proc/version", "good.txt", "good.txt/x", "loop", "x" * 256])
def test_what_cannot_be_a_target_is_refused(store, home, capfd, target):
    (home / "good.txt").write_bytes(b"")
    (home / "loop").symlink_to("loop")
    commit(store, "r", list(WANTED.items()))
    before = looks(home)
    with pytest.raises(InputError, match="must be a folder"):
        checkout(store, "r", Path(target))
    capfd.readouterr()
    assert cli.main(["data", "checkout", "r", target]) == 2
    assert "Traceback" not in capfd.readouterr().err
    assert looks(home) == before


def test_a_target_with_nul_is_refused(store, home):
    commit(store, "r", list(WANTED.items()))
    with pytest.raises(InputError):
        checkout(store, "r", home / "a\0b")


def test_the_target_itself_may_be_a_link(store, home, tmp_path):
    commit(store, "r", list(WANTED.items()))
    (tmp_path / "real").mkdir()
    (tmp_path / "named").symlink_to("real")
    checkout(store, "r", tmp_path / "named")
    assert files(tmp_path / "real") == WANTED


def test_a_target_that_folds_case_takes_no_names_that_differ_by_case(store, home, monkeypatch, capfd):
    commit(store, "r", [("A", b"1"), ("a", b"2")])
    commit(store, "plain", [("A", b"1"), ("b", b"2")])
    commit(store, "folders", [("D/x", b"1"), ("d/x", b"2")])
    monkeypatch.setattr("trustlab.store.checkout._folds_case", lambda _top: True)
    for ref, message in [("r", "'A' from 'a'"), ("folders", "'D/x' from 'd/x'")]:
        with pytest.raises(ConflictError, match=message):
            checkout(store, ref, home / "out")
        refuses(capfd, ["data", "checkout", ref, "out"], message)
        assert files(home / "out") == {}
    checkout(store, "plain", home / "out")
    assert files(home / "out") == {"A": b"1", "b": b"2"}


# Trees that no commit of ours makes, as a store that somebody else wrote may hold.
CRAFTED = {
    "up and out": ["../evil"],
    "up and out from below": ["a/../../evil"],
    "absolute": ["/tmp/evil-trustlab"],
    "empty names": ["a//b"],
    "dot": ["./a"],
    "NUL": ["a\0b"],
    "newline": ["a\nb"],
    "a hidden one among good ones": ["a", "b", "c/../../evil", "d"],
    "the same twice": ["a", "a"],
    "a file and a folder": ["a", "a/b"],
    "two Unicode forms": ["e\u0301", "\u00e9"],
}


@pytest.mark.parametrize("force", [False, True], ids=["plain", "force"])
@pytest.mark.parametrize("what", CRAFTED)
def test_checkout_refuses_crafted_trees_as_a_whole(store, home, tmp_path, monkeypatch, capfd, what, force):
    craft(store, monkeypatch, CRAFTED[what])
    target = tmp_path / "deep" / "out"
    target.mkdir(parents=True)
    before = looks(tmp_path)
    with pytest.raises((InputError, DamagedError)):
        checkout(store, "crafted", target, force=force)
    refuses(capfd, ["data", "checkout", "crafted", str(target), *(["--force"] if force else [])], "")
    assert looks(tmp_path) == before
    assert not Path("/tmp/evil-trustlab").exists()


@pytest.mark.parametrize("paths", [["b", "a", "../evil", "c"], ["a/b", "a"], ["z", "/tmp/evil-trustlab"]])
def test_a_crafted_tree_out_of_order_never_leads_out(store, home, tmp_path, monkeypatch, paths):
    craft(store, monkeypatch, paths)
    with contextlib.suppress(TrustlabError):
        checkout(store, "crafted", tmp_path / "deep" / "out", force=True)
    assert not list(tmp_path.rglob("evil"))
    assert not Path("/tmp/evil-trustlab").exists()


def test_a_crafted_tree_out_of_order_is_called_damaged(store, home, monkeypatch):
    craft(store, monkeypatch, ["b", "a", "c"])
    assert not verify(store).ok
    with pytest.raises(DamagedError):
        checkout(store, "crafted", home / "out")


def craft(store, monkeypatch, paths):
    with monkeypatch.context() as patch:
        items = [Item(path, b"evil", 4) for path in paths]
        patch.setattr("trustlab.store.commit.collect", lambda *_: items)
        commit(store, "crafted", [])


@pytest.mark.parametrize(
    ("path", "force"), [(".trust/objects/evil", False), (".trust/config.toml", True), (".trust/metadata.db-wal", True)]
)
def test_checkout_writes_nothing_into_the_workspaces_own_folder(store, home, path, force):
    commit(store, "r", [(path, b""), ("a", b"a")])
    file = home / path
    before = file.read_bytes() if file.exists() else None
    with contextlib.suppress(TrustlabError):
        checkout(store, "r", home, force=force)
    assert (file.read_bytes() if file.exists() else None) == before


def exchange(one, other):
    """Let two paths change places in one step of the system's."""
    libc = ctypes.CDLL(None, use_errno=True)
    here, exchanged = -100, 2
    if libc.renameat2(here, bytes(one), here, bytes(other), exchanged):
        raise OSError(ctypes.get_errno(), "renameat2")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lets two paths change places at once")
def test_a_folder_swapped_for_a_link_during_checkouts_leads_nowhere(store, home, tmp_path):
    """A thread swaps ``d`` for a link to a folder outside, and back, 2,000 times while checkouts rewrite it."""
    for version in (b"one", b"two"):
        commit(store, "r", [(f"d/e/{number}", version) for number in range(30)])
    target, outside, link = tmp_path / "out", tmp_path / "outside", tmp_path / "link"
    (outside / "e").mkdir(parents=True)
    checkout(store, "r", target)
    link.symlink_to(outside)
    swaps, done = 0, threading.Event()

    def swap():
        nonlocal swaps
        while not done.is_set():
            exchange(target / "d", link)
            swaps += 1
            time.sleep(random.random() / 1000)

    thread = threading.Thread(target=swap)
    thread.start()
    outcomes = collections.Counter()
    until = time.monotonic() + 60
    try:
        while (swaps < 2000 or len(outcomes) < 2) and time.monotonic() < until:
            for ref in ("r~1", "r"):
                try:
                    checkout(store, ref, target, force=True)
                    outcomes["done"] += 1
                except TrustlabError as error:
                    outcomes[type(error).__name__] += 1
    finally:
        done.set()
        thread.join()
    assert files(outside) == {}
    # A file may be there once more that the survey, led elsewhere, did not see: it is left alone.
    assert {"done", "RefusedError"} <= set(outcomes) <= {"done", "RefusedError", "ConflictError"}, outcomes
    assert swaps >= 2000


def test_a_file_that_appears_during_a_checkout_is_not_overwritten(store, home):
    commit(store, "r", list(WANTED.items()))
    target = home / "out"

    def meanwhile(_done, _total, _path):
        (target / "a").write_bytes(b"mine")

    with contextlib.suppress(TrustlabError):
        checkout(store, "r", target, progress=meanwhile)
    assert (target / "a").read_bytes() == b"mine"


def test_a_users_folder_that_is_called_nearly_like_ours_stays(store, home):
    mine = home / "out" / ".trust-checkout-notes"
    mine.mkdir(parents=True)
    (mine / "n").write_bytes(b"mine")
    commit(store, "r", list(WANTED.items()))
    checkout(store, "r", home / "out")
    assert files(home / "out") == {**WANTED, ".trust-checkout-notes/n": b"mine"}


def as_nobody(folder, action):
    """Do something in a process of a user who owns ``folder`` and may not do all; return what it raised, as text."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing"
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            action()
        except TrustlabError as error:
            said = f"{type(error).__name__}: {error.message}"
        except BaseException as error:  # noqa: BLE001 - the parent must hear of it
            said = f"unexpected {error!r}"
        os.write(write_end, said.encode())
        os._exit(0)
    os.close(write_end)
    os.waitpid(child, 0)
    with os.fdopen(read_end) as stream:
        return stream.read()


@pytest.fixture
def common():
    """A folder that any user may reach: pytest's own are root's."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@needs_root
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize(
    ("forbid", "message"),
    [
        (lambda top: (top / "f").chmod(0), "f' is not (Permission denied)"),
        (lambda top: (top / "sub").chmod(0), "sub' is not (Permission denied)"),
        # Names can be listed, but what they name cannot be looked at.
        (lambda top: (top / "sub").chmod(0o444), "is not (Permission denied)"),
    ],
    ids=["file", "folder", "folder without search"],
)
def test_what_cannot_be_read_is_refused_by_name(home, common, forbid, message):
    source = common / "source"
    (source / "sub").mkdir(parents=True)
    (source / "f").write_bytes(b"f")
    (source / "sub" / "g").write_bytes(b"g")
    open_store(common / ".trust").close()
    forbid(source)

    def action():
        commit(open_store(common / ".trust"), "r", source)

    said = as_nobody(common, action)
    assert said.startswith("InputError")
    assert message in said
    left = open_store(common / ".trust")
    assert left.packs.names() == []
    left.close()


@needs_root
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("beside", [[], ["gone"]], ids=["alone", "beside a link to nothing"])
def test_all_files_that_may_not_be_read_are_named(common, beside):
    source = common / "source"
    source.mkdir()
    (source / "fine").write_bytes(b"x")
    for name in ("one", "two", "three"):
        (source / name).write_bytes(b"x")
        (source / name).chmod(0)
    for name in beside:
        (source / name).symlink_to("nowhere")
    open_store(common / ".trust").close()

    def action():
        commit(open_store(common / ".trust"), "r", source)

    said = as_nobody(common, action)
    assert said.startswith("InputError")
    assert f"{3 + len(beside)} things stand in the way" in said
    assert all(f"/{name}' is not (Permission denied)" in said for name in ("one", "two", "three"))
    assert all(name in said for name in beside)
    assert "fine" not in said


@needs_root
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_target_that_may_not_be_written_is_refused_and_unchanged(home, common):
    with contextlib.closing(open_store(common / ".trust")) as store:
        commit(store, "r", list(WANTED.items()))
    target = common / "out"
    (target / "d").mkdir(parents=True)
    (target / "d" / "x").write_bytes(b"x")

    def action():
        checkout(open_store(common / ".trust"), "r", target)

    target.chmod(0o555)
    assert "must be able to write" in as_nobody(common, action)
    assert files(target) == {"d/x": b"x"}


@needs_root
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_folder_below_that_may_not_be_written_is_found_before_anything_changes(home, common):
    with contextlib.closing(open_store(common / ".trust")) as store:
        commit(store, "r", list(WANTED.items()))
    target = common / "out"
    (target / "d").mkdir(parents=True)
    (target / "d" / "x").write_bytes(b"x")
    (target / "d").chmod(0o555)

    def action():
        checkout(open_store(common / ".trust"), "r", target)

    said = as_nobody(common, action)
    assert "InputError" in said
    assert files(target) == {"d/x": b"x"}


@needs_root
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_store_that_may_not_be_written_keeps_what_it_has(home, common):
    with contextlib.closing(open_store(common / ".trust")) as store:
        commit(store, "r", [("f", b"first")])
    objects = common / ".trust" / "objects"

    def action():
        for folder in [objects, *objects.iterdir()]:
            folder.chmod(0o555)
        commit(open_store(common / ".trust"), "r", [("f", b"second")])

    said = as_nobody(common, action)
    assert said.startswith("ConflictError"), said
    assert "Permission denied" in said
    with contextlib.closing(open_store(common / ".trust")) as store:
        assert read(store, "r:f") == b"first"
        assert verify(store).ok


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 3 MB."""
    if not ROOT:
        pytest.skip("only root may mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("shape", ["one large file", "many small files"])
def test_a_full_disk_at_checkout_leaves_the_target_as_it_was(store, home, small_disk, capfd, noise, shape):
    large = [("big", noise(5_000_000))] if shape == "one large file" else []
    commit(store, "r", [("a", b"new"), *large, *((f"s/{number}", noise(2000, number)) for number in range(2500))])
    (small_disk / "a").write_bytes(b"mine")
    (small_disk / "other").write_bytes(b"mine too")
    before = looks(small_disk)
    with pytest.raises(InputError, match="No space left") as caught:
        checkout(store, "r", small_disk, force=True)
    assert "Free space" in caught.value.hint
    assert looks(small_disk) == before
    refuses(capfd, ["data", "checkout", "r", str(small_disk), "--force"], "No space left")
    assert looks(small_disk) == before


@pytest.mark.parametrize("shape", ["one large file", "many small files"])
def test_a_full_disk_at_commit_keeps_what_was_committed(small_disk, home, monkeypatch, capfd, noise, shape):
    monkeypatch.chdir(small_disk)
    store = open_store(Workspace.create().root)
    commit(store, "r", [("f", b"first")])
    names = store.packs.names()
    files_ = (
        [("big", noise(5_000_000))] if shape == "one large file" else [(f"{at}", noise(2000, at)) for at in range(2500)]
    )
    with pytest.raises(ConflictError, match=r"No space left|disk is full"):
        commit(store, "r", files_)
    assert store.packs.names() == names
    assert read(store, "r:f") == b"first"
    assert verify(store).ok
    (home / "source" / "big").write_bytes(noise(5_000_000))
    refuses(capfd, ["data", "commit", "r", str(home / "source")], "No space left")
    commit(store, "r", [("f", b"fits")])
    assert read(store, "r:f") == b"fits"
    store.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("what", ["checkout", "commit"])
def test_a_limit_on_the_size_of_files_is_like_a_full_disk(store, home, noise, what):
    data = noise(3_000_000)
    commit(store, "big", [("f", data)])
    store.close()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        said = b"nothing"
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
        try:
            own = open_store(home / ".trust")
            if what == "checkout":
                checkout(own, "big", home / "out")
            else:
                commit(own, "r", [("f", noise(3_000_000, 1))])
        except TrustlabError as error:
            said = error.message.encode()
        except BaseException as error:  # noqa: BLE001 - the parent must hear of it
            said = f"unexpected {error!r}".encode()
        os.write(write_end, said)
        os._exit(0)
    os.close(write_end)
    os.waitpid(child, 0)
    with os.fdopen(read_end) as stream:
        assert os.strerror(errno.EFBIG) in stream.read()
    assert not (home / "out").exists() or files(home / "out") == {}
    assert read(store, "big:f") == data
    assert verify(store).ok
