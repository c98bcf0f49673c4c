"""Binder's build in its parts; the whole is ``python tests/packaging/binder_build.py``, which takes minutes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.packaging import binder_build

REPOSITORY = Path(__file__).parents[2]


def test_the_python_is_one_that_the_package_takes():
    assert binder_build.wanted_python((REPOSITORY / "binder" / "runtime.txt").read_text()) == "python3.11"
    assert 'requires-python = ">=3.11"' in (REPOSITORY / "pyproject.toml").read_text()
    with pytest.raises(SystemExit, match="must say python-VERSION"):
        binder_build.wanted_python("conda")


def test_the_clone_holds_what_is_tracked_and_nothing_that_was_built(tmp_path):
    clone = binder_build.check_out(tmp_path / "clone")
    assert (clone / "binder" / "postBuild").stat().st_mode & 0o100
    assert (clone / "notebooks" / "tutorials" / "quickstart.ipynb").is_file()
    assert not (clone / "trustlab" / "labextension").exists()
    assert not (clone / ".git").exists()


def test_the_script_is_bash_that_stops_at_the_first_fault_and_pins_what_it_installs(tmp_path):
    script = REPOSITORY / "binder" / "postBuild"
    subprocess.run(["bash", "-n", str(script)], check=True)
    text = script.read_text()
    assert "set -euo pipefail" in text
    assert "-c constraints.txt" in text
    pins = (REPOSITORY / "constraints.txt").read_text().splitlines()
    (torch,) = [word for word in text.split() if word.startswith("torch==")]
    assert torch in pins


def test_a_step_that_fails_says_what_it_said(tmp_path, capsys):
    with pytest.raises(SystemExit, match=r"(?s)ended with 3.*no such thing"):
        binder_build.run(["bash", "-c", "echo no such thing; exit 3"], tmp_path, {"PATH": "/usr/bin:/bin"})
    assert "exit 3: 0 s" in capsys.readouterr().out
