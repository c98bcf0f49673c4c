"""One way to open the metadata database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

BUSY_SECONDS = 30


def sqlite_url(file: Path) -> str:
    """Return the SQLAlchemy URL of a SQLite file; ``?`` and ``%`` in its name are quoted, as a URL reads them."""
    return f"sqlite:///{quote(str(file))}"


def connect(url: str) -> Engine:
    """Return an engine for ``url``; SQLite gets write-ahead logging and waits for other writers.

    Parameters
    ----------
    url : str
        A SQLAlchemy URL.
    """
    from sqlalchemy import create_engine, event

    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

    return engine
