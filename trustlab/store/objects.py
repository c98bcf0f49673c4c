"""Fetch chunks by name, each checked against its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.errors import DamagedError
from trustlab.store.chunks import name_of
from trustlab.store.index import BATCH, batches, locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trustlab.store.index import Location
    from trustlab.store.store import Store

_HINT = "Run `trust data verify` to see which commits and paths are touched, and restore the pack from a backup."


def fetch(store: Store, name: bytes) -> bytes:
    """Return one chunk.

    Raises
    ------
    DamagedError
        If it is missing, or its bytes are not those of its name.
    """
    return next(fetch_many(store, [name]))


def fetch_many(store: Store, names: Iterable[bytes]) -> Iterator[bytes]:
    """Yield chunks in the order of ``names``; looked up in batches, one chunk in memory at a time."""
    for batch in batches(names, BATCH):
        with store.read() as connection:
            places = locate(connection, batch)
        for name in batch:
            yield _fetch_at(store, name, places.get(name))


def _fetch_at(store: Store, name: bytes, place: Location | None) -> bytes:
    data = read_at(store, name, place)
    if data is None:
        # gc may have moved the chunk to another pack after it was looked up.
        with store.read() as connection:
            moved = locate(connection, [name]).get(name)
        data = read_at(store, name, moved) if moved != place else None
    if data is None:
        where = f"pack {place.pack} at {place.offset}" if place else "no pack"
        raise DamagedError(
            f"chunk {name.hex()[:12]} must be readable and match its name; looked in {where}", hint=_HINT
        )
    return data


def read_at(store: Store, name: bytes, place: Location | None) -> bytes | None:
    """Return the chunk at ``place``, None where what lies there is not it."""
    if place is None:
        return None
    try:
        data = store.packs.read(place.pack, place.offset, place.length)
    except FileNotFoundError:
        return None
    return data if name_of(data) == name else None
