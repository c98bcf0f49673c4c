"""Globs: of files on disk, with the same outcomes for strange files as a folder has, and of paths in a commit."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.store.refusals import together
from trustlab.store.sources import faults, target_of, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustlab.core.errors import TrustlabError
    from trustlab.store.sources import Content

ANY_DEPTH = "**"
LISTED = 5
_SIGNS = re.compile(r"[*?\[]")


def is_glob(text: str) -> bool:
    """Return whether a text holds one of the signs ``*``, ``?`` and ``[``."""
    return _SIGNS.search(text) is not None


def fixed_part(text: str) -> Path:
    """Return the folder before the first part that holds a sign: ``data`` of ``data/*/x.csv``."""
    return Path(*_split(text)[0])


def _split(text: str) -> tuple[list[str], list[str]]:
    parts = PurePath(text).parts
    at = next((number for number, part in enumerate(parts) if is_glob(part)), len(parts))
    return list(parts[:at]), list(parts[at:])


def expand(text: str, top: Path, workspace: Path | None = None) -> list[Path]:
    """Return the files that match a glob, in order; folders that match are left out.

    ``**`` stands for any number of folders. As in a shell, a name that begins with a dot is matched only by a part
    that does. Links to folders are not entered; what else is no file (a link that leads out or nowhere, a folder that
    cannot be read) has the outcome that it has in a folder.

    Parameters
    ----------
    text : str
        The glob.
    top : pathlib.Path
        Its `fixed_part` as an absolute path.
    workspace : pathlib.Path or None
        A folder to leave out.

    Raises
    ------
    NotFoundError
        If no file matches.
    UsageError
        If ``**`` is only a piece of a part, or a part is ``..``.
    InputError
        If a file that matches cannot be committed.
    """
    parts = _split(text)[1]
    if wrong := next((part for part in parts if part == ".." or (ANY_DEPTH in part and part != ANY_DEPTH)), None):
        raise UsageError(
            f"source: in the glob '{text}', ** must be a part of its own, and .. come first; got '{wrong}'"
        )
    if parts[-1] == ANY_DEPTH:
        parts.append("*")
    outside = None if workspace is None else workspace.resolve()
    refused: list[TrustlabError] = []
    found = sorted(dict.fromkeys(_walk(top, parts, outside, refused)))
    stray = {file: error for file in found if (error := _stray_link(file, top)) is not None}
    refused += stray.values()
    if refused:
        others: list[tuple[str, Content]] = [(str(file.relative_to(top)), file) for file in found if file not in stray]
        raise together([*refused, *(faults(others, workspace or top / ".trust") if others else ())])
    if not found:
        raise NotFoundError(f"source: a file must match '{text}'; none does", hint=_held(top))
    return found


def _walk(folder: Path, parts: Sequence[str], outside: Path | None, refused: list[TrustlabError]) -> Iterator[Path]:
    part, rest = parts[0], parts[1:]
    if part == ANY_DEPTH:
        yield from _walk(folder, rest, outside, refused)
    try:
        with os.scandir(folder) as listed:
            entries = list(listed)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        if (again := unreadable("folder", str(folder), error)).message not in {one.message for one in refused}:
            refused.append(again)
        return
    for entry in entries:
        path = Path(entry.path)
        deep = entry.is_dir(follow_symlinks=False)
        if part == ANY_DEPTH:
            if deep and not entry.name.startswith(".") and path.resolve() != outside:
                yield from _walk(path, parts, outside, refused)
        elif _fits(entry.name, part):
            if rest and deep and path.resolve() != outside:
                yield from _walk(path, rest, outside, refused)
            elif not rest and not entry.is_dir():
                yield path


def _fits(name: str, part: str) -> bool:
    return fnmatchcase(name, part) and (not name.startswith(".") or part.startswith("."))


def _stray_link(file: Path, top: Path) -> InputError | None:
    """Return what is said of a link that leads out of the folder, or nowhere."""
    if not file.is_symlink():
        return None
    try:
        target_of(file, top.resolve())
    except InputError as error:
        return error
    return None


def _held(folder: Path) -> str:
    if not folder.is_dir():
        return f"There is no folder {folder}."
    try:
        names = sorted(item.name for item in folder.iterdir())
    except OSError:
        return f"The folder {folder} cannot be read."
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{folder} holds {', '.join(names[:LISTED]) or 'nothing'}{more}."


def fits(path: str, glob: str) -> bool:
    """Return whether a path of a commit matches a glob; ``*`` stays within a folder, ``**`` is any number of them."""
    names = path.split("/")
    reached = {0}
    for part in glob.split("/"):
        if part == ANY_DEPTH:
            reached = set(range(min(reached), len(names) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(names) and fnmatchcase(names[at], part)}
    return len(names) in reached
