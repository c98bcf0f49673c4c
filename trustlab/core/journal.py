"""The journal: what ran in this workspace, when, how it ended, and its whole document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement, Table

    from trustlab.core.result import Document
    from trustlab.core.workspace import Workspace

BLOCKED, SEARCHED = '"blocked_by": [', 8000  # characters: every check there is fits
SHOWN = ("id", "operation", "title", "status", "started", "seconds", "summary")


def _table() -> Table:
    from sqlalchemy import Column, Float, MetaData, String, Table, Text

    return Table(
        "journal_runs",
        MetaData(),
        Column("id", String(32), primary_key=True),
        Column("operation", String(128), nullable=False, index=True),
        Column("title", Text, nullable=False),
        Column("status", String(16), nullable=False),
        Column("started", String(40), nullable=False, index=True),
        Column("seconds", Float, nullable=False),
        Column("summary", Text),
        Column("document", Text, nullable=False),
    )


def shown_types() -> dict[str, Any]:
    """Return the Python type of each column that a list of runs shows."""
    columns = {name: _table().c[name] for name in SHOWN}
    kinds = {name: column.type.python_type for name, column in columns.items()}
    return {name: kind | None if columns[name].nullable else kind for name, kind in kinds.items()}


def write(workspace: Workspace, document: Document) -> None:
    """Write one finished run, in one transaction."""
    from trustlab.core.database import make_tables, writing

    table = _table()
    make_tables(workspace.engine, table.metadata)
    data = document.to_dict()
    provenance = data["provenance"]
    with writing(workspace.engine) as connection:
        connection.execute(
            table.insert().values(
                id=provenance["run"],
                operation=document.operation,
                title=document.title,
                status=str(document.status),
                started=provenance["started"],
                seconds=provenance["seconds"],
                summary=document.summary,
                document=json.dumps(data, ensure_ascii=False, allow_nan=False),
            )
        )


def read(
    workspace: Workspace, *, limit: int = 50, offset: int = 0, operation: str | None = None, matching: str | None = None
) -> tuple[list[dict[str, Any]], int]:
    """Return runs, newest first, without their documents, and how many there are in all.

    Parameters
    ----------
    matching : str or None
        Words, all of which must occur in a run's operation, title, status, summary, time or id, or among the checks
        that stood against an audit: ``fail fairness``.
    """
    from sqlalchemy import func, inspect, select

    from trustlab.core.database import reading
    from trustlab.core.listing import condition

    table = _table()
    rows = select(*(table.c[name] for name in SHOWN))
    count = select(func.count()).select_from(table)
    if operation:
        rows, count = rows.where(table.c.operation == operation), count.where(table.c.operation == operation)
    told = [*(table.c[name] for name in SHOWN if name != "seconds"), _against(workspace, table)]
    rows, count = (query.where(condition(told, matching)) for query in (rows, count))
    rows = rows.order_by(table.c.started.desc(), table.c.id).limit(limit).offset(offset)
    with reading(workspace.engine) as connection:
        if not inspect(connection).has_table(table.name):
            return [], 0
        return [dict(row._mapping) for row in connection.execute(rows)], int(connection.execute(count).scalar_one())  # noqa: SLF001 - SQLAlchemy's public name for it


def _against(workspace: Workspace, table: Table) -> ColumnElement[str]:
    """Return an audit's list of the checks that stood against it, cut out of its document without reading it."""
    from sqlalchemy import func

    place = func.instr if workspace.engine.dialect.name == "sqlite" else func.strpos
    begin = place(table.c.document, BLOCKED)
    piece = func.substr(table.c.document, func.nullif(begin, 0) + len(BLOCKED), SEARCHED)
    return func.substr(piece, 1, place(piece, "]"))


def about(
    workspace: Workspace, operation: str, place: Sequence[str], values: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Yield the documents of an operation's runs, newest first, that hold one of ``values`` at a place.

    Parameters
    ----------
    place : sequence of str
        The keys that lead to it, such as ``("data", "commit")``.
    values : collection of str
        At most a few hundred.
    """
    from sqlalchemy import JSON, cast, inspect, select, type_coerce

    from trustlab.core.database import reading

    table = _table()
    if not values:
        return
    # SQLite reads JSON out of text; others want to be told that it is JSON.
    lite = workspace.engine.dialect.name == "sqlite"
    data = type_coerce(table.c.document, JSON) if lite else cast(table.c.document, JSON)
    found = data[tuple(place)].as_string().in_(list(values))
    query = select(table.c.document).where(table.c.operation == operation, found)
    with reading(workspace.engine) as connection:
        if not inspect(connection).has_table(table.name):
            return
        for text in connection.execute(query.order_by(table.c.started.desc(), table.c.id)).scalars():
            yield dict(json.loads(text))


def pieces(
    workspace: Workspace, operation: str, places: Sequence[Sequence[str]], *, limit: int = 1000
) -> list[tuple[str, tuple[str | None, ...]]]:
    """Return the ids of an operation's runs, newest first, each with what stands at some places of its document.

    The documents themselves are not read: an audit's is large, and a list wants its model's name only.

    Parameters
    ----------
    places : sequence of sequence of str
        The keys that lead to each, such as ``("model", "name")``.
    """
    from sqlalchemy import JSON, cast, inspect, select, type_coerce

    from trustlab.core.database import reading

    table = _table()
    lite = workspace.engine.dialect.name == "sqlite"
    data = type_coerce(table.c.document, JSON) if lite else cast(table.c.document, JSON)
    told = [data[tuple(place)].as_string() for place in places]
    query = select(table.c.id, *told).where(table.c.operation == operation)
    with reading(workspace.engine) as connection:
        if not inspect(connection).has_table(table.name):
            return []
        rows = connection.execute(query.order_by(table.c.started.desc(), table.c.id).limit(limit))
        return [(str(row[0]), tuple(row[1:])) for row in rows]


def document(workspace: Workspace, run: str) -> dict[str, Any]:
    """Return one run's document; ``run`` may be the beginning of its id."""
    from sqlalchemy import inspect, select

    from trustlab.core.database import reading

    table = _table()
    found = []
    with reading(workspace.engine) as connection:
        if inspect(connection).has_table(table.name):
            query = select(table.c.document).where(table.c.id.startswith(run, autoescape=True)).limit(2)
            found = [row[0] for row in connection.execute(query)]
    if len(found) != 1:
        what = "no run" if not found else "more than one run"
        raise NotFoundError(f"{what} begins with {run!r}", hint="List them with: trust runs")
    return dict(json.loads(found[0]))
