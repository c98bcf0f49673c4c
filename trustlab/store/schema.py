"""The store's tables, and the version that says who may read them."""

from __future__ import annotations

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

from trustlab.core.errors import ConflictError

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA_VERSION = 1

METADATA = MetaData()

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
    Column("name", String(100), nullable=False, unique=True),
)

COMMITS = Table(
    "store_commits",
    METADATA,
    Column("repo", Integer, primary_key=True, autoincrement=False),
    Column("id", String(64), primary_key=True),
    Column("parent", String(64)),
    Column("parents", Text, nullable=False),
    Column("tree", String(64), nullable=False),
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
    Column("name", String(100), primary_key=True),
    Column("head", String(64), nullable=False),
)

PACKS = Table(
    "store_packs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    UniqueConstraint("name"),
)

CHUNKS = Table(
    "store_chunks",
    METADATA,
    Column("name", LargeBinary(32), primary_key=True),
    Column("pack", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("length", Integer, nullable=False),
    Index("store_chunks_pack", "pack"),
)

STATS = Table(
    "store_stats",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("ctime_ns", BigInteger, nullable=False),
    Column("inode", String(40), nullable=False),
    Column("seen_ns", BigInteger, nullable=False),
    Column("level", Integer, nullable=False),
    Column("extents", Text, nullable=False),
)

_VERSION = "schema_version"
_EPOCH = "gc_epoch"


def prepare(connection: Connection) -> None:
    """Make the tables where there are none; refuse tables of a newer trustlab.

    Parameters
    ----------
    connection : Connection
        In a transaction that excludes other writers.

    Raises
    ------
    ConflictError
        If the database was made by a newer version.
    """
    if not inspect(connection).has_table(META.name):
        METADATA.create_all(connection)
        connection.execute(insert(META), [{"key": _VERSION, "value": SCHEMA_VERSION}, {"key": _EPOCH, "value": 0}])
    check_version(connection)


def check_version(connection: Connection) -> None:
    """Raise ConflictError where the database's schema is not the one that this version reads."""
    found = connection.execute(select(META.c.value).where(META.c.key == _VERSION)).scalar_one()
    if found != SCHEMA_VERSION:
        raise ConflictError(
            f"the store's schema version must be {SCHEMA_VERSION}; the database has {found}",
            hint="Upgrade trustlab (pip install --upgrade trustlab), or open it with the version that made it.",
        )


def gc_epoch(connection: Connection, *, shared: bool = False, exclusive: bool = False) -> int:
    """Return how often gc has removed chunks.

    A commit reads it first and again, ``shared``, in the transaction that publishes: where it moved, chunks the commit
    leans on may be gone. ``exclusive`` keeps commits out until the transaction ends. (SQLite has one writer anyway.)
    """
    query = select(META.c.value).where(META.c.key == _EPOCH)
    if shared or exclusive:
        query = query.with_for_update(read=shared)
    return int(connection.execute(query).scalar_one())


def next_gc_epoch(connection: Connection) -> None:
    """Say that chunks were removed."""
    connection.execute(update(META).where(META.c.key == _EPOCH).values(value=META.c.value + 1))
