"""Say whom a PostgreSQL server lets us wait for, once it has taken a while."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, Any

from trustlab.core.notices import teller
from trustlab.core.redaction import shown
from trustlab.core.sqlite_files import QUIET_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine


@contextmanager
def waiting_told(connection: Connection, seconds: float) -> Iterator[None]:
    """Tell the person who waits, while the block runs, which session is in the way.

    Ctrl-C ends such a wait: the driver hears it by itself.

    Parameters
    ----------
    seconds : float
        The longest wait, for the message.
    """
    driver: Any = connection.connection.driver_connection
    timer = Timer(QUIET_SECONDS, _tell, (connection.engine, driver.info.backend_pid, seconds, teller()))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _tell(engine: Engine, waiting: int, seconds: float, notice: Callable[[str], None]) -> None:
    from sqlalchemy import exc, text

    query = text(
        "SELECT pid, usename, application_name, client_addr FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(:w))"
    )
    who = "another session"
    try:
        with engine.connect() as connection:
            row = connection.execute(query, {"w": waiting}).first()
    except exc.DBAPIError:
        row = None
    if row is not None:
        where = f" at {row.client_addr}" if row.client_addr else ""
        who = f"session {row.pid} of {row.usename}{where} ({row.application_name or 'no name'})"
    notice(
        f"waiting for {who}, which is changing {shown(engine.url.render_as_string())} "
        f"(at most {seconds:.0f} s; Ctrl-C ends it, nothing was changed)"
    )
