"""The columns of data that a line names, without reading the data."""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from trustlab.data.dataset import TABLE_SUFFIXES, is_table
from trustlab.data.frames import FORMATS

if TYPE_CHECKING:
    from typing import BinaryIO

    from trustlab.core.context import Context
    from trustlab.store import Store

HEAD = 256 * 1024
MOST = 20_000
LOOKED_AT = 2000


def columns_of(text: str, context: Context) -> list[str]:
    """Return the columns of the data called ``text``; none where it cannot be told at once.

    Parameters
    ----------
    text : str
        A notebook variable, a ref or a file, as an operation takes it.
    """
    if text in context.namespace and is_table(context.namespace[text]):
        return _of_value(context.namespace[text])
    path = context.path(text)
    if path.is_file():
        stat = path.stat()
        return list(_of_file(str(path), stat.st_mtime_ns, stat.st_size))
    workspace = context.workspace_or_none
    if workspace is None:
        return []
    from trustlab.data.opened import shared_store

    return _of_ref(text, shared_store(workspace))


def _of_value(value: Any) -> list[str]:
    # A lazy query knows its columns only after planning; what has names at hand is asked, and nothing else.
    names = getattr(value, "column_names", None) or getattr(value, "columns", None)
    if names is None and len(getattr(value, "shape", ())) == 2:
        return [f"x{at}" for at in range(min(value.shape[1], MOST))]
    return [str(name) for name in list(names if names is not None else [])[:MOST]]


@lru_cache(maxsize=32)
def _of_file(path: str, _changed: int, _size: int) -> tuple[str, ...]:
    with Path(path).open("rb") as file:
        return tuple(_header(path, file))


def _of_ref(text: str, store: Store) -> list[str]:
    from trustlab.store.refs import parse, resolve
    from trustlab.store.trees import Tree

    ref = text.removeprefix("trust://")
    parts = parse(ref.replace("/", ":", 1) if text.startswith("trust://") and ":" not in ref else ref)
    commit = resolve(store, parts)
    path = parts.path
    if path is None:
        entries = islice(Tree(store, commit.tree).entries(), LOOKED_AT)
        tables = [one.path for one in entries if PurePosixPath(one.path).suffix.lower() in TABLE_SUFFIXES]
        path = tables[0] if len(tables) == 1 else ""
    return list(_of_version(store, f"{commit.repo}@{commit.id}/{path}")) if path else []


@lru_cache(maxsize=32)
def _of_version(store: Store, address: str) -> tuple[str, ...]:
    from trustlab.data.filesystem import TrustFileSystem

    with TrustFileSystem(store=store).open(address, "rb") as file:
        return tuple(_header(address, file))


def _header(name: str, file: BinaryIO) -> list[str]:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in FORMATS["csv"] + FORMATS["tsv"]:
        return _of_text(file.read(HEAD))
    if suffix in FORMATS["parquet"]:
        import pyarrow.parquet

        return [str(one) for one in pyarrow.parquet.read_schema(file).names][:MOST]
    return []


def _of_text(data: bytes) -> list[str]:
    from trustlab.data.delimited import sniff_separator

    text = data.decode("utf-8-sig", errors="ignore")
    lines = "".join(text.splitlines(keepends=True)[:20])
    try:
        return next(csv.reader(io.StringIO(lines, newline=""), delimiter=sniff_separator(lines)), [])[:MOST]
    except csv.Error:
        return []
