"""What a commit by command loads after the program's first lines: the list by which a cold start reads ahead."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

from trustlab.surfaces import cli

# What is loaded before anything can be read ahead.
_EARLY = "import sys, trustlab.surfaces.cold_start; print(*sys.modules)"


def loaded() -> list[str]:
    """Commit a file in this process, and return what that takes to load, in that order.

    Returns
    -------
    list of str
        Modules by their files, as seen from the folder in which Python finds them, without what their names say of a
        system or a Python.
    """
    begun = subprocess.run(  # noqa: S603 - this Python and this package
        [sys.executable, "-c", _EARLY], capture_output=True, text=True, check=True
    )
    early = set(begun.stdout.split())
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(sys.stderr):
        Path("file").write_text("kept\n", encoding="utf-8")
        assert cli.main(["data", "commit", "repo", "file"]) == 0
    found = []
    for name, module in list(sys.modules.items()):
        file = Path(getattr(getattr(module, "__spec__", None), "origin", None) or "")
        if name not in early and name != "__main__" and file.suffix in {".py", ".so"}:
            found.append(name.replace(".", "/") + ("/__init__" if file.stem == "__init__" else "") + file.suffix)
    return found


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in loaded()))
