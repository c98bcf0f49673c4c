"""The tables of an SQLite file or a PostgreSQL database, or one query's rows, in transactions that cannot write."""

from __future__ import annotations

import re
import sqlite3
import tempfile
import warnings
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast
from urllib.parse import quote

from trustlab.core import optional
from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.core.redaction import is_database
from trustlab.data.mounts.mounted import Found, Mounted, Snapshot, later, plain
from trustlab.data.mounts.parquet import FETCHED, postgresql_columns, sqlite_columns, write_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import URL, ColumnClause, Connection, CursorResult, Engine, Inspector

    from trustlab.data.mounts.address import Address
    from trustlab.store.sources import Content

SUFFIX = ".parquet"
_CONNECT_SECONDS = 10
_LOCK_SECONDS = 20
_READS = ("select", "with", "values", "table")
_COMMENT = re.compile(r"\s+|--[^\n]*(\n|\Z)|/\*.*?\*/|\(", re.DOTALL)
_OWN_SCHEMAS = re.compile(r"pg_|information_schema$")


class Database(Mounted):
    """The tables of a database: ``NAME:table``, or ``NAME:schema/table`` for those outside the default schema."""

    kind: ClassVar[str] = "database"

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._held = ExitStack()

    @classmethod
    def claims(cls, address: Address) -> bool:
        """Tell whether the address is a database's, or comes with a query."""
        return is_database(address.url) or address.query is not None

    def check(self) -> None:
        """Connect, and where there is a query begin it."""
        with self._connected() as connection:
            if self.address.query is not None:
                self._begin(connection, self.address.query).close()

    def find(self, path: str) -> Found:
        """Return what is at a path: a table by its name, with ``.parquet`` or without."""
        path = plain(path, self.address.name)
        if path in self._tables:
            return Found(path=path, kind="table")
        if not path or any(one.startswith(f"{path}/") for one in self._tables):
            return Found(path=path, kind="folder")
        if f"{path}{SUFFIX}" in self._tables:
            return Found(path=f"{path}{SUFFIX}", kind="table")
        raise self.lacks(path, [name for one in self._tables for name in (one, one.removesuffix(SUFFIX))])

    def children(self, folder: str) -> list[Found]:
        """Return the tables of a schema; at the top those of the default one, and the other schemas."""
        inside = {}
        for path in self._tables:
            if folder and not path.startswith(f"{folder}/"):
                continue
            cut = len(folder) + 1 if folder else 0
            name, slash, _ = path[cut:].partition("/")
            inner = path[:cut] + name
            inside[inner] = Found(path=inner, kind="folder" if slash else "table")
        return [inside[path] for path in sorted(inside)]

    def read(self, found: Found) -> BinaryIO:
        """Write the table to a Parquet file that vanishes when it is closed, and open it."""
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            with self._connected() as connection:
                self._write(connection, found.path, cast("BinaryIO", file))
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return cast("BinaryIO", file)

    def snapshot(self, path: str) -> Snapshot:
        """Write the tables to Parquet files in one transaction, so that together they are one state."""
        folder = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="trustlab-")))
        source: list[tuple[str, Content]] = []
        stamps = {}
        with self._connected() as connection:
            for number, (inner, found) in enumerate(self.files_of(path)):
                place = folder / f"{number}{SUFFIX}"
                with place.open("wb") as file:
                    stamps[inner] = {"rows": self._write(connection, found.path, file)}
                source.append((inner, self._later(place)))
        return Snapshot(source=source, stamps=stamps)

    def close(self) -> None:
        """Let go of the connections and of what was written."""
        self._held.close()

    @cached_property
    def _engine(self) -> Engine:
        from sqlalchemy import create_engine, event, exc, make_url
        from sqlalchemy.pool import NullPool

        try:
            url = make_url(self.address.url)
        except (exc.ArgumentError, ValueError) as error:
            raise UsageError(
                f"a database's URL must be one of SQLAlchemy's; got {self.address.shown}",
                hint="For example sqlite:///file.db or postgresql://ann:${PGPASSWORD}@host/database.",
            ) from error
        kind = url.get_backend_name()
        if kind == "sqlite":
            engine = create_engine("sqlite://", creator=lambda: self._sqlite(url), poolclass=NullPool)
            event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        elif kind in {"postgresql", "postgres"}:
            optional.require("postgresql", f"the mount '{self.address.name}'")
            engine = create_engine(
                url.set(drivername="postgresql+psycopg"),
                poolclass=NullPool,
                isolation_level="REPEATABLE READ",
                connect_args=self._connect_arguments(),
            )
        else:
            raise UsageError(f"a mount of a query or a table must be SQLite or PostgreSQL; got {self.address.shown}")
        self._held.callback(engine.dispose)
        return engine

    def _connect_arguments(self) -> dict[str, Any]:
        alive = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
        return {"connect_timeout": _CONNECT_SECONDS, **alive, **self.address.options}

    def _sqlite(self, url: URL) -> sqlite3.Connection:
        if self.address.options:
            raise UsageError(f"a mount of an SQLite file takes no option; got {', '.join(self.address.options)}")
        file = Path(url.database or "")
        if not file.is_absolute():
            raise UsageError(f"a mount of an SQLite file must name it in full; got {self.address.shown}")
        if not file.is_file():
            raise FileNotFoundError(f"no file {file}")
        # By mode=ro SQLite itself refuses to write.
        connection = sqlite3.connect(
            f"file:{quote(str(file))}?mode=ro", uri=True, timeout=_LOCK_SECONDS, check_same_thread=False
        )
        connection.isolation_level = None
        return connection

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Give a connection in a transaction that sees one state and cannot write."""
        from sqlalchemy import exc

        with ExitStack() as stack:
            try:
                with self.explained():
                    connection = stack.enter_context(self._engine.connect())
                    connection = connection.execution_options(postgresql_readonly=True)
                    stack.enter_context(connection.begin())
                    if connection.dialect.name == "postgresql":
                        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_LOCK_SECONDS * 1000}")
                        # Else two readers of a table without a key may begin in different places of it.
                        connection.exec_driver_sql("SET LOCAL synchronize_seqscans = off")
                    else:
                        connection.exec_driver_sql("SELECT name FROM sqlite_master LIMIT 1")
            except exc.SQLAlchemyError as error:
                raise ConflictError(
                    f"the mount '{self.address.name}' must be a database that answers and lets you in; "
                    f"{self.address.shown} does not ({self._said(error)})",
                    hint="Check the server or file, the user, the password and the variables that the mount names.",
                ) from error
            yield connection

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        from sqlalchemy import exc

        try:
            yield
        except exc.SQLAlchemyError as error:
            raise InputError(
                f"'{self.address.name}': {what} must be one that only reads, and that the database can answer; "
                f"it says: {self._said(error)}",
                hint="Nothing was changed: mounts are read in transactions that cannot write.",
            ) from error

    @cached_property
    def _tables(self) -> dict[str, tuple[str | None, str]]:
        """The schema (None for the default one) and the name of each table and view, by its path."""
        if self.address.query is not None:
            return {f"{self.address.name}{SUFFIX}": (None, "")}
        from sqlalchemy import inspect

        with self._connected() as connection, self._asked("the list of tables"):
            inspector = inspect(connection)
            default = inspector.default_schema_name
            named: list[str | None] = [None]
            if connection.dialect.name == "postgresql":
                named += [one for one in inspector.get_schema_names() if one != default and not _OWN_SCHEMAS.match(one)]
            found = [(schema, table) for schema in named for table in _names(inspector, schema)]
        return {"/".join(map(_escaped, filter(None, one))) + SUFFIX: one for one in sorted(found, key=str)}

    def _write(self, connection: Connection, path: str, file: BinaryIO) -> int:
        schema, table = self._tables[path]
        name = f"{self.address.name}:{path}"
        asked = self.address.query if self.address.query is not None else self._select(connection, schema, table)
        what = "the query" if self.address.query is not None else f"the table '{table}'"

        with self._asked(what):
            if connection.dialect.name == "sqlite":
                with self._begin(connection, asked) as first:
                    columns = sqlite_columns(_described(first), _batches(first))
                with self._begin(connection, asked) as result:
                    return write_parquet(columns, _batches(result), file, name)
            with self._begin(connection, asked) as result:
                return write_parquet(postgresql_columns(_described(result)), _batches(result), file, name)

    def _begin(self, connection: Connection, asked: Any) -> CursorResult[Any]:
        # A cursor on the server takes one SELECT and nothing else, and keeps memory bounded here.
        streamed = connection.execution_options(stream_results=True, max_row_buffer=FETCHED)
        if not isinstance(asked, str):
            return streamed.execute(asked)
        refuse_other_than_select(asked)
        with self._asked("the query"):
            return streamed.exec_driver_sql(asked.strip().rstrip(";"), execution_options={"no_parameters": True})

    def _select(self, connection: Connection, schema: str | None, name: str) -> Any:
        from sqlalchemy import column, exc, inspect, select, table

        inspector = inspect(connection)
        try:
            with warnings.catch_warnings():
                # A type that SQLAlchemy does not know is read as the driver gives it.
                warnings.simplefilter("ignore", exc.SAWarning)
                names = [one["name"] for one in inspector.get_columns(name, schema)]
            key = inspector.get_pk_constraint(name, schema)["constrained_columns"]
        except exc.NoSuchTableError as error:
            raise NotFoundError(
                f"the mount '{self.address.name}' must hold the table '{name}'; it is gone",
                hint=f"`trust data ls {self.address.name}` lists what is there now.",
            ) from error
        columns: dict[str, ColumnClause[Any]] = {one: column(one) for one in names}
        # By key where there is one, so that an edit does not move the rows around it.
        return (
            select(*columns.values()).select_from(table(name, schema=schema)).order_by(*(columns[one] for one in key))
        )

    def _later(self, place: Path) -> BinaryIO:
        return later(lambda: place.open("rb"), lambda _read: None, self.explained)

    def _said(self, error: Exception) -> str:
        return self._words(cast("Exception", getattr(error, "orig", None) or error))


def refuse_other_than_select(query: str) -> None:
    """Refuse a query whose first word says that it does more than read.

    Raises
    ------
    UsageError
        If it begins with none of SELECT, WITH, VALUES and TABLE.
    """
    at = 0
    while found := _COMMENT.match(query, at):
        at = found.end()
    word = re.match(r"\w*", query[at:])
    said = word[0] if word else ""
    if said.lower() not in _READS:
        raise UsageError(
            f"data.mount: query must be one SELECT; got one that begins with '{said or query[:20]}'",
            hint='For example --query "SELECT * FROM loans WHERE year = 2026".',
        )


def _names(inspector: Inspector, schema: str | None) -> list[str]:
    found = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    if inspector.dialect.name == "postgresql":
        found += inspector.get_materialized_view_names(schema)
    return found


def _escaped(name: str) -> str:
    # A table may be called anything; in a path "/" stands between a schema and a table.
    return name.replace("%", "%25").replace("/", "%2F")


def _described(result: CursorResult[Any]) -> Sequence[Any]:
    cursor = result.cursor
    described = cursor.description if cursor is not None else None
    if described is None:
        raise InputError("a query must return rows; this one returns none")
    return cast("Sequence[Any]", described)


def _batches(result: CursorResult[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    return cast("Iterator[Sequence[Sequence[Any]]]", result.partitions(FETCHED))
