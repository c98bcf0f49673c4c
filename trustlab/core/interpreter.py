"""The Python that this process runs on, to start another one."""

from __future__ import annotations

import sys
from pathlib import Path


def own_python() -> str | None:
    """Return the interpreter's file; None where it is not one, as in a program that brings its own Python."""
    if "py" not in Path(sys.executable or "").name.lower() or getattr(sys, "frozen", False):
        return None
    return sys.executable
