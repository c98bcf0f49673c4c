"""The ``trust://`` file system: ``trust://loans@main/part/file.csv`` for everything that reads through fsspec.

pandas, pyarrow, DuckDB and Dask read a version of the data as they read any other address;
:mod:`trustlab.data.readers` has the one call for those that want something else. Only the chunks that a reader asks
for are fetched. A version never changes, so the file system is read-only.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from fsspec import AbstractFileSystem
from fsspec.callbacks import DEFAULT_CALLBACK
from fsspec.spec import make_instance
from fsspec.utils import isfilelike, tokenize

from trustlab.core.errors import NotFoundError, RefusedError
from trustlab.data.addresses import NoSuchPathError, below, file_info, folder_info, moment_of, names, parts_of
from trustlab.data.copying import check_target, copy_file, copy_stream
from trustlab.data.mounts import files as mounted
from trustlab.data.ranged import BLOCK, ChunkCache, TrustFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fsspec.spec import AbstractBufferedFile

    from trustlab.core.workspace import Workspace
    from trustlab.data.mounts.opening import Place
    from trustlab.store.records import Commit
    from trustlab.store.store import Store
    from trustlab.store.trees import Tree

_TREES = 4


class TrustFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """Read versioned data through fsspec.

    Paths are ``REPO[@BRANCH or COMMIT][~N]/PATH``, or ``MOUNT/PATH``; the top lists the repos and the mounts. A file
    that is open stays the version that was opened, and one call (``find``, ``cat``, ``get`` ...) sees one version,
    whatever is committed meanwhile. Of a mount there are no versions: it is read as it is at that moment.

    Parameters
    ----------
    workspace : str, Path or None
        A folder in or above which the workspace lies; None looks from the current folder upward. Other processes that
        the file system is sent to read the same workspace.
    store : Store or None
        An open store to read from, in place of the workspace's.
    pin : bool or None
        Whether a branch is looked up once, when it is first read, and is that version from then on;
        ``invalidate_cache`` looks again; a mount has nothing to pin. None is True where the file system was made from
        an address (``pd.read_parquet("trust://...")`` reads one version, be it of many files), and False where a
        program made it.

    Attributes
    ----------
    chunks : ChunkCache
        The chunks read lately, and how many were fetched.

    Raises
    ------
    NotFoundError
        At first use, if there is no workspace; later, if a path names nothing. It is a FileNotFoundError too.
    """

    protocol: ClassVar[str] = "trust"
    root_marker: ClassVar[str] = ""
    # The workspace depends on the current folder, so that an instance must not outlive its caller.
    cachable: ClassVar[bool] = False

    def __init__(
        self,
        workspace: str | Path | None = None,
        store: Store | None = None,
        pin: bool | None = None,
        addressed: bool = False,
        **storage_options: Any,
    ) -> None:
        super().__init__(**storage_options)
        from trustlab.data.opened import keep_over_forks

        self._start = Path(workspace or "").expanduser().absolute()
        self._root = store.root if store is not None else None
        self._opened = store
        if store is not None:
            keep_over_forks(store)
        self._pin = addressed if pin is None else pin
        self._pins: dict[str, Commit] = {}
        self._trees = threading.local()
        self.chunks = ChunkCache()
        self._copies = mounted.Copies()

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, Any]:
        """Tell the constructor that it was an address that asked for it."""
        return {"addressed": path.startswith("trust:")}

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what makes this file system in another process: the workspace found here, the versions pinned here."""
        options = {"workspace": str(self._start), "pin": self._pin}
        return make_instance, (type(self), (), options), {"_root": self._where(), "_pins": dict(self._pins)}

    @property
    def _fs_token(self) -> str:
        pins = sorted((ref, commit.id) for ref, commit in self._pins.items())
        return str(tokenize("trust", str(self._where() or self._start), self._pin, pins))

    @property
    def store(self) -> Store:
        """The store that is read, opened at first use."""
        if self._opened is None:
            from trustlab.data.opened import shared_store

            self._opened = shared_store(self._workspace())
        return self._opened

    def _workspace(self) -> Workspace:
        from trustlab.core.workspace import Workspace

        if self._root is None:
            self._root = Workspace.find(self._start).root
        if not self._root.is_dir():
            raise NotFoundError(
                f"the workspace must be where the file system was made for it; {self._root} is no folder"
            )
        return Workspace(self._root)

    def _where(self) -> Path | None:
        try:
            return self._workspace().root
        except NotFoundError:
            return self._root

    def invalidate_cache(self, path: str | None = None) -> None:  # noqa: ARG002 - a part is not worth telling apart
        """Forget which versions branches were pinned to."""
        self._pins.clear()

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
            return folder_info("")
        place = self._mounted(path)
        if place is not None:
            return mounted.info(place, self._copies)
        ref, inner = parts_of(path)
        commit = self._commit(ref)
        if not inner:
            return folder_info(path)
        tree = self._tree(commit)
        first = tree.get(inner)
        if first is not None:
            return file_info(ref, commit, first)
        below = tree.first(f"{inner}/")
        if below is not None and below.path.startswith(f"{inner}/"):
            return folder_info(path)
        raise NoSuchPathError(f"'{ref}' must hold '{inner}'; it does not", hint=f"`trust data ls {ref}` lists it.")

    def created(self, path: str) -> Any:
        """Return when the version that a file was read from was committed; of a mount's file, when it was changed.

        Where the mounted system does not tell, that is now, so that nobody takes a copy kept earlier for the same.
        """
        return moment_of(self.info(path))

    modified = created

    def ukey(self, path: str) -> str:
        """Return a name for a file's content: the same where path and bytes are the same, in whichever version.

        In a mount it names the state that the mounted system tells; where it tells none, the file is read.
        """
        from trustlab.store.trees import dump_extents

        place = self._mounted(self._strip_protocol(path))
        if place is not None:
            return mounted.state_of(place, self._copies)
        entry = self._file_info(path)["entry"]
        return str(tokenize(entry.path, entry.level, dump_extents(entry.extents)))

    def checksum(self, path: str) -> int:
        """Return a number for a file's content, or for the content of what a folder is in: a version, or a mount."""
        path = self._strip_protocol(path)
        if not path:
            return int(tokenize([self.checksum(name) for name in self.ls("", detail=False)]), 16)
        if self.info(path)["type"] == "file" or self._mounted(path) is not None:
            return int(self.ukey(path), 16)
        return int(tokenize(path, self._commit(parts_of(path)[0]).tree), 16)

    def find(
        self, path: str, maxdepth: int | None = None, withdirs: bool = False, detail: bool = False, **options: Any
    ) -> Any:
        """Return the files below a folder, sorted; nothing where the path names nothing.

        Parameters
        ----------
        path : str
        maxdepth : int or None
            How many folders deep; None is all.
        withdirs : bool
            Whether folders are listed as well.
        detail : bool
            Whether a dict of path to info is returned.
        """
        path = self._strip_protocol(path)
        if not path:
            return super().find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail, **options)
        if maxdepth is not None and maxdepth < 1:
            raise ValueError("maxdepth must be at least 1")
        try:
            found = {info["name"]: info for info in self._below(path, maxdepth, withdirs=withdirs)}
        except FileNotFoundError:
            found = {}
        return {name: found[name] for name in sorted(found)} if detail else sorted(found)

    def du(self, path: str, total: bool = True, maxdepth: int | None = None, withdirs: bool = False, **_: Any) -> Any:
        """Return the bytes of the files below a path, in all or by file."""
        found = self.find(path, maxdepth=maxdepth, withdirs=withdirs, detail=True)
        sizes = {name: mounted.size_of(self, info) for name, info in found.items()}
        return sum(sizes.values()) if total else sizes

    def walk(self, path: str, *args: Any, **options: Any) -> Iterator[Any]:
        """Yield (folder, folders in it, files in it) of one version, from the top downward."""
        return iter(super(TrustFileSystem, self._once()).walk(path, *args, **options))

    def cat(self, path: Any, recursive: bool = False, on_error: str = "raise", **options: Any) -> Any:
        """Return the bytes of one file, or of several by path, all of one version."""
        once = self._once()
        if recursive:
            path = [found for found in once.expand_path(path, recursive=True) if not once.isdir(found)]
        return super(TrustFileSystem, once).cat(path, on_error=on_error, **options)

    def cat_ranges(self, paths: list[str], *args: Any, **options: Any) -> list[Any]:
        """Return several ranges of files, all of one version, each chunk fetched once."""
        return list(super(TrustFileSystem, self._once()).cat_ranges(paths, *args, **options))

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_options: Any) -> bytes:
        """Return a file's bytes, from ``start`` to before ``end``; negative offsets count from its end."""
        with self._open(path, cache_type="none") as file:
            first, last, _ = slice(start, end).indices(file.size)
            file.seek(first)
            data: bytes = file.read(max(last - first, 0))
            return data

    def get(self, rpath: Any, lpath: Any, *args: Any, **options: Any) -> None:
        """Copy files to local ones, all of one version.

        Nothing is written outside ``lpath`` where that is a text: neither by a name in the version nor through a link
        that stands below it; nor is anything into the workspace's own folder. Files that are there are replaced;
        ``trust data checkout`` asks first.
        """
        if isinstance(lpath, str | Path):
            options["within"] = Path(lpath).absolute()
        super(TrustFileSystem, self._once()).get(rpath, lpath, *args, **options)

    def get_file(
        self,
        rpath: str,
        lpath: Any,
        callback: Any = DEFAULT_CALLBACK,
        outfile: Any = None,
        within: Path | None = None,
        **_options: Any,
    ) -> None:
        """Copy one file to a local one, which appears whole or not at all."""
        stream = outfile if outfile is not None else lpath if isfilelike(lpath) else None
        if stream is None:
            check_target(Path(lpath), within, self.store.root)
            if self.isdir(rpath):
                Path(lpath).mkdir(parents=True, exist_ok=True)
                return
        with self._open(rpath) as file:
            if stream is None:
                copy_file(file, Path(lpath), callback)
            else:
                copy_stream(file, stream, callback)

    def _file_info(self, path: str) -> dict[str, Any]:
        found = self.info(path)
        if found["type"] != "file":
            raise IsADirectoryError(f"trust://{self._strip_protocol(path)}")
        return found

    def _infos(self, path: str) -> list[dict[str, Any]]:
        from trustlab.store.ls import ls

        if not path:
            return [folder_info(name) for name in names(self.store)]
        place = self._mounted(path)
        if place is not None:
            return mounted.listing(place)
        ref, inner = parts_of(path)
        commit = self._commit(ref)
        try:
            found = ls(self.store, commit, inner)
        except NotFoundError as error:
            raise NoSuchPathError(error.message, error.hint) from error
        return [file_info(ref, commit, one.entry) if one.entry else folder_info(ref, one.path) for one in found]

    def _below(self, path: str, maxdepth: int | None, *, withdirs: bool) -> Iterable[dict[str, Any]]:
        place = self._mounted(path)
        if place is not None:
            return mounted.below(place, maxdepth, withdirs=withdirs)
        ref, inner = parts_of(path)
        commit = self._commit(ref)
        return below(ref, commit, self._tree(commit), inner, maxdepth, withdirs=withdirs)

    def _mounted(self, path: str) -> Place | None:
        from trustlab.data.mounts.opening import place_of

        ref, inner = parts_of(path)
        # A ref that names a version is a repo's, as is one that was read as a version already.
        return None if not ref or ref in self._pins or {"@", "~"} & set(ref) else place_of(self.store, f"{ref}:{inner}")

    def _commit(self, ref: str) -> Commit:
        from trustlab.store.refs import resolve

        found = self._pins.get(ref)
        if found is None:
            try:
                found = resolve(self.store, ref)
            except NotFoundError as error:
                raise NoSuchPathError(error.message, error.hint) from error
            if self._pin:
                # Of two threads that look at the same moment, the first one's answer is everybody's.
                found = self._pins.setdefault(ref, found)
        return found

    def _tree(self, commit: Commit) -> Tree:
        from trustlab.store.trees import Tree

        # A tree keeps the leaf that it read last, and so is no thing for two threads.
        kept: dict[str, Tree] = self._trees.__dict__.setdefault("kept", {})
        found = kept.get(commit.tree)
        if found is None:
            if len(kept) >= _TREES:
                kept.clear()
            found = kept[commit.tree] = Tree(self.store, commit.tree)
        return found

    def _once(self) -> TrustFileSystem:
        """Return this file system where it is pinned, or else one that is for the length of a call."""
        if self._pin:
            return self
        found = type(self)(workspace=self._start, store=self.store, pin=True)
        found.chunks, found._copies = self.chunks, self._copies  # noqa: SLF001 - another of the same class
        return found

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,  # noqa: ARG002 - fsspec passes it by position
        cache_options: dict[str, Any] | None = None,
        cache_type: str = "readahead",
        **_options: Any,
    ) -> AbstractBufferedFile:
        if mode != "rb":
            self._refuse(path)
        place = self._mounted(self._strip_protocol(path))
        if place is not None:
            caching = {"cache_type": cache_type, "cache_options": cache_options}
            return mounted.open_file(self, path, place, self._copies, block_size, **caching)
        from trustlab.data import reads

        info = self._file_info(path)
        reads.note(self.store, info["repo"], info["commit"], info["entry"].path)
        return TrustFile(self, path, info, block_size or BLOCK)

    def _refuse(self, *paths: object, **_options: Any) -> None:
        # The last text is the target; what follows it may be the bytes to write, or an option.
        shown = self._strip_protocol(next((path for path in reversed(paths) if isinstance(path, str)), ""))
        raise RefusedError(
            f"trust:// must be written by commits only; got a write to '{shown}'",
            hint="`trust data commit REPO PATH` makes a new version.",
        )

    # Every way to write that fsspec knows: versions do not change.
    mkdir = makedirs = rmdir = rm = rm_file = _rm = cp_file = mv = pipe_file = put_file = touch = _refuse
