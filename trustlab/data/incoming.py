"""What a user gives to be committed becomes what the store takes: files, globs, tables, streams, bytes."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError, did_you_mean
from trustlab.data.arrow import is_arrow, write_parquet
from trustlab.data.dataset import is_table, load_dataset, store_of
from trustlab.data.frames import FORMATS
from trustlab.data.globs import expand, fixed_part, is_glob
from trustlab.store.names import is_text
from trustlab.store.refusals import together
from trustlab.store.sources import collect, faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import ExitStack

    from trustlab.core.context import Context
    from trustlab.core.errors import TrustlabError
    from trustlab.data.mounts.opening import Place
    from trustlab.store.sources import Content, Item, Source

STDIN = "-"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What is to be committed.

    Parameters
    ----------
    source : Path or list of (str, content)
        As the store takes it.
    origin : dict
        JSON data: where it came from.
    """

    source: Source
    origin: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Gathering:
    """One commit's gathering: the surroundings, and what must be closed after it."""

    repo: str
    path: str | None
    context: Context
    closing: ExitStack

    @property
    def table_path(self) -> str:
        return self.path or f"{self.repo}.parquet"


def gather(source: Any, *, repo: str, path: str | None, context: Context, closing: ExitStack) -> Incoming:
    """Return what ``source`` means.

    Parameters
    ----------
    source : object
        A text or path (a file, a folder, a glob, a mount, a notebook's variable, ``-`` for standard input), a list of
        them, a table or stream of pandas, NumPy, polars or pyarrow, bytes, an open binary file, or pairs of a path and
        any of these contents.
    path : str or None
        What one file, table or stream is called in the commit.
    closing : ExitStack
        Takes the temporary files and the open mount, which must outlive the commit.

    Raises
    ------
    NotFoundError
        No such file, and no file that matches.
    ConflictError
        A text could mean a file or a variable, or there is no room for a temporary file.
    UsageError, InputError
        It is nothing that can be committed.
    """
    job = _Gathering(repo, path, context, closing)
    if any(isinstance(item, str) and not item for item in (source if isinstance(source, list | tuple) else [source])):
        raise UsageError(
            "source must name a file, a folder or a table; got an empty text",
            hint="Is a variable of the shell empty? A dot is the folder at hand.",
        )
    if isinstance(source, list | tuple) and source and all(isinstance(item, str | Path) for item in source):
        found = _named(source[0], job) if len(source) == 1 else _several(source, job)
    elif isinstance(source, str | Path):
        found = _named(source, job)
    elif isinstance(source, list) and source and all(_is_pair(item) for item in source):
        _no_path(job, f"{len(source)} files with paths of their own")
        pairs = [(name, _content(value, name, job)) for name, value in source]
        found = Incoming(source=pairs, origin={"kind": "memory", "name": f"{len(source)} files"})
    else:
        found = _object(source, job)
    return found


def _check_parquet(path: str) -> None:
    """Refuse a name under which nobody would look for what a table is kept as."""
    if PurePosixPath(path).suffix.lower() not in FORMATS["parquet"]:
        raise UsageError(
            f"a table is kept as Parquet, and its path must end in .parquet or .pq; got {path!r}",
            hint="To keep another form, write the table to a file and commit that.",
        )


def _is_pair(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)


def _no_path(job: _Gathering, what: str) -> None:
    if job.path is not None:
        raise UsageError(f"path names one file or table in the version; the source is {what}")


def _named(source: str | Path, job: _Gathering) -> Incoming:
    """Return what one text or path means."""
    if source == STDIN:
        return _standard_input(job)
    if _is_variable(source, job.context):
        content = _content(job.context.namespace[str(source)], job.table_path, job)
        return Incoming(source=[(job.table_path, content)], origin={"kind": "variable", "name": str(source)})
    place = _place(source, job.context)
    if place is not None:
        return _mounted(place, job)
    file = job.context.path(source)
    if _exists(file):
        _check_text(source)
        kind = "folder" if file.is_dir() else "file"
        if kind == "folder":
            _no_path(job, f"the folder {source}")
        origin = {"kind": kind, "name": str(source)}
        return Incoming(source=[(job.path, file)] if job.path else file, origin=origin)
    if is_glob(str(source)):
        _no_path(job, f"the glob {source}")
        top, files = job.context.path(fixed_part(str(source))), _matching(str(source), job.context)
        pairs: list[tuple[str, Content]] = [(item.relative_to(top).as_posix(), item) for item in files]
        return Incoming(source=pairs, origin={"kind": "glob", "name": str(source)})
    raise _nothing(source, job.context)


def _several(sources: Sequence[str | Path], job: _Gathering) -> Incoming:
    """Return files, folders, globs and variables as one commit: as a shell expands ``data/*.csv``.

    Paths are kept relative to the innermost folder that holds all the files and folders.
    """
    _no_path(job, f"{len(sources)} files")
    pairs: list[tuple[str, Content]] = []
    files: list[Path] = []
    refused: list[TrustlabError] = []
    for source in sources:
        if source == STDIN:
            raise UsageError("source: - (standard input) must come alone; it came beside others")
        if _is_variable(source, job.context):
            name = f"{source}.parquet"
            pairs.append((name, _content(job.context.namespace[str(source)], name, job)))
        elif _place(source, job.context) is not None:
            raise UsageError(f"source: the mount {source} must come alone; it came beside others")
        else:
            try:
                files += _files(source, job.context)
            except (InputError, NotFoundError) as error:
                refused.append(error)
    top = Path(os.path.commonpath([file.parent for file in files])) if files else Path()
    for file in files:
        try:
            pairs += _below(file, file.relative_to(top).as_posix(), job.context)
        except InputError as error:
            refused.append(error)
    if refused:
        raise together([*refused, *(faults(pairs, _own_folder(job.context)) if pairs else ())])
    return Incoming(source=pairs, origin={"kind": "files", "name": f"{len(sources)} names", "names": _some(sources)})


def _files(source: str | Path, context: Context) -> list[Path]:
    """Return the file or folder that a text names, or what it matches."""
    if _exists(context.path(source)):
        _check_text(source)
        return [_tidy(context.path(source))]
    if is_glob(str(source)):
        return [_tidy(file) for file in _matching(str(source), context)]
    raise _nothing(source, context)


def _place(source: str | Path, context: Context) -> Place | None:
    """Return the place in a mount that a text names."""
    from trustlab.data.mounts.opening import place_of

    workspace = context.workspace_or_none
    if workspace is None or not isinstance(source, str) or "\0" in source or not is_text(source):
        return None
    place = place_of(store_of(workspace), source)
    if place is not None and _exists(context.path(source)):
        raise ConflictError(
            f"source: {source!r} could mean the mount or the file {context.path(source)}",
            hint=f"Say which: ./{source} for the file, {place.mount.name}: for the mount",
        )
    return place


def _mounted(place: Place, job: _Gathering) -> Incoming:
    """Return what stands in a mount now."""
    from trustlab.data.mounts.opening import snapshot

    source, origin = snapshot(place, job.closing)
    if job.path is not None:
        if isinstance(source, list) and len(source) == 1:
            source = [(job.path, source[0][1])]
        elif isinstance(source, Path) and source.is_file():
            source = [(job.path, source)]
        else:
            _no_path(job, f"all of {place.mount.name}:{place.path}")
    return Incoming(source=source, origin=origin)


def _some(sources: Sequence[str | Path], most: int = 20) -> list[str]:
    return [str(source) for source in sources[:most]] + (["…"] if len(sources) > most else [])


def _tidy(file: Path) -> Path:
    return file.resolve() if file.name in {"", ".."} else file.parent.resolve() / file.name


def _below(file: Path, path: str, context: Context) -> list[tuple[str, Content]]:
    if not file.is_dir():
        return [(path, file)]
    return [(f"{path}/{item.path}", content_of(item)) for item in collect(file, _own_folder(context))]


def _own_folder(context: Context) -> Path:
    workspace = context.workspace_or_none
    return workspace.root if workspace is not None else context.path(".trust")


def content_of(item: Item) -> Content:
    """Return an item's content as a commit takes it."""
    return Path(item.content) if isinstance(item.content, str) else item.content


def _check_text(source: str | Path) -> None:
    if not is_text(str(source)):
        raise InputError(
            f"source must have a name that is UTF-8, for the version keeps it; got {str(source)!r}",
            hint="Rename it, then commit again.",
        )


def _matching(text: str, context: Context) -> list[Path]:
    workspace = context.workspace_or_none
    return expand(text, context.path(fixed_part(text)), workspace.root if workspace is not None else None)


def _exists(file: Path) -> bool:
    try:
        # A name with NUL goes on to the store, which says what is wrong with it.
        return "\0" in str(file) or file.exists()
    except OSError as error:
        raise InputError(f"source: '{file}' must be a path that can be looked at; got: {error.strerror}") from error


def _nothing(source: str | Path, context: Context) -> NotFoundError:
    file = context.path(source)
    if file.is_symlink():
        return NotFoundError(
            f"source must be a file, a folder or a table; '{source}' is a link that leads to nothing or in a circle",
            hint="Name what it should lead to.",
        )
    near = [item.name for item in file.parent.iterdir()] if file.parent.is_dir() else []
    near += [name for name, value in context.namespace.items() if is_table(value)]
    return NotFoundError(
        f"source must be a file, a folder or a table; '{source}' is none.{did_you_mean(file.name, near)}"
    )


def _is_variable(source: str | Path, context: Context) -> bool:
    if not isinstance(source, str) or not is_table(context.namespace.get(source)):
        return False
    if context.path(source).exists():
        raise ConflictError(
            f"source: {source!r} could mean the notebook's variable or the file {context.path(source)}",
            hint="Say which: ./name for the file, or rename the variable",
        )
    return True


def _object(value: Any, job: _Gathering) -> Incoming:
    """Return what one Python object holds."""
    origin = {"kind": "memory", "name": type(value).__name__}
    if isinstance(value, bytes | bytearray | memoryview):
        if job.path is None:
            raise UsageError("path is needed: what the bytes are called in the version; nothing came")
        return Incoming(source=[(job.path, bytes(value))], origin=origin)
    if hasattr(value, "read") and not is_arrow(value):
        name = getattr(value, "name", None)
        called = job.path or (PurePosixPath(name).name if isinstance(name, str) else None)
        if not called:
            raise UsageError("path is needed: what the file is called in the version; nothing came")
        return Incoming(source=[(called, _content(value, called, job))], origin=origin)
    return Incoming(source=[(job.table_path, _content(value, job.table_path, job))], origin=origin)


def _content(value: Any, path: str, job: _Gathering) -> Content:
    """Return one file's content: bytes, a path, or a binary file that can be read again."""
    if isinstance(value, bytes | Path):
        return value
    if is_arrow(value):
        _check_parquet(path)
        kept = _temporary(job)
        with _room():
            write_parquet(value, kept, name="source")
        kept.seek(0)
        return kept
    if hasattr(value, "read"):
        return _stream(value, path, job)
    from trustlab.data.frames import frame_to_parquet

    if isinstance(value, str):
        raise UsageError(f"source: the content of {path!r} must be bytes, a Path, a binary file or a table; got text")
    _check_parquet(path)
    return frame_to_parquet(load_dataset(value, job.context, parameter="source").frame)


def _stream(value: Any, path: str, job: _Gathering) -> BinaryIO:
    if isinstance(value.read(0), str):
        raise UsageError(f"source: the file for {path!r} must be opened for bytes, as open(name, 'rb'); it gives text")
    if getattr(value, "seekable", bool)():
        return value  # type: ignore[no-any-return] # a binary file, as its read(0) says
    return _spooled(value, job)


def _standard_input(job: _Gathering) -> Incoming:
    stream = job.context.stdin
    if stream is None:
        raise UsageError(
            "source: - is standard input; there is none",
            hint="In Python give the open binary file itself, or bytes; in a notebook a file or a variable.",
        )
    if job.path is None:
        raise UsageError(
            "path is needed: what standard input is called in the version; nothing came",
            hint=f"For example: trust data commit {job.repo} - --path {job.repo}.csv",
        )
    if stream.isatty():
        raise UsageError(
            "source: - must have something to read; standard input is the keyboard",
            hint=f"Pipe it in: COMMAND | trust data commit {job.repo} - --path {job.path}",
        )
    kept = _spooled(stream, job)
    if not kept.read(1):
        raise InputError("source: standard input must hold something; it is empty", hint="Did the command before fail?")
    kept.seek(0)
    return Incoming(source=[(job.path, kept)], origin={"kind": "stdin", "name": job.path})


def _spooled(stream: Any, job: _Gathering) -> BinaryIO:
    kept = _temporary(job)
    with _room():
        shutil.copyfileobj(stream, kept, _BLOCK)
    kept.seek(0)
    return kept


def _temporary(job: _Gathering) -> BinaryIO:
    return job.closing.enter_context(tempfile.TemporaryFile())


@contextmanager
def _room() -> Iterator[None]:
    """Say what to do where a temporary file finds no room."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise
        raise ConflictError(
            f"a stream is kept in {tempfile.gettempdir()} until it is committed, and must find room there; "
            f"got: {error.strerror}",
            hint="Make room, or name a larger folder in the variable TMPDIR.",
        ) from error
