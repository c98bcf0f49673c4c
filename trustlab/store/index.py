"""Where each chunk lies: the rows that turn a name into a place in a pack."""

from __future__ import annotations

from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import delete, func, insert, select

from trustlab.store.chunks import NAME_BYTES
from trustlab.store.codec import PLAIN
from trustlab.store.schema import CHUNKS, PACKS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy import Connection

    from trustlab.store.packer import Placed

T = TypeVar("T")

# Names in one query: below every database's limit of parameters, and enough to make round trips rare.
BATCH = 900
# Rows in one insert.
_ROWS = 5000


class Location(NamedTuple):
    """Where a chunk's bytes are, and in which form: see :mod:`trustlab.store.codec`."""

    pack: str
    offset: int
    length: int
    codec: int = PLAIN
    bases: tuple[bytes, ...] = ()


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Yield the items in lists of at most ``size``."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def locate(connection: Connection, names: Iterable[bytes]) -> dict[bytes, Location]:
    """Return the place of each chunk that the index knows."""
    found: dict[bytes, Location] = {}
    for batch in batches(dict.fromkeys(names)):
        query = (
            select(CHUNKS.c.name, PACKS.c.name, CHUNKS.c.offset, CHUNKS.c.length, CHUNKS.c.codec, CHUNKS.c.bases)
            .join_from(CHUNKS, PACKS, CHUNKS.c.pack == PACKS.c.id)
            .where(CHUNKS.c.name.in_(batch))
        )
        for name, pack, offset, length, codec, bases in connection.execute(query):
            found[bytes(name)] = Location(pack, offset, length, codec, _names(bases))
    return found


def locate_readable(connection: Connection, names: Iterable[bytes]) -> dict[bytes, Location]:
    """Return the places of chunks, and those of what they are patches of."""
    found = locate(connection, names)
    bases = {base for place in found.values() for base in place.bases} - found.keys()
    return {**found, **locate(connection, bases)}


def bases_of(connection: Connection, names: Collection[bytes]) -> set[bytes]:
    """Return what chunks are patches of: they cannot be read without it."""
    return {base for name, bases in patches(connection) if name in names for base in bases}


def patches(connection: Connection) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
    """Yield each chunk that is a patch, with what it is a patch of: chunks that are none themselves."""
    for row in connection.execute(select(CHUNKS.c.name, CHUNKS.c.bases).where(CHUNKS.c.bases.is_not(None))):
        yield bytes(row.name), _names(row.bases)


def _names(joined: bytes | None) -> tuple[bytes, ...]:
    return (
        () if joined is None else tuple(bytes(joined[at : at + NAME_BYTES]) for at in range(0, len(joined), NAME_BYTES))
    )


def known(connection: Connection, names: Iterable[bytes]) -> set[bytes]:
    """Return those of ``names`` that the index has."""
    found: set[bytes] = set()
    for batch in batches(dict.fromkeys(names)):
        # In the driver's own words: a commit asks a hundred times a second, and putting the question took longer than
        # the answer.
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        query = f"SELECT name FROM {CHUNKS.name} WHERE name IN ({', '.join([mark] * len(batch))})"  # noqa: S608 - marks
        found.update(bytes(name) for (name,) in connection.exec_driver_sql(query, tuple(batch)))
    return found


def is_empty(connection: Connection) -> bool:
    """Return whether the index has no chunk."""
    return connection.execute(select(CHUNKS.c.pack).limit(1)).first() is None


def add_pack(connection: Connection, name: str, size: int) -> int:
    """Write down a sealed pack, and return its number."""
    key = connection.execute(insert(PACKS).values(name=name, size=size)).inserted_primary_key
    assert key is not None
    return int(key[0])


def add_chunks(connection: Connection, placed: Iterable[tuple[int, Placed]]) -> None:
    """Write down where chunks lie, each with its pack's number; a chunk that is known stays where it is.

    In the order of the names, so that two transactions wait for each other in one order and never in a circle.
    """
    if connection.dialect.name == "postgresql":
        # Here, as its library takes long to come.
        from sqlalchemy.dialects import postgresql

        statement: Any = postgresql.insert(CHUNKS).on_conflict_do_nothing()
        for some in batches(sorted(placed, key=lambda one: one[1].name), _ROWS):
            connection.execute(statement, [_row(pack, chunk) for pack, chunk in some])
        return
    # There may be ten thousands: by one statement for many, in the driver's own words, they take a third less time.
    rows = [
        (name, pack, offset, length, codec, b"".join(bases) or None)
        for pack, (name, offset, length, codec, bases) in placed
    ]
    rows.sort(key=itemgetter(0))
    # As many as fit under the limit of parameters.
    for batch in batches(rows, BATCH // 6):
        marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(batch))
        text = f"""INSERT INTO {CHUNKS.name} (name, pack, "offset", length, codec, bases) VALUES {marks}
            ON CONFLICT DO NOTHING"""  # noqa: S608 - marks
        connection.exec_driver_sql(text, tuple(chain.from_iterable(batch)))


def _row(pack: int, chunk: Placed) -> dict[str, Any]:
    return {
        "name": chunk.name,
        "pack": pack,
        "offset": chunk.offset,
        "length": chunk.length,
        "codec": chunk.codec,
        "bases": b"".join(chunk.bases) or None,
    }


def bytes_in(connection: Connection, pack: int) -> int | None:
    """Return the bytes of a pack's chunks as the index knows them, None where it holds none."""
    total = connection.execute(select(func.sum(CHUNKS.c.length)).where(CHUNKS.c.pack == pack)).scalar_one()
    return None if total is None else int(total)


def drop_pack(connection: Connection, pack: int) -> None:
    """Strike a pack off the index."""
    connection.execute(delete(PACKS).where(PACKS.c.id == pack))
