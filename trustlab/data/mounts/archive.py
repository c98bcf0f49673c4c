"""A zip archive, on this machine or on any other that fsspec reads; nothing is unpacked to disk."""

from __future__ import annotations

import stat as modes
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

from trustlab.core.errors import InputError
from trustlab.data.mounts.folder import local_path
from trustlab.data.mounts.mounted import (
    Found,
    Mounted,
    Snapshot,
    later,
    plain,
    refuse_change,
    why_not_plain,
)
from trustlab.data.mounts.remote import BLOCK, faults, file_system, stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustlab.data.mounts.address import Address
    from trustlab.store.sources import Content

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
_ENCRYPTED = 0x1


class Archive(Mounted):
    """The files in a zip archive."""

    kind: ClassVar[str] = "zip"

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._held = ExitStack()

    @classmethod
    def claims(cls, address: Address) -> bool:
        """Tell whether the address names a file that ends in .zip."""
        if "::" in address.url or not address.url.partition("?")[0].lower().endswith(".zip"):
            return False
        path = local_path(address.url)
        return path is None or not path.is_dir()

    def find(self, path: str) -> Found:
        """Return what is at a path."""
        path = plain(path, self.address.name)
        found = self._contents.get(path)
        if found is None:
            raise self.lacks(path, [one for one in self._contents if one])
        return found

    def children(self, folder: str) -> list[Found]:
        """Return what stands directly in a folder; at the top also every name that is refused."""
        refused = [] if folder else self._refused
        return sorted([*self._by_folder.get(folder, ()), *refused], key=lambda one: one.path)

    def read(self, found: Found) -> BinaryIO:
        """Open a file."""
        with self._explained():
            return cast("BinaryIO", self._zip.open(found.path))

    def snapshot(self, path: str) -> Snapshot:
        """Return files that are unpacked one after the other, refused where the archive changes meanwhile."""
        files = self.files_of(path)
        source: list[tuple[str, Content]] = [(inner, self._later(found)) for inner, found in files]
        stamps = {"": self._stamp} | {inner: found.stamp for inner, found in files}
        return Snapshot(source=source, stamps=stamps)

    def close(self) -> None:
        """Close the archive."""
        self._held.close()

    @cached_property
    def _place(self) -> tuple[Any, str]:
        with self.explained(*faults()):
            return file_system(self.address)

    @cached_property
    def _stamp(self) -> dict[str, Any]:
        return self._looks()

    def _looks(self) -> dict[str, Any]:
        system, path = self._place
        with self.explained(*faults()):
            system.invalidate_cache()
            return stamp_of(system.info(path))

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        system, path = self._place
        assert self._stamp is not None  # before anything is read
        with self._explained():
            file = self._held.enter_context(system.open(path, "rb", block_size=BLOCK))
            return self._held.enter_context(zipfile.ZipFile(file))

    @cached_property
    def _refused(self) -> list[Found]:
        refused = []
        for info in self._zip.infolist():
            # The name before zipfile made it harmless: what an archive tries is worth seeing.
            reason = why_not_plain(info.orig_filename.removesuffix("/"))
            if reason is not None:
                refused.append(Found(path=info.orig_filename, kind="refused", reason=reason))
        return refused

    @cached_property
    def _contents(self) -> dict[str, Found]:
        found = {"": Found(path="", kind="folder")}
        for info in self._zip.infolist():
            path = info.orig_filename.removesuffix("/")
            if why_not_plain(path) is not None:
                continue
            for at in (at for at, letter in enumerate(path) if letter == "/"):
                found.setdefault(path[:at], Found(path=path[:at], kind="folder"))
            if info.is_dir():
                found.setdefault(path, Found(path=path, kind="folder"))
            else:
                found[path] = _file(path, info)
        return found

    @cached_property
    def _by_folder(self) -> dict[str, list[Found]]:
        inside: dict[str, list[Found]] = {}
        for path, one in self._contents.items():
            if path:
                inside.setdefault(path.rpartition("/")[0], []).append(one)
        return inside

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with self.explained(*faults()):
                yield
        except _BROKEN as error:
            raise InputError(
                f"the mount '{self.address.name}' must be a whole zip archive; {self.address.shown} is not ({error})",
                hint="Copy or pack it again.",
            ) from error

    def _later(self, found: Found) -> BinaryIO:
        def unchanged(read: int) -> None:
            refuse_change(self.address.name, found.path, {"size": found.size}, {"size": found.size}, read)
            refuse_change(self.address.name, found.path, self._stamp, self._looks(), self._stamp.get("size", read))

        return later(lambda: self.read(found), unchanged, self._explained)


def _file(path: str, info: zipfile.ZipInfo) -> Found:
    if info.flag_bits & _ENCRYPTED:
        return Found(path=path, kind="refused", reason="it is encrypted")
    if modes.S_ISLNK(info.external_attr >> 16):
        return Found(path=path, kind="refused", reason="it is a link")
    year, month, day, hour, minute, second = info.date_time
    mtime = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    return Found(
        path=path,
        kind="file",
        size=info.file_size,
        stamp={"size": info.file_size, "mtime": mtime, "etag": f"crc32:{info.CRC:08x}"},
    )
