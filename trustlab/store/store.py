"""Open the data store of a workspace: a database for names, packs for bytes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from trustlab.core import database
from trustlab.core.errors import DamagedError
from trustlab.store import schema
from trustlab.store.packs import LocalPacks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from trustlab.store.packs import Packs


@dataclass(frozen=True, slots=True, weakref_slot=True)
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
        with database.reading(self.engine) as connection:
            yield connection

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Connection]:
        """Give a connection whose changes become visible together at the end, or not at all.

        Parameters
        ----------
        alone : bool
            Whether no other writer of the store is at work meanwhile. Whoever decides by what *no* ref reaches, as gc
            does, needs it: a ref that another writer is about to make cannot be seen.

        Raises
        ------
        ConflictError
            If the database cannot be written; if ``alone``, also where a newer version has it by now.
        """
        with database.writing(self.engine) as connection:
            database.hold(connection, "store", shared=not alone)
            if alone:
                # A newer version may have brought the tables up to date since they were opened.
                schema.version(connection)
            yield connection

    def check_writable(self) -> None:
        """Refuse at once what would end in a change that the database cannot take.

        Raises
        ------
        ReadOnlyError
            If it can only be read.
        """
        if refused := database.read_only(self.engine):
            raise refused

    def close(self) -> None:
        """Let go of the database and of open packs; a later use opens them again."""
        self.engine.dispose()
        self.packs.forget()


def open_store(
    root: Path, database_url: str | None = None, objects_url: str | None = None, objects_options: str | None = None
) -> Store:
    """Open the store of a workspace; make it where there is none.

    Parameters
    ----------
    root : Path
        The workspace's folder (``.trust``).
    database_url : str or None
        An SQLAlchemy URL, where a relative SQLite file is in ``root``; None is SQLite in ``root/metadata.db``.
    objects_url : str or None
        A folder, a ``file://`` URL, or a URL that fsspec knows (``s3://bucket/prefix``); None is ``root/objects``.
    objects_options : str or None
        What the URL does not say, as a JSON object of fsspec's options: ``{"endpoint_url": "http://host:9000"}``.

    Returns
    -------
    Store

    Raises
    ------
    ReadOnlyError
        If it can only be read, and has no tables of this version.
    ConflictError
        If the database is of a newer version, or cannot be opened or locked.
    DamagedError
        If the database's file is not a database, or the workspace's own was lost: the packs are there without it.
    UsageError
        If a URL is of a kind that the store does not know.
    MissingExtraError
        If the library for a URL is not installed.
    """
    root = Path(root).absolute()
    packs = _packs(root, objects_url, objects_options)
    engine = database.connect(place := database.rooted(database_url or None, root))
    if place != database_url and engine.dialect.name == "sqlite" and not root.is_dir():
        root.mkdir(parents=True, exist_ok=True)
    store = Store(root, engine, packs)
    database.close_with(store, engine)
    with store.read() as connection:
        known = schema.version(connection)
    if known is None and database_url is None and objects_url is None:
        _refuse_orphans(store)
    if known != schema.SCHEMA_VERSION:
        with store.write(alone=True) as connection:
            schema.prepare(connection)
    return store


def _refuse_orphans(store: Store) -> None:
    """Refuse a database that holds nothing beside packs that are somebody's: it was lost, and not never there.

    Raises
    ------
    DamagedError
        If so.
    """
    if (mark := store.packs.owner()) is None:
        return
    with store.read() as connection:
        if schema.version(connection) is not None:
            return  # Another process has just made it, and them.
    raise DamagedError(
        f"the database must know the packs in {store.packs.place} (of the store {mark[:40]}); "
        f"{store.engine.url.render_as_string()} is empty or was not there",
        hint="Nothing was changed. Bring the database back from a copy, or set database_url to where it is; only if "
        "the data are lost for good, move the packs away.",
    )


def _packs(root: Path, objects_url: str | None, objects_options: str | None) -> Packs:
    if objects_url is None:
        return LocalPacks(root / "objects")
    parts = urlsplit(objects_url)
    if parts.scheme == "file" and not parts.netloc:
        return LocalPacks(Path(unquote(parts.path)))
    if "://" not in objects_url:
        return LocalPacks((root / objects_url).absolute())
    from trustlab.store.remote_packs import RemotePacks

    return RemotePacks(objects_url, objects_options, spool=root)
