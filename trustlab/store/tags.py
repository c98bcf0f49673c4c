"""Tags: names for commits that do not move. Make, list and delete them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from trustlab.core.errors import ConflictError, NotFoundError, UsageError, did_you_mean
from trustlab.store.names import check_name
from trustlab.store.refs import DEFAULT_BRANCH, Ref, check_free, check_kept, parse, repo_number, resolve
from trustlab.store.schema import REPOS, TAGS
from trustlab.store.texts import check_text, user

if TYPE_CHECKING:
    from trustlab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag: what it names, who made it, when and why."""

    repo: str
    name: str
    commit: str
    author: str
    time: str
    message: str


def create_tag(store: Store, name: str, at: str | Ref, *, message: str = "", author: str | None = None) -> Tag:
    """Call the commit that ``at`` names ``name``, for good: what a tag reaches, gc keeps.

    Parameters
    ----------
    author : str or None
        The system's user name where None.

    Raises
    ------
    UsageError
        If a tag cannot be called so, or ``at`` has a path.
    NotFoundError
        If ``at`` names nothing.
    ConflictError
        If there is a tag or a branch of that name already, or it is ``main``, which is where a repo's name leads.
    """
    check_name("tag", name)
    parts = parse(at)
    if parts.path is not None:
        raise UsageError(f"a tag names a whole version; got '{parts}', which has a path")
    if name == DEFAULT_BRANCH:
        raise ConflictError(
            f"a tag must not be called '{DEFAULT_BRANCH}': that is the branch that '{parts.repo}' means"
        )
    tag = Tag(
        repo=parts.repo,
        name=name,
        commit=resolve(store, parts).id,
        author=check_text("author", author if author is not None else user()),
        time=datetime.now(UTC).isoformat(timespec="microseconds"),
        message=check_text("message", message),
    )
    with store.write() as connection:
        repo = repo_number(connection, parts.repo)
        check_free(connection, repo, Ref(parts.repo, name), "tag")
        check_kept(connection, repo, parts.repo, [tag.commit])
        row = {"name": name, "commit": tag.commit, "author": tag.author, "time": tag.time, "message": tag.message}
        connection.execute(insert(TAGS).values(repo=repo, **row))
    return tag


def tags(store: Store, repo: str | None = None) -> list[Tag]:
    """Return the tags of one repo, or of all, by repo and name.

    Raises
    ------
    NotFoundError
        If ``repo`` does not exist.
    """
    columns = (TAGS.c.name, TAGS.c.commit, TAGS.c.author, TAGS.c.time, TAGS.c.message)
    query = (
        select(REPOS.c.name.label("repo"), *columns)
        .join_from(TAGS, REPOS, REPOS.c.id == TAGS.c.repo)
        .order_by(REPOS.c.name, TAGS.c.name)
    )
    with store.read() as connection:
        if repo is not None:
            query = query.where(TAGS.c.repo == repo_number(connection, repo))
        return [Tag(**row) for row in connection.execute(query).mappings()]


def names_by_commit(store: Store, repo: str) -> dict[str, list[str]]:
    """Return the names of a repo's tags, sorted, by the commit that they name."""
    found: dict[str, list[str]] = defaultdict(list)
    for tag in tags(store, repo):
        found[tag.commit].append(tag.name)
    return dict(found)


def delete_tag(store: Store, repo: str, name: str) -> str:
    """Delete a tag and return the id of its commit; gc then removes what nothing else reaches.

    Raises
    ------
    NotFoundError
        If there is no such tag.
    """
    with store.write() as connection:
        number = repo_number(connection, repo)
        rows = connection.execute(select(TAGS.c.name, TAGS.c.commit).where(TAGS.c.repo == number))
        known = {row[0]: str(row[1]) for row in rows}
        if name not in known:
            raise NotFoundError(f"'{repo}' must have a tag '{name}'; it has none.{did_you_mean(name, known)}")
        connection.execute(delete(TAGS).where(TAGS.c.repo == number, TAGS.c.name == name))
        return known[name]
