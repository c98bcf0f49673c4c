"""Write a version as a plain archive or folder that needs no trustlab, with a manifest to verify it by."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from trustlab.core.errors import ConflictError, InputError
from trustlab.store.archives import ARCHIVES, FolderWriter
from trustlab.store.chosen import Chosen
from trustlab.store.exported import check_own, manifest_name, swap
from trustlab.store.names import check_path
from trustlab.store.read import stream_entry
from trustlab.store.staging import EXPORT, aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from trustlab.store.archives import Writer
    from trustlab.store.records import Commit
    from trustlab.store.refs import Ref
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry, Tree

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote.

    Parameters
    ----------
    commit : str
    target : Path
    manifest : str
        The manifest's path in the archive or folder.
    files, bytes : int
        Without the manifest.
    """

    commit: str
    target: Path
    manifest: str
    files: int
    bytes: int


def export(
    store: Store,
    ref: str | Ref,
    target: Path,
    *,
    force: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> Exported:
    """Write the files that a ref names into an archive or a new folder, as the target's ending says.

    The manifest, written last, tells the commit, and for each file its size and the BLAKE3 of its bytes. The same
    commit gives the same archive, byte for byte: files in the order of their paths, and the commit's time on each.
    Files pass through one chunk at a time. The target appears whole or not at all.

    Parameters
    ----------
    ref : str or Ref
        With a path, only that file or folder.
    target : Path
        Ends in ``.zip``, ``.tar``, ``.tar.gz`` or ``.tgz``; anything else is a folder.
    force : bool
        Replace what is there: a file, or a folder that an export has made and that holds nothing else.
    progress : callable or None
        Called with (bytes done, bytes in all, path).

    Returns
    -------
    Exported

    Raises
    ------
    ConflictError
        If something is at the target and ``force`` is not set, or the folder there holds files that are new or changed
        since its export.
    RefusedError
        If it would replace a folder that no export has made.
    InputError
        If the target cannot be written.
    NotFoundError
        If the ref names nothing.
    DamagedError
        If a chunk is missing or altered.
    """
    chosen = Chosen(store, ref)
    found, total = chosen.commit, chosen.bytes
    _check_free(target, force=force)
    with _writable(target), _into_place(target, force=force) as temporary:
        opener = next((kind for ending, kind in ARCHIVES.items() if target.name.lower().endswith(ending)), FolderWriter)
        with opener(temporary, datetime.fromisoformat(found.time)) as writer:
            rows = list(_write_files(store, iter(chosen), writer, total, progress))
            manifest = _free_name(chosen.tree)
            writer.add(manifest, len(text := _manifest(found, rows)), [text], executable=False)
    return Exported(commit=found.id, target=target, manifest=manifest, files=len(rows), bytes=total)


def _write_files(
    store: Store,
    entries: Iterator[Entry],
    writer: Writer,
    total: int,
    progress: Callable[[int, int, str], None] | None,
) -> Iterator[dict[str, Any]]:
    """Write the files, and yield each one's row of the manifest."""
    done = 0
    for entry in entries:
        check_path(entry.path)
        digest = blake3()

        def read(entry: Entry = entry, digest: Any = digest) -> Iterator[bytes | memoryview]:
            nonlocal done
            for piece in stream_entry(store, entry):
                digest.update(piece)
                done += len(piece)
                if progress is not None:
                    progress(done, total, entry.path)
                yield piece

        writer.add(entry.path, entry.size, read(), executable=entry.executable)
        row = {"path": entry.path, "size": entry.size, "blake3": digest.hexdigest()}
        yield {**row, "executable": True} if entry.executable else row


def _manifest(commit: Commit, rows: list[dict[str, Any]]) -> bytes:
    head = {
        "trustlab": "export",
        "format": FORMAT,
        "repo": commit.repo,
        "commit": commit.id,
        "time": commit.time,
        "author": commit.author,
        "message": commit.message,
        "files": rows,
    }
    return (json.dumps(head, ensure_ascii=False, indent=1) + "\n").encode()


def _free_name(tree: Tree) -> str:
    """Return a name for the manifest that no file of the version has."""
    number = 1
    while True:
        name = manifest_name(number)
        below = tree.first(f"{name}/")
        if tree.get(name) is None and (below is None or not below.path.startswith(f"{name}/")):
            return name
        number += 1


def _check_free(target: Path, *, force: bool) -> None:
    if not target.parent.is_dir():
        raise InputError(f"the folder that takes the export must exist; {target.parent} does not", hint="Make it.")
    if not os.path.lexists(target):
        return
    if not force:
        raise ConflictError(
            f"an export must not write over anything; '{target}' exists",
            hint="Choose another target, or replace it by --force.",
        )
    if target.is_dir():
        check_own(target)


@contextmanager
def _into_place(target: Path, *, force: bool) -> Iterator[Path]:
    """Give a name to write to, in a folder beside the target; take what is there to the target if all ends well."""
    with aside(target.parent, EXPORT) as folder:
        temporary = folder / "whole"
        yield temporary
        # Looked at again: writing may have taken minutes.
        _check_free(target, force=force)
        if os.path.lexists(target) and (target.is_dir() or temporary.is_dir()):
            swap(temporary, target)
        else:
            temporary.replace(target)


@contextmanager
def _writable(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"an export must be able to write '{target}' and to read the store; got: {error.strerror or error}",
            hint="Nothing was written. Free space or choose another target, then export again.",
        ) from error
