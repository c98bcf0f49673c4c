"""Write a commit's files into a folder, never outside it, and never over what differs unless told so."""

from __future__ import annotations

import os
import stat as modes
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.core.errors import ConflictError, InputError, RefusedError
from trustlab.store.chunks import name_of
from trustlab.store.diff import within
from trustlab.store.index import batches
from trustlab.store.ls import missing
from trustlab.store.names import check_path
from trustlab.store.objects import fetch_many
from trustlab.store.read import stream_entry
from trustlab.store.refs import parse, resolve
from trustlab.store.trees import Tree, extents_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from trustlab.store.refs import Ref
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry

_LISTED = 5
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedOut:
    """What a checkout did: files and bytes written, and files that held the right bytes already."""

    commit: str
    target: Path
    files: int
    bytes: int
    unchanged: int


def checkout(
    store: Store,
    ref: str | Ref,
    target: Path,
    *,
    force: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> CheckedOut:
    """Write the files that a ref names into ``target``, under their paths in the commit.

    Each file appears whole or not at all. Other files in the target stay. Everything is looked at before anything is
    written, so a refused checkout has changed nothing.

    Parameters
    ----------
    ref : str or Ref
        With a path, only that file or folder.
    target : Path
        A folder; made where there is none.
    force : bool
        Replace files that hold something else.
    progress : callable or None
        Called with (bytes done, bytes in all, path).

    Returns
    -------
    CheckedOut

    Raises
    ------
    ConflictError
        If files in the target differ and ``force`` is not set, or a folder stands where a file belongs, or two paths
        of the commit would be one file on this file system.
    RefusedError
        If a link in the target would lead a file out of it.
    NotFoundError
        If the ref names nothing.
    DamagedError
        If a chunk is missing or altered.
    """
    parts = parse(ref)
    found = resolve(store, parts)
    tree = Tree(store, found.tree)
    prefix = (parts.path or "").strip("/")
    chosen = [entry for entry in tree.entries(prefix) if within(entry.path, prefix)]
    if not chosen:
        raise missing(found, tree, parts.path or "")
    top = _top(target)
    todo = _survey(store, chosen, top, force=force)
    written = 0
    total = sum(entry.size for entry in todo)
    for entry, pieces in _contents(store, todo):
        _write(top, entry, pieces)
        written += entry.size
        if progress is not None:
            progress(written, total, entry.path)
    return CheckedOut(commit=found.id, target=top, files=len(todo), bytes=written, unchanged=len(chosen) - len(todo))


def _top(target: Path) -> Path:
    try:
        target.mkdir(parents=True, exist_ok=True)
        return target.resolve(strict=True)
    except OSError as error:
        raise InputError(f"a checkout's target must be a folder; '{target}' is not ({error.strerror})") from error


def _survey(store: Store, entries: Iterable[Entry], top: Path, *, force: bool) -> list[Entry]:
    todo: list[Entry] = []
    differing: list[str] = []
    checked = {top}
    folded: dict[str, str] = {}
    for entry in entries:
        check_path(entry.path)
        file = top / entry.path
        _check_folders(file.parent, top, checked)
        state = _state(store, entry, file)
        if state == "folder":
            raise ConflictError(f"a file must be able to stand at '{file}'; there is a folder", hint="Move it away.")
        if state == "differs":
            differing.append(entry.path)
        if state != "same":
            todo.append(entry)
        twin = folded.setdefault(entry.path.casefold(), entry.path)
        if twin != entry.path and _folds_case(top):
            raise ConflictError(f"the target must tell '{twin}' from '{entry.path}'; its file system does not")
    if differing and not force:
        more = f" and {len(differing) - _LISTED} more" if len(differing) > _LISTED else ""
        raise ConflictError(
            f"files in '{top}' must not differ from the commit; {', '.join(differing[:_LISTED])}{more} do",
            hint="Commit or move them, choose another target, or replace them with --force.",
        )
    return todo


def _check_folders(folder: Path, top: Path, checked: set[Path]) -> None:
    if folder in checked:
        return
    _check_folders(folder.parent, top, checked)
    try:
        mode = folder.lstat().st_mode
    except FileNotFoundError:
        mode = modes.S_IFDIR
    if modes.S_ISLNK(mode):
        raise RefusedError(
            f"a checkout must not follow links out of its target; '{folder}' is a link",
            hint="Remove the link, or choose another target.",
        )
    if not modes.S_ISDIR(mode):
        raise ConflictError(f"a folder must be able to stand at '{folder}'; there is a file", hint="Move it away.")
    checked.add(folder)


def _state(store: Store, entry: Entry, file: Path) -> str:
    try:
        found = file.lstat()
    except FileNotFoundError:
        return "absent"
    if modes.S_ISDIR(found.st_mode):
        return "folder"
    if not modes.S_ISREG(found.st_mode) or found.st_size != entry.size:
        return "differs"
    if bool(found.st_mode & modes.S_IXUSR) != entry.executable:
        return "differs"
    try:
        with file.open("rb") as stream:
            for _, extent in extents_at(store, entry.level, entry.extents, 0, entry.size):
                if name_of(stream.read(extent.length)) != extent.name:
                    return "differs"
    except OSError:
        # What cannot be read cannot be known to be the same.
        return "differs"
    return "same"


def _folds_case(top: Path) -> bool:
    probe = top / f".trust-{uuid.uuid4().hex}"
    probe.touch(exist_ok=False)
    try:
        return probe.with_name(probe.name.upper()).exists()
    finally:
        probe.unlink()


def _contents(store: Store, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Iterable[bytes]]]:
    """Yield each entry with its bytes; small files are looked up together."""
    for batch in batches(entries):
        small = [entry for entry in batch if entry.level == 0 and len(entry.extents) == 1]
        chunks = fetch_many(store, [entry.extents[0].name for entry in small])
        for entry in batch:
            if entry.level == 0 and len(entry.extents) == 1:
                yield entry, [next(chunks)]
            else:
                yield entry, stream_entry(store, entry)


def _write(top: Path, entry: Entry, pieces: Iterable[bytes]) -> None:
    file = top / entry.path
    temporary = file.with_name(f".trust-{uuid.uuid4().hex}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Looked at again just before writing: the survey may be minutes old.
        _check_folders(file.parent, top, {top})
        mode = 0o777 if entry.executable else 0o666
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.writelines(pieces)
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(
            f"the checkout's target must take '{entry.path}'; got '{error.strerror}'",
            hint="Free space or allow writing there, then check out again: what is there already is kept.",
        ) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
