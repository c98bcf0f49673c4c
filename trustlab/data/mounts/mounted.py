"""What every kind of mount can do, once it is open."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Literal, Self, cast

from trustlab.core.errors import ConflictError, InputError, NotFoundError, RefusedError, did_you_mean
from trustlab.data.addresses import NoSuchPathError
from trustlab.store.names import check_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trustlab.data.mounts.address import Address
    from trustlab.store.sources import Source

_NAMED = 5
# What HTTP says of an address where nothing is.
_ABSENT = (404, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing in a mount.

    Parameters
    ----------
    path : str
        From the mount's top, ``/`` between names.
    kind : {'file', 'folder', 'table', 'refused'}
        A table is read as the Parquet file that it is written to; what is refused is listed, and never read.
    size : int or None
        In bytes, None where it is not known before reading.
    stamp : mapping
        What tells one state of it from another, as far as the system says: size, mtime, etag.
    reason : str or None
        Why it is refused.
    """

    path: str
    kind: Literal["file", "folder", "table", "refused"]
    size: int | None = None
    stamp: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a commit takes from a mount.

    Parameters
    ----------
    source : Source
        For the store's commit, while the mount is open.
    stamps : mapping
        The state of each file by its path, as far as it is known.
    """

    source: Source
    stamps: Mapping[str, Mapping[str, Any]]


class Mounted(ABC):
    """An open mount, read-only; a context manager.

    Parameters
    ----------
    address : Address
        Where it leads.
    """

    kind: ClassVar[str]

    def __init__(self, address: Address) -> None:
        self.address = address

    @classmethod
    @abstractmethod
    def claims(cls, address: Address) -> bool:
        """Tell whether this kind reads the address."""

    @abstractmethod
    def find(self, path: str) -> Found:
        """Return what is at a path, the top where it is empty; NotFoundError where nothing is."""

    @abstractmethod
    def children(self, folder: str) -> list[Found]:
        """Return what stands directly in a folder that is there, sorted by path."""

    @abstractmethod
    def read(self, found: Found) -> BinaryIO:
        """Open what was found, a file or a table as Parquet, for reading and seeking, while the mount is open."""

    @abstractmethod
    def snapshot(self, path: str) -> Snapshot:
        """Return the file, the folder's files or the tables at a path for a commit."""

    def open(self, path: str) -> BinaryIO:
        """Open the file or table at a path, as :meth:`read` does.

        Raises
        ------
        IsADirectoryError
            If it is a folder.
        RefusedError
            If it is refused.
        """
        found = self.find(path)
        if found.kind == "folder":
            raise IsADirectoryError(f"{self.address.name}:{path}")
        if found.kind == "refused":
            raise RefusedError(f"'{self.address.name}:{path}' must be a plain file of the mount; {found.reason}")
        return self.read(found)

    def check(self) -> None:
        """Raise what stands against reading the mount, having read next to nothing."""
        self.find("")

    def close(self) -> None:  # noqa: B027 - a kind that keeps nothing open has nothing to do
        """Let go of what is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()

    def listed(self, path: str) -> list[Found]:
        """Return what stands in a folder; for a file, the file itself."""
        found = self.find(path)
        return self.children(found.path) if found.kind == "folder" else [found]

    def walk(self, path: str = "") -> Iterator[Found]:
        """Yield every file and table at or below a path, and what is refused."""
        for found in self.listed(path):
            if found.kind == "folder":
                yield from self.walk(found.path)
            else:
                yield found

    def files_of(self, path: str) -> list[tuple[str, Found]]:
        """Return what a commit of ``path`` holds: the path in the commit, and the file.

        Raises
        ------
        RefusedError
            If something below is refused: a commit that left it out would be no copy.
        """
        top = self.find(path)
        found = list(self.walk(top.path))
        if refused := [one for one in found if one.kind == "refused"]:
            listed = "; ".join(f"'{one.path}' ({one.reason})" for one in refused[:_NAMED])
            more = f" and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
            raise RefusedError(
                f"every file of '{self.address.name}' to commit must be one that may be read; got {listed}{more}",
                hint=f"Commit a folder beside them: {self.address.name}:FOLDER, or put it right at the source.",
            )
        cut = len(top.path) + 1 if top.kind == "folder" and top.path else 0
        if top.kind != "folder":
            cut = top.path.rfind("/") + 1
        return [(one.path[cut:], one) for one in found]

    def lacks(self, path: str, near: list[str]) -> NoSuchPathError:
        """Return the error for a path that the mount has not; that it cannot be looked at is another one."""
        return NoSuchPathError(
            f"the mount '{self.address.name}' must hold '{path}'; it does not.{did_you_mean(path, near)}",
            hint=f"`trust data ls {self.address.name}` lists what {self.address.shown} holds now.",
        )

    @contextmanager
    def explained(self, *faults: type[Exception]) -> Iterator[None]:
        """Say in our words what the system below reports; ``faults`` are its own exceptions."""
        name, shown = self.address.name, self.address.shown
        others: tuple[type[Exception], ...] = (OSError, *faults)
        try:
            yield
        except NoSuchPathError:
            raise
        except FileNotFoundError as error:
            if isinstance(error.__cause__, others) and not _is_absence(error.__cause__):
                # So fsspec reports a web server that is down.
                raise self._silent(error.__cause__) from error
            raise NotFoundError(
                f"the mount '{name}' must lead to something; at {shown} there is none ({self._words(error)})",
                hint=f"Bring it back, or mount what took its place: `trust data mount {name} URL --force`.",
            ) from error
        except PermissionError as error:
            raise ConflictError(
                f"the mount '{name}' must be readable by you; {shown} refuses ({self._words(error)})",
                hint="Check the user, the key and the variables that the mount names.",
            ) from error
        except others as error:
            raise self._silent(error) from error

    def _silent(self, error: BaseException) -> ConflictError:
        return ConflictError(
            f"the mount '{self.address.name}' must answer; {self.address.shown} does not ({self._words(error)})",
            hint="Check that it is up and whole, and that the address is right; nothing was changed.",
        )

    def _words(self, error: BaseException) -> str:
        lines = str(error).strip().splitlines()
        return self.address.hide(lines[0].strip() if lines else type(error).__name__)


def _is_absence(error: BaseException) -> bool:
    answered = getattr(error, "response", None)
    if isinstance(answered, dict):
        status = answered.get("ResponseMetadata", {}).get("HTTPStatusCode")
    else:
        status = getattr(error, "status", None)
    return isinstance(error, FileNotFoundError) or status in _ABSENT


def plain(path: str, name: str) -> str:
    """Return a path inside a mount.

    Raises
    ------
    RefusedError
        If it is absolute, or holds ``..``, a control character or a backslash.
    """
    try:
        return check_path(path.removesuffix("/")) if path else ""
    except InputError as error:
        raise RefusedError(
            f"a path must stay inside the mount '{name}'; got {path!r}",
            hint="Give it from the mount's top: part/file.csv.",
        ) from error


def why_not_plain(path: str) -> str | None:
    """Return why a path that a system reports can be neither read nor committed, None where it can."""
    try:
        check_path(path)
    except InputError:
        return "its name leads out of the mount or is no plain path"
    return None


def later(opened: Callable[[], BinaryIO], unchanged: Callable[[int], None], explained: Callable[[], Any]) -> BinaryIO:
    """Return a file that is opened when it is read, closed when it ends, and must hold still in between.

    Parameters
    ----------
    opened : callable
        Opens the file.
    unchanged : callable
        Called with the number of bytes read at the file's end; raises where the file is another one by then.
    explained : callable
        A context in which the system's errors become ours.
    """
    return cast("BinaryIO", _LaterFile(opened, unchanged, explained))


class _LaterFile(io.RawIOBase):
    def __init__(
        self, opened: Callable[[], BinaryIO], unchanged: Callable[[int], None], explained: Callable[[], Any]
    ) -> None:
        self._opened = opened
        self._unchanged = unchanged
        self._explained = explained
        self._file: BinaryIO | None = None
        self._at = 0
        self._ended = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True: it can begin again."""
        return True

    def tell(self) -> int:
        """Return how much was read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go back to the start, the one place that a commit asks for."""
        if (offset, whence) != (0, io.SEEK_SET):
            raise io.UnsupportedOperation("seek other than to the start")
        self._release()
        self._at, self._ended = 0, False
        return 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, fewer than asked for only at the end."""
        parts, wanted = [], size
        while not self._ended and (size < 0 or wanted > 0):
            part = self._more(1 << 20 if size < 0 else wanted)
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, and return how much was put there."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close what is open."""
        self._release()
        super().close()

    def _more(self, size: int) -> bytes:
        with self._explained():
            if self._file is None:
                self._file = self._opened()
            data = self._file.read(size)
        self._at += len(data)
        if not data:
            self._ended = True
            self._release()
            self._unchanged(self._at)
        return data

    def _release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def refuse_change(name: str, path: str, before: Mapping[str, Any], after: Mapping[str, Any], read: int) -> None:
    """Refuse a file that is another one after it was read than before.

    Raises
    ------
    InputError
        If the stamps differ, or as many bytes were not read.
    """
    if dict(before) != dict(after) or before.get("size", read) != read:
        raise InputError(
            f"a file must hold still while it is committed; '{name}:{path}' changed while it was read",
            hint="Commit again when nothing writes to it.",
        )
