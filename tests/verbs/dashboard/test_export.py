"""``trust dashboard export``: one whole file or none, and words for whatever is in the way."""

import base64
import ctypes
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError, NotFoundError, TrustlabError, UsageError
from trustlab.core.execute import run
from trustlab.dashboards.catalog import dashboards

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),
    pytest.mark.usefixtures("playground"),
]


def export(name: str = "verdict", target: str = "out.html", **more: object) -> dict:
    return dict(run("dashboard.export", {"name": name, "target": target, **more}, Context(progress=False)).payload)


@pytest.mark.parametrize("name", dashboards())
def test_each_is_one_file_that_fetches_nothing(name: str) -> None:
    told = export(name)
    written = Path("out.html").read_text(encoding="utf-8")
    assert told["bytes"] == len(written.encode()) < 2_000_000
    assert told["target"] == str(Path.cwd() / "out.html")
    assert told["sentence"] in written
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', written)
    assert "default-src &#x27;none&#x27;" in policy
    (style,) = re.findall(r"<style>(.*?)</style>", written, re.DOTALL)
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert not re.search(r"<(script|link|iframe|object)|\bstyle=|\son\w+=|url\(|@import", written)
    assert not re.search(r'(src|href)="(?!data:)', written)


def test_a_file_that_is_there_is_replaced_only_by_force() -> None:
    Path("out.html").write_text("mine")
    with pytest.raises(ConflictError, match="target must be a new file") as caught:
        export()
    assert "--force" in str(caught.value.hint)
    assert Path("out.html").read_text() == "mine"
    export(force=True)
    assert Path("out.html").read_text().startswith("<!DOCTYPE html>")


def test_places_that_cannot_be_written_are_named_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="its folder does not exist"):
        export(target="absent/out.html")
    with pytest.raises(InputError, match="is a folder"):
        export(target=".", force=True)
    with pytest.raises(UsageError, match="target must be a file"):
        export(target="a\0b")
    if os.getuid():
        (tmp_path / "closed").mkdir(mode=0o500)
        with pytest.raises(InputError, match="cannot be written to"):
            export(target=str(tmp_path / "closed" / "out.html"))


def test_an_unknown_dashboard_or_model_is_told_the_nearest_and_writes_nothing() -> None:
    with pytest.raises(NotFoundError, match=r"got 'verdct'\. Did you mean 'verdict'\?"):
        export("verdct")
    with pytest.raises(NotFoundError, match="Did you mean 'lender'"):
        export(about="lendre")
    assert not Path("out.html").exists()


@pytest.mark.parametrize("name", dashboards())
def test_a_corrupt_workspace_is_said(name: str) -> None:
    for file in Path(".trust").glob("*.db"):
        file.write_bytes(b"this is no database" * 100)
    with pytest.raises(TrustlabError) as caught:
        export(name)
    assert caught.value.message
    assert not Path("out.html").exists()


def test_a_newer_workspace_is_said() -> None:
    with sqlite3.connect(".trust/metadata.db") as database:
        database.execute("UPDATE store_meta SET value = 99 WHERE key = 'schema_version'")
    database.close()
    with pytest.raises(TrustlabError) as caught:
        export("data")
    assert "the database has 99" in caught.value.message
    assert "Upgrade trustlab" in str(caught.value.hint)


def without_roots_right() -> None:
    """Let the program that comes next be root's without the right to write where nobody may."""
    drop_from_bounds, dac_override = 24, 1
    if ctypes.CDLL(None).prctl(drop_from_bounds, dac_override, 0, 0, 0):
        os._exit(77)


@pytest.mark.parametrize("name", dashboards())
def test_a_read_only_workspace_is_read_and_not_changed(name: str, tmp_path: Path) -> None:
    shelf, out = tmp_path / "shelf", tmp_path / "out.html"
    shutil.copytree(Path.cwd(), shelf)
    for place in (*shelf.rglob("*"), shelf):
        place.chmod(0o555 if place.is_dir() else 0o444)
    before = {place: place.stat().st_mtime_ns for place in shelf.rglob("*")}
    words = [sys.executable, "-m", "trustlab", "dashboard", "export", name]
    asked = {"cwd": shelf, "capture_output": True, "text": True, "check": False}
    hook = without_roots_right if os.geteuid() == 0 else None
    try:
        done = subprocess.run([*words, str(out)], preexec_fn=hook, **asked)
        refused = subprocess.run([*words, "out.html"], preexec_fn=hook, **asked)
    finally:
        shelf.chmod(0o755)
    if done.returncode == 77:
        pytest.skip("not permitted here")
    assert done.returncode == 0, done.stderr
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert refused.returncode == 2
    assert "its folder cannot be written to" in refused.stderr
    assert {place: place.stat().st_mtime_ns for place in shelf.rglob("*")} == before
