"""Read files that are to be committed, and notice what changes meanwhile."""

from __future__ import annotations

import errno
import os
import resource
import stat as modes
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from trustlab.core.errors import InputError
from trustlab.store.chunks import AVERAGE_CHUNK, name_of
from trustlab.store.looks import Looks, looks_of
from trustlab.store.sources import unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.store.sources import Item

_CAN_ADVISE = hasattr(os, "posix_fadvise")
# So many files are open at a time.
_OPEN_FILES = 64
# Not blocking, so that a pipe that took the file's place cannot hang the commit; nor does a link lead elsewhere.
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Small(NamedTuple):
    """A small file that was read: how it looks, its mode, its content and the content's name."""

    looks: Looks
    mode: int
    data: bytes
    name: bytes
    # Whether the file was as it had been when it was found.
    steady: bool


def read_small(items: Sequence[Item]) -> list[Small | None]:
    """Read files of which several are open at a time, so that a disk is asked for all of them before any is awaited.

    None stands for one that has grown meanwhile and is not small any more.
    """
    waiting = deque(items)
    read: list[Small | None] = []
    most = _most_open()
    while waiting:
        opened: list[tuple[Item, int]] = []
        try:
            while waiting and len(opened) < most:
                try:
                    descriptor = _open_ahead(waiting[0])
                except OSError as error:
                    if opened and error.errno in (errno.EMFILE, errno.ENFILE):
                        break
                    raise _unreadable(str(waiting[0].content), error) from error
                opened.append((waiting.popleft(), descriptor))
            read += [_read_one(item, descriptor) for item, descriptor in opened]
        finally:
            for _, descriptor in opened:
                os.close(descriptor)
    return read


def _most_open() -> int:
    """Return how many files may be open: in each of a few threads, never many of those that the process may have."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _OPEN_FILES if allowed == resource.RLIM_INFINITY else max(1, min(_OPEN_FILES, allowed // 32))


def _open_ahead(item: Item) -> int:
    descriptor = os.open(str(item.content), FLAGS)
    if _CAN_ADVISE:
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_WILLNEED)
        except OSError:
            # Only advice: what became of the file is seen when it is read.
            return descriptor
    return descriptor


def _read_one(item: Item, descriptor: int) -> Small | None:
    """Read a small file that is open; once more where it is not what it was when it was found, None if it is large."""
    assert item.looks is not None
    looks = looks_of(item.looks)
    read = _read_whole(item, descriptor, looks, item.looks.st_mode)
    if read is not None:
        return read
    file = str(item.content)
    looks, mode = look_again(file)
    if looks.size > AVERAGE_CHUNK:
        return None
    with opened(file) as again:
        read = _read_whole(item, again, looks, mode)
    if read is None:
        raise moving(file)
    return read._replace(steady=False)


def _read_whole(item: Item, descriptor: int, looks: Looks, mode: int) -> Small | None:
    """Return a file's content, None where it does not look as it did."""
    try:
        data = os.read(descriptor, looks.size + 1)
        after = os.fstat(descriptor)
    except OSError as error:
        raise _unreadable(str(item.content), error) from error
    now = after.st_size, after.st_mtime_ns, after.st_ctime_ns, after.st_dev, after.st_ino
    if len(data) != looks.size or now != looks:
        return None
    return Small(looks, mode, data, name_of(data), steady=True)


class opened:  # noqa: N801 - reads as a phrase at its use
    """Open a file to commit; what the system says against it becomes an error that names the file."""

    __slots__ = ("_descriptor", "_file")

    def __init__(self, file: str) -> None:
        self._file = file

    def __enter__(self) -> int:
        try:
            self._descriptor = os.open(self._file, FLAGS)
        except OSError as error:
            raise _unreadable(self._file, error) from error
        return self._descriptor

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        os.close(self._descriptor)
        if isinstance(error, OSError):
            raise _unreadable(self._file, error) from error


def look_again(file: str) -> tuple[Looks, int]:
    """Return how a file looks now, and its mode; InputError where it is none any more, or lies elsewhere."""
    try:
        found = os.lstat(file)
    except OSError as error:
        raise _unreadable(file, error) from error
    # A folder above it may have become a link to elsewhere.
    if not modes.S_ISREG(found.st_mode) or os.path.realpath(file) != file:
        raise _another(file)
    return looks_of(found), found.st_mode


def moving(file: str) -> InputError:
    """Return what is said of a file that changed each time it was read."""
    return InputError(
        f"a file must hold still while it is committed; '{file}' changed while it was read, twice",
        hint="Stop what writes to it, or commit a copy.",
    )


def _another(file: str) -> InputError:
    return InputError(
        f"'{file}' must stay a file while it is committed; it became something else",
        hint="Stop what changes it, then commit again.",
    )


def _unreadable(file: str, error: OSError) -> InputError:
    if error.errno in (errno.ELOOP, errno.EISDIR):
        # What was a file when it was found is a link now, or a folder.
        return _another(file)
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return InputError(
            f"a commit must be able to open files; '{file}' is one too many ({error.strerror})",
            hint="Allow more open files (ulimit -n), then commit again.",
        )
    return unreadable("file", file, error)
