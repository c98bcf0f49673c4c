"""A policy is written as the file that an audit reads."""

from __future__ import annotations

import pytest

from trustlab.checks.policy import load_policy
from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError
from trustlab.core.execute import run


def test_what_is_written_is_read_back_as_the_same_policy(tmp_path):
    around = Context(folder=tmp_path)
    shown = run("policy", {"write": "mine.yaml"}, around).payload["policy"]
    assert load_policy(tmp_path / "mine.yaml").to_dict() == shown
    assert run("policy", {"file": "mine.yaml"}, around).payload["policy"] == shown


def test_no_file_is_written_over(tmp_path):
    (tmp_path / "mine.yaml").write_text("name: mine\n")
    with pytest.raises(ConflictError, match="must name a new file"):
        run("policy", {"write": "mine.yaml"}, Context(folder=tmp_path))
    assert (tmp_path / "mine.yaml").read_text() == "name: mine\n"
    with pytest.raises(InputError, match="No such file or directory"):
        run("policy", {"write": "nowhere/mine.yaml"}, Context(folder=tmp_path))
