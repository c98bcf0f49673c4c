"""Fetch chunks by name, each checked against its name; chunks that lie together are read together, on all cores."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TYPE_CHECKING

from trustlab.core.errors import DamagedError
from trustlab.store.chunks import name_of
from trustlab.store.index import BATCH, batches, locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from trustlab.store.index import Location
    from trustlab.store.store import Store

# What one thread reads at once, and the gap that is read along rather than skipped: headers lie between chunks.
_RUN_BYTES = 4 * 1024 * 1024
_GAP = 4096
_MOST_THREADS = 8
_HINT = "Run `trust data verify` to see which commits and paths are touched, and restore the pack from a backup."

Found = dict[bytes, memoryview]


def fetch(store: Store, name: bytes) -> bytes:
    """Return one chunk.

    Raises
    ------
    DamagedError
        If it is missing, or its bytes are not those of its name.
    """
    return next(fetch_many(store, [name]))


def fetch_many(store: Store, names: Iterable[bytes]) -> Iterator[bytes]:
    """Yield chunks in the order of ``names``; memory stays bounded, however many there are."""
    return (bytes(view) for view in fetch_views(store, names))


def fetch_views(store: Store, names: Iterable[bytes]) -> Iterator[memoryview]:
    """Yield chunks as :func:`fetch_many` does, without copying them out of what was read with them."""
    groups = _groups(store, names)
    ahead = list(islice(groups, 2))
    if len(ahead) < 2:
        # A single chunk, as most are: not worth a thread.
        for group, places in ahead:
            yield from _settle(store, group, places, _read_run(store, group, places))
        return
    with ThreadPoolExecutor(threads(), "fetch") as pool:
        waiting: deque[tuple[list[bytes], dict[bytes, Location], Future[Found]]] = deque()
        try:
            for group, places in chain(ahead, groups):
                waiting.append((group, places, pool.submit(_read_run, store, group, places)))
                if len(waiting) > threads():
                    group, places, read = waiting.popleft()
                    yield from _settle(store, group, places, read.result())
            for group, places, read in waiting:
                yield from _settle(store, group, places, read.result())
        finally:
            for *_, read in waiting:
                read.cancel()


def threads() -> int:
    """Return how many threads read or write at once."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_THREADS)


def _groups(store: Store, names: Iterable[bytes]) -> Iterator[tuple[list[bytes], dict[bytes, Location]]]:
    for batch in batches(names, BATCH):
        with store.read() as connection:
            places = locate(connection, batch)
        group: list[bytes] = []
        size = 0
        for name in batch:
            length = places[name].length if name in places else 0
            if group and size + length > _RUN_BYTES:
                yield group, places
                group, size = [], 0
            group.append(name)
            size += length
        yield group, places


def _settle(store: Store, group: Sequence[bytes], places: dict[bytes, Location], found: Found) -> Iterator[memoryview]:
    for name in group:
        yield found[name] if name in found else memoryview(_fetch_again(store, name, places.get(name)))


def _read_run(store: Store, group: Sequence[bytes], places: dict[bytes, Location]) -> Found:
    """Return those chunks of a group that lie where they should and are what they should be."""
    found: Found = {}
    ordered = sorted({(places[name], name) for name in group if name in places})
    at = 0
    while at < len(ordered):
        first, end = ordered[at][0], ordered[at][0].offset
        stop = at
        while stop < len(ordered) and ordered[stop][0].pack == first.pack and ordered[stop][0].offset <= end + _GAP:
            end = max(end, ordered[stop][0].offset + ordered[stop][0].length)
            stop += 1
        try:
            data = memoryview(store.packs.read(first.pack, first.offset, end - first.offset))
        except OSError:
            # The pack is gone, or the disk no longer gives it: what is missing is looked for again, then named.
            data = memoryview(b"")
        for place, name in ordered[at:stop]:
            view = data[place.offset - first.offset :][: place.length]
            if name_of(view) == name:
                found[name] = view
        at = stop
    return found


def _fetch_again(store: Store, name: bytes, place: Location | None) -> bytes:
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
    except OSError:
        return None
    return data if name_of(data) == name else None
