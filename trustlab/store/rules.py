"""The rules that a repo carries: one document each, kept and given back as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from trustlab.core.errors import NotFoundError, did_you_mean
from trustlab.store.names import check_name
from trustlab.store.schema import REPOS, RULES
from trustlab.store.texts import check_text, user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A repo's rules.

    Parameters
    ----------
    document : mapping
        JSON data; what it means is for others to know.
    author : str
    time : str
        UTC, ISO 8601.
    """

    document: Mapping[str, Any]
    author: str
    time: str


def rules_of(store: Store, repo: str) -> Kept | None:
    """Return a repo's rules, None where it has none."""
    query = select(RULES.c.document, RULES.c.author, RULES.c.time).where(RULES.c.repo == repo)
    with store.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Kept(document=json.loads(row.document), author=row.author, time=row.time)


def set_rules(store: Store, repo: str, document: Mapping[str, Any], author: str | None = None) -> Kept:
    """Keep a document as the repo's rules, in the place of earlier ones; they may come before the repo's first commit.

    Raises
    ------
    UsageError
        If no repo can be called so.
    """
    check_name("repo", repo)
    # Not canonical: the order of the columns is the author's.
    text = check_text("rules", json.dumps(dict(document), ensure_ascii=False, allow_nan=False))
    kept = Kept(
        document=dict(document),
        author=check_text("author", author if author is not None else user()),
        time=datetime.now(UTC).isoformat(timespec="microseconds"),
    )
    with store.write(alone=True) as connection:
        connection.execute(delete(RULES).where(RULES.c.repo == repo))
        connection.execute(insert(RULES).values(repo=repo, document=text, author=kept.author, time=kept.time))
    return kept


def clear_rules(store: Store, repo: str) -> None:
    """Take a repo's rules away.

    Raises
    ------
    NotFoundError
        If it has none.
    """
    with store.write() as connection:
        if connection.execute(delete(RULES).where(RULES.c.repo == repo)).rowcount == 0:
            known = list(connection.execute(select(RULES.c.repo).order_by(RULES.c.repo)).scalars())
            raise NotFoundError(f"'{repo}' must have rules to be cleared; it has none.{did_you_mean(repo, known)}")


def is_repo(store: Store, repo: str) -> tuple[bool, list[str]]:
    """Return whether there is a repo of this name, and the names that there are."""
    with store.read() as connection:
        known = list(connection.execute(select(REPOS.c.name).order_by(REPOS.c.name)).scalars())
    return repo in known, known
