"""List repos and branches; make, move and delete a branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from trustlab.core.errors import NotFoundError, did_you_mean
from trustlab.store.names import check_name
from trustlab.store.records import from_row
from trustlab.store.refs import Ref, check_free, check_kept, parse, repo_number, resolve
from trustlab.store.schema import BRANCHES, COMMITS, REPOS, TAGS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trustlab.store.records import Commit
    from trustlab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch, and what its head holds."""

    repo: str
    name: str
    head: str
    time: str
    message: str
    files: int
    bytes: int


def repos(store: Store) -> list[str]:
    """Return the names of the repos that have a branch or a tag, sorted."""
    named = select(BRANCHES.c.repo).union(select(TAGS.c.repo))
    with store.read() as connection:
        return list(
            connection.execute(select(REPOS.c.name).where(REPOS.c.id.in_(named)).order_by(REPOS.c.name)).scalars()
        )


def branches(store: Store, repo: str | None = None) -> list[Branch]:
    """Return the branches of one repo, or of all, by repo and name.

    Raises
    ------
    NotFoundError
        If ``repo`` does not exist.
    """
    query = (
        select(REPOS.c.name.label("repo"), BRANCHES.c.name, BRANCHES.c.head)
        .add_columns(COMMITS.c.time, COMMITS.c.message, COMMITS.c.files, COMMITS.c.bytes)
        .join_from(BRANCHES, REPOS, REPOS.c.id == BRANCHES.c.repo)
        .join(COMMITS, (COMMITS.c.repo == BRANCHES.c.repo) & (COMMITS.c.id == BRANCHES.c.head))
        .order_by(REPOS.c.name, BRANCHES.c.name)
    )
    with store.read() as connection:
        if repo is not None:
            query = query.where(BRANCHES.c.repo == repo_number(connection, repo))
        return [Branch(**row) for row in connection.execute(query).mappings()]


def head_of(connection: Connection, number: int, repo: str, branch: str) -> Commit:
    """Return the newest commit on a branch of the repo with that number and name.

    Raises
    ------
    NotFoundError
        If there is no such branch.
    """
    here = (BRANCHES.c.repo == number, BRANCHES.c.name == branch)
    query = select(COMMITS).join_from(BRANCHES, COMMITS, COMMITS.c.id == BRANCHES.c.head)
    row = connection.execute(query.where(*here, COMMITS.c.repo == number)).one_or_none()
    if row is None:
        known = list(connection.execute(select(BRANCHES.c.name).where(BRANCHES.c.repo == number)).scalars())
        raise NotFoundError(
            f"'{repo}' must have a branch '{branch}'; it has none.{did_you_mean(branch, known)}",
            hint=f"`trust data branches {repo}` lists them; --create {branch} makes one.",
        )
    return from_row(row, repo)


def create_branch(store: Store, name: str, at: str | Ref) -> str:
    """Make the branch ``name`` at the commit that ``at`` names, in its repo, and return the commit's id.

    Raises
    ------
    NotFoundError
        If ``at`` names nothing.
    ConflictError
        If there is a branch or a tag of that name already.
    """
    check_name("branch", name)
    parts = parse(at)
    commit = resolve(store, parts)
    with store.write() as connection:
        repo = repo_number(connection, parts.repo)
        check_free(connection, repo, Ref(parts.repo, name), "branch")
        check_kept(connection, repo, parts.repo, [commit.id])
        connection.execute(insert(BRANCHES).values(repo=repo, name=name, head=commit.id))
    return commit.id


def delete_branch(store: Store, repo: str, name: str) -> str:
    """Delete a branch and return the id of its head; gc then removes what nothing else reaches.

    Raises
    ------
    NotFoundError
        If there is no such branch.
    """
    with store.write() as connection:
        number = repo_number(connection, repo)
        heads = select(BRANCHES.c.name, BRANCHES.c.head).where(BRANCHES.c.repo == number)
        known = {row.name: str(row.head) for row in connection.execute(heads)}
        if name not in known:
            raise NotFoundError(f"'{repo}' must have a branch '{name}'; it has none.{did_you_mean(name, known)}")
        connection.execute(delete(BRANCHES).where(BRANCHES.c.repo == number, BRANCHES.c.name == name))
        return known[name]
