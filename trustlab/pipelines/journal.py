"""The tables that pipelines keep in the workspace's database."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from weakref import WeakSet

from sqlalchemy import JSON, Column, DateTime, Integer, MetaData, String, Table, Text
from sqlalchemy.types import TypeDecorator

from trustlab.core import database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Dialect, Engine

    from trustlab.core.workspace import Workspace

_NAME = database.text(64)
_ID = database.text(40)
_PREPARED: WeakSet[Engine] = WeakSet()


class Moment(TypeDecorator[datetime]):
    """A time with a zone, kept as UTC: SQLite would drop the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the time in UTC, without its zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the time with its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


METADATA = MetaData()

REVISIONS = Table(
    "pipeline_revisions",
    METADATA,
    Column("pipeline", _NAME, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("created", Moment, nullable=False),
    Column("document", Text, nullable=False),
)

# A run whose status is null is running; the heartbeat, host and pid tell whether its process still is.
RUNS = Table(
    "pipeline_runs",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("pipeline", _NAME, nullable=False, index=True),
    Column("revision", Integer),
    Column("trigger", String(16), nullable=False),
    Column("tick", Moment),
    Column("parameters", JSON, nullable=False),
    Column("status", String(16), index=True),
    Column("reason", Text),
    Column("started", Moment, nullable=False, index=True),
    Column("finished", Moment),
    Column("heartbeat", Moment, nullable=False),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
)

STEPS = Table(
    "pipeline_steps",
    METADATA,
    Column("run", _ID, primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", String(16)),
    Column("reason", Text),
    Column("started", Moment),
    Column("finished", Moment),
    Column("notebook", Text),
    Column("log", Text),
    Column("glued", JSON),
    Column("error", JSON),
)

# Ticks up to handled_until are dealt with: run, or passed over because a later one was due as well.
SCHEDULES = Table(
    "pipeline_schedules",
    METADATA,
    Column("pipeline", _NAME, primary_key=True),
    Column("cron", Text, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("created", Moment, nullable=False),
    Column("handled_until", Moment, nullable=False),
)

TICKS = Table(
    "pipeline_ticks",
    METADATA,
    Column("pipeline", _NAME, primary_key=True),
    Column("tick", Moment, primary_key=True),
    Column("run", _ID, nullable=False),
    Column("claimed", Moment, nullable=False),
    Column("missed", Integer, nullable=False),
)


@contextmanager
def reading(workspace: Workspace) -> Iterator[Connection]:
    """Give a connection that sees one state of the tables."""
    with database.reading(engine_of(workspace)) as connection:
        yield connection


@contextmanager
def writing(workspace: Workspace) -> Iterator[Connection]:
    """Give a connection whose changes become visible together at the end, or not at all."""
    with database.writing(engine_of(workspace)) as connection:
        yield connection


def engine_of(workspace: Workspace) -> Engine:
    """Return the workspace's engine, the tables made where they are not there yet."""
    engine = workspace.engine
    if engine not in _PREPARED:
        database.make_tables(engine, METADATA)
        _PREPARED.add(engine)
    return engine
