"""The folder of an earlier export: whether it still holds that and nothing else, and how another takes its place."""

from __future__ import annotations

import ctypes
import json
import os
import sys
import uuid
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from trustlab.core.errors import ConflictError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MANIFEST = "trustlab-manifest"

_SAID = 5
_AT_CWD = -100
_EXCHANGE = 2


def manifest_name(number: int) -> str:
    """Return what the manifest is called where ``number - 1`` names are taken by files of the version."""
    return f"{MANIFEST}-{number}.json" if number > 1 else f"{MANIFEST}.json"


def check_own(folder: Path) -> None:
    """Refuse a folder that an export has not made, or in which somebody has worked since.

    Raises
    ------
    RefusedError
        If no export has made it.
    ConflictError
        If files are new or changed.
    """
    manifest, said = _manifest(folder)
    try:
        rows = {row["path"]: row for row in said["files"]}
        seconds = datetime.fromisoformat(said["time"]).timestamp()
        own = [path for path in _files(folder) if path != manifest and _changed(folder, path, rows, seconds)]
    except (ValueError, KeyError, TypeError) as error:
        raise _foreign(folder) from error
    if own:
        listed = ", ".join(repr(path) for path in own[:_SAID]) + (", ..." if len(own) > _SAID else "")
        raise ConflictError(
            f"--force must only replace what an export wrote; '{folder}' holds files that are new or changed: {listed}",
            hint="Move them elsewhere or choose another target.",
        )


def _manifest(folder: Path) -> tuple[str, Any]:
    # An export takes the first name that no file of the version has.
    there = [name for name in _names(folder) if (folder / name).is_file()]
    if folder.is_symlink() or not there:
        raise _foreign(folder)
    try:
        said = json.loads((folder / there[-1]).read_bytes())
    except ValueError as error:
        raise _foreign(folder) from error
    if not isinstance(said, dict) or said.get("trustlab") != "export":
        raise _foreign(folder)
    return there[-1], said


def _names(folder: Path) -> Iterator[str]:
    for number in count(1):
        if not os.path.lexists(folder / manifest_name(number)):
            return
        yield manifest_name(number)


def _foreign(folder: Path) -> RefusedError:
    return RefusedError(
        f"--force must only replace a folder that an export has made; '{folder}' holds no {MANIFEST}.json of one",
        hint="Choose another target, or remove the folder yourself.",
    )


def _files(folder: Path) -> Iterator[str]:
    """Yield the path of all that is in a folder and no folder itself, in order."""
    for top, folders, files in os.walk(folder):
        folders.sort()
        here = folder / top
        for name in sorted([*files, *(name for name in folders if (here / name).is_symlink())]):
            yield (here / name).relative_to(folder).as_posix()


def _changed(folder: Path, path: str, rows: Mapping[str, Any], seconds: float) -> bool:
    file = folder / path
    if path not in rows or file.is_symlink() or not file.is_file():
        return True
    found = file.stat()
    if found.st_size != rows[path]["size"]:
        return True
    # The export gave it the commit's time: who writes gives it another.
    if abs(found.st_mtime - seconds) < 1e-4:
        return False
    digest = blake3()
    digest.update_mmap(file)
    return bool(digest.hexdigest() != rows[path]["blake3"])


def swap(new: Path, target: Path) -> None:
    """Put ``new`` in the target's place, and what was there in ``new``'s: at once, where the system can do so.

    Where it cannot, a failure between the two steps puts the old one back.
    """
    if _exchanged(new, target):
        return
    old = target.with_name(f"{target.name}.before-{uuid.uuid4().hex[:8]}")
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    old.rename(new)


def _exchanged(one: Path, other: Path) -> bool:
    if sys.platform != "linux":
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(call(_AT_CWD, os.fsencode(one), _AT_CWD, os.fsencode(other), ctypes.c_uint(_EXCHANGE)) == 0)
