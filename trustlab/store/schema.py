"""The store's tables, and the version that says who may read them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from trustlab.core.database import text
from trustlab.core.errors import ConflictError

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA_VERSION = 2

METADATA = MetaData()

_NAME = text(100)
_ID = text(64)

META = Table(
    "store_meta",
    METADATA,
    Column("key", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

REPOS = Table(
    "store_repos",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", _NAME, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

COMMITS = Table(
    "store_commits",
    METADATA,
    Column("repo", Integer, primary_key=True, autoincrement=False),
    Column("id", _ID, primary_key=True),
    Column("parent", _ID),
    Column("parents", Text, nullable=False),
    Column("tree", _ID, nullable=False),
    Column("author", Text, nullable=False),
    Column("time", String(40), nullable=False),
    Column("message", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("files", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

BRANCHES = Table(
    "store_branches",
    METADATA,
    Column("repo", Integer, primary_key=True, autoincrement=False),
    Column("name", _NAME, primary_key=True),
    Column("head", _ID, nullable=False),
)

PACKS = Table(
    "store_packs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", _ID, nullable=False),
    Column("size", BigInteger, nullable=False),
    UniqueConstraint("name"),
    # A number is never given again: who read it before a gc would take another pack for it.
    sqlite_autoincrement=True,
)

CHUNKS = Table(
    "store_chunks",
    METADATA,
    Column("name", LargeBinary(32), primary_key=True),
    Column("pack", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    # In the pack; a compressed chunk is longer once it is read.
    Column("length", Integer, nullable=False),
    Column("codec", Integer, nullable=False, server_default="0"),
    # The chunks that this one is a patch of, where its codec says so.
    Column("bases", LargeBinary),
    Index("store_chunks_pack", "pack"),
)

TAGS = Table(
    "store_tags",
    METADATA,
    Column("repo", Integer, primary_key=True, autoincrement=False),
    Column("name", _NAME, primary_key=True),
    Column("commit", _ID, nullable=False),
    Column("author", Text, nullable=False),
    Column("time", String(40), nullable=False),
    Column("message", Text, nullable=False),
)

# What a commit was made from, beside what its own record says: by this table one walks downward.
LINKS = Table(
    "store_links",
    METADATA,
    Column("repo", _NAME, primary_key=True),
    Column("commit", _ID, primary_key=True),
    Column("input_repo", _NAME, primary_key=True),
    Column("input_commit", _ID, primary_key=True),
    Index("store_links_input", "input_repo", "input_commit"),
)

MOUNTS = Table(
    "store_mounts",
    METADATA,
    Column("name", _NAME, primary_key=True),
    Column("url", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("time", String(40), nullable=False),
)

RULES = Table(
    "store_rules",
    METADATA,
    Column("repo", _NAME, primary_key=True),
    Column("document", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("time", String(40), nullable=False),
)

# The stat cache: what the files of one folder looked like when they were read, and their chunks.
LOOKS = Table(
    "store_looks",
    METADATA,
    Column("folder", Text, primary_key=True),
    Column("files", Text, nullable=False),
)

_VERSION = "schema_version"
_EPOCH = "gc_epoch"
_STORE = "store_id"

# What each version's tables lack of the next one's, beside whole tables, which are made where they are missing.
_UPGRADES: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE store_chunks ADD COLUMN codec INTEGER DEFAULT 0 NOT NULL",
        "ALTER TABLE store_chunks ADD COLUMN bases {bytes}",
        "DROP TABLE store_stats",
    ),
}


def prepare(connection: Connection) -> None:
    """Make the tables where there are none, bring those of an older trustlab up to date, refuse those of a newer one.

    Parameters
    ----------
    connection : Connection
        In a transaction that excludes other writers.

    Raises
    ------
    ConflictError
        If the database was made by a newer version.
    """
    found = version(connection)
    METADATA.create_all(connection)
    if found is None:
        connection.execute(insert(META), [{"key": _VERSION, "value": SCHEMA_VERSION}, {"key": _EPOCH, "value": 0}])
        make_store_id(connection)
        return
    kind = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
    for old in range(found, SCHEMA_VERSION):
        for statement in _UPGRADES.get(old, ()):
            connection.exec_driver_sql(statement.format(bytes=kind))
    connection.execute(update(META).where(META.c.key == _VERSION).values(value=SCHEMA_VERSION))
    make_store_id(connection)


def version(connection: Connection) -> int | None:
    """Return the version of the tables, None where there are none.

    Raises
    ------
    ConflictError
        If they are of a newer version than this one reads.
    """
    if not inspect(connection).has_table(META.name):
        return None
    found = int(connection.execute(select(META.c.value).where(META.c.key == _VERSION)).scalar_one())
    if found > SCHEMA_VERSION:
        raise ConflictError(
            f"the store's schema version must be at most {SCHEMA_VERSION}; the database has {found}",
            hint="Upgrade trustlab (pip install --upgrade trustlab), or open it with the version that made it.",
        )
    return found


def store_id(connection: Connection) -> int | None:
    """Return the number that tells this store from any other; None where an earlier trustlab made it."""
    found = connection.execute(select(META.c.value).where(META.c.key == _STORE)).scalar_one_or_none()
    return None if found is None else int(found)


def make_store_id(connection: Connection) -> int:
    """Give the store its number where it has none, in a transaction that excludes other writers; return it."""
    found = store_id(connection)
    if found is None:
        found = secrets.randbits(63)
        connection.execute(insert(META).values(key=_STORE, value=found))
    return found


def gc_epoch(connection: Connection, *, shared: bool = False) -> int:
    """Return how often gc has removed chunks.

    A commit reads it first and again, ``shared``, in the transaction that publishes: where it moved, chunks the commit
    leans on may be gone. It cannot move before that transaction ends, since gc removes chunks alone.
    """
    query = select(META.c.value).where(META.c.key == _EPOCH)
    if shared:
        query = query.with_for_update(read=True)
    return int(connection.execute(query).scalar_one())


def next_gc_epoch(connection: Connection) -> None:
    """Say that chunks were removed."""
    connection.execute(update(META).where(META.c.key == _EPOCH).values(value=META.c.value + 1))
