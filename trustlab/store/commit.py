"""Commit: store what is new, then let one transaction make it visible."""

from __future__ import annotations

import getpass
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc, insert, select, update

from trustlab.core.errors import ConflictError, InputError
from trustlab.core.views import clean
from trustlab.store import schema, stats
from trustlab.store.ingest import Ingest
from trustlab.store.names import check_name
from trustlab.store.records import Commit, canonical, to_row
from trustlab.store.refs import DEFAULT_BRANCH
from trustlab.store.schema import BRANCHES, COMMITS, REPOS
from trustlab.store.sink import ChunkSink
from trustlab.store.sources import collect, total_size
from trustlab.store.trees import Written, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from trustlab.store.sources import Item, Source
    from trustlab.store.stats import Seen
    from trustlab.store.store import Store

_ATTEMPTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a commit did.

    Parameters
    ----------
    commit : str
        Its id.
    repo, branch : str
    files, bytes : int
        What the commit holds.
    bytes_added : int
        Bytes newly stored, trees included; 0 where the branch's head held the same already.
    parents : tuple of str
    created : bool
        False where the branch's head held the very same already, and is returned.
    """

    commit: str
    repo: str
    branch: str
    files: int
    bytes: int
    bytes_added: int
    parents: tuple[str, ...]
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    repo: str
    branch: str
    author: str
    message: str
    provenance: Mapping[str, Any]


class _LostRaceError(Exception):
    """Another commit moved the branch first: publish again on top of it."""


class _ChunksMovedError(Exception):
    """A gc removed chunks since the sources were read: read them again."""


def commit(
    store: Store,
    repo: str,
    source: Source,
    *,
    branch: str = DEFAULT_BRANCH,
    message: str = "",
    author: str | None = None,
    provenance: Mapping[str, Any] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Committed:
    """Make the source the newest version on a branch; the branch and the repo are made where there are none.

    The commit holds exactly the source: files of the version before that the source lacks are not in it. Where the
    branch's head holds the very same tree, nothing is added and that head is returned, with ``bytes_added`` 0.
    Commits of several processes to one branch follow one another, and none is lost.

    Parameters
    ----------
    source : Path, str or list of (str, bytes or Path or binary file)
        A file, a folder, or pairs of a path in the commit and its content.
    author : str or None
        The system's user name where None.
    provenance : mapping or None
        JSON data on where the content came from.
    progress : callable or None
        Called with (bytes done, bytes in all, path).

    Returns
    -------
    Committed

    Raises
    ------
    NotFoundError, InputError
        As :func:`trustlab.store.sources.collect` says, or if a file changes while it is read.
    ConflictError
        If the store cannot be written.
    """
    draft = _Draft(
        repo=check_name("repo", repo),
        branch=check_name("branch", branch),
        author=_check_text("author", author if author is not None else _user()),
        message=_check_text("message", message),
        provenance=clean(dict(provenance or {})),
    )
    _check_text("provenance", canonical(draft.provenance))
    items = collect(source, store.root)
    for _ in range(_ATTEMPTS):
        try:
            return _attempt(store, draft, items, progress)
        except _ChunksMovedError:
            continue
    raise ConflictError("a commit must not meet a gc each time it tries; it did", hint="Commit again when gc is done.")


def _attempt(
    store: Store, draft: _Draft, items: Sequence[Item], progress: Callable[[int, int, str], None] | None
) -> Committed:
    with store.read() as connection:
        # The epoch before the cache: a gc between the two is noticed when the commit is published.
        epoch = schema.gc_epoch(connection)
        files = (item.content for item in items if isinstance(item.content, Path))
        recalled = stats.recall(connection, (stats.key_of(file) for file in files))
    with ChunkSink(store) as sink:
        ingest = Ingest(sink, recalled, progress, total_size(items))
        tree = write_tree(sink, ingest.entries(items))
        sink.finish()
        lost: Exception | None = None
        for _ in range(_ATTEMPTS):
            try:
                with store.write() as connection:
                    done = _publish(connection, draft, tree, sink, ingest.seen, epoch)
            except (_LostRaceError, exc.IntegrityError) as error:
                lost = error
                continue
            sink.drop_unused()
            return done
        raise ConflictError(
            f"'{draft.repo}@{draft.branch}' must hold still for a moment; {_ATTEMPTS} commits came first"
        ) from lost


def _publish(
    connection: Connection, draft: _Draft, tree: Written, sink: ChunkSink, seen: Sequence[Seen], epoch: int
) -> Committed:
    if schema.gc_epoch(connection, shared=True) != epoch:
        raise _ChunksMovedError
    stats.remember(connection, seen)
    repo = _ensure_repo(connection, draft.repo)
    here = (BRANCHES.c.repo == repo, BRANCHES.c.name == draft.branch)
    head = connection.execute(select(BRANCHES.c.head).where(*here)).scalar_one_or_none()
    if head is not None:
        query = select(COMMITS.c.tree, COMMITS.c.parents).where(COMMITS.c.repo == repo, COMMITS.c.id == head)
        last = connection.execute(query).one()
        if last.tree == tree.name:
            return _done(draft, head, tree, None, tuple(json.loads(last.parents)))
    new = _record(draft, tree, (head,) if head else ())
    added = sink.index(connection)
    connection.execute(insert(COMMITS).values(to_row(new, repo)))
    if head is None:
        connection.execute(insert(BRANCHES).values(repo=repo, name=draft.branch, head=new.id))
    elif connection.execute(update(BRANCHES).where(*here, BRANCHES.c.head == head).values(head=new.id)).rowcount != 1:
        raise _LostRaceError
    return _done(draft, new.id, tree, added, new.parents)


def _record(draft: _Draft, tree: Written, parents: tuple[str, ...]) -> Commit:
    blank = Commit(
        id="",
        repo=draft.repo,
        tree=tree.name,
        parents=parents,
        author=draft.author,
        time=datetime.now(UTC).isoformat(timespec="microseconds"),
        message=draft.message,
        provenance=draft.provenance,
        files=tree.files,
        bytes=tree.bytes,
    )
    return replace(blank, id=blank.computed_id())


def _done(draft: _Draft, commit: str, tree: Written, added: int | None, parents: tuple[str, ...]) -> Committed:
    return Committed(
        commit=commit,
        repo=draft.repo,
        branch=draft.branch,
        files=tree.files,
        bytes=tree.bytes,
        bytes_added=added or 0,
        parents=parents,
        created=added is not None,
    )


def _ensure_repo(connection: Connection, repo: str) -> int:
    found = connection.execute(select(REPOS.c.id).where(REPOS.c.name == repo)).scalar_one_or_none()
    if found is not None:
        return int(found)
    key = connection.execute(insert(REPOS).values(name=repo)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _check_text(what: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"a commit's {what} must be text that UTF-8 can write; got {text!r}") from error
    if "\x00" in text:
        raise InputError(f"a commit's {what} must not hold NUL; got {text!r}")
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a number that has no name.
        return "unknown"
