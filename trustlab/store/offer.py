"""What one store has to offer another: branches of a repo, their whole history and the tags on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from trustlab.core.errors import DamagedError, InputError, NotFoundError, UsageError
from trustlab.store import schema
from trustlab.store.ancestry import graph, history
from trustlab.store.names import check_name
from trustlab.store.refs import DEFAULT_BRANCH, parse, repo_number, resolve
from trustlab.store.schema import BRANCHES, TAGS
from trustlab.store.texts import check_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from trustlab.store.ancestry import Graph
    from trustlab.store.refs import Ref
    from trustlab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What shall be on the other side.

    Parameters
    ----------
    repo : str
    heads : mapping of str to str
        The branch there, and the commit that it shall be at.
    parents : dict of str to tuple of str
        The heads' whole history, parents before children.
    tags : mapping of str to mapping
        The tags on that history, by name: their rows without the repo.
    epoch : int
        The source's :func:`trustlab.store.schema.gc_epoch` from before all that was read.
    """

    repo: str
    heads: Mapping[str, str]
    parents: Graph
    tags: Mapping[str, Mapping[str, Any]]
    epoch: int


def read_offer(source: Store, ref: str | Ref, *, branch: str | None, every: bool) -> Offer:
    """Return what a ref offers.

    Parameters
    ----------
    ref : str or Ref
        A branch, or a commit; a repo alone where ``every`` is set.
    branch : str or None
        What the branch is called on the other side; as here where None.
    every : bool
        All branches and tags of the repo.

    Raises
    ------
    NotFoundError
        If the ref names nothing.
    UsageError
        If the ref has a path, or names no branch and none is given, or more is asked for beside ``every``.
    DamagedError
        If a commit's record is missing, or a branch or a tag is one that no store here could have.
    """
    parts = parse(ref)
    if parts.path is not None:
        raise UsageError(f"whole versions are moved; got '{parts}', which names a path", hint="Leave the path out.")
    chosen = None if every else _one(source, parts, branch)
    if every and (parts.base is not None or parts.back or branch is not None):
        raise UsageError(f"all branches of a repo go under their own names; got '{parts}' and branch {branch!r}")
    with source.read() as connection:
        epoch = schema.gc_epoch(connection)
        repo = repo_number(connection, parts.repo)
        heads = chosen or heads_of(connection, repo)
        if not heads:
            raise NotFoundError(f"'{parts.repo}' must have a branch; it has none")
        tags = _tags(connection, repo)
        starts = [*heads.values(), *(tag["commit"] for tag in tags.values() if every)]
        parents = history(graph(connection, repo), starts)
    kept = {name: tag for name, tag in tags.items() if tag["commit"] in parents}
    _check(parts.repo, heads, kept)
    return Offer(repo=parts.repo, heads=heads, parents=parents, tags=kept, epoch=epoch)


def _check(repo: str, heads: Iterable[str], tags: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse names and texts that could not have been written here; another side's may be whatever somebody wrote."""
    try:
        for head in heads:
            check_name("branch", head)
        for name in tags:
            check_name("tag", name)
    except UsageError as error:
        raise DamagedError(f"the names in '{repo}' must be ones that trustlab gives; {error.message}") from error
    if DEFAULT_BRANCH in tags:
        raise DamagedError(f"a tag of '{repo}' must not be called '{DEFAULT_BRANCH}': that is a branch's name")
    for name, tag in tags.items():
        check_said(f"tag {name}", tag["time"], author=tag["author"], message=tag["message"])


def check_said(what: str, time: str, **texts: str) -> None:
    """Refuse a commit's or a tag's record whose time or texts could not have been written here.

    Parameters
    ----------
    what : str
        For the message.
    time : str
        ISO 8601.
    **texts : str
        By what each is: ``author``, ``message``, ``provenance``.

    Raises
    ------
    DamagedError
        If one cannot be so.
    """
    try:
        datetime.fromisoformat(time)
        for kind, text in texts.items():
            check_text(kind, text)
    except InputError as error:
        raise DamagedError(f"{what} must be one that trustlab wrote; {error.message}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise DamagedError(f"{what} must be one that trustlab wrote; got time {time!r}") from error


def _one(source: Store, parts: Ref, branch: str | None) -> dict[str, str]:
    head = resolve(source, parts).id
    base = parts.base or DEFAULT_BRANCH
    if branch is not None:
        return {check_name("branch", branch): head}
    with source.read() as connection:
        branches = heads_of(connection, repo_number(connection, parts.repo))
    if parts.back or base not in branches:
        raise UsageError(
            f"a branch must be there to take the commits; '{parts}' names a commit, and no branch was given",
            hint="Say which: --branch NAME.",
        )
    return {base: head}


def heads_of(connection: Connection, repo: int) -> dict[str, str]:
    """Return the heads of a repo's branches, by name."""
    query = select(BRANCHES.c.name, BRANCHES.c.head).where(BRANCHES.c.repo == repo).order_by(BRANCHES.c.name)
    return {row.name: row.head for row in connection.execute(query)}


def _tags(connection: Connection, repo: int) -> dict[str, dict[str, Any]]:
    rows = connection.execute(select(TAGS).where(TAGS.c.repo == repo).order_by(TAGS.c.name)).mappings()
    return {row["name"]: {key: value for key, value in row.items() if key != "repo"} for row in rows}
