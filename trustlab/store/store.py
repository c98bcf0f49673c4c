"""Open the data store of a workspace: a database for names, packs for bytes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc

from trustlab.core.errors import ConflictError, DamagedError, UsageError
from trustlab.store import schema
from trustlab.store.packs import LocalPacks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustlab.store.packs import Packs

_BUSY_SECONDS = 60.0
_WRITES = "trustlab_store_writes"


@dataclass(frozen=True, slots=True)
class Store:
    """What every verb of the store takes.

    Parameters
    ----------
    root : Path
        The workspace's folder; never part of a commit.
    engine : Engine
        The database of repos, branches, commits and the index of chunks.
    packs : Packs
        Where the chunks' bytes are.
    """

    root: Path
    engine: Engine
    packs: Packs

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database."""
        with _explained(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes become visible together at the end, or not at all."""
        with (
            _explained(self.engine),
            self.engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        """Let go of the database and of open packs; a later use opens them again."""
        self.engine.dispose()
        self.packs.forget()


def open_store(root: Path, database_url: str | None = None, objects_url: str | None = None) -> Store:
    """Open the store of a workspace; make it where there is none.

    Parameters
    ----------
    root : Path
        The workspace's folder (``.trust``).
    database_url : str or None
        An SQLAlchemy URL; None is SQLite in ``root/metadata.db``.
    objects_url : str or None
        A folder or a ``file://`` URL; None is ``root/objects``.

    Returns
    -------
    Store

    Raises
    ------
    ConflictError
        If the database is of a newer version, or cannot be opened or locked.
    DamagedError
        If the database's file is not a database.
    UsageError
        If a URL is of a kind that the store does not know.
    """
    root = Path(root).absolute()
    packs = LocalPacks(_objects_folder(root, objects_url))
    if database_url is None:
        root.mkdir(parents=True, exist_ok=True)
    store = Store(root, _engine(root, database_url), packs)
    with store.read() as connection:
        known = schema.version(connection)
    if known != schema.SCHEMA_VERSION:
        with store.write() as connection:
            schema.prepare(connection)
    return store


def _objects_folder(root: Path, objects_url: str | None) -> Path:
    if objects_url is None:
        return root / "objects"
    parts = urlsplit(objects_url)
    if parts.scheme == "file" and not parts.netloc:
        return Path(unquote(parts.path))
    if "://" not in objects_url:
        return (root / objects_url).absolute()
    raise UsageError(
        f"objects_url must be a folder or a file:// URL; got '{objects_url}'",
        hint="Set objects_url in the workspace's config.toml, or leave it out to keep objects in the workspace.",
    )


def _engine(root: Path, database_url: str | None) -> Engine:
    url: str | URL = database_url or URL.create("sqlite", database=str(root / "metadata.db"))
    try:
        engine = create_engine(url)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as error:
        raise UsageError(
            f"database_url must be an SQLAlchemy URL whose driver is installed; got '{database_url}' ({error})",
            hint="Leave it out for SQLite in the workspace, or install the driver that the URL names.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would begin too late to exclude a second writer.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit that was reported survives a power cut.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    try:
        yield
    except exc.OperationalError as error:
        raise ConflictError(
            f"the store's database must answer within {_BUSY_SECONDS:.0f} s; got: {error.orig}",
            hint=f"Wait for the other process, or check {engine.url.render_as_string()}; nothing was changed.",
        ) from error
    except exc.DatabaseError as error:
        if isinstance(error, exc.IntegrityError | exc.ProgrammingError):
            raise
        raise DamagedError(
            f"{engine.url.render_as_string()} must be a database that trustlab wrote; got: {error.orig}",
            hint="Restore the database from a backup; the packs beside it are untouched.",
        ) from error
