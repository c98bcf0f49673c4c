"""Where a fleet keeps its verdicts: a row for each audit in the workspace's database, found again by its key."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Table

    from trustlab.core.workspace import Workspace
    from trustlab.fleet.entries import Entry

WAITING, STARTED, DONE, FAILED = "waiting", "started", "done", "failed"
MANY = 500  # keys in one question


def _table() -> Table:
    from sqlalchemy import Column, Integer, MetaData, String, Table, Text

    return Table(
        "fleet_audits",
        MetaData(),
        Column("key", String(64), primary_key=True),
        Column("name", Text, nullable=False),
        Column("state", String(16), nullable=False),
        Column("tries", Integer, nullable=False),
        Column("verdict", Text),
        Column("worker", Text),
        Column("changed", String(40), nullable=False),
    )


def enrol(workspace: Workspace, entries: Sequence[Entry], *, again: bool) -> dict[str, dict[str, Any]]:
    """Make a row for each entry that has none, and return the verdicts of those that are done, by key.

    What failed before is asked again, its tries counted anew; what was started and never ended keeps its count.

    Parameters
    ----------
    again : bool
        Forget the verdicts, and do everything anew.
    """
    from trustlab.core.database import make_tables, writing

    table = _table()
    make_tables(workspace.engine, table.metadata)
    done: dict[str, dict[str, Any]] = {}
    with writing(workspace.engine) as connection:
        for part in _parts([entry.key for entry in entries]):
            stale = table.c.key.in_(part)
            connection.execute(table.delete().where(stale if again else stale & (table.c.state == FAILED)))
            rows = connection.execute(table.select().where(table.c.key.in_(part))).mappings().all()
            done |= {row["key"]: json.loads(row["verdict"]) for row in rows if row["state"] == DONE}
            there = {row["key"] for row in rows}
            new = {entry.key: entry for entry in entries if entry.key in part and entry.key not in there}
            for entry in new.values():
                connection.execute(table.insert().values(key=entry.key, name=entry.name, tries=0, **_now(WAITING)))
    return done


def begin(workspace: Workspace, key: str) -> tuple[int, dict[str, Any] | None] | None:
    """Count a try, and return its number with the verdict where there is one already; None where there is no row.

    The count is written before the work, so that a process that dies in it leaves its mark.
    """
    from sqlalchemy import inspect

    from trustlab.core.database import reading, writing

    table = _table()
    with reading(workspace.engine) as connection:
        if not inspect(connection).has_table(table.name):
            return None
    with writing(workspace.engine) as connection:
        row = connection.execute(table.select().where(table.c.key == key)).mappings().one_or_none()
        if row is None:
            return None
        if row["state"] in (DONE, FAILED):  # what failed in an earlier fleet was taken out by `enrol`
            return int(row["tries"]), json.loads(row["verdict"])
        tries = int(row["tries"]) + 1
        worker = f"{socket.gethostname()} {os.getpid()}"
        counted = {"tries": tries, "worker": worker, **_now(STARTED)}
        connection.execute(table.update().where(table.c.key == key).values(**counted))
    return tries, None


def end(workspace: Workspace, key: str, verdict: Mapping[str, Any]) -> None:
    """Write the verdict: one transaction, after the audit's document is in the journal."""
    from trustlab.core.database import writing

    table = _table()
    state = FAILED if verdict["error"] else DONE
    text = json.dumps(dict(verdict), ensure_ascii=False, allow_nan=False)
    with writing(workspace.engine) as connection:
        # Dask may run a task twice: the first verdict stands.
        open_row = (table.c.key == key) & (table.c.state != DONE)
        connection.execute(table.update().where(open_row).values(verdict=text, **_now(state)))


def release(workspace: Workspace, keys: Sequence[str]) -> None:
    """Take back the tries of audits that were stopped by request, which says nothing about their models."""
    from trustlab.core.database import writing

    table = _table()
    with writing(workspace.engine) as connection:
        for part in _parts(keys):
            ours = table.c.key.in_(part) & (table.c.state == STARTED)
            connection.execute(table.update().where(ours).values(tries=0, **_now(WAITING)))


def _now(state: str) -> dict[str, str]:
    return {"state": state, "changed": datetime.now(UTC).isoformat(timespec="milliseconds")}


def _parts(keys: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), MANY):
        yield list(keys[start : start + MANY])
