"""The names of mounts: other stores, read under the same names as repos; a namespace only, no bytes are kept here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from trustlab.core.errors import ConflictError, NotFoundError, UsageError, did_you_mean
from trustlab.store.names import check_name
from trustlab.store.records import canonical
from trustlab.store.schema import MOUNTS, REPOS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row

    from trustlab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One mount, as it was asked for.

    Parameters
    ----------
    name : str
        As a repo's; no repo has the same.
    url : str
        Where it leads; ``${VAR}`` stands for an environment variable and is kept so.
    options : mapping
        JSON data for the file system or the driver; ``${VAR}`` as in ``url``.
    query : str or None
        The one SELECT that a database is asked.
    author : str
    time : str
        UTC, ISO 8601.
    """

    name: str
    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    query: str | None = None
    author: str = ""
    time: str = ""


def mounts(store: Store) -> list[Mount]:
    """Return every mount, by name."""
    with store.read() as connection:
        return [_from_row(row) for row in connection.execute(select(MOUNTS).order_by(MOUNTS.c.name))]


def find_mount(store: Store, name: str) -> Mount | None:
    """Return the mount of that name, None where there is none."""
    with store.read() as connection:
        row = connection.execute(select(MOUNTS).where(MOUNTS.c.name == name)).one_or_none()
    return _from_row(row) if row is not None else None


def add_mount(store: Store, mount: Mount, *, force: bool = False) -> bool:
    """Write a mount down; its time is now. The same once more changes nothing.

    Parameters
    ----------
    mount : Mount
    force : bool
        Whether a mount of the name that leads elsewhere is replaced.

    Returns
    -------
    bool
        Whether another one was replaced.

    Raises
    ------
    ConflictError
        If a repo has the name, or another mount and ``force`` is False.
    """
    check_name("mount", mount.name)
    here = MOUNTS.c.name == mount.name
    # Alone, as another may be about to make a repo or a mount of the name.
    with store.write(alone=True) as connection:
        if connection.execute(select(REPOS.c.id).where(REPOS.c.name == mount.name)).first() is not None:
            raise ConflictError(
                f"a mount must not be called like a repo; '{mount.name}' is a repo", hint="Choose another name."
            )
        row = connection.execute(select(MOUNTS).where(here)).one_or_none()
        known = _from_row(row) if row is not None else None
        if known is not None and _target(known) == _target(mount):
            return False
        if known is not None and not force:
            raise ConflictError(
                f"a new mount must have a new name; '{mount.name}' leads elsewhere already",
                hint=f"Choose another name, give --force to replace it, or `trust data mount {mount.name} --remove`.",
            )
        connection.execute(delete(MOUNTS).where(here))
        connection.execute(insert(MOUNTS).values(_to_row(mount)))
    return known is not None


def remove_mount(store: Store, name: str) -> Mount:
    """Forget a mount, and return it; what it leads to is not touched, nor are commits made from it.

    Raises
    ------
    NotFoundError
        If there is no such mount.
    """
    with store.write() as connection:
        row = connection.execute(select(MOUNTS).where(MOUNTS.c.name == name)).one_or_none()
        if row is None:
            known = list(connection.execute(select(MOUNTS.c.name)).scalars())
            raise NotFoundError(
                f"a mount must exist to be removed; got '{name}'.{did_you_mean(name, known)}",
                hint="`trust data mount` lists them.",
            )
        connection.execute(delete(MOUNTS).where(MOUNTS.c.name == name))
    return _from_row(row)


def refuse_mount_name(connection: Connection, repo: str) -> None:
    """Refuse a repo that would be called like a mount.

    Raises
    ------
    ConflictError
        If there is a mount of the name.
    """
    if is_mount(connection, repo):
        raise ConflictError(
            f"a repo must not be called like a mount; '{repo}' is a mount",
            hint=f"Commit to another name, or take the mount away: `trust data mount {repo} --remove`.",
        )


def is_mount(connection: Connection, name: str) -> bool:
    """Tell whether a mount has the name."""
    return connection.execute(select(MOUNTS.c.name).where(MOUNTS.c.name == name)).first() is not None


def no_versions(name: str) -> UsageError:
    """Return the error for a mount where a version is asked for."""
    return UsageError(
        f"a mount has no versions; '{name}' is a mount",
        hint=f"Keep one by `trust data commit REPO {name}`, then ask for REPO; `{name}:PATH` reads what is there now.",
    )


def _target(mount: Mount) -> tuple[str, str, str | None]:
    return mount.url, canonical(dict(mount.options)), mount.query


def _from_row(row: Row[Any]) -> Mount:
    kept = json.loads(row.options)
    return Mount(
        name=row.name, url=row.url, options=kept["options"], query=kept["query"], author=row.author, time=row.time
    )


def _to_row(mount: Mount) -> dict[str, str]:
    return {
        "name": mount.name,
        "url": mount.url,
        "options": canonical({"options": dict(mount.options), "query": mount.query}),
        "author": mount.author,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
