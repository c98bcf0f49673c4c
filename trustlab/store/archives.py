"""Files one after another into a zip, a tar or a folder, with nothing of the moment or the machine in it."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from contextlib import ExitStack
from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol, Self

from trustlab.core.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

_MODES = {False: 0o644, True: 0o755}
_LEVEL = 6


class Writer(Protocol):
    """Takes files; a context manager that is complete when it is left."""

    def add(self, path: str, size: int, pieces: Iterable[bytes | memoryview], *, executable: bool) -> None:
        """Write one file, whose pieces hold ``size`` bytes."""


class _Archive:
    """What the archives share: a file that is synced and closed when all is in it."""

    def __init__(self, file: Path, time: datetime) -> None:
        self._stack = ExitStack()
        self._time = time.astimezone(UTC)
        self._file = self._stack.enter_context(file.open("xb"))
        # Runs when what is written through the file is closed, and the file is not yet.
        self._stack.callback(self._sync)

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._stack.close()


class ZipWriter(_Archive):
    """A zip, deflated."""

    def __init__(self, file: Path, time: datetime) -> None:
        super().__init__(file, time)
        self._zip = self._stack.enter_context(zipfile.ZipFile(self._file, "w"))

    def add(self, path: str, size: int, pieces: Iterable[bytes | memoryview], *, executable: bool) -> None:
        """Write one file."""
        info = zipfile.ZipInfo(path, self._time.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system = 3  # Unix: the mode is kept
        info.external_attr = (0o100000 | _MODES[executable]) << 16
        info.file_size = size
        with self._zip.open(info, "w") as stream:
            for piece in pieces:
                stream.write(piece)


class TarWriter(_Archive):
    """A tar in the POSIX format of 2001."""

    def __init__(self, file: Path, time: datetime) -> None:
        super().__init__(file, time)
        stream: Any = self._packed()
        self._tar = self._stack.enter_context(tarfile.TarFile(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT))

    def _packed(self) -> Any:
        return self._file

    def add(self, path: str, size: int, pieces: Iterable[bytes | memoryview], *, executable: bool) -> None:
        """Write one file."""
        info = tarfile.TarInfo(path)
        info.size, info.mtime, info.mode = size, int(self._time.timestamp()), _MODES[executable]
        self._tar.addfile(info, _Pieces(pieces))


class TarGzWriter(TarWriter):
    """A tar, packed by gzip."""

    def _packed(self) -> Any:
        # No file name and a given time in gzip's own header.
        moment = int(self._time.timestamp())
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=self._file, mtime=moment)
        return self._stack.enter_context(packed)


class FolderWriter:
    """A new folder."""

    def __init__(self, folder: Path, time: datetime) -> None:
        self._folder = folder
        self._seconds = time.timestamp()

    def __enter__(self) -> Self:
        self._folder.mkdir()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        return None

    def add(self, path: str, size: int, pieces: Iterable[bytes | memoryview], *, executable: bool) -> None:  # noqa: ARG002 - the protocol's
        """Write one file."""
        file = self._folder / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as stream:
                stream.writelines(pieces)
        except FileExistsError as error:
            raise ConflictError(
                f"the target must tell '{path}' from another file; its file system does not",
                hint="Export into an archive.",
            ) from error
        if executable:
            file.chmod(file.stat().st_mode | 0o111)
        os.utime(file, (self._seconds, self._seconds))


ARCHIVES: dict[str, type[ZipWriter | TarWriter]] = {
    ".zip": ZipWriter,
    ".tar": TarWriter,
    ".tar.gz": TarGzWriter,
    ".tgz": TarGzWriter,
}


class _Pieces(io.RawIOBase):
    """Pieces, read as a file."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces: Iterator[bytes | memoryview] = iter(pieces)
        self._left: bytes | memoryview = b""

    def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, fewer only at the end."""
        taken = [self._left]
        length = len(self._left)
        while length < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            taken.append(piece)
            length += len(piece)
        whole = b"".join(taken)
        self._left = whole[size:]
        return whole[:size]
