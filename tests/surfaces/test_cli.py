"""The command's streams: what it prints can be read, whatever the locale and the names of files."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

TABLE = "a,t,p\n" + "".join(f"{at},{at % 2},{at % 2}\n" for at in range(30))


def trust(folder, *words):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "trustlab.surfaces.cli", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["plain.csv", "é😀.csv", os.fsdecode(b"b\xff.csv")])
def test_json_is_utf_8_whatever_the_locale_and_the_name(tmp_path, name):
    (tmp_path / name).write_text(TABLE)
    done = trust(tmp_path, "data", "read", name, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("utf-8"))["summary"].startswith(name)


def test_a_locale_without_the_icons_gets_their_numbers(tmp_path):
    (tmp_path / "plain.csv").write_text(TABLE)
    done = trust(tmp_path, "audit", "--data", "plain.csv", "--target", "t", "--prediction", "p", "--only", "quality")
    assert done.returncode in {0, 1}, done.stderr
    assert b"\\u2713" in done.stdout
    assert trust(tmp_path, "--help").returncode == 0


def test_an_error_is_one_json_document(tmp_path):
    done = trust(tmp_path, "data", "read", "née.csv", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "not_found"
