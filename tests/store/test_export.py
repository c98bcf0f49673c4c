"""An export is what was committed, the same every time, whole or not there, and verifiable without trustlab."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import subprocess
import tarfile
import time
import unicodedata
import zipfile
from datetime import datetime

import pytest
from blake3 import blake3

from trustlab.core.errors import ConflictError, DamagedError, InputError, NotFoundError, RefusedError
from trustlab.store.commit import commit
from trustlab.store.export import export
from trustlab.store.index import locate
from trustlab.store.read import find, read
from trustlab.store.refs import resolve

KINDS = ("zip", "tar", "tar.gz", "tgz", "folder")
MANIFEST = "trustlab-manifest.json"


@pytest.fixture
def files(noise):
    return {
        "big.bin": noise(700_000),
        "d/e/deep": b"deep",
        "d/empty": b"",
        "d/" + "long" * 60: b"a name that is too long for an old tar",
        unicodedata.normalize("NFC", "é.txt"): "é".encode(),
        "run.sh": b"#!/bin/sh\necho ran\n",
    }


@pytest.fixture
def made(store, files, tmp_path):
    source = tmp_path / "source"
    for path, data in files.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(data)
    (source / "run.sh").chmod(0o755)
    return commit(store, "r", source, message="a “message”\n", author="Ann").commit


def target_of(folder, kind):
    return folder / ("out" if kind == "folder" else f"out.{kind}")


def unpack(target, kind, folder):
    """Open an export with what everybody has: the system's unzip and tar."""
    if kind == "folder":
        return target
    folder.mkdir()
    if kind == "zip":
        with zipfile.ZipFile(target) as archive:
            assert archive.testzip() is None
            archive.extractall(folder)
    else:
        subprocess.run(["tar", "-xf", target, "-C", folder], check=True)
    return folder


def content(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("kind", KINDS)
def test_it_holds_what_was_committed_and_says_so(store, made, files, tmp_path, kind):
    calls = []
    done = export(store, "r", target_of(tmp_path, kind), progress=lambda *call: calls.append(call))
    found = content(unpack(target_of(tmp_path, kind), kind, tmp_path / "unpacked"))
    manifest = json.loads(found.pop(MANIFEST))
    assert found == files
    record = resolve(store, "r")
    assert {key: manifest[key] for key in ("commit", "time", "author", "message", "repo")} == {
        "commit": made, "time": record.time, "author": "Ann", "message": "a “message”\n", "repo": "r",
    }  # fmt: skip
    assert [row["path"] for row in manifest["files"]] == sorted(files)
    for row in manifest["files"]:
        data = files[row["path"]]
        assert (row["size"], row["blake3"]) == (len(data), blake3(data).hexdigest())
        assert row.get("executable", False) == (row["path"] == "run.sh")
    total = sum(map(len, files.values()))
    assert (done.commit, done.files, done.bytes, done.manifest) == (made, len(files), total, MANIFEST)
    assert calls[-1][:2] == (total, total)
    assert not list(tmp_path.glob(".trust-*"))


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "folder"])
def test_modes_and_times_are_the_commits(store, made, tmp_path, kind):
    export(store, "r", target_of(tmp_path, kind))
    folder = unpack(target_of(tmp_path, kind), kind, tmp_path / "unpacked")
    assert subprocess.run([folder / "run.sh"], check=True, capture_output=True).stdout == b"ran\n"
    assert not os.access(folder / "d/e/deep", os.X_OK) or os.geteuid() == 0
    moment = datetime.fromisoformat(resolve(store, "r").time).timestamp()
    assert abs((folder / "d/e/deep").stat().st_mtime - moment) < 1


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_the_same_version_gives_the_same_bytes(store, made, tmp_path, kind, monkeypatch):
    first, second = tmp_path / f"one.{kind}", tmp_path / f"two.{kind}"
    export(store, "r", first)
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    old = os.umask(0o077)
    try:
        export(store, f"r@{made}", second)
    finally:
        os.umask(old)
        monkeypatch.undo()
        time.tzset()
    assert first.read_bytes() == second.read_bytes()
    if kind == "tar.gz":
        with gzip.open(first) as stream, tarfile.open(fileobj=stream) as archive:
            names = archive.getnames()
        assert names == [*sorted(names[:-1]), MANIFEST]


def test_a_path_is_exported_alone(store, made, tmp_path):
    export(store, "r:d", tmp_path / "out")
    assert {path for path in content(tmp_path / "out") if path != MANIFEST} == {
        "d/e/deep", "d/empty", "d/" + "long" * 60,
    }  # fmt: skip
    export(store, "r:run.sh", tmp_path / "one.zip")
    assert zipfile.ZipFile(tmp_path / "one.zip").namelist() == ["run.sh", MANIFEST]
    with pytest.raises(NotFoundError, match=r"Did you mean 'run\.sh'"):
        export(store, "r:ran.sh", tmp_path / "none.zip")
    with pytest.raises(NotFoundError, match="must hold 'ru'"):
        export(store, "r:ru", tmp_path / "none.zip")
    assert not (tmp_path / "none.zip").exists()


def test_the_manifest_stands_in_nobodys_place(store, tmp_path):
    commit(store, "r", [(MANIFEST, b"mine"), ("trustlab-manifest-2.json/inside", b"x")])
    done = export(store, "r", tmp_path / "out")
    assert done.manifest == "trustlab-manifest-3.json"
    assert (tmp_path / "out" / MANIFEST).read_bytes() == b"mine"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_replaced_unless_forced(store, made, tmp_path, kind):
    target = target_of(tmp_path, kind)
    export(store, "r", target)
    out = content(target) if kind == "folder" else target.read_bytes()
    commit(store, "r", [("new", b"new")])
    with pytest.raises(ConflictError, match="exists") as caught:
        export(store, "r", target)
    assert "--force" in caught.value.hint
    assert (content(target) if kind == "folder" else target.read_bytes()) == out
    export(store, "r", target, force=True)
    assert content(unpack(target, kind, tmp_path / "unpacked")).keys() == {"new", MANIFEST}
    assert not list(tmp_path.glob(".trust-*"))


def test_force_spares_a_folder_that_no_export_made(store, made, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis").write_text("years")
    with pytest.raises(RefusedError, match="holds no trustlab-manifest"):
        export(store, "r", mine, force=True)
    (tmp_path / "link").symlink_to(mine)
    with pytest.raises(RefusedError):
        export(store, "r", tmp_path / "link", force=True)
    assert content(mine) == {"thesis": b"years"}


@pytest.mark.parametrize("kind", KINDS)
def test_damage_leaves_nothing_behind(store, made, tmp_path, kind):
    name = find(store, "r:big.bin")[1].extents[-1].name
    with store.read() as connection:
        place = locate(connection, [name])[name]
    file = store.packs.path(place.pack)
    data = bytearray(file.read_bytes())
    data[place.offset] ^= 1
    file.write_bytes(data)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(DamagedError, match=name.hex()[:12]):
        export(store, "r", target_of(tmp_path, kind))
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_full_disk_leaves_nothing_behind(store, made, tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for kind in KINDS:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with pytest.raises(InputError, match="must be able to write"):
                export(store, "r", target_of(tmp_path, kind))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".trust-", "out"))]


def test_a_folder_that_is_not_there_is_named(store, made, tmp_path):
    with pytest.raises(InputError, match="must exist"):
        export(store, "r", tmp_path / "none" / "out.zip")


KILLED = """
import sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.export import export

store = open_store(Path(sys.argv[1]))
print("ready", flush=True)
export(store, "r", Path(sys.argv[2]))
"""


def test_a_kill_leaves_the_whole_or_nothing(store, noise, tmp_path, spawn):
    commit(store, "r", [("a", noise(6_000_000))])
    export(store, "r", tmp_path / "whole.tgz")
    dice = random.Random(0)
    for kill in range(6):
        target = tmp_path / f"{kill}.tgz"
        process = spawn(KILLED, store.root, target)
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        time.sleep(dice.uniform(0, 0.4))
        process.kill()
        process.communicate()
        assert not target.exists() or target.read_bytes() == (tmp_path / "whole.tgz").read_bytes()


EXPORTED = """
import resource, sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store import open_store
from trustlab.store.export import export

store = open_store(Path(sys.argv[1]))
export(store, "small", Path(sys.argv[2]) / "small.zip")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for kind in ("zip", "tar", "folder"):
    export(store, "r", Path(sys.argv[2]) / f"out.{kind}")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_file_passes_through_in_little_memory(store, noise, tmp_path, spawn):
    (tmp_path / "big").write_bytes(noise(1_000_003) * 80)
    commit(store, "r", tmp_path / "big")
    commit(store, "small", [("a", b"a")])
    process = spawn(EXPORTED, store.root, tmp_path)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert int(output) < 30_000, f"kilobytes, for a file of 80 MB {errors}"
    shutil.rmtree(tmp_path / "out.folder")


@pytest.fixture
def placed(store, made, tmp_path):
    export(store, "r", tmp_path / "out")
    commit(store, "r", [("new", b"new")])
    return tmp_path / "out"


def add(folder):
    (folder / "mine.txt").write_text("work done since")


def edit(folder):
    (folder / "d/e/deep").write_bytes(b"DEEP")


def link(folder):
    (folder / "linked").symlink_to(folder / "d")


@pytest.mark.parametrize(("work", "path"), [(add, "mine.txt"), (edit, "d/e/deep"), (link, "linked")])
def test_force_spares_what_the_user_did_since(store, placed, work, path):
    work(placed)
    before = content(placed)
    with pytest.raises(ConflictError, match=f"new or changed: '{path}'"):
        export(store, "r", placed, force=True)
    assert content(placed) == before
    assert not list(placed.parent.glob(".trust-*"))


def test_force_names_five_files_at_most(store, placed):
    for number in range(7):
        (placed / f"mine-{number}").write_text("x")
    with pytest.raises(ConflictError, match=r"'mine-4', \.\.\.$"):
        export(store, "r", placed, force=True)


def test_force_replaces_what_is_touched_but_the_same(store, placed):
    os.utime(placed / "big.bin")
    (placed / "run.sh").unlink()
    export(store, "r", placed, force=True)
    assert content(placed).keys() == {"new", MANIFEST}


def test_force_replaces_a_version_that_holds_a_manifest(store, tmp_path):
    commit(store, "m", [(MANIFEST, b"mine"), ("a", b"a")])
    export(store, "m", tmp_path / "out")
    export(store, "m", tmp_path / "out", force=True)
    assert content(tmp_path / "out").keys() == {MANIFEST, "trustlab-manifest-2.json", "a"}


@pytest.mark.parametrize("exchange", [True, False])
def test_force_puts_a_folder_in_the_place_of_a_file_and_back(store, made, tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr("trustlab.store.exported._exchanged", lambda *_: False)
    target = tmp_path / "out"
    target.write_text("plain")
    export(store, "r", target, force=True)
    assert MANIFEST in content(target)
    target.rename(tmp_path / "out.zip")
    export(store, "r", tmp_path / "out.zip", force=True)
    assert zipfile.is_zipfile(tmp_path / "out.zip")
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name or "trust-" in path.name) == [
        "out.zip"
    ]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_failure_between_the_renames_leaves_the_old_folder(store, placed, monkeypatch, exchange):
    from pathlib import Path

    before = content(placed)
    real = Path.rename

    def rename(self, target):
        if self.name == "whole":
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    if exchange:
        monkeypatch.setattr("trustlab.store.export.swap", lambda *_: (_ for _ in ()).throw(OSError(5, "I/O error")))
    else:
        monkeypatch.setattr("trustlab.store.exported._exchanged", lambda *_: False)
    with pytest.raises(InputError, match="must be able to write"):
        export(store, "r", placed, force=True)
    assert content(placed) == before
    assert not [path for path in placed.parent.iterdir() if path.name.startswith((".trust-", "out."))]


KILLED_MIDWAY = """
import os, signal, sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.export import export

def die(done, total, path):
    os.kill(os.getpid(), signal.SIGKILL)

export(open_store(Path(sys.argv[1])), "r", Path(sys.argv[2]), progress=die)
"""


@pytest.mark.parametrize("name", ["out.zip", "out"])
def test_what_a_killed_export_leaves_is_nobodys_data(store, tmp_path, spawn, noise, name):
    commit(store, "r", [("a", noise(1000))])
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "mine").write_bytes(b"mine")
    process = spawn(KILLED_MIDWAY, store.root, shelf / name)
    process.communicate(timeout=60)
    assert process.returncode == -9
    (left,) = (one for one in shelf.iterdir() if one.name != "mine")
    assert left.name.startswith(".trust-export-")
    commit(store, "shelf", shelf)
    assert read(store, "shelf") == b"mine", "a commit of the folder leaves it out"
    export(store, "r", shelf / name)
    assert sorted(one.name for one in shelf.iterdir()) == ["mine", name]
