"""What a browser has to load: the built extension, as a server sends it."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "trustlab" / "labextension" / "static"
MOST_BYTES = 400_000


def test_the_extension_is_small():
    files = [path for path in STATIC.glob("**/*") if path.suffix in {".js", ".css"}]
    if not files:
        message = f"nothing is built in {STATIC}: make setup"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in files}
    assert sum(sizes.values()) < MOST_BYTES, sizes


def test_no_plotting_library_is_bundled():
    heavy = [path.name for path in STATIC.glob("**/*.js") if b"plotly" in path.read_bytes().lower()]
    assert heavy == []
