"""A mount's files for those who read through fsspec, and a piece of one."""

from __future__ import annotations

import os
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

from trustlab.core.errors import ConflictError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustlab.data.mounts.mounted import Found, Mounted
    from trustlab.data.mounts.opening import Place

COPY_SECONDS = 10.0
# What a reader that asks for pieces gets at once.
BLOCK = 1024 * 1024
_TELLING = {"mtime", "etag"}
_TYPES = {"folder": "directory", "file": "file", "table": "file", "refused": "other"}


class MountedFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file of a mount, read in blocks; it keeps the mount open.

    It can be sent to another process while the file is what it was; a forked one must open it anew.
    """

    def __init__(
        self, fs: Any, path: str, file: BinaryIO, info: dict[str, Any], held: ExitStack, **options: Any
    ) -> None:
        self._file = file
        self._process = os.getpid()
        self.details = info
        # Some readers drop a file without closing it; what is below must then be closed before it is collected.
        self._let_go = weakref.finalize(self, held.close)
        self._turn = threading.Lock()
        super().__init__(fs, path, "rb", size=info["size"], **options)

    def close(self) -> None:
        """Close the file and its mount."""
        super().close()
        self._let_go()

    def state(self) -> dict[str, Any]:
        """Return what tells this content from another: what the system says of it, or else a digest."""
        with self._turn:
            return _state(self.details["stamp"], self._file)

    def _fetch_range(self, start: int, end: int) -> bytes:
        if self._process != os.getpid():
            # Two processes would move one another's place in it.
            raise ConflictError(
                f"a mount's file must be read in the process that opened it; '{self.path}' came by a fork",
                hint="Open it in the new process.",
            )
        with self._turn:
            return _read(self._file, start, end - start)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what opens the same file at the same place in another process."""
        return _reopen, (self.fs, self.path, self.state(), self.blocksize, self.loc)


class Copies:
    """Tables written to files for readers that ask for a size, then for a piece, then for another: one copy serves.

    A copy is given out for a few seconds from when the table was asked for, so that what one reader does sees one
    state; who holds it open may read on.
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._turn = threading.Lock()
        self._made: dict[tuple[str, str], tuple[float, Path]] = {}
        self._folder: Path | None = None

    def open(self, mounted: Mounted, found: Found) -> BinaryIO:
        """Open the copy of a table; make it where there is none, or none young enough."""
        if self._process != os.getpid():
            # The copies are the parent's, and so may be the lock.
            self._begin()
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
            weakref.finalize(self, _remove, self._folder, self._process)
        return self._folder / uuid.uuid4().hex


def info_of(name: str, found: Found) -> dict[str, Any]:
    """Return what fsspec wants to know of a file or folder of the mount ``name``."""
    told = {"name": f"{name}/{found.path}".rstrip("/"), "size": found.size, "type": _TYPES[found.kind]}
    if found.kind == "folder":
        return told | {"size": 0}
    return told | {"created": found.stamp.get("mtime"), "stamp": dict(found.stamp)}


def info(place: Place, copies: Copies) -> dict[str, Any]:
    """Return what fsspec wants to know of what is at a place."""
    with place.open() as mounted:
        return info_of(place.mount.name, sized(mounted.find(place.path), mounted, copies))


def listing(place: Place) -> list[dict[str, Any]]:
    """Return the same of what stands directly in a folder; a table's size is None until it is asked for."""
    with place.open() as mounted:
        return [info_of(place.mount.name, one) for one in mounted.listed(place.path)]


def below(place: Place, maxdepth: int | None, *, withdirs: bool) -> list[dict[str, Any]]:
    """Return the same of what is at or below a place, the mount opened once."""
    with place.open() as mounted:
        found = _walk(mounted, mounted.find(place.path), maxdepth)
        return [info_of(place.mount.name, one) for one in found if withdirs or one.kind != "folder"]


def state_of(place: Place, copies: Copies) -> str:
    """Return a name for the state of what is at a place: another one where a byte of it, or a name below, is another.

    Where the system tells neither a time nor an etag, as of a table, all of it is read.
    """
    from fsspec.utils import tokenize

    with place.open() as mounted:
        top = mounted.find(place.path)
        states = [
            (one.path, one.reason if one.kind == "refused" else _state_of(one, mounted, copies))
            for one in _walk(mounted, top, None)
            if one.kind != "folder"
        ]
        return str(tokenize(place.mount.name, mounted.address.shown, place.mount.query, top.path, states))


def size_of(fs: Any, info: dict[str, Any]) -> int:
    """Return the bytes of what a listing told of: a table is written out, what a web server does not measure opened."""
    if info["size"] is None and info["type"] == "file":
        with fs.open(info["name"]) as file:
            return int(file.size)
    return int(info["size"] or 0)


def sized(found: Found, mounted: Mounted, copies: Copies) -> Found:
    """Return what was found with a size: a table has one once it is written out."""
    if found.kind != "table":
        return found
    with copies.open(mounted, found) as file:
        return replace(found, size=file.seek(0, 2))


def open_file(
    fs: Any, path: str, place: Place, copies: Copies, block_size: int | None = None, **caching: Any
) -> MountedFile:
    """Open the file at a place for fsspec, a table by its copy.

    Parameters
    ----------
    fs : TrustFileSystem
    path : str
        As it was asked for.
    place : Place
    copies : Copies
    block_size : int or None
    **caching
        ``cache_type`` and ``cache_options``, as fsspec takes them.

    Raises
    ------
    IsADirectoryError
        If it is a folder.
    """
    with ExitStack() as stack:
        mounted = stack.enter_context(place.open())
        found = _one_of(mounted, place)
        file = stack.enter_context(_stream(found, mounted, copies))
        size = found.size if found.size is not None else file.seek(0, 2)
        told = info_of(place.mount.name, replace(found, size=size))
        return MountedFile(fs, path, file, told, stack.pop_all(), block_size=block_size or BLOCK, **caching)


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


def _stream(found: Found, mounted: Mounted, copies: Copies) -> BinaryIO:
    return copies.open(mounted, found) if found.kind == "table" else mounted.open(found.path)


def _walk(mounted: Mounted, found: Found, depth: int | None) -> Iterator[Found]:
    yield found
    if found.kind == "folder" and depth != 0:
        for one in mounted.children(found.path):
            yield from _walk(mounted, one, None if depth is None else depth - 1)


def _state_of(found: Found, mounted: Mounted, copies: Copies) -> dict[str, Any]:
    if found.stamp.keys() & _TELLING:
        return dict(found.stamp)
    with _stream(found, mounted, copies) as file:
        return _state(found.stamp, file)


def _state(stamp: Mapping[str, Any], file: BinaryIO) -> dict[str, Any]:
    if stamp.keys() & _TELLING:
        return dict(stamp)
    from blake3 import blake3

    digest = blake3()
    file.seek(0)
    while data := file.read(BLOCK):
        digest.update(data)
    return {"digest": digest.hexdigest()}


def _reopen(fs: Any, path: str, state: dict[str, Any], block_size: int, loc: int) -> MountedFile:
    file: MountedFile = fs.open(path, "rb", block_size=block_size)
    if file.state() != state:
        file.close()
        raise ConflictError(
            f"a mount's file must hold still while it is sent to another process; '{path}' changed meanwhile",
            hint="Send the address and open it there, or commit the mount and send the version.",
        )
    file.seek(loc)
    return file


def _remove(folder: Path, process: int) -> None:
    # A forked process has this too, but the copies are its parent's.
    if process == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(start)
    parts = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
