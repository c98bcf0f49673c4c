"""Whatever fsspec reads: object stores, web servers, file servers, memory; a folder there, or one file."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

from trustlab.core import optional
from trustlab.core.errors import MissingExtraError, RefusedError, TrustlabError, UsageError
from trustlab.data.mounts.mounted import (
    Found,
    Mounted,
    Snapshot,
    later,
    plain,
    refuse_change,
    why_not_plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustlab.data.mounts.address import Address
    from trustlab.store.sources import Content

BLOCK = 4 * 1024 * 1024
CONNECT_SECONDS = 5
READ_SECONDS = 20
_EXAMPLES = "For example s3://bucket/folder --option endpoint_url=http://localhost:9000, or https://host/table.csv."
_EXTRAS = {"s3": "s3", "s3a": "s3"}
# By these names systems say what tells one state of a file from another.
_ETAGS = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "ino")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")
# What libraries below fsspec raise that is no OSError, where they are loaded.
_FAULTS = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("aiohttp", "ClientError"),
)


def faults() -> tuple[type[Exception], ...]:
    """Return the exceptions of the libraries that are loaded."""
    loaded = [(sys.modules.get(module), name) for module, name in _FAULTS]
    return tuple(getattr(module, name) for module, name in loaded if module is not None)


def file_system(address: Address) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it.

    Raises
    ------
    MissingExtraError
        If the library that reads it is not installed.
    UsageError
        If nothing knows its protocol, or an option.
    """
    from fsspec.core import url_to_fs

    parts = address.url.split("::")
    protocols = [part.partition("://")[0] for part in parts]
    if "trust" in protocols:
        raise RefusedError(
            f"a mount must lead to another store; got {address.shown}", hint="Read trust:// addresses as they are."
        )
    for protocol in protocols:
        optional.require(_EXTRAS.get(protocol), f"the mount '{address.name}'")
    options = {**_bounded(protocols[0], address.options), **address.options}
    try:
        found, path = url_to_fs(address.url, **options)
    except ImportError as error:
        raise MissingExtraError(
            f"the mount '{address.name}' needs a library that is not installed ({error})",
            hint="Install the library that it names.",
        ) from error
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"a mount's URL and options must be ones that fsspec knows; got {address.shown} "
            f"({address.hide(str(error))})",
            hint=_EXAMPLES,
        ) from error
    # What was listed before may be another thing by now.
    found.invalidate_cache()
    return found, path


def stamp_of(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a system says of a file's state: size, mtime and etag, each where it is known."""
    stamp = {}
    if isinstance(info.get("size"), int):
        stamp["size"] = info["size"]
    for key, names in (("mtime", _TIMES), ("etag", _ETAGS)):
        value = next((info[name] for name in names if info.get(name)), None)
        if value is not None:
            stamp[key] = _moment(value) if key == "mtime" else str(value).strip('"')
    return stamp


class Remote(Mounted):
    """A folder or a file of a system that fsspec reads."""

    kind: ClassVar[str] = "fsspec"

    @classmethod
    def claims(cls, address: Address) -> bool:
        """Tell whether the address has a protocol."""
        return "://" in address.url or "::" in address.url

    def find(self, path: str) -> Found:
        """Return what is at a path."""
        path = plain(path, self.address.name)
        if self._only is not None:
            if path not in {"", self._only}:
                raise self.lacks(path, [self._only])
            path = self._only
        with self._explained():
            try:
                info = self._info(path)
            except FileNotFoundError as error:
                if not path:
                    raise
                raise self.lacks(path, self._near(path)) from error
        return self._found(path, info)

    def children(self, folder: str) -> list[Found]:
        """Return what stands directly in a folder."""
        system, _ = self._system
        full = self._full(folder)
        with self._explained():
            infos = system.ls(full, detail=True)
        found = {}
        for info in infos:
            inner = self._inner(info["name"])
            # Object stores list a folder's own marker too, web servers whatever a page links to.
            if inner and inner.rpartition("/")[0] == folder and inner != folder:
                found[inner] = self._found(inner, info)
        return [found[path] for path in sorted(found)]

    def read(self, found: Found) -> BinaryIO:
        """Open a file; where the system cannot seek, a copy of it."""
        with self._explained():
            file = self._stream(found.path)
            try:
                file.seek(0, 2)
                file.seek(0)
            except (ValueError, OSError):
                return _copied(file)
        return file

    def snapshot(self, path: str) -> Snapshot:
        """Return files that are opened one after the other, each refused where it changes meanwhile."""
        files = self.files_of(path)
        source: list[tuple[str, Content]] = [(inner, self._later(found)) for inner, found in files]
        return Snapshot(source=source, stamps={inner: found.stamp for inner, found in files})

    @cached_property
    def _system(self) -> tuple[Any, str]:
        with self._explained():
            return file_system(self.address)

    @cached_property
    def _only(self) -> str | None:
        """The name of the one file that the address names, None where it names a folder."""
        system, root = self._system
        if self.address.url.endswith("/") or not root.strip("/"):
            return None
        with self._explained():
            kind = system.info(root)["type"]
        return root.rstrip("/").rpartition("/")[2].partition("?")[0] if kind == "file" else None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with self.explained(*faults()):
                yield
        except (ValueError, TypeError) as error:
            # What the libraries below say of an address or an option that they cannot use, at first contact.
            raise UsageError(
                f"the mount '{self.address.name}' must have a URL and options that its library knows; got "
                f"{self.address.shown} ({self._words(error)})",
                hint=_EXAMPLES,
            ) from error

    def _full(self, path: str) -> str:
        root = self._system[1]
        if self._only is not None or not path:
            return root
        return f"{root.rstrip('/')}/{path}" if root else path

    def _info(self, path: str) -> Mapping[str, Any]:
        system, full = self._system[0], self._full(path)
        info: Mapping[str, Any] = system.info(full)
        if self._only is None and info["type"] == "file":
            # A web server has pages only: one that lists others is a folder.
            page = info.get("mimetype") == "text/html" and system.isdir(f"{full.rstrip('/')}/")
            return {"name": full, "type": "directory"} if page or not path else info
        return info

    def _inner(self, full: str) -> str:
        root = self._system[1].strip("/")
        inner = full.strip("/")
        return inner.removeprefix(root).strip("/") if inner.startswith(root) else ""

    def _found(self, path: str, info: Mapping[str, Any]) -> Found:
        if path and why_not_plain(path):
            return Found(path=path, kind="refused", reason=why_not_plain(path))
        if info["type"] == "directory":
            return Found(path=path, kind="folder")
        if info["type"] != "file":
            return Found(path=path, kind="refused", reason=f"it is a {info['type']}")
        stamp = stamp_of(info)
        return Found(path=path, kind="file", size=stamp.get("size"), stamp=stamp)

    def _near(self, path: str) -> list[str]:
        try:
            return [one.path for one in self.children(path.rpartition("/")[0])]
        except TrustlabError:
            return []

    def _stream(self, path: str) -> BinaryIO:
        return cast("BinaryIO", self._system[0].open(self._full(path), "rb", block_size=BLOCK))

    def _later(self, found: Found) -> BinaryIO:
        before: dict[str, Any] = {}

        def now() -> dict[str, Any]:
            self._system[0].invalidate_cache()
            return dict(self.find(found.path).stamp)

        def opened() -> BinaryIO:
            # Asked anew, for a listing may tell the same in another form; and once, for a file may be read twice.
            if not before:
                before.update(now())
            return self._stream(found.path)

        def unchanged(read: int) -> None:
            listed = {key: found.stamp[key] for key in ("size", "etag") if key in found.stamp}
            refuse_change(self.address.name, found.path, {**before, **listed}, now(), read)

        return later(opened, unchanged, self._explained)


def _moment(value: Any) -> str:
    if isinstance(value, int | float):
        value = datetime.fromtimestamp(value, UTC)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _bounded(protocol: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with which a server that is down is noticed soon."""
    if protocol in _EXTRAS and "config_kwargs" not in given:
        # s3fs itself tries five times.
        once = {"total_max_attempts": 1}
        limits = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, "retries": once}
        return {"config_kwargs": limits}
    if protocol in {"http", "https"} and "client_kwargs" not in given:
        import aiohttp

        return {
            "client_kwargs": {"timeout": aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)}
        }
    return {}


def _copied(file: BinaryIO) -> BinaryIO:
    import shutil

    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        with file:
            shutil.copyfileobj(file, copy, BLOCK)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return cast("BinaryIO", copy)
