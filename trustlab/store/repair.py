"""Strike from the index what cannot be read, so that whoever brings the same bytes again has them stored again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from sqlalchemy import delete, insert, select, update

from trustlab.core.errors import ConflictError
from trustlab.store import schema, stats
from trustlab.store.index import batches, locate_readable, patches
from trustlab.store.objects import read_sound
from trustlab.store.packs import LocalPacks
from trustlab.store.reached import Reached
from trustlab.store.schema import CHUNKS, META, PACKS

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from trustlab.store.packs import Packs
    from trustlab.store.store import Store

# How often commits were left without chunks that may come again; absent where none lacks any.
_LACKS = "repaired"
_READ_TOGETHER = 64


def lacks(connection: Connection) -> int | None:
    """Return a mark where commits of the store may lack objects, None where each is taken to be whole."""
    found = connection.execute(select(META.c.value).where(META.c.key == _LACKS)).scalar_one_or_none()
    return None if found is None else int(found)


def whole_again(store: Store, mark: int) -> None:
    """Take the mark away, unless another repair has set it anew since it was read."""
    with store.write() as connection:
        connection.execute(delete(META).where(META.c.key == _LACKS, META.c.value == mark))


def every_name(store: Store) -> set[bytes]:
    """Return the names of all chunks in the index, reached or not."""
    with store.read() as connection:
        return {bytes(name) for name in connection.execute(select(CHUNKS.c.name)).scalars()}


def strike(store: Store, suspects: Collection[bytes], *, lost: bool) -> int:
    """Strike the chunks that still cannot be read, and the patches that lean on them; return how many went.

    One transaction beside which nobody writes, so that no commit comes to lean on what goes; a commit that is at work
    meanwhile sees by the gc epoch that it must begin anew. The packs stay until a gc sweeps them.

    Parameters
    ----------
    suspects : collection of bytes
        What a verification could not read.
    lost : bool
        Whether chunks are needed that the index does not have: then the store is marked as lacking objects, whatever
        is struck.

    Raises
    ------
    ConflictError
        If the packs cannot be reached: what is out of reach is not lost.
    """
    if isinstance(store.packs, LocalPacks) and suspects and not store.packs.folder.is_dir():
        raise ConflictError(
            f"the store's objects folder must be there; {store.packs.folder} is not",
            hint="Mount or restore it; only chunks that are lost for good may be struck from the index.",
        )
    store.packs.forget()
    reached = replace(store, packs=cast("Packs", Reached(store.packs)))
    with store.write(alone=True) as connection:
        bad: set[bytes] = set()
        for batch in batches(suspects, _READ_TOGETHER):
            places = locate_readable(connection, batch)
            sound = read_sound(reached, [name for name in batch if name in places], places)
            bad.update(name for name in batch if name in places and name not in sound)
        bad.update(name for name, bases in list(patches(connection)) if not bad.isdisjoint(bases))
        for some in batches(bad):
            connection.execute(delete(CHUNKS).where(CHUNKS.c.name.in_(some)))
        if bad:
            connection.execute(delete(PACKS).where(PACKS.c.id.not_in(select(CHUNKS.c.pack))))
            stats.forget(connection)
            schema.next_gc_epoch(connection)
        if bad or lost:
            _mark(connection)
    return len(bad)


def _mark(connection: Connection) -> None:
    if lacks(connection) is None:
        connection.execute(insert(META).values(key=_LACKS, value=schema.gc_epoch(connection)))
    else:
        connection.execute(update(META).where(META.c.key == _LACKS).values(value=META.c.value + 1))
