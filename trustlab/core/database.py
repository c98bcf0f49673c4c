"""One way to open the metadata database, to read from it, to write to it, and to say what is wrong with it."""

from __future__ import annotations

import os
import re
import weakref
import zlib
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from trustlab.core.errors import ConflictError, DamagedError, UsageError
from trustlab.core.optional import require
from trustlab.core.postgresql_waits import waiting_told
from trustlab.core.redaction import shown as shown
from trustlab.core.sqlite_files import (
    ReadOnlyError,
    Wait,
    connect_read_only,
    file_of,
    is_read_only,
    is_stale,
    refusal,
    write_ahead,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL, Connection, Engine, MetaData, String
    from sqlalchemy.exc import DBAPIError

BUSY_SECONDS = 60.0

_CONNECT_SECONDS = 10
_WRITES = "trustlab_writes"
# A server that is gone without a word is noticed within about a minute, on connections that wait as well.
_POSTGRESQL: dict[str, Any] = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 4,
    "application_name": "trustlab",
}
# Two transactions stood in each other's way and PostgreSQL ended one: serialization failure, deadlock.
_LOST = {"40001", "40P01"}
# Causes that PostgreSQL names by a code, and what to do about them; the others it names only in words.
_BY_STATE = {
    "42501": "Let the database's owner grant it: GRANT CREATE, USAGE ON SCHEMA public TO the user of database_url.",
    "25006": "database_url must lead to the primary server; a standby can only be read.",
}
_BY_WORDS = {
    "password": "Check user and password in database_url (config.toml, or TRUSTLAB_DATABASE_URL).",
    "does not exist": "Make the database or the role first (createdb, createuser), or correct database_url.",
    "too many clients": "Wait until others have closed their connections, or let the server take more.",
    "lock|locked": "Wait for the other process, then try again; nothing was changed.",
}
_UNREACHED = {
    "sqlite": "See that the file can be opened and written, and its disk has room; nothing was changed.",
    "postgresql": "See that the server runs, and that database_url has its host and port; nothing was changed.",
}


class LostTransactionError(ConflictError):
    """Another transaction came first and this one was undone: begin it again."""


def sqlite_url(file: Path) -> str:
    """Return the SQLAlchemy URL of a SQLite file; ``?`` and ``%`` in its name are quoted, as a URL reads them."""
    return f"sqlite:///{quote(str(file))}"


def rooted(url: str | None, root: Path) -> str:
    """Return the URL that a setting ``database_url`` means: a relative SQLite file is in the workspace's own folder.

    Parameters
    ----------
    url : str or None
        None is the file ``metadata.db`` there.
    root : Path
        That folder.
    """
    if url is None:
        return sqlite_url(root / "metadata.db")
    found = re.fullmatch(r"(sqlite(?:\+\w+)?):///([^/:?][^?]*)(\?.*)?", url, flags=re.DOTALL)
    # Names that SQLite itself reads, file:NAME?uri=true, are left to it.
    if found is None or found[2].startswith("file:"):
        return url
    return f"{found[1]}:///{quote(str(root))}/{found[2]}{found[3] or ''}"


def connect(url: str) -> Engine:
    """Return an engine for ``url``; nothing is opened yet.

    SQLite keeps a write-ahead log, waits for other writers, and has a change on the disk before it says so; where its
    file or folder cannot be written, it is opened for reading only. PostgreSQL is driven by psycopg 3; a connection
    that died while it was not used is replaced unnoticed.

    Parameters
    ----------
    url : str
        A SQLAlchemy URL: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``.

    Raises
    ------
    UsageError
        If the URL is not one, or of a database that trustlab does not know.
    MissingExtraError
        If the library for PostgreSQL is not installed.
    """
    from sqlalchemy import create_engine, event, exc

    try:
        parts = _checked(url)
        if parts.get_backend_name() == "sqlite":
            engine = create_engine(parts)
        else:
            given = {key: value for key, value in _POSTGRESQL.items() if key not in parts.query}
            engine = create_engine(
                parts,
                # Whatever the server's default is: a writer must see what others committed while it waited for them.
                isolation_level="READ COMMITTED",
                pool_pre_ping=True,
                pool_size=2,
                max_overflow=-1,
                connect_args=given,
            )
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError, ValueError) as error:
        raise UsageError(
            f"database_url must be the SQLAlchemy URL of a SQLite or PostgreSQL database; got '{shown(url)}'",
            hint="For example postgresql://user:password@host/name; leave it out for SQLite in the workspace.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", partial(_open_sqlite, file_of(engine.url)))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "checkout", partial(_still_sqlite, file_of(engine.url)))
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the database, whatever is committed meanwhile.

    Raises
    ------
    ConflictError
        If the database cannot be reached.
    DamagedError
        If it is not a database any more.
    """
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with _explained(engine), engine.connect() as connection:
        # SQLAlchemy's own signature for options that only some databases know.
        yield connection.execution_options(**options)
        file = file_of(engine.url)
        if file is not None and not connection.invalidated and is_stale(file, connection.info):
            raise ConflictError(
                f"{file} must hold still while it is read where it cannot be locked; somebody changed it meanwhile",
                hint="Try again.",
            )


def read_only(engine: Engine) -> ReadOnlyError | None:
    """Return the error that a change would end in, None where the database takes changes as far as can be seen."""
    file = file_of(engine.url)
    return refusal(file) if file is not None and is_read_only(file) else None


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose changes become visible together at the end, or not at all.

    Raises
    ------
    LostTransactionError
        If another transaction came first: begin again.
    ReadOnlyError
        If it can only be read.
    ConflictError
        If the database cannot be reached, or other writers keep it longer than ``BUSY_SECONDS``.
    DamagedError
        If it is not a database any more.
    """
    if refused := read_only(engine):
        raise refused
    with _explained(engine), engine.connect().execution_options(**{_WRITES: True}) as connection:
        with _undone_by_errors(connection):
            connection.begin()
            if engine.dialect.name == "postgresql":
                # For this transaction only, so that a pooler between us and the server can do as it likes.
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(BUSY_SECONDS * 1000)}")
            yield connection
        _commit(connection)


def hold(connection: Connection, name: str, *, shared: bool = False) -> None:
    """Wait for the lock called ``name`` and keep it until the transaction ends.

    Needs no table, so that it can guard the making of tables. SQLite has one writer at a time anyway.

    Parameters
    ----------
    shared : bool
        Beside others who share it; whoever does not share it waits for all of them, and they for that one.
    """
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        with waiting_told(connection, BUSY_SECONDS):
            connection.exec_driver_sql(f"SELECT {function}({zlib.crc32(f'trustlab {name}'.encode())})")


def close_with(owner: object, engine: Engine) -> None:
    """See to it that an engine's connections are closed when ``owner`` is gone, rather than left to the collector."""
    finalizer = weakref.finalize(owner, _dispose, engine, os.getpid())
    finalizer.atexit = False


def make_tables(engine: Engine, tables: MetaData) -> None:
    """Make the tables that are not there yet; safe when several processes do it at once.

    Raises
    ------
    ConflictError
        If the database cannot be reached or written.
    """
    from sqlalchemy import inspect

    with reading(engine) as connection:
        there = set(inspect(connection).get_table_names())
    if not tables.tables.keys() <= there:
        with writing(engine) as connection:
            hold(connection, "tables")
            tables.create_all(connection)


def text(length: int) -> String:
    """Return the type of a name that is compared by its characters' numbers, as Python does, on every database.

    PostgreSQL's own order follows the server's language.
    """
    from sqlalchemy import String

    return String(length).with_variant(String(length, "C"), "postgresql")


def _dispose(engine: Engine, process: int) -> None:
    # A forked process has the parent's connections, and must not close them.
    if os.getpid() == process:
        engine.dispose()


def _checked(url: str) -> URL:
    from sqlalchemy import make_url

    # Some hosts hand out URLs that begin with postgres://.
    parts = make_url(re.sub(r"^postgres(?=:|\+)", "postgresql", url))
    if parts.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ValueError(parts.get_backend_name())
    if parts.drivername == "postgresql":
        parts = parts.set(drivername="postgresql+psycopg")
    if parts.drivername == "postgresql+psycopg":
        require("postgresql", f"the database {shown(url)}")
    return parts


def _open_sqlite(file: Path | None, dialect: Any, record: Any, _arguments: Any, options: dict[str, Any]) -> Any:
    """Return a connection that only reads, None where the dialect is to open an ordinary one."""
    if file is None or not is_read_only(file):
        return None
    return connect_read_only(file, dialect.connect, record, options)


def _still_sqlite(file: Path | None, _connection: object, record: Any, _proxy: object) -> None:
    from sqlalchemy.exc import DisconnectionError

    if file is not None and is_stale(file, record.info):
        # The pool opens another one.
        raise DisconnectionError


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would begin too late to exclude a second writer.
    connection.isolation_level = None
    _set_patience(connection, BUSY_SECONDS)
    write_ahead(connection, BUSY_SECONDS)
    # FULL: a commit that was reported survives a power cut.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _set_patience(connection: Any, seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _begin_sqlite(connection: Connection) -> None:
    from sqlalchemy.exc import OperationalError

    if not connection.get_execution_options().get(_WRITES, False):
        connection.exec_driver_sql("BEGIN")
        return
    # SQLite waits in its own code, where no Ctrl-C is heard and nothing is said: here it is done in steps.
    wait = Wait(file_of(connection.engine.url), BUSY_SECONDS)
    driver = connection.connection.driver_connection
    _set_patience(driver, 0)
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as error:
                if "locked" not in str(error.orig) or not wait.step():
                    raise
            else:
                return
    finally:
        _set_patience(driver, BUSY_SECONDS)


@contextmanager
def _undone_by_errors(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.rollback()
        raise


def _commit(connection: Connection) -> None:
    from sqlalchemy.exc import DBAPIError

    try:
        connection.commit()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise ConflictError(
            f"the database must confirm a change; it went away meanwhile: {_first_line(error)}",
            hint="The change was made whole or not at all: look when the database is back, and do it again if need be.",
        ) from error


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    from sqlalchemy import exc

    try:
        yield
    except exc.DBAPIError as error:
        raised = _explain(engine, error)
        if raised is None:
            raise
        raise raised from error


def _explain(engine: Engine, error: DBAPIError) -> ConflictError | DamagedError | None:
    """Return what to say of a fault of the database; None where it is the statement's."""
    from sqlalchemy import exc

    place = shown(engine.url.render_as_string(hide_password=False))
    state = getattr(error.orig, "sqlstate", None) or ""
    said = _first_line(error)
    if state in _LOST:
        return LostTransactionError(f"{place} had to undo this for another's sake: {said}", hint="Try again.")
    if state in _BY_STATE:
        return ConflictError(f"{place} must let trustlab write; got: {said}", hint=_BY_STATE[state])
    if isinstance(error, exc.OperationalError | exc.InterfaceError) or error.connection_invalidated:
        hint = next((hint for words, hint in _BY_WORDS.items() if re.search(rf"\b({words})\b", said)), None)
        return ConflictError(
            f"the database {place} must answer; got: {said}",
            hint=hint or _UNREACHED[engine.dialect.name],
        )
    # SQLite's plain DatabaseError is a file that is no database; PostgreSQL names lost data by codes.
    if type(error) is exc.DatabaseError or state.startswith("XX"):
        return DamagedError(
            f"{place} must be a database that trustlab wrote; got: {said}",
            hint="Restore the database from a backup; the packs beside it are untouched.",
        )
    return None


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]
