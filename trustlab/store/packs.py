"""Keep chunks in pack files: append, make durable, read back a piece, list, remove."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from trustlab.core.errors import ConflictError
from trustlab.store.direct import BlockWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAGIC = b"TRUSTPK1"
# Before each chunk: its name, its length in the pack, and its codec, so that a pack explains itself.
HEADER = struct.Struct(">32sII")

# In the packs' place: the number of the store whose packs these are.
OWNER = "store-id"

_SUFFIX = ".pack"
_OPEN_FILES = 64
# Chunks below the one size wait for others until there is the other: one by one they are dear to write.
_SMALL_BYTES = 16 * 1024
_JOINED_BYTES = 256 * 1024


class PackWriter(Protocol):
    """One pack while it is written; nobody else sees it before the index names it."""

    name: str
    size: int

    def append(self, name: bytes, data: bytes | memoryview, codec: int) -> int:
        """Add a chunk as :mod:`trustlab.store.codec` made it, and return the offset at which its bytes begin."""

    def seal(self) -> None:
        """Make everything appended durable; nothing can be appended afterwards."""

    def confirm(self) -> None:
        """See to it that the pack is still there, where it could be gone: the index is about to name it."""

    def release(self) -> None:
        """Let ``Packs.remove`` touch the pack again."""

    def discard(self) -> None:
        """Remove the pack; only while no index names it."""


class Packs(Protocol):
    """Where packs live: a local folder today, any object store that keeps this interface tomorrow."""

    @property
    def place(self) -> str:
        """Where that is, as it may be shown."""

    def owner(self) -> str | None:
        """Return the store that the place is marked as belonging to, None where it is not marked."""

    def claim(self, store: str) -> None:
        """Mark the place as this store's; where another one was faster, its mark stays as far as the place can tell."""

    def create(self) -> PackWriter:
        """Begin a new pack."""

    def read(self, pack: str, offset: int, length: int) -> bytes:
        """Return bytes of a pack; fewer where it is shorter. FileNotFoundError where there is no such pack."""

    def size(self, pack: str) -> int | None:
        """Return a pack's length in bytes, None where it is missing."""

    def names(self) -> list[str]:
        """Return every pack's name, sorted."""

    def remove(self, pack: str, unwanted: Callable[[], bool]) -> bool:
        """Remove a pack that no live writer holds and that is still ``unwanted``; return whether it went."""

    def forget(self) -> None:
        """Close what is held open, so that the next read sees the disk as it is now."""


class LocalPacks:
    """Packs in a local folder, one file each, in sub-folders by the first two characters of the name.

    Parameters
    ----------
    folder : Path
        Made when the first pack is created.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, _OpenPack] = {}

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    def owner(self) -> str | None:
        """Return the store that the folder is marked as belonging to, None where it is not marked."""
        mark = self.folder / OWNER
        with _writable(mark), suppress(FileNotFoundError):
            return mark.read_text(encoding="utf-8", errors="replace").strip()
        return None

    def claim(self, store: str) -> None:
        """Mark the folder as this store's, for good, unless it is marked."""
        mark = self.folder / OWNER
        new = self.folder / f"{OWNER}.{uuid.uuid4().hex}"
        with _writable(mark):
            self._make_folder()
            try:
                with new.open("x", encoding="utf-8") as file:
                    file.write(f"{store}\n")
                    file.flush()
                    os.fsync(file.fileno())
                _name_once(new, mark)
            finally:
                new.unlink(missing_ok=True)
            _sync_folder(self.folder)

    def path(self, pack: str) -> Path:
        """Return where a pack's file is."""
        return self.folder / pack[:2] / f"{pack}{_SUFFIX}"

    def create(self) -> LocalPackWriter:
        """Begin a new pack under a lock that the system drops when the process ends."""
        while True:
            pack = uuid.uuid4().hex
            path = self.path(pack)
            with _writable(path):
                self._make_folder()
                path.parent.mkdir(exist_ok=True)
                descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                # A sweep may have taken the file between its creation and the lock.
                if os.fstat(descriptor).st_nlink:
                    return LocalPackWriter(pack, path, descriptor)
                os.close(descriptor)

    def join(self, pack: str) -> LocalPackWriter:
        """Write a pack that another process has begun, and that it holds until it lets go."""
        path = self.path(pack)
        with _writable(path):
            return LocalPackWriter(pack, path, os.open(path, os.O_WRONLY))

    def read(self, pack: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes at ``offset``; fewer where the pack is shorter."""
        held = self._open.get(pack)
        if held is None:
            if len(self._open) >= _OPEN_FILES:
                self.forget()
            held = self._open[pack] = _OpenPack(self.path(pack))
        return os.pread(held.descriptor, length, offset)

    def size(self, pack: str) -> int | None:
        """Return a pack's length in bytes, None where it is missing."""
        try:
            return self.path(pack).stat().st_size
        except FileNotFoundError:
            return None

    def names(self) -> list[str]:
        """Return every pack's name, sorted."""
        return sorted(path.stem for path in self.folder.glob(f"??/*{_SUFFIX}"))

    def remove(self, pack: str, unwanted: Callable[[], bool]) -> bool:
        """Remove a pack that no live writer holds and that is still ``unwanted``; return whether it went."""
        path = self.path(pack)
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            # The writer may have published between the caller's look and the lock: ask again under the lock.
            if not _try_lock(descriptor) or not unwanted():
                return False
            path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)
        return True

    def forget(self) -> None:
        """Close the files held open for reading."""
        self._open = {}

    def _make_folder(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            # That it is there must survive a power cut as its packs do.
            _sync_folder(self.folder.parent)


class _OpenPack:
    """A pack open for reading, closed when the last one who reads lets go: readers may be threads of one process."""

    __slots__ = ("descriptor",)

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        # Where it could not be opened there is nothing to close.
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)


class LocalPackWriter:
    """A pack file that grows at its end."""

    def __init__(self, name: str, path: Path, descriptor: int) -> None:
        self.name = name
        self._path = path
        self._descriptor = descriptor
        self._file = BlockWriter(descriptor, durable=True)
        self._guard = _writable(path)
        self._waiting: list[bytes] = [MAGIC]
        self._waiting_bytes = len(MAGIC)
        self.size = len(MAGIC)

    def append(self, name: bytes, data: bytes | memoryview, codec: int) -> int:
        """Add a chunk, and return the offset at which its bytes begin."""
        length = len(data)
        self._waiting.append(HEADER.pack(name, length, codec))
        self._waiting_bytes += HEADER.size + length
        # Bytes of anybody else's may change while they wait.
        if length < _SMALL_BYTES and isinstance(data, bytes):
            self._waiting.append(data)
            if self._waiting_bytes >= _JOINED_BYTES:
                self._write_waiting()
        else:
            self._write_waiting(data)
        offset = self.size + HEADER.size
        self.size = offset + length
        return offset

    def _write_waiting(self, data: bytes | memoryview = b"") -> None:
        """Write what waits, and data after it."""
        with self._guard:
            self._file.write(b"".join(self._waiting))
            self._file.write(data)
        self._waiting.clear()
        self._waiting_bytes = 0

    def seal(self) -> None:
        """Write through to the disk: the file, then the folders that name it."""
        self._write_waiting()
        with self._guard:
            self._file.flush()
            os.fsync(self._descriptor)
            for folder in (self._path.parent, self._path.parent.parent):
                _sync_folder(folder)

    def confirm(self) -> None:
        """Do nothing: the lock keeps the pack."""

    def release(self) -> None:
        """Close the file, and with it drop the lock."""
        self._file.close()

    def discard(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)
        self._file.close()


class _writable:  # noqa: N801 - reads as a phrase at its use
    """Turn the system's refusal to write into an error that names the folder."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise _refused(self._path, error) from error


def _refused(path: Path, error: OSError) -> ConflictError:
    return ConflictError(
        f"the store's objects folder must take new packs; got '{error.strerror}' in {path.parent}",
        hint="Free space or allow writing there, then commit again; what was committed before is untouched.",
    )


def _name_once(file: Path, name: Path) -> None:
    """Give a file its name unless another one has it."""
    with suppress(FileExistsError):
        try:
            os.link(file, name)
        except OSError as error:
            # Some file systems know no second name for a file.
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
                raise
            if not name.exists():
                file.replace(name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
