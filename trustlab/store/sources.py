"""What a commit takes: a file, a folder, or pairs of a path and its bytes; every strange case has a decided outcome."""

from __future__ import annotations

import errno
import os
import stat as modes
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from trustlab.core.errors import InputError, NotFoundError, RefusedError, TrustlabError, UsageError
from trustlab.store.names import check_paths
from trustlab.store.refusals import together
from trustlab.store.staging import is_staging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Content = bytes | Path | BinaryIO
Source = Path | str | list[tuple[str, Content]]

_LINK = "Commit the link's target by itself, or put a copy in its place."


class Item(NamedTuple):
    """One file to commit.

    Parameters
    ----------
    path : str
        Its path in the commit.
    content : bytes, str or binary file
        Where its bytes come from; a str is the absolute path of a file on disk that is no link.
    size : int
        In bytes, for progress; 0 where it is not known.
    start : int
        Where a binary file's bytes begin.
    looks : os.stat_result or None
        What a file on disk looked like when it was found.
    """

    path: str
    content: bytes | str | BinaryIO
    size: int
    start: int = 0
    looks: os.stat_result | None = None


def collect(source: Source, workspace: Path, seen: Callable[[Item], None] = lambda _item: None) -> list[Item]:
    """Return what there is to commit, in the order of the paths.

    A file is committed under its own name, a folder's files under their paths within it; empty folders are not kept.
    The source itself may be a link. Within a folder, a link to a file of the same folder is committed as the file that
    it names; links to folders, links that leave the folder and links to nothing are refused, and so are devices,
    sockets and pipes. The workspace's own folder is left out, and so is what a killed checkout or export has left.

    Parameters
    ----------
    source : Path, str or list of (str, bytes or Path or binary file)
    workspace : Path
        The workspace's folder.
    seen : callable
        Called with each file of a folder as soon as it is found, in any order.

    Raises
    ------
    NotFoundError
        If the source does not exist.
    InputError
        If it is empty, or holds what cannot be committed: all of that is named.
    """
    refused: list[TrustlabError] = []
    if isinstance(source, str | Path):
        items = _from_disk(Path(source), workspace, seen, refused)
    elif isinstance(source, list):
        items = []
        for pair in source:
            try:
                items.append(_pair(*pair, workspace))
            except (InputError, NotFoundError) as error:
                refused.append(error)
    else:
        raise UsageError(f"a commit takes a file, a folder or a list of (path, content); got {type(source).__name__}")
    if not items and not refused:
        raise InputError("a commit must hold at least one file; got none", hint="Put a file there, then commit again.")
    items.sort(key=itemgetter(0))
    try:
        check_paths([item.path for item in items])
    except InputError as error:
        refused.append(error)
    if refused:
        raise together([*refused, *unreadable_among(items)])
    return items


def faults(source: Source, workspace: Path) -> list[TrustlabError]:
    """Return all that keeps a source from being committed, beside what is known already."""
    try:
        return list(unreadable_among(collect(source, workspace)))
    except (InputError, NotFoundError, RefusedError) as error:
        return [error]


def _pair(path: str, content: Content, workspace: Path) -> Item:
    if isinstance(content, Path):
        return _on_disk(path, _resolve(content), workspace)
    if isinstance(content, bytes):
        return Item(path, content, len(content))
    # A commit that meets a gc begins again, and so must be able to read again.
    if not content.seekable():
        raise UsageError(f"a binary file to commit must be seekable; the one for {path!r} is not")
    return Item(path, content, 0, content.tell())


def _on_disk(path: str, file: Path, workspace: Path) -> Item:
    _refuse_workspace(file, workspace)
    looks = _regular(str(file))
    return Item(path, str(file), looks.st_size, 0, looks)


def _from_disk(source: Path, workspace: Path, seen: Callable[[Item], None], refused: list[TrustlabError]) -> list[Item]:
    found = _resolve(source)
    if found.is_dir():
        _refuse_workspace(found, workspace)
        items = []
        for item in _walk(found, workspace.resolve(), refused):
            items.append(item)
            seen(item)
        return items
    return [_on_disk(source.name or found.name, found, workspace)]


def _refuse_workspace(file: Path, workspace: Path) -> None:
    """Raise where a file is the workspace's own: its settings may hold secrets, and its packs hold every version."""
    if file.is_relative_to(workspace.resolve()):
        raise RefusedError(
            f"the workspace's own folder must not be committed; '{file}' lies in it",
            hint="Commit what you keep outside of it, or a copy.",
        )


def _resolve(source: Path) -> Path:
    try:
        return source.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"a file or folder to commit must exist; got '{source}'") from error
    except ValueError as error:
        raise InputError(f"a path must not hold NUL; got {str(source)!r}") from error
    except (OSError, RuntimeError) as error:
        raise InputError(f"'{source}' must be readable; got: {error}") from error


def _walk(top: Path, workspace: Path, refused: list[TrustlabError]) -> Iterator[Item]:
    """Yield a folder's files; plain strings and one look a file, for there may be a hundred thousand."""
    waiting = [(str(top), "")]
    while waiting:
        folder, prefix = waiting.pop()
        try:
            # Not by its path alone: a link may have taken the folder's place.
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                with os.scandir(descriptor) as found:
                    yield from _walk_one(folder, prefix, found, waiting, top, workspace, refused)
            finally:
                os.close(descriptor)
        except OSError as error:
            refused.append(unreadable("folder", folder, error))


def _walk_one(
    folder: str,
    prefix: str,
    entries: Iterable[os.DirEntry[str]],
    waiting: list[tuple[str, str]],
    top: Path,
    workspace: Path,
    refused: list[TrustlabError],
) -> Iterator[Item]:
    for entry in entries:
        if is_staging(entry.name):
            continue
        file, path = f"{folder}/{entry.name}", prefix + entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                if file != str(workspace):
                    waiting.append((file, f"{path}/"))
                continue
            item = _link(Path(file), path, top, workspace) if entry.is_symlink() else _entry(file, path, entry)
        except TrustlabError as error:
            refused.append(error)
        else:
            yield item


def _entry(file: str, path: str, entry: os.DirEntry[str]) -> Item:
    looks = _regular(file, entry)
    return Item(path, file, looks.st_size, 0, looks)


def _link(link: Path, path: str, top: Path, workspace: Path) -> Item:
    target = target_of(link, top)
    if target.is_dir():
        raise InputError(f"a link must lead to a file; '{link}' leads to the folder '{target}'", hint=_LINK)
    return _on_disk(path, target, workspace)


def target_of(link: Path, top: Path) -> Path:
    """Return what a link leads to; InputError where that is nothing, or outside of the folder ``top``."""
    try:
        target = link.resolve(strict=True)
    except PermissionError as error:
        raise unreadable("link", str(link), error) from error
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"a link must lead to a file; '{link}' leads to nothing or in a circle",
            hint="Remove it, or put a file in its place.",
        ) from error
    if not target.is_relative_to(top):
        raise InputError(
            f"a link must stay inside the folder that is committed; '{link}' leads to '{target}'", hint=_LINK
        )
    return target


def _regular(file: str, entry: os.DirEntry[str] | None = None) -> os.stat_result:
    try:
        found = os.lstat(file) if entry is None else entry.stat(follow_symlinks=False)
    except OSError as error:
        raise unreadable("file", file, error) from error
    if not modes.S_ISREG(found.st_mode):
        raise InputError(
            f"only files and folders can be committed; '{file}' is {_kind(found.st_mode)}",
            hint="Leave it out, or put its content there as a file.",
        )
    return found


def unreadable(kind: str, place: str, error: OSError) -> InputError:
    """Return what is said of a file or folder that the system does not let be read."""
    owned = "Let its owner give you the right to read it, or leave it out."
    return InputError(
        f"every {kind} to commit must be readable; '{place}' is not ({error.strerror})",
        hint=owned if isinstance(error, PermissionError) else None,
    )


def unreadable_among(items: Iterable[Item]) -> list[InputError]:
    """Return what is said of each file that must not be read; asks for one after the other."""
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return [
        unreadable("file", item.content, error)
        for item in items
        if isinstance(item.content, str) and os.path.exists(item.content) and not os.access(item.content, os.R_OK)  # noqa: PTH110 - as text
    ]


def _kind(mode: int) -> str:
    kinds = {
        modes.S_IFIFO: "a pipe",
        modes.S_IFSOCK: "a socket",
        modes.S_IFCHR: "a device",
        modes.S_IFBLK: "a device",
        modes.S_IFDIR: "a folder",
        modes.S_IFLNK: "a link",
    }
    return kinds.get(modes.S_IFMT(mode), "neither")


def total_size(items: Iterable[Item]) -> int:
    """Return the bytes to read, as far as they are known."""
    return sum(item.size for item in items)
