"""Folders in which a checkout or an export makes its files, before all are put in their places at once.

So a checkout that is interrupted has changed nothing, and a file never stands half-written under its name. Moving goes
by open folders and never follows a link, whoever plants one meanwhile.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import stat
import uuid
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from trustlab.core.errors import ConflictError, RefusedError
from trustlab.store.direct import BLOCK, BlockWriter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

CHECKOUT, EXPORT = ".trust-checkout-", ".trust-export-"
_NAME = re.compile(rf"({re.escape(CHECKOUT)}|{re.escape(EXPORT)}|\.trust-)[0-9a-f]{{32}}")
# What file systems answer that know no second name for a file.
_UNLINKABLE = (errno.EPERM, errno.ENOTSUP, errno.EMLINK)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW


class Staging:
    """A context manager; what was not placed is removed at its end.

    Parameters
    ----------
    top : Path
        The target, which exists.
    """

    def __init__(self, top: Path) -> None:
        self._top = top
        self._made: set[str] = set()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = str(stack.enter_context(aside(self._top, CHECKOUT)))
            self._closing = stack.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.close()

    def make_folders(self, paths: Iterable[str]) -> None:
        """Make the folders that files at ``paths`` stand in."""
        for path in paths:
            folder = path.rpartition("/")[0]
            if folder not in self._made:
                Path(self.folder, folder).mkdir(parents=True, exist_ok=True)
                self._made.add(folder)

    def write_small(self, path: str, data: bytes | memoryview, *, executable: bool) -> None:
        """Make one file of bytes at hand; its folder is there."""
        descriptor = os.open(f"{self.folder}/{path}", _NEW, 0o777 if executable else 0o666)
        try:
            while data:
                data = data[os.write(descriptor, data) :]
        finally:
            os.close(descriptor)

    def write_large(self, path: str, pieces: Iterable[bytes | memoryview], size: int, *, executable: bool) -> None:
        """Make one file of pieces; its folder is there."""
        descriptor = os.open(f"{self.folder}/{path}", _NEW, 0o777 if executable else 0o666)
        if size < BLOCK:
            with os.fdopen(descriptor, "wb") as stream:
                stream.writelines(pieces)
            return
        writer = BlockWriter(descriptor, durable=False)
        try:
            for piece in pieces:
                writer.write(piece)
            writer.flush()
        finally:
            writer.close()

    def place(self, replaced: Collection[str]) -> None:
        """Put everything in its place; where nothing of the name is there, a whole folder in one step.

        Parameters
        ----------
        replaced : collection of str
            The paths at which a file may stand already, to be replaced.

        Raises
        ------
        ConflictError
            If a file stands at another path, as one may that appeared meanwhile.
        """
        self._merge(os.open(self.folder, _FOLDER), os.open(self._top, _FOLDER), "", replaced)

    def _merge(self, source: int, target: int, prefix: str, replaced: Collection[str]) -> None:
        try:
            with os.scandir(source) as found:
                entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
            for name, is_folder in entries:
                if is_folder and _is_there(name, target):
                    inner = f"{prefix}{name}/"
                    self._merge(_enter(name, source, prefix), _enter(name, target, prefix), inner, replaced)
                elif is_folder or f"{prefix}{name}" in replaced:
                    _move(name, source, target)
                else:
                    _put_new(name, source, target, prefix)
        finally:
            os.close(source)
            os.close(target)


@contextmanager
def aside(top: Path, prefix: str) -> Iterator[Path]:
    """Give a folder in ``top`` to make files in; what is left in it goes at the end, and what killed ones left before.

    Parameters
    ----------
    prefix : str
        ``CHECKOUT`` or ``EXPORT``.
    """
    _sweep(top)
    while True:
        folder = top / f"{prefix}{uuid.uuid4().hex}"
        folder.mkdir(mode=0o700)
        try:
            lock = os.open(folder, _FOLDER)
        except FileNotFoundError:
            continue
        # Tells others that this one is in use; the system drops the lock with the process.
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Another's sweep may have taken it between its making and the lock.
        if folder.is_dir():
            break
        os.close(lock)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(top: Path) -> None:
    """Remove what a checkout or an export left that was killed."""
    for old in top.iterdir():
        if not is_staging(old.name):
            continue
        with suppress(OSError):
            descriptor = os.open(old, _FOLDER)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old)
            finally:
                os.close(descriptor)


def is_staging(name: str) -> bool:
    """Return whether what has this name is a checkout's or an export's, under way or killed, and nobody's data."""
    return _NAME.fullmatch(name) is not None


def _put_new(name: str, source: int, target: int, prefix: str) -> None:
    """Move a file to where none may stand: unlike a rename, a link replaces nothing."""
    try:
        try:
            os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (*_UNLINKABLE, errno.EXDEV):
                raise
            if _is_there(name, target):
                raise FileExistsError from error
            _move(name, source, target)
            return
    except FileExistsError as error:
        raise ConflictError(
            f"nothing must come to stand at '{prefix}{name}' while it is checked out; a file did, and was left alone",
            hint="Move it away, then check out again: what is in place already is kept.",
        ) from error
    os.unlink(name, dir_fd=source)


def _move(name: str, source: int, target: int) -> None:
    """Rename, or copy first where the target's folder is of another file system, as one mounted below it is."""
    try:
        os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        if stat.S_ISDIR(os.stat(name, dir_fd=source, follow_symlinks=False).st_mode):
            os.mkdir(name, dir_fd=target)
            inner = os.open(name, _FOLDER, dir_fd=source), os.open(name, _FOLDER, dir_fd=target)
            try:
                with os.scandir(inner[0]) as found:
                    names = [each.name for each in found]
                for each in names:
                    _move(each, *inner)
            finally:
                for descriptor in inner:
                    os.close(descriptor)
            return
        _copy(name, source, target)


def _copy(name: str, source: int, target: int) -> None:
    temporary = f"{CHECKOUT}{uuid.uuid4().hex}"
    mode = stat.S_IMODE(os.stat(name, dir_fd=source, follow_symlinks=False).st_mode)
    try:
        with (
            os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=source), "rb") as old,
            os.fdopen(os.open(temporary, _NEW, mode, dir_fd=target), "wb") as new,
        ):
            shutil.copyfileobj(old, new)
        os.rename(temporary, name, src_dir_fd=target, dst_dir_fd=target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=target)
        raise


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _enter(name: str, folder: int, prefix: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        raise RefusedError(
            f"a checkout must not follow links out of its target; '{prefix}{name}' is no folder any more",
            hint="Remove what stands there, or choose another target.",
        ) from error
