"""Copy files of a version or a mount to local ones: whole or not at all, and nowhere but where the caller said."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from fsspec.spec import AbstractBufferedFile

_COPIED = 4 * 1024 * 1024


def check_target(target: Path, within: Path | None, workspace: Path) -> None:
    """Refuse to copy to where a link leads out of ``within``, and into the workspace's own folder.

    Parameters
    ----------
    target : Path
        The local file or folder.
    within : Path or None
        The folder that the caller named; None where the caller named the target itself.
    workspace : Path
        The folder ``.trust``.

    Raises
    ------
    RefusedError
        If the target is no place to copy to.
    """
    if target.parent.resolve().joinpath(target.name).is_relative_to(workspace.resolve()):
        raise RefusedError(f"a copy must not lie in the workspace's own folder; got '{target}'", hint="Choose another.")
    for folder in target.absolute().parents:
        if within is None or not folder.is_relative_to(within) or folder == within:
            return
        if folder.is_symlink():
            raise RefusedError(f"a copy must not follow links out of '{within}'; '{folder}' is one")


def copy_file(file: AbstractBufferedFile, target: Path, callback: Any) -> None:
    """Copy an open file to a local one, which appears whole or not at all; fsspec's callback hears how far it is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".trust-{uuid.uuid4().hex}")
    try:
        with temporary.open("xb") as stream:
            copy_stream(file, stream, callback)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def copy_stream(file: AbstractBufferedFile, stream: Any, callback: Any) -> None:
    """Copy an open file to another open one."""
    callback.set_size(file.size)
    while data := file.read(_COPIED):
        stream.write(data)
        callback.relative_update(len(data))
