"""What a commit by command loads after the program's first lines: the list by which a cold start reads ahead."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

# Large enough that it is cut, and packing is tried.
_BYTES = 300_000
_PROGRAM = """
import sys, trustlab.__main__
early = set(sys.modules)
from pathlib import Path
from trustlab.surfaces import cli
said, sys.stdout = sys.stdout, sys.stderr
status = cli.main(["data", "commit", "repo", "file"])
if status:
    sys.exit(status)
for name, module in list(sys.modules.items()):
    file = Path(getattr(getattr(module, "__spec__", None), "origin", None) or "")
    if name not in early and file.suffix in {".py", ".so"}:
        print(name.replace(".", "/") + ("/__init__" if file.stem == "__init__" else "") + file.suffix, file=said)
"""


def loaded() -> list[str]:
    """Commit a file in a process and a workspace of their own, and return what that loads, in that order.

    Returns
    -------
    list of str
        Modules by their files, as seen from the folder in which Python finds them, without what their names say of a
        system or a Python.

    Raises
    ------
    subprocess.CalledProcessError
        If the commit fails.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUSTLAB_")}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").write_bytes(os.urandom(_BYTES))
        for words in (["-m", "trustlab", "init", "--yes"], ["-c", _PROGRAM]):
            done = subprocess.run(  # noqa: S603 - this Python and this package
                [sys.executable, *words],
                cwd=folder,
                # Some modules come in the order of a set.
                env=environment | {"PYTHONHASHSEED": "0"},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in loaded()))
