"""A store in a folder of its own, and the ways to look at it that many tests share."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

import trustlab
from trustlab.store import open_store


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / ".trust")
    yield opened
    opened.close()


@pytest.fixture
def quick(monkeypatch):
    """Let a file be at rest after a twentieth of a second, where it takes a minute."""
    monkeypatch.setattr("trustlab.store.stats._SETTLE_NS", 50_000_000)


@pytest.fixture
def noise():
    """Bytes that do not repeat, the same for the same seed."""

    def make(size: int, seed: int = 0) -> bytes:
        return random.Random(seed).randbytes(size)

    return make


@pytest.fixture
def spawn():
    """Start a Python process that can import trustlab, with its stdout to read from."""

    def start(script: str, *arguments: object) -> subprocess.Popen:
        root = str(Path(trustlab.__file__).parents[1])
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": root},
        )

    return start
