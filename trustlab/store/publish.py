"""Publish: the one transaction by which a stored tree becomes a commit, and its branch moves to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import exc, insert, select, update

from trustlab.core.database import LostTransactionError
from trustlab.core.errors import ConflictError
from trustlab.core.views import clean
from trustlab.store import lineage, schema, stats
from trustlab.store.mounts import refuse_mount_name
from trustlab.store.names import check_name
from trustlab.store.records import Commit, canonical, to_row
from trustlab.store.refs import Ref, check_free, check_kept, hold_names
from trustlab.store.schema import BRANCHES, COMMITS, REPOS
from trustlab.store.texts import check_text, user

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from trustlab.store.sink import ChunkSink
    from trustlab.store.store import Store
    from trustlab.store.trees import Written

T = TypeVar("T")

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
class Draft:
    """A commit before it has a tree; made by :func:`draft`."""

    repo: str
    branch: str
    author: str
    message: str
    provenance: Mapping[str, Any]


class LostRaceError(Exception):
    """The branch is not where it was: look again, and publish on top of it."""


class ChunksMovedError(Exception):
    """A gc removed chunks since the work began: do it again."""


def draft(
    repo: str, branch: str, message: str = "", author: str | None = None, provenance: Mapping[str, Any] | None = None
) -> Draft:
    """Return a draft of a commit, its names and texts checked.

    Raises
    ------
    UsageError
        If the repo or the branch cannot be called so.
    InputError
        If a text holds what a database cannot.
    """
    drawn = Draft(
        repo=check_name("repo", repo),
        branch=check_name("branch", branch),
        author=check_text("author", author if author is not None else user()),
        message=check_text("message", message),
        provenance=clean(dict(provenance or {})),
    )
    check_text("provenance", canonical(drawn.provenance))
    return drawn


def until_published(attempt: Callable[[], T], name: str) -> T:
    """Return what ``attempt`` returns, called anew as long as others move the branch ``name`` or its chunks first.

    Raises
    ------
    ConflictError
        If it never comes through.
    """
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except (LostRaceError, ChunksMovedError) as error:
            lost = error
    raise _unsteady(name) from lost


def publish(
    store: Store,
    drawn: Draft,
    tree: Written,
    sink: ChunkSink,
    *,
    epoch: int,
    parents: tuple[str, ...] | None = None,
    seen: Mapping[str, str] = MappingProxyType({}),
) -> Committed:
    """Make a stored tree the newest commit on a branch.

    Parameters
    ----------
    drawn : Draft
    tree : Written
    sink : ChunkSink
        Finished: it brought the tree's chunks.
    epoch : int
        :func:`trustlab.store.schema.gc_epoch` from before the work began.
    parents : tuple of str or None
        The first is the head that the branch must have still. None is the head, whichever it is: repo and branch are
        made where there are none, and where the head holds the same tree, it is returned and nothing is added.
    seen : mapping of str to str
        What the stat cache shall know.

    Raises
    ------
    LostRaceError
        If the branch's head is not ``parents[0]``.
    ChunksMovedError
        If a gc has removed chunks since ``epoch``.
    NotFoundError
        If a parent is not there.
    ConflictError
        If the branch is new and there is a tag of its name, or if other commits came first each time.
    """
    for _ in range(_ATTEMPTS):
        try:
            with store.write() as connection:
                done = _publish(connection, drawn, tree, sink, epoch, parents, seen)
        except (LostRaceError, LostTransactionError, exc.IntegrityError) as error:
            # The others: two brought the same repo or branch at once, or stood in each other's way.
            if parents is not None and isinstance(error, LostRaceError):
                raise
            lost = error
            continue
        sink.drop_unused()
        return done
    raise _unsteady(f"{drawn.repo}@{drawn.branch}") from lost


def move_branch(store: Store, repo: str, branch: str, old: str, new: str) -> None:
    """Move a branch from the commit ``old`` to ``new``, which must be there already.

    Raises
    ------
    LostRaceError
        If the branch's head is not ``old``.
    NotFoundError
        If ``new`` is not there.
    """
    with store.write() as connection:
        number = ensure_repo(connection, repo)
        check_kept(connection, number, repo, [new])
        _move(connection, number, branch, old, new)


def _unsteady(name: str) -> ConflictError:
    return ConflictError(
        f"'{name}' must hold still for a moment; {_ATTEMPTS} times another commit or a gc came first",
        hint="Try again when they are done.",
    )


def _publish(
    connection: Connection,
    drawn: Draft,
    tree: Written,
    sink: ChunkSink,
    epoch: int,
    parents: tuple[str, ...] | None,
    seen: Mapping[str, str],
) -> Committed:
    if schema.gc_epoch(connection, shared=True) != epoch:
        raise ChunksMovedError
    stats.remember(connection, seen)
    repo = ensure_repo(connection, drawn.repo)
    head = _head(connection, repo, drawn.branch)
    if parents is None and head is None:
        hold_names(connection, repo)
        # Another may have made the branch while this one waited.
        head = _head(connection, repo, drawn.branch)
    if parents is not None:
        if head != parents[0]:
            raise LostRaceError
        check_kept(connection, repo, drawn.repo, parents)
    elif head is not None:
        query = select(COMMITS.c.tree, COMMITS.c.parents).where(COMMITS.c.repo == repo, COMMITS.c.id == head)
        last = connection.execute(query).one()
        if last.tree == tree.name:
            # Chunks that a repair has struck come again.
            sink.index(connection)
            return _done(drawn, head, tree, None, tuple(json.loads(last.parents)))
    else:
        check_free(connection, repo, Ref(drawn.repo, drawn.branch), "branch")
    new = _record(drawn, tree, parents or ((head,) if head else ()))
    # Before the packs are offered: inputs that are none leave nothing behind.
    lineage.link(connection, drawn.repo, new.id, drawn.provenance)
    added = sink.index(connection)
    connection.execute(insert(COMMITS).values(to_row(new, repo)))
    if head is None:
        connection.execute(insert(BRANCHES).values(repo=repo, name=drawn.branch, head=new.id))
    else:
        _move(connection, repo, drawn.branch, head, new.id)
    return _done(drawn, new.id, tree, added, new.parents)


def _head(connection: Connection, repo: int, branch: str) -> str | None:
    here = (BRANCHES.c.repo == repo, BRANCHES.c.name == branch)
    # Who follows on the same branch waits here rather than work in vain.
    return connection.execute(select(BRANCHES.c.head).where(*here).with_for_update()).scalar_one_or_none()


def _move(connection: Connection, repo: int, branch: str, old: str, new: str) -> None:
    here = (BRANCHES.c.repo == repo, BRANCHES.c.name == branch, BRANCHES.c.head == old)
    if connection.execute(update(BRANCHES).where(*here).values(head=new)).rowcount != 1:
        raise LostRaceError


def _record(drawn: Draft, tree: Written, parents: tuple[str, ...]) -> Commit:
    blank = Commit(
        id="",
        repo=drawn.repo,
        tree=tree.name,
        parents=parents,
        author=drawn.author,
        time=datetime.now(UTC).isoformat(timespec="microseconds"),
        message=drawn.message,
        provenance=drawn.provenance,
        files=tree.files,
        bytes=tree.bytes,
    )
    return replace(blank, id=blank.computed_id())


def _done(drawn: Draft, commit: str, tree: Written, added: int | None, parents: tuple[str, ...]) -> Committed:
    return Committed(
        commit=commit,
        repo=drawn.repo,
        branch=drawn.branch,
        files=tree.files,
        bytes=tree.bytes,
        bytes_added=added or 0,
        parents=parents,
        created=added is not None,
    )


def ensure_repo(connection: Connection, repo: str) -> int:
    """Return the number of a repo, made where there is none; ConflictError where a mount is called so."""
    found = connection.execute(select(REPOS.c.id).where(REPOS.c.name == repo)).scalar_one_or_none()
    if found is not None:
        return int(found)
    refuse_mount_name(connection, repo)
    key = connection.execute(insert(REPOS).values(name=repo)).inserted_primary_key
    assert key is not None
    return int(key[0])
