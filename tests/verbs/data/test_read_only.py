"""A workspace on a mount for reading only, or of another user, is read like any other; what would change it says so."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import trustlab
from trustlab.core.context import Context
from trustlab.core.errors import TrustlabError
from trustlab.core.execute import run

NOBODY = 65534
READ = {
    "data.log": {"ref": "loans"},
    "data.show": {"ref": "loans@main"},
    "data.ls": {"ref": "loans"},
    "data.cat": {"ref": "loans@main:loans.csv"},
    "data.read": {"data": "loans@main"},
    "data.diff": {"before": "loans~1", "after": "loans"},
    "data.branches": {"repo": "loans"},
    "data.verify": {},
    "data.stats": {},
    "status": {},
    "runs": {},
}
CHANGES = {
    "data.commit": {"repo": "loans", "source": "loans.csv"},
    "data.tag": {"ref": "loans", "name": "v1"},
    "data.revert": {"ref": "loans"},
    "data.gc": {},
    "data.verify": {"repair": True},
    "data.rules": {"repo": "loans", "set": {"rows.min": "1"}},
    "data.mount": {"name": "here", "url": "."},
}
SCRIPT = """
import json, sys
from pathlib import Path
from trustlab.core.context import Context
from trustlab.core.errors import TrustlabError
from trustlab.core.execute import run

asked, folder, out = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
said, told = {}, []
around = Context(folder=folder, progress=False, notice=told.append)
for name, parameters in [*asked, ["data.checkout", {"ref": "loans", "target": f"{out}/co"}]]:
    try:
        said[json.dumps([name, parameters])] = run(name, parameters, around).summary
    except TrustlabError as error:
        said[json.dumps([name, parameters])] = [type(error).__name__, error.message]
other = Context(folder=Path(out), progress=False, notice=told.append)
said["pull"] = run("data.pull", {"ref": "loans", "remote": str(folder)}, other).summary
run("audit", {"data": "loans@main", "target": "n", "only": ["quality.missing"]}, around)
print(json.dumps([said, told]))
"""


def without_roots_right():
    """Let the program that comes next be root's without the right to write what belongs to others."""
    drop_from_bounds, dac_override = 24, 1
    if ctypes.CDLL(None).prctl(drop_from_bounds, dac_override, 0, 0, 0):
        os._exit(77)


@pytest.fixture
def shelf():
    """A folder that other users may enter, as pytest's own may not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("kind", ["mount", "user"])
def test_it_is_read_and_not_changed(kind, shelf):
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount, and give files to others")
    home, out = shelf / "home", shelf / "out"
    home.mkdir()
    out.mkdir()
    out.chmod(0o777)
    around = Context(folder=home, progress=False, notice=lambda _sentence: None)
    for text in ("n,w\n1,a\n", "n,w\n1,a\n2,b\n"):
        (home / "loans.csv").write_text(text)
        run("data.commit", {"repo": "loans", "source": "loans.csv"}, around)
    (home / "loans.csv").write_text("n,w\n3,c\n")
    asked = [*READ.items(), *CHANGES.items()]
    command = [sys.executable, "-W", "error", "-c", SCRIPT, json.dumps(asked), str(home), str(out)]
    before = {one: one.stat().st_mtime_ns for one in home.rglob("*")}
    if kind == "mount":
        there = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit 77; exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", there, str(home), *command]
    else:
        for one in (home, *home.rglob("*")):
            os.chown(one, NOBODY, NOBODY)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=without_roots_right if kind == "user" else None,
        cwd=out,
        env={**os.environ, "PYTHONPATH": str(Path(trustlab.__file__).parents[1])},
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"not permitted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    said, told = json.loads(done.stdout.splitlines()[-1])
    for name, parameters in READ.items():
        assert isinstance(said[json.dumps([name, parameters])], str), (name, said)
    for name, parameters in CHANGES.items():
        answer = said[json.dumps([name, parameters])]
        assert answer[0] == "ReadOnlyError", (name, answer)
        assert "this workspace is read-only" in answer[1]
    assert (out / "co" / "loans.csv").read_text() == "n,w\n1,a\n2,b\n"
    assert said["pull"].startswith("loans@main here is new")
    assert any("journal" in sentence for sentence in told)
    assert {one: one.stat().st_mtime_ns for one in home.rglob("*")} == before


def test_a_push_to_what_can_only_be_read_says_so_first(context, tmp_path, monkeypatch):
    from trustlab.core import database

    run("data.push", {"ref": "loans", "remote": str(tmp_path / "team"), "create": True}, context)
    monkeypatch.setattr(database, "is_read_only", lambda file: "team" in str(file))
    with pytest.raises(TrustlabError, match=r"this workspace is read-only: .*team"):
        run("data.push", {"ref": "loans", "remote": str(tmp_path / "team"), "branch": "b"}, context)
