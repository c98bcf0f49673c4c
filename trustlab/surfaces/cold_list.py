"""What a commit by command loads after the command line itself: the list by which a cold start reads ahead."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

from trustlab.surfaces import cli


def loaded() -> list[str]:
    """Commit a file, and return what that has loaded in this process, in that order.

    Returns
    -------
    list of str
        Modules by their files, as seen from the folder in which Python finds them, without what their names say of a
        system or a Python.
    """
    early = set(sys.modules)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(sys.stderr):
        Path("file").write_text("kept\n", encoding="utf-8")
        assert cli.main(["data", "commit", "repo", "file"]) == 0
    found = []
    for name, module in list(sys.modules.items()):
        file = Path(getattr(getattr(module, "__spec__", None), "origin", None) or "")
        if name not in early and file.suffix in {".py", ".so"}:
            found.append(name.replace(".", "/") + ("/__init__" if file.stem == "__init__" else "") + file.suffix)
    return found


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in loaded()))
