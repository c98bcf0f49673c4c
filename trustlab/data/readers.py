"""One call for each library that does not open a bare ``trust://`` address by itself.

pandas and Dask take the address as they take any other. For the others:

=========  ===========================================================================================================
pyarrow    ``open_dataset(address)``; or ``"fsspec+trust://..."``; or ``filesystem=fsspec.filesystem("trust")``
polars     ``pl.read_parquet(address, use_pyarrow=True)``, ``pl.read_csv`` likewise; lazily ``scan_polars(address)``.
           Its own readers know a fixed list of addresses and take ``trust://`` for a local path; of an open file
           (``pl.read_parquet(open_file(address))``) they fetch the whole
DuckDB     ``duckdb_with_trust()``, then plain SQL: ``select ... from 'trust://loans@main/part.parquet'``
=========  ===========================================================================================================
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, MissingExtraError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import polars as pl
    import pyarrow.dataset
    from fsspec.spec import AbstractBufferedFile

    from trustlab.data.filesystem import TrustFileSystem

_FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".arrow": "ipc",
    ".feather": "ipc",
    ".jsonl": "json",
    ".ndjson": "json",
}
_SCHEME = "trust://"
_NAMED = 5


def open_file(address: str, *, workspace: str | Path | None = None) -> AbstractBufferedFile:
    """Return a file of a version or a mount, open for reading in binary, for whatever reads open files.

    Parameters
    ----------
    address : str
        ``trust://REPO[@REF]/PATH`` or ``trust://MOUNT/PATH``, or a ref with its path.
    workspace : str, Path or None
        A folder in or above which the workspace lies; None looks from the current folder upward.

    Returns
    -------
    TrustFile or MountedFile
        A version's stays the one that was opened; only what is read is fetched.

    Raises
    ------
    NotFoundError
        If the address names nothing.
    """
    file: AbstractBufferedFile = _filesystem(workspace).open(_path(address), "rb")
    return file


def open_dataset(
    address: str, *, workspace: str | Path | None = None, partitioning: str | None = "hive", **options: Any
) -> pyarrow.dataset.Dataset:
    """Return a table in one file or many as a pyarrow data set, all of one version; of a mount, what is there now.

    Parameters
    ----------
    address : str
        A file, a folder of files, or a pattern such as ``trust://loans@main/year=*/part-*.parquet``.
    workspace : str, Path or None
        A folder in or above which the workspace lies; None looks from the current folder upward.
    partitioning : str or None
        How folders' names make columns, as pyarrow takes it; ``hive`` reads ``year=2026``.
    **options
        Passed to ``pyarrow.dataset.dataset``; ``format`` where the files' names do not tell.

    Raises
    ------
    NotFoundError
        If the address names nothing.
    InputError
        If the files' names do not tell their format, or tell several.
    RefusedError
        If something in a mount may not be read: a table without it would not be whole.
    """
    import pyarrow.dataset

    fs, path = _filesystem(workspace), _path(address)
    found: Any = path
    if any(sign in path for sign in "*?["):
        files = fs.glob(path, detail=True)
        found = list(files)
        if not files:
            raise NotFoundError(f"'{address}' must name files; none is called so")
    else:
        fs.info(path)
        files = fs.find(path, detail=True)
    if refused := [name for name, info in files.items() if info["type"] == "other"]:
        raise RefusedError(
            f"the files of '{address}' must be ones that may be read; got {', '.join(refused[:_NAMED])}",
            hint="`trust data ls` says why not. Name the others by a pattern, or put it right at the source.",
        )
    if "format" not in options:
        options["format"] = _format_of(address, list(files))
    # Names that begin with a dot or an underscore are files like others here, unless the caller says otherwise.
    options.setdefault("ignore_prefixes", [])
    return pyarrow.dataset.dataset(found, filesystem=fs, partitioning=partitioning, **options)


def scan_polars(address: str, *, workspace: str | Path | None = None, **options: Any) -> pl.LazyFrame:
    """Return a polars LazyFrame over a table of a version; columns and rows not asked for are not fetched.

    Parameters
    ----------
    address, workspace, **options
        As for :func:`open_dataset`.
    """
    try:
        import polars as pl
    except ImportError as error:
        raise MissingExtraError("scan_polars needs polars", hint="pip install polars") from error
    return pl.scan_pyarrow_dataset(open_dataset(address, workspace=workspace, **options))


def duckdb_with_trust(
    connection: duckdb.DuckDBPyConnection | None = None, *, workspace: str | Path | None = None, pin: bool = False
) -> duckdb.DuckDBPyConnection:
    """Let a DuckDB connection read ``trust://`` addresses in SQL, and return it.

    Parameters
    ----------
    connection : DuckDBPyConnection or None
        None is DuckDB's default connection, which ``duckdb.sql`` uses.
    workspace : str, Path or None
        A folder in or above which the workspace lies; None looks from the current folder upward.
    pin : bool
        Whether a branch stays the version that it was when it was first read. Without it every file is read as its
        branch is at that moment: a query over many files beside a commit should name a commit, or pin.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("duckdb_with_trust needs duckdb", hint="pip install duckdb") from error
    connection = connection if connection is not None else duckdb.default_connection()
    if connection.filesystem_is_registered("trust"):
        connection.unregister_filesystem("trust")
    connection.register_filesystem(_filesystem(workspace, pin=pin))
    return connection


def _filesystem(workspace: str | Path | None, *, pin: bool = True) -> TrustFileSystem:
    from trustlab.data.filesystem import TrustFileSystem

    return TrustFileSystem(workspace=workspace, pin=pin)


def _path(address: str) -> str:
    return address.removeprefix(_SCHEME).strip("/")


def _format_of(address: str, files: list[str]) -> str:
    suffixes = sorted({PurePosixPath(file).suffix.lower() for file in files})
    formats = {_FORMATS.get(suffix) for suffix in suffixes}
    if len(formats) != 1 or None in formats:
        raise InputError(
            f"the files of '{address}' must be of one format that is read as a table; they end in "
            f"{', '.join(suffix or 'nothing' for suffix in suffixes)}",
            hint=f"Name them by a pattern, or give format= one of {', '.join(sorted(set(_FORMATS.values())))}.",
        )
    return str(formats.pop())
