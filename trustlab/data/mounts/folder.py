"""A folder of this machine, or one file: nothing outside it is ever read."""

from __future__ import annotations

import os
import stat as modes
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar
from urllib.parse import unquote, urlsplit

from trustlab.core.errors import RefusedError
from trustlab.data.mounts.mounted import Found, Mounted, Snapshot, plain, why_not_plain

if TYPE_CHECKING:
    from trustlab.data.mounts.address import Address

_SCHEMES = ("file", "local")


def local_path(url: str) -> Path | None:
    """Return the path that a URL of this machine names, None for any other."""
    if "::" in url:
        return None
    if "://" not in url:
        return Path(url)
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme in _SCHEMES and not parts.netloc else None


class Folder(Mounted):
    """A folder or a file of this machine."""

    kind: ClassVar[str] = "folder"

    @classmethod
    def claims(cls, address: Address) -> bool:
        """Tell whether the address is a path."""
        return local_path(address.url) is not None

    def find(self, path: str) -> Found:
        """Return what is at a path; links that lead out of the folder are refused."""
        path = plain(path, self.address.name)
        top = self._top
        if not path:
            return self._found("", top) if top.is_file() else Found(path="", kind="folder")
        inner = self._inner(path, top)
        try:
            place = inner.resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError) as error:
            near = [one.name for one in inner.parent.iterdir()] if inner.parent.is_dir() else []
            raise self.lacks(path, near) from error
        except (OSError, RuntimeError) as error:
            raise RefusedError(f"'{self.address.name}:{path}' must lead to a file; it leads in a circle") from error
        found = self._found(path, place)
        if found.kind == "refused":
            raise RefusedError(f"'{self.address.name}:{path}' must be a file or folder of the mount; {found.reason}")
        return found

    def children(self, folder: str) -> list[Found]:
        """Return what stands directly in a folder; the workspace's own folder is left out."""
        top = self._top
        with self.explained(), os.scandir(top / folder) as entries:
            names = sorted(entry.name for entry in entries)
        found = []
        for name in names:
            path = f"{folder}/{name}" if folder else name
            if (top / path).absolute() == self.address.apart.absolute():
                continue
            found.append(self._child(path, top / path))
        return found

    def read(self, found: Found) -> BinaryIO:
        """Open a file."""
        place = self._inner(found.path, self._top).resolve()
        with self.explained():
            # Neither through a link nor waiting for a pipe that took the file's place meanwhile.
            descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            file = os.fdopen(descriptor, "rb")
        if not modes.S_ISREG(os.fstat(descriptor).st_mode):
            file.close()
            raise RefusedError(f"'{self.address.name}:{found.path}' must stay a file; it became something else")
        return file

    def snapshot(self, path: str) -> Snapshot:
        """Return the path itself: the store walks, notices changes and skips what it knows already."""
        found = self.find(path)
        place = self._inner(found.path, self._top)
        return Snapshot(source=place, stamps={found.path or place.name: found.stamp} if found.kind == "file" else {})

    @cached_property
    def _top(self) -> Path:
        named = local_path(self.address.url)
        assert named is not None
        with self.explained():
            return named.expanduser().resolve(strict=True)

    def _inner(self, path: str, top: Path) -> Path:
        # A mount of one file holds that file alone, under its own name.
        if path and top.is_file():
            if path != top.name:
                raise self.lacks(path, [top.name])
            return top
        return top / path

    def _child(self, path: str, place: Path) -> Found:
        reason = why_not_plain(path)
        if reason is not None:
            shown = path.encode("utf-8", "backslashreplace").decode()
            return Found(path=shown, kind="refused", reason=reason)
        try:
            found = self._found(path, place.resolve(strict=True))
        except (OSError, RuntimeError):
            return Found(path=path, kind="refused", reason="it is a link that leads to nothing or in a circle")
        if found.kind == "folder" and place.is_symlink():
            # As in a commit: it could lead in a circle.
            return Found(path=path, kind="refused", reason="it is a link to a folder")
        return found

    def _found(self, path: str, place: Path) -> Found:
        top = self._top
        if top.is_dir() and not place.is_relative_to(top):
            return Found(path=path, kind="refused", reason="it is a link that leads out of the mount")
        if place.is_relative_to(self.address.apart.resolve()):
            return Found(path=path, kind="refused", reason="it is in the workspace's own folder")
        with self.explained():
            looks = place.stat()
        if modes.S_ISDIR(looks.st_mode):
            return Found(path=path, kind="folder")
        if not modes.S_ISREG(looks.st_mode):
            return Found(path=path, kind="refused", reason="it is neither a file nor a folder")
        return Found(path=path or place.name, kind="file", size=looks.st_size, stamp=_stamp(looks))


def _stamp(looks: os.stat_result) -> dict[str, Any]:
    from datetime import UTC, datetime

    changed = datetime.fromtimestamp(looks.st_mtime_ns / 1e9, UTC)
    return {"size": looks.st_size, "mtime": changed.isoformat(timespec="microseconds")}
