"""Keep packs on an object store: S3, Google Cloud Storage, or whatever else fsspec writes to.

An object store shows an object whole or not at all, has no locks, and may fail for a moment. So a pack is written to a
local file first and uploaded at its end, and gc leaves alone what is younger than ``GRACE_SECONDS``: it may belong to
a commit that is about to be published.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from trustlab.core.database import shown
from trustlab.core.errors import ConflictError, UsageError
from trustlab.store import remote_faults
from trustlab.store.packs import HEADER, MAGIC, OWNER
from trustlab.store.remote_settings import S3, check_url, read_options

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# A pack that no commit names is removed when it is a day old by the object store's own clock. A commit renews its packs
# once they are older than a quarter of that, so it may take as long as it likes; between its last pack and its
# publication, which are seconds apart as a rule, there must not be more than the rest of the day.
GRACE_SECONDS = 24 * 3600.0
RENEW_SECONDS = GRACE_SECONDS / 4

# How often and how long a store that does not answer is asked, so that it is reported within a minute.
ATTEMPTS = 4
CONNECT_SECONDS = 5
READ_SECONDS = 30
_FIRST_PAUSE = 0.2

_SUFFIX = ".pack"
# An empty object that is written anew: it shows that the place takes objects, and what the object store's clock says.
_CLOCK = "clock"
_CLOCK_SECONDS = 60.0


class RemotePacks:
    """Packs at a URL that fsspec knows, one object each, named as `LocalPacks` names its files.

    Threads and forked processes may share it.

    Parameters
    ----------
    url : str
        For example ``s3://bucket/prefix``.
    options : str or None
        What the URL does not say, as a JSON object of the options of fsspec's class for it. What neither says comes
        from where its library looks: ``AWS_*`` variables and ``~/.aws`` for S3.
    spool : Path
        The folder in which packs are written before they are uploaded, where it is there; else the system's for
        temporary files.

    Raises
    ------
    UsageError
        If fsspec does not know the URL's protocol, or the options are not a JSON object.
    MissingExtraError
        If the library for it is not installed.
    """

    def __init__(self, url: str, options: str | None = None, *, spool: Path) -> None:
        self.url = url
        self._protocol = check_url(url)
        self._given = read_options(options)
        self._spool = spool
        self._used = False
        self._lock = threading.Lock()
        self._writers: set[RemotePackWriter] = set()
        # What the object store's clock said, and ours at that moment.
        self._clock: tuple[float, float] | None = None

    @property
    def place(self) -> str:
        """The URL, as it may be shown."""
        return shown(self.url)

    def owner(self) -> str | None:
        """Return the store that the place is marked as belonging to, None where it is not marked."""
        path = self._join(OWNER)
        try:
            mark: bytes = self._ask(lambda system: system.cat_file(path))
        except FileNotFoundError:
            return None
        return mark.decode("utf-8", "replace").strip()

    def claim(self, store: str) -> None:
        """Mark the place as this store's; of two who do it at the same moment the later one's mark stays."""
        path = self._join(OWNER)
        self._ask(lambda system: system.pipe_file(path, f"{store}\n".encode()))
        self.forget()

    def path(self, pack: str) -> str:
        """Return the URL of a pack's object."""
        return self._join(f"{pack[:2]}/{pack}{_SUFFIX}")

    def create(self) -> RemotePackWriter:
        """Begin a new pack; the first one finds out whether the place takes objects at all."""
        if self._clock is None:
            self._now()
        writer = RemotePackWriter(self, self._spool if self._spool.is_dir() else None)
        with self._lock:
            self._writers.add(writer)
        return writer

    def read(self, pack: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes at ``offset``, and ask for no others; fewer where the pack is shorter."""
        if not length:
            return b""
        path = self.path(pack)
        try:
            data: bytes = self._ask(lambda system: system.cat_file(path, start=offset, end=offset + length))
        except ConflictError as error:
            # A range that begins behind the end is refused.
            if not isinstance(error.__cause__, OSError) or not remote_faults.is_lasting(error.__cause__):
                raise
            size = self.size(pack)
            if size is None or size > offset:
                raise
            return b""
        return data

    def size(self, pack: str) -> int | None:
        """Return a pack's length in bytes, None where it is missing."""
        path = self.path(pack)
        self.forget()
        try:
            return int(self._ask(lambda system: system.info(path))["size"])
        except FileNotFoundError:
            return None

    def names(self) -> list[str]:
        """Return every pack's name, sorted."""
        self.forget()
        try:
            found: list[str] = self._ask(lambda system: system.find(self.url))
        except FileNotFoundError:
            return []
        parts = [name.rsplit("/", 2)[-2:] for name in found if name.endswith(_SUFFIX)]
        return sorted(name.removesuffix(_SUFFIX) for folder, name in parts if folder == name[:2])

    def remove(self, pack: str, unwanted: Callable[[], bool]) -> bool:
        """Remove a pack that is older than the grace and still ``unwanted``; return whether it went."""
        path = self.path(pack)
        self.forget()
        try:
            age = self._now() - self._modified(path)
            if age < GRACE_SECONDS or not unwanted():
                return False
            self._ask(lambda system: system.rm_file(path))
        except FileNotFoundError:
            return False
        return True

    def forget(self) -> None:
        """Forget what was listed; nothing is held open."""
        if self._used:
            self._ask(lambda system: system.invalidate_cache())

    def upload(self, file: IO[bytes], pack: str, size: int) -> None:
        """Make a local file a pack: once it returns, the object is there, whole.

        Raises
        ------
        ConflictError
            If the object store does not take it.
        """
        path = self.path(pack)
        self._ask(lambda system: _put(system, file, path))
        arrived = self.size(pack)
        if arrived != size:
            raise ConflictError(
                f"{shown(path)} must have {size:,} bytes after its upload; it has {arrived or 0:,}",
                hint="Commit again; what was committed before is untouched.",
            )

    def renew(self) -> None:
        """Copy the packs of unfinished commits that are getting old under new names, so that gc sees young ones.

        The old ones stay for gc: a thread may be publishing them at this moment.
        """
        with self._lock:
            aging = [one for one in self._writers if one.age() > RENEW_SECONDS]
        for writer in aging:
            old, new = writer.name, uuid.uuid4().hex
            try:
                self._copy(old, new)
            except FileNotFoundError as error:
                raise _taken(old) from error
            writer.renewed(new)

    def drop(self, pack: str) -> None:
        """Remove a pack that no index names, if that is possible now; else gc does it when its time has come."""
        path = self.path(pack)
        with suppress(ConflictError, FileNotFoundError):
            self._ask(lambda system: system.rm_file(path), attempts=1)

    def done(self, writer: RemotePackWriter) -> None:
        """Note that a writer's commit is published or given up."""
        with self._lock:
            self._writers.discard(writer)

    def _join(self, inner: str) -> str:
        return f"{self.url.rstrip('/')}/{inner}"

    def _copy(self, old: str, new: str) -> None:
        self._ask(lambda system: system.cp_file(self.path(old), self.path(new)))

    def _now(self) -> float:
        """Return the object store's time: ours may be wrong by more than the grace."""
        path = self._join(_CLOCK)
        if self._clock is None or time.monotonic() - self._clock[1] > _CLOCK_SECONDS:
            began = time.monotonic()
            self._ask(lambda system: system.pipe_file(path, b""))
            self.forget()
            self._clock = self._modified(path), began
        return self._clock[0] + time.monotonic() - self._clock[1]

    def _modified(self, path: str) -> float:
        """Return when an object was written; infinity, so that it is never old, where the place does not tell."""

        def ask(system: Any) -> float:
            try:
                return float(system.modified(path).timestamp())
            except NotImplementedError:
                return float("inf")

        return self._ask(ask)

    def _system(self) -> Any:
        """Return fsspec's file system; it keeps one for each process, and for each thread where need be."""
        from fsspec import config
        from fsspec.core import url_to_fs

        self._used = True
        options = {**config.conf.get(self._protocol, {}), **self._given}
        if self._protocol in S3:
            once = {"total_max_attempts": 1}
            limits = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, "retries": once}
            options["config_kwargs"] = {**limits, **options.get("config_kwargs", {})}
        system, _ = url_to_fs(self.url, **options)
        if self._protocol in S3:
            # Trying again is done here, once for every kind of store; s3fs would multiply it.
            system.retries = 1
        return system

    def _ask(self, call: Callable[[Any], T], attempts: int = ATTEMPTS) -> T:
        """Return what the file system answers; a fault that may pass is tried again, a few times.

        Raises
        ------
        FileNotFoundError
            If the object is not there.
        UsageError
            If fsspec cannot make anything of the URL and the options.
        ConflictError
            If the place cannot be reached or used.
        """
        for attempt in range(1, attempts + 1):
            try:
                return call(self._system())
            except (TypeError, ValueError, ImportError, NotImplementedError) as error:
                # Not at once: most libraries look at their options when they first need them.
                raise UsageError(
                    "objects_url and objects_options must be what fsspec can open and write to; got "
                    f"{shown(self.url)}: {remote_faults.words(error, self._given)}",
                    hint="The options are those of fsspec's class for this kind of URL.",
                ) from error
            except remote_faults.kinds() as error:
                if isinstance(error, FileNotFoundError) and not remote_faults.is_missing_place(error):
                    raise
                if attempt == attempts or remote_faults.is_lasting(error):
                    raise remote_faults.explained(error, self.url, self._given) from error
                time.sleep(_FIRST_PAUSE * 3 ** (attempt - 1))
        raise AssertionError(attempts)


class RemotePackWriter:
    """A pack that grows in a local file without a name, which vanishes with the process, and is uploaded at its end.

    Parameters
    ----------
    packs : RemotePacks
    folder : Path or None
        Where the file is; the system's folder for temporary files where None.
    """

    def __init__(self, packs: RemotePacks, folder: Path | None) -> None:
        self.name = uuid.uuid4().hex
        self.size = len(MAGIC)
        self._packs = packs
        self._folder = folder or Path(tempfile.gettempdir())
        self._uploaded: tuple[float, float] | None = None
        self._begun = False
        try:
            self._file = tempfile.TemporaryFile(dir=folder, buffering=1024 * 1024)  # noqa: SIM115 - closed by release
            self._file.write(MAGIC)
        except OSError as error:
            raise self._full(error) from error

    def append(self, name: bytes, data: bytes | memoryview, codec: int) -> int:
        """Add a chunk, and return the offset at which its bytes begin."""
        try:
            self._file.write(HEADER.pack(name, len(data), codec))
            self._file.write(data)
        except OSError as error:
            raise self._full(error) from error
        offset = self.size + HEADER.size
        self.size = offset + len(data)
        return offset

    def seal(self) -> None:
        """Upload the pack; the commit's earlier packs are renewed where that is due."""
        try:
            self._file.flush()
        except OSError as error:
            raise self._full(error) from error
        self._begun = True
        began = _clocks()
        self._packs.upload(self._file, self.name, self.size)
        self._uploaded = began
        self._close()
        self._packs.renew()

    def confirm(self) -> None:
        """Ask for a pack that was not renewed in time: this machine may have slept, and a gc have run elsewhere."""
        if self.age() > RENEW_SECONDS and self._packs.size(self.name) != self.size:
            raise _taken(self.name)

    def release(self) -> None:
        """Let go: the commit that names the pack is published."""
        self._packs.done(self)
        self._close()

    def discard(self) -> None:
        """Remove the pack, as far as it has come."""
        self._packs.done(self)
        self._close()
        if self._begun:
            self._packs.drop(self.name)

    def age(self) -> float:
        """Return how many seconds ago the upload began; 0 before that."""
        if self._uploaded is None:
            return 0.0
        return max(now - then for now, then in zip(_clocks(), self._uploaded, strict=True))

    def renewed(self, name: str) -> None:
        """Take the name of a fresh copy."""
        self.name = name
        self._uploaded = _clocks()

    def _close(self) -> None:
        # What a full disk did not take is not wanted any more.
        with suppress(OSError):
            self._file.close()

    def _full(self, error: OSError) -> ConflictError:
        return ConflictError(
            f"a pack must be written to {self._folder} before it is uploaded; got '{error.strerror}'",
            hint="Free space or allow writing there, then commit again; what was committed before is untouched.",
        )


def _clocks() -> tuple[float, float]:
    # One stands still while the machine sleeps, the other may be set back: what is older by either is older.
    return time.monotonic(), time.time()


def _taken(pack: str) -> ConflictError:
    return ConflictError(
        f"the pack {pack[:12]} must stay until its commit is published; a gc has removed it",
        hint="Commit again; what was committed before is untouched.",
    )


def _put(system: Any, file: IO[bytes], path: str) -> None:
    file.seek(0)
    # A file without a name can be opened by its number, where the system has names for numbers.
    local = f"/dev/fd/{file.fileno()}"
    if os.path.exists(local):  # noqa: PTH110 - a name of the system's, not a path to work with
        system.put_file(local, path)
    else:
        system.pipe_file(path, file.read())
