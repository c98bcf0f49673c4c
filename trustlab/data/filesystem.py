"""The ``trust://`` file system: ``trust://loans@main/part/file.csv`` for everything that reads through fsspec.

pandas, polars, pyarrow, DuckDB and Dask read a version of the data as they read any other address. Only the chunks that
a reader asks for are fetched. A version never changes, so the file system is read-only.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from fsspec import AbstractFileSystem
from fsspec.spec import AbstractBufferedFile

from trustlab.core.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from trustlab.data.mounts.files import Copies
    from trustlab.data.mounts.opening import Place
    from trustlab.store.records import Commit
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry

_BLOCK = 1024 * 1024


class TrustFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """Read versioned data through fsspec.

    Paths are ``REPO[@BRANCH or COMMIT][~N]/PATH``, or ``MOUNT/PATH``; the top lists the repos and the mounts. An
    address that names a branch reads its head at that moment, a mount what is there now; give a commit's id to read
    the same bytes for ever.

    Parameters
    ----------
    workspace : str, Path or None
        A folder in or above which the workspace lies; None looks from the current folder upward.
    store : Store or None
        An open store to read from, in place of the workspace's.

    Raises
    ------
    NotFoundError
        At first use, if there is no workspace; later, if a path names nothing. It is a FileNotFoundError too.
    """

    protocol: ClassVar[str] = "trust"
    root_marker: ClassVar[str] = ""
    # The workspace depends on the current folder, so that an instance must not outlive its caller.
    cachable: ClassVar[bool] = False

    def __init__(self, workspace: str | Path | None = None, store: Store | None = None, **storage_options: Any) -> None:
        super().__init__(**storage_options)
        self._workspace = workspace
        self._opened = store

    @property
    def store(self) -> Store:
        """The store that is read, opened at first use."""
        if self._opened is None:
            from trustlab.core.workspace import Workspace
            from trustlab.store import open_store

            found = Workspace.find(Path(self._workspace) if self._workspace is not None else None)
            self._opened = open_store(found.root, found.settings.database_url, found.settings.objects_url)
        return self._opened

    @cached_property
    def _copies(self) -> Copies:
        from trustlab.data.mounts.files import Copies

        return Copies()

    def ls(self, path: str, detail: bool = True, **_options: Any) -> list[Any]:
        """Return what stands directly in a folder; a file's own entry for a file.

        Parameters
        ----------
        path : str
            ``REPO[@REF]/FOLDER`` or ``MOUNT/FOLDER``; empty lists the repos and the mounts.
        detail : bool
            Whether each is a dict of ``name``, ``size``, ``type`` (and a file's ``commit``), or only its name.
        """
        found = self._infos(self._strip_protocol(path))
        return found if detail else [info["name"] for info in found]

    def info(self, path: str, **_options: Any) -> dict[str, Any]:
        """Return name, size, type, and for a file its commit and time, of one path."""
        path = self._strip_protocol(path)
        if not path:
            return _folder("")
        ref, inner = _parts(path)
        place = self._place(ref, inner)
        if place is not None:
            return self._mounted_infos(place, itself=True)[0]
        commit = self._commit(ref)
        if not inner:
            return _folder(path)
        from trustlab.store.trees import Tree

        tree = Tree(self.store, commit.tree)
        first = tree.get(inner)
        if first is not None:
            return _file(ref, commit, first)
        below = tree.first(f"{inner}/")
        if below is not None and below.path.startswith(f"{inner}/"):
            return _folder(path)
        raise _NoSuchPathError(f"'{ref}' must hold '{inner}'; it does not", hint=f"`trust data ls {ref}` lists it.")

    def created(self, path: str) -> Any:
        """Return when the version that a file was read from was committed; of a mount's file, when it was changed.

        Where the mounted system does not tell, that is now, so that nobody takes a copy kept earlier for the same.
        """
        from datetime import UTC, datetime

        try:
            return datetime.fromisoformat(self.info(path).get("created") or "")
        except ValueError:
            return datetime.now(UTC)

    modified = created

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_options: Any) -> bytes:
        """Return a file's bytes, from ``start`` to before ``end``; negative offsets count from its end."""
        from trustlab.store.read import read_entry

        place = self._place(*_parts(self._strip_protocol(path)))
        if place is not None:
            with self._open(path) as file:
                first, last, _ = slice(start, end).indices(file.size)
                return bytes(file._fetch_range(first, last))  # noqa: SLF001 - as fsspec's own caches do
        entry = self.entry(path)
        first, last, _ = slice(start, end).indices(entry.size)
        return read_entry(self.store, entry, first, last)

    def entry(self, path: str) -> Entry:
        """Return the tree's entry of a file that is about to be read.

        Raises
        ------
        IsADirectoryError
            If the path is a folder.
        NotFoundError
            If it names nothing.
        """
        from trustlab.data import reads

        found = self.info(path)
        if found["type"] != "file":
            raise IsADirectoryError(f"trust://{self._strip_protocol(path)}")
        entry: Entry = found["entry"]
        reads.note(self.store, found["repo"], found["commit"], entry.path)
        return entry

    def _infos(self, path: str) -> list[dict[str, Any]]:
        from trustlab.store.branches import repos
        from trustlab.store.ls import ls
        from trustlab.store.mounts import mounts

        if not path:
            names = [*repos(self.store), *(mount.name for mount in mounts(self.store))]
            return [_folder(name) for name in sorted(names)]
        ref, inner = _parts(path)
        place = self._place(ref, inner)
        if place is not None:
            return self._mounted_infos(place)
        commit = self._commit(ref)
        try:
            found = ls(self.store, commit, inner)
        except NotFoundError as error:
            raise _NoSuchPathError(error.message, error.hint) from error
        return [_file(ref, commit, one.entry) if one.entry else _folder(f"{ref}/{one.path}") for one in found]

    def _place(self, ref: str, inner: str) -> Place | None:
        from trustlab.data.mounts.opening import place_of

        # A ref that names a version is a repo's.
        return None if {"@", "~"} & set(ref) else place_of(self.store, f"{ref}:{inner}")

    def _mounted_infos(self, place: Place, *, itself: bool = False) -> list[dict[str, Any]]:
        from trustlab.data.mounts.files import info_of, sized

        try:
            with place.open() as mounted:
                if itself:
                    return [info_of(place.mount.name, sized(mounted.find(place.path), mounted, self._copies))]
                return [info_of(place.mount.name, one) for one in mounted.listed(place.path)]
        except NotFoundError as error:
            raise _NoSuchPathError(error.message, error.hint) from error

    def _commit(self, ref: str) -> Commit:
        from trustlab.store.refs import resolve

        try:
            return resolve(self.store, ref)
        except NotFoundError as error:
            raise _NoSuchPathError(error.message, error.hint) from error

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,  # noqa: ARG002 - fsspec passes it by position
        cache_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> AbstractBufferedFile:
        if mode != "rb":
            self._refuse(path)
        place = self._place(*_parts(self._strip_protocol(path)))
        if place is not None:
            from trustlab.data.mounts.files import open_file

            try:
                return open_file(self, path, place, self._copies, block_size or _BLOCK, cache_options)
            except NotFoundError as error:
                raise _NoSuchPathError(error.message, error.hint) from error
        return TrustFile(self, path, self.entry(path), block_size or _BLOCK, cache_options, **options)

    def _refuse(self, *paths: object, **_options: Any) -> None:
        # The last text is the target; what follows it may be the bytes to write, or an option.
        shown = self._strip_protocol(next((path for path in reversed(paths) if isinstance(path, str)), ""))
        raise RefusedError(
            f"trust:// must be written by commits only; got a write to '{shown}'",
            hint="`trust data commit REPO PATH` makes a new version.",
        )

    # Every way to write that fsspec knows: versions do not change.
    mkdir = makedirs = rmdir = rm = rm_file = _rm = cp_file = mv = pipe_file = put_file = touch = _refuse


class TrustFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file of a version, read in blocks."""

    def __init__(
        self,
        fs: TrustFileSystem,
        path: str,
        entry: Entry,
        block_size: int,
        cache_options: dict[str, Any] | None,
        **options: Any,
    ) -> None:
        self._entry = entry
        options.pop("size", None)
        super().__init__(fs, path, "rb", block_size, cache_options=cache_options, size=entry.size, **options)

    def _fetch_range(self, start: int, end: int) -> bytes:
        from trustlab.store.read import read_entry

        return read_entry(self.fs.store, self._entry, start, end)


class _NoSuchPathError(NotFoundError, FileNotFoundError):
    """A path that names nothing, in the form that readers of file systems expect."""

    def __str__(self) -> str:
        return self.message


def _parts(path: str) -> tuple[str, str]:
    ref, _, inner = path.partition("/")
    # A ref copied with its path (REPO@REF:PATH) reads as well.
    ref, _, head = ref.partition(":")
    return ref, f"{head}/{inner}".strip("/")


def _folder(path: str) -> dict[str, Any]:
    return {"name": path, "size": 0, "type": "directory"}


def _file(ref: str, commit: Commit, entry: Entry) -> dict[str, Any]:
    return {
        "name": f"{ref}/{entry.path}",
        "size": entry.size,
        "type": "file",
        "created": commit.time,
        "repo": commit.repo,
        "commit": commit.id,
        "entry": entry,
    }
