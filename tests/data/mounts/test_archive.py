from __future__ import annotations

import os
import shutil
import tracemalloc
import zipfile

import pytest

from trustlab.core.errors import ConflictError, InputError, NotFoundError, RefusedError, UsageError


@pytest.fixture
def packed(tmp_path):
    """Write a zip archive with a table and noise in folders."""

    def make(name="pack.zip", **more):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", "x\n1\n")
            archive.writestr("deep/er/b.csv", "x\n2\n3\n")
            archive.writestr("empty/", "")
            for path, content in more.items():
                archive.writestr(path, content)
        return tmp_path / name

    return make


def test_it_is_read_without_unpacking(mount, listed, text, rows, packed):
    packed()
    mount("zip", "pack.zip")
    assert listed("zip") == [("a.csv", "file"), ("deep", "folder"), ("empty", "folder")]
    assert listed("zip:deep") == [("deep/er", "folder")]
    assert text("zip:deep/er/b.csv") == b"x\n2\n3\n"
    assert rows("zip:deep")["x"].tolist() == [2, 3]
    with pytest.raises(NotFoundError, match=r"Did you mean 'a\.csv'"):
        text("zip:a.cvs")
    with pytest.raises(UsageError, match="must name a file"):
        text("zip:deep")


def test_a_snapshot_stores_only_the_edit(mount, keep, packed, rows, listed):
    noise = os.urandom(1 << 20)
    file = packed(noise=noise)
    mount("zip", "pack.zip")
    first = keep("r", "zip")
    origin = first["origin"]
    assert (origin["name"], origin["url"]) == ("zip", str(file))
    assert origin["files"][""]["size"] == file.stat().st_size
    assert origin["files"]["noise"]["etag"].startswith("crc32:")
    assert listed("r") == [("a.csv", "file"), ("deep", "folder"), ("noise", "file")]
    packed(noise=noise, **{"c.csv": "x\n4\n"})
    second = keep("r", "zip")
    assert 0 < second["bytes_added"] < 2000
    assert rows("r:c.csv")["x"].tolist() == [4]
    assert keep("s", "zip:deep")["files"] == 1


def test_names_that_lead_out_are_listed_as_refused(mount, listed, text, keep, tmp_path, packed):
    file = packed()
    evil = ["../evil.txt", "/etc/evil", "a/../../evil", "back\\slash"]
    with zipfile.ZipFile(file, "a") as archive:
        for name in evil:
            archive.writestr(name, "evil")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    mount("zip", "pack.zip")
    assert {path for path, kind in listed("zip") if kind == "refused"} == {*evil, "link"}
    for name in [*evil, "link"]:
        with pytest.raises((RefusedError, NotFoundError)):
            text(f"zip:{name}")
    with pytest.raises(RefusedError, match="evil"):
        keep("r", "zip")
    assert keep("r", "zip:deep")["files"] == 1
    assert not list(tmp_path.rglob("*evil*"))


def test_broken_archives_are_said(mount, text, keep, packed, tmp_path):
    file = packed(noise=os.urandom(100_000))
    whole = file.read_bytes()
    mount("zip", "pack.zip")
    file.write_bytes(whole[: len(whole) // 2])
    for ask in (lambda: text("zip:a.csv"), lambda: keep("r", "zip")):
        with pytest.raises(InputError, match="whole zip archive"):
            ask()
    at = whole.index(b"noise") + 5_000
    file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(InputError, match="whole zip archive"):
        keep("r", "zip")
    (tmp_path / "no.zip").write_text("no zip")
    with pytest.raises(InputError, match="whole zip archive"):
        mount("no", "no.zip")
    file.unlink()
    with pytest.raises(NotFoundError, match="'zip' must lead to something"):
        text("zip:a.csv")


def test_encrypted_files_are_refused(mount, listed, text, packed):
    file = packed()
    data = bytearray(file.read_bytes())
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"deep"))
    data[at + 8] |= 1
    file.write_bytes(data)
    mount("zip", "pack.zip")
    with pytest.raises(RefusedError, match="encrypted"):
        text("zip:deep/er/b.csv")


def test_an_archive_that_is_replaced_while_it_is_read_is_refused(mount, keep, packed, monkeypatch, listed):
    from trustlab.data.mounts import archive

    file = packed()
    other = packed("other.zip", more="x" * 5000)
    mount("zip", "pack.zip")
    real = archive.Archive.read

    def replaced(self, found):
        shutil.copy(other, file.with_suffix(".new"))
        file.with_suffix(".new").replace(file)
        return real(self, found)

    monkeypatch.setattr(archive.Archive, "read", replaced)
    with pytest.raises(InputError, match="hold still"):
        keep("r", "zip")
    with pytest.raises(NotFoundError):
        listed("r")


def test_a_folder_may_be_called_like_an_archive(mount, listed, tmp_path):
    (tmp_path / "dir.zip").mkdir()
    (tmp_path / "dir.zip" / "f").write_text("x")
    mount("dir", "dir.zip")
    assert listed("dir") == [("f", "file")]
    with pytest.raises(ConflictError, match="leads elsewhere"):
        mount("dir", ".")


def test_memory_stays_bounded(mount, keep, tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "big.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w") as file,
    ):
        for _ in range(128):
            file.write(bytes(1 << 20))
    mount("zip", "big.zip")
    tracemalloc.start()
    try:
        assert keep("r", "zip")["bytes"] == 128 << 20
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
