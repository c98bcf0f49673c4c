"""A mount's files for those who read through fsspec, and a piece of one."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
import uuid
import weakref
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from fsspec.spec import AbstractBufferedFile

from trustlab.core.errors import UsageError

if TYPE_CHECKING:
    from trustlab.data.mounts.mounted import Found, Mounted
    from trustlab.data.mounts.opening import Place

COPY_SECONDS = 10.0
_TYPES = {"folder": "directory", "file": "file", "table": "file", "refused": "other"}


class MountedFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file of a mount, read in blocks; it keeps the mount open."""

    def __init__(self, fs: Any, path: str, file: BinaryIO, held: ExitStack, **options: Any) -> None:
        self._file = file
        # Some readers drop a file without closing it; what is below must then be closed before it is collected.
        self._let_go = weakref.finalize(self, held.close)
        self._turn = threading.Lock()
        super().__init__(fs, path, "rb", **options)

    def close(self) -> None:
        """Close the file and its mount."""
        super().close()
        self._let_go()

    def _fetch_range(self, start: int, end: int) -> bytes:
        with self._turn:
            return _read(self._file, start, end - start)


class Copies:
    """Tables written to files for readers that ask for a size, then for a piece, then for another: one copy serves.

    A copy is given out for a few seconds from when the table was asked for, so that what one reader does sees one
    state; who holds it open may read on.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._made: dict[tuple[str, str], tuple[float, Path]] = {}
        self._folder: Path | None = None

    def open(self, mounted: Mounted, found: Found) -> BinaryIO:
        """Open the copy of a table; make it where there is none, or none young enough."""
        key = (mounted.address.name + "\0" + mounted.address.url, found.path)
        with self._turn:
            for old in [old for old, (made, _) in self._made.items() if time.monotonic() - made > COPY_SECONDS]:
                self._made.pop(old)[1].unlink()
            if key not in self._made:
                began = time.monotonic()
                place = self._place()
                with mounted.read(found) as table, place.open("wb") as copy:
                    shutil.copyfileobj(table, copy, 1 << 20)
                self._made[key] = (began, place)
            return self._made[key][1].open("rb")

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="trustlab-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / uuid.uuid4().hex


def info_of(name: str, found: Found) -> dict[str, Any]:
    """Return what fsspec wants to know of a file or folder of the mount ``name``."""
    told = {"name": f"{name}/{found.path}".rstrip("/"), "size": found.size, "type": _TYPES[found.kind]}
    if found.kind == "folder":
        return told | {"size": 0}
    return told | {"created": found.stamp.get("mtime"), "stamp": dict(found.stamp)}


def sized(found: Found, mounted: Mounted, copies: Copies) -> Found:
    """Return what was found with a size: a table has one once it is written out."""
    if found.kind != "table":
        return found
    with copies.open(mounted, found) as file:
        return replace(found, size=file.seek(0, 2))


def open_file(
    fs: Any, path: str, place: Place, copies: Copies, block_size: int, cache_options: dict[str, Any] | None
) -> AbstractBufferedFile:
    """Open the file at a place for fsspec, a table by its copy.

    Raises
    ------
    IsADirectoryError
        If it is a folder.
    """
    with ExitStack() as stack:
        mounted = stack.enter_context(place.open())
        found = _one_of(mounted, place)
        file = stack.enter_context(copies.open(mounted, found) if found.kind == "table" else mounted.open(found.path))
        size = found.size if found.size is not None else file.seek(0, 2)
        return MountedFile(
            fs, path, file, stack.pop_all(), block_size=block_size, cache_options=cache_options, size=size
        )


def read_piece(place: Place, start: int, limit: int) -> tuple[str, int, bytes]:
    """Return the path of the file at a place, its size, and at most ``limit`` bytes from ``start`` on."""
    with place.open() as mounted:
        try:
            found = _one_of(mounted, place)
        except IsADirectoryError as error:
            raise UsageError(
                f"'{place.mount.name}' must name a file, as {place.mount.name}:PATH; got a folder",
                hint=f"`trust data ls {place.mount.name}` lists it.",
            ) from error
        with mounted.open(found.path) as file:
            size = found.size if found.size is not None else file.seek(0, 2)
            return found.path, size, _read(file, start, limit)


def _one_of(mounted: Mounted, place: Place) -> Found:
    found = mounted.find(place.path)
    if found.kind == "folder":
        # As of a version: the path may be left out where there is one file.
        inside = mounted.listed(place.path) if not place.path else []
        if len(inside) != 1 or inside[0].kind not in {"file", "table"}:
            raise IsADirectoryError(f"trust://{place.mount.name}/{place.path}")
        found = inside[0]
    return found


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(start)
    parts = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
