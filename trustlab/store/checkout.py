"""Write a commit's files into a folder, never outside it, and never over what differs unless told so."""

from __future__ import annotations

import os
import stat as modes
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trustlab.core.errors import ConflictError, InputError, RefusedError
from trustlab.store.ahead import in_order, threads
from trustlab.store.chosen import Chosen
from trustlab.store.chunks import name_of
from trustlab.store.diff import within
from trustlab.store.index import batches
from trustlab.store.names import check_paths
from trustlab.store.objects import fetch_views
from trustlab.store.read import stream_entry
from trustlab.store.staging import CHECKOUT, Staging, is_staging
from trustlab.store.trees import extents_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from trustlab.store.refs import Ref
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry

_LISTED = 5
# Small files that one thread writes in a row.
_RUN = 128


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

    Other files in the target stay. Everything is looked at before anything is written, and made aside before anything
    is put in its place, so that a checkout that is refused, or fails or is interrupted while it fetches and writes,
    has changed nothing. Putting in place is quick; broken off, it leaves whole files only.

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
    found = Chosen(store, ref)
    with _taken_back(target):
        return _bring(store, found, target, force=force, progress=progress)


@contextmanager
def _taken_back(target: Path) -> Iterator[None]:
    """Remove the folders that were made for the target where nothing comes into them."""
    missing = [folder for folder in (target, *target.parents) if not os.path.lexists(folder)]
    try:
        yield
    except BaseException:
        for folder in missing:
            with suppress(OSError, ValueError):
                folder.rmdir()
        raise


def _bring(
    store: Store, found: Chosen, target: Path, *, force: bool, progress: Callable[[int, int, str], None] | None
) -> CheckedOut:
    chosen = list(found)
    top = _top(target)
    _refuse_workspace(store, chosen, top)
    todo, differing = _survey(store, chosen, top, force=force)
    tell = _Telling(progress, sum(entry.size for entry in todo))
    placing = False
    try:
        with Staging(top) as staging:
            staging.make_folders(entry.path for entry in todo)
            _write_small(store, staging, [entry for entry in todo if _is_small(entry)], tell)
            for entry in todo:
                if not _is_small(entry):
                    pieces = tell.counting(stream_entry(store, entry), entry.path)
                    staging.write_large(entry.path, pieces, entry.size, executable=entry.executable)
            # Looked at again just before: the survey may be minutes old.
            _survey_folders(todo, top)
            placing = True
            staging.place(differing)
    except OSError as error:
        raise InputError(
            f"the checkout's target must take {len(todo)} files ({tell.total:,} bytes); got '{error.strerror}'",
            hint=f"Free space or allow writing in {top}, then check out again; "
            + ("some files may be in place already, each of them whole." if placing else "nothing was changed there."),
        ) from error
    return CheckedOut(
        commit=found.commit.id, target=top, files=len(todo), bytes=tell.total, unchanged=len(chosen) - len(todo)
    )


def _refuse_workspace(store: Store, entries: Iterable[Entry], top: Path) -> None:
    """Raise where a file would land in the workspace's own folder, which no version may change."""
    root = store.root.resolve()
    if top.is_relative_to(root):
        raise RefusedError(f"a checkout's target must not lie in the workspace's own folder; got '{top}'")
    if not root.is_relative_to(top):
        return
    inside = root.relative_to(top).as_posix()
    for entry in entries:
        if within(entry.path, inside):
            raise RefusedError(
                f"a checkout must not write into the workspace's own folder; '{entry.path}' would lie there",
                hint="Choose another target.",
            )


def _top(target: Path) -> Path:
    try:
        target.mkdir(parents=True, exist_ok=True)
        return target.resolve(strict=True)
    except OSError as error:
        raise InputError(f"a checkout's target must be a folder; '{target}' is not ({error.strerror})") from error
    except ValueError as error:
        raise InputError(f"a checkout's target must not hold NUL; got {str(target)!r}") from error


def _survey(store: Store, entries: Sequence[Entry], top: Path, *, force: bool) -> tuple[list[Entry], list[str]]:
    """Return the entries to write, and the paths where they replace what differs; raise where one must not be."""
    check_paths([entry.path for entry in entries])
    _check_cases(entries, top)
    if all(is_staging(one.name) for one in top.iterdir()):
        return list(entries), []
    _survey_folders(entries, top)
    todo: list[Entry] = []
    differing: list[str] = []
    for entry in entries:
        state = _state(store, entry, f"{top}/{entry.path}")
        if state == "folder":
            raise ConflictError(
                f"a file must be able to stand at '{top / entry.path}'; there is a folder", hint="Move it away."
            )
        if state == "differs":
            differing.append(entry.path)
        if state != "same":
            todo.append(entry)
    if differing and not force:
        more = f" and {len(differing) - _LISTED} more" if len(differing) > _LISTED else ""
        raise ConflictError(
            f"files in '{top}' must not differ from the commit; {', '.join(differing[:_LISTED])}{more} do",
            hint="Commit or move them, choose another target, or replace them with --force.",
        )
    return todo, differing


def _check_cases(entries: Iterable[Entry], top: Path) -> None:
    folded: dict[str, str] = {}
    for entry in entries:
        twin = folded.setdefault(entry.path.casefold(), entry.path)
        if twin != entry.path and _folds_case(top):
            raise ConflictError(f"the target must tell '{twin}' from '{entry.path}'; its file system does not")


def _survey_folders(entries: Iterable[Entry], top: Path) -> None:
    checked = {top}
    for folder in {entry.path.rpartition("/")[0] for entry in entries}:
        _check_folders(top / folder, top, checked)
        if (top / folder).is_dir() and not os.access(top / folder, os.W_OK | os.X_OK):
            raise InputError(
                f"a checkout must be able to write into '{top / folder}'; it is not allowed to",
                hint="Allow writing there, or choose another target; nothing was changed.",
            )


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


def _state(store: Store, entry: Entry, file: str) -> str:
    try:
        found = os.lstat(file)
    except FileNotFoundError:
        return "absent"
    if modes.S_ISDIR(found.st_mode):
        return "folder"
    if not modes.S_ISREG(found.st_mode) or found.st_size != entry.size:
        return "differs"
    if bool(found.st_mode & modes.S_IXUSR) != entry.executable:
        return "differs"
    try:
        with Path(file).open("rb") as stream:
            for _, extent in extents_at(store, entry.level, entry.extents, 0, entry.size):
                if name_of(stream.read(extent.length)) != extent.name:
                    return "differs"
    except OSError:
        # What cannot be read cannot be known to be the same.
        return "differs"
    return "same"


def _folds_case(top: Path) -> bool:
    probe = top / f"{CHECKOUT}{uuid.uuid4().hex}"
    probe.touch(exist_ok=False)
    try:
        return probe.with_name(probe.name.upper()).exists()
    finally:
        probe.unlink()


def _is_small(entry: Entry) -> bool:
    return entry.level == 0 and len(entry.extents) < 2


def _write_small(store: Store, staging: Staging, entries: Sequence[Entry], tell: _Telling) -> None:
    """Write the files of one chunk at most, a run of them by each thread."""

    def writing(run: list[tuple[Entry, bytes | memoryview]]) -> Callable[[], list[Entry]]:
        def write() -> list[Entry]:
            for entry, data in run:
                staging.write_small(entry.path, data, executable=entry.executable)
            return [entry for entry, _ in run]

        return write

    views = fetch_views(store, (entry.extents[0].name for entry in entries if entry.extents))
    contents = ((entry, next(views) if entry.extents else b"") for entry in entries)
    with ThreadPoolExecutor(threads(), "write") as pool:
        for written in in_order(pool, map(writing, batches(contents, _RUN)), 2 * threads()):
            tell.done(sum(entry.size for entry in written), written[-1].path)


class _Telling:
    """How far a checkout has come."""

    def __init__(self, progress: Callable[[int, int, str], None] | None, total: int) -> None:
        self._progress = progress
        self._so_far = 0
        self.total = total

    def done(self, size: int, path: str) -> None:
        self._so_far += size
        if self._progress is not None:
            self._progress(self._so_far, self.total, path)

    def counting(self, pieces: Iterable[memoryview], path: str) -> Iterator[memoryview]:
        for piece in pieces:
            yield piece
            self.done(len(piece), path)
