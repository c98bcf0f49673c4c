"""Fetch chunks by name, each checked against its name; chunks that lie together are read together, on all cores."""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice, starmap
from typing import TYPE_CHECKING

from trustlab.core.errors import ConflictError, DamagedError
from trustlab.store.ahead import in_order, threads
from trustlab.store.chunks import MAX_CHUNK, name_of
from trustlab.store.codec import PLAIN, decode
from trustlab.store.index import BATCH, batches, locate_readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from trustlab.store.index import Location
    from trustlab.store.store import Store

# What one thread reads at once, and the gap that is read along rather than skipped: headers lie between chunks.
_RUN_BYTES = 4 * 1024 * 1024
_GAP = 4096
_HINT = (
    "Run `trust data verify` to see which commits and paths are touched, and restore the pack from a backup. Where "
    "there is none, run `trust data verify --repair`, then commit the same files again, or pull them from elsewhere."
)

Found = dict[bytes, bytes | memoryview]
_Places = dict[bytes, "Location"]


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

    def reading(group: list[bytes], places: dict[bytes, Location]) -> Callable[[], tuple[list[bytes], _Places, Found]]:
        return lambda: (group, places, _read_run(store, group, places))

    with ThreadPoolExecutor(threads(), "fetch") as pool:
        for group, places, found in in_order(pool, starmap(reading, chain(ahead, groups)), threads()):
            yield from _settle(store, group, places, found)


def _groups(store: Store, names: Iterable[bytes]) -> Iterator[tuple[list[bytes], dict[bytes, Location]]]:
    for batch in batches(names, BATCH):
        with store.read() as connection:
            places = locate_readable(connection, batch)
        group: list[bytes] = []
        size = 0
        for name in batch:
            length = _weight(places[name]) if name in places else 0
            if group and size + length > _RUN_BYTES:
                yield group, places
                group, size = [], 0
            group.append(name)
            size += length
        yield group, places


def _weight(place: Location) -> int:
    """Return about how many bytes reading a chunk takes at most, with what it is a patch of."""
    return place.length if place.codec == PLAIN else MAX_CHUNK * (1 + len(place.bases))


def _settle(store: Store, group: Sequence[bytes], places: dict[bytes, Location], found: Found) -> Iterator[memoryview]:
    for name in group:
        yield memoryview(found[name] if name in found else _fetch_again(store, name, places.get(name)))


def _read_run(store: Store, group: Sequence[bytes], places: Mapping[bytes, Location]) -> Found:
    """Return those chunks of a group that lie where they should and are what they should be."""
    return _decoded(_stored(store, group, places), places)


def read_sound(store: Store, group: Sequence[bytes], places: Mapping[bytes, Location]) -> dict[bytes, memoryview]:
    """Return chunks of a group as they lie in their packs, without those that are not what they should be.

    Parameters
    ----------
    places : mapping of bytes to Location
        From :func:`trustlab.store.index.locate_readable`.
    """
    stored = _stored(store, group, places)
    sound = _decoded(stored, places)
    return {name: data for name, data in stored.items() if name in sound}


def _stored(store: Store, group: Sequence[bytes], places: Mapping[bytes, Location]) -> dict[bytes, memoryview]:
    bases = {base for name in group if name in places for base in places[name].bases}
    return read_stored(store, {name: places[name] for name in {*group, *bases} if name in places})


def _decoded(stored: Mapping[bytes, memoryview], places: Mapping[bytes, Location]) -> Found:
    found: Found = {}
    # Bases come first, for they are no patches themselves.
    for name in sorted(stored, key=lambda name: bool(places[name].bases)):
        data = decode(places[name].codec, stored[name], found)
        if data is not None and name_of(data) == name:
            found[name] = data
    return found


def read_stored(store: Store, places: Mapping[bytes, Location]) -> dict[bytes, memoryview]:
    """Return what lies at each chunk's place, in its codec and unchecked; neighbours are read together."""
    found = {}
    ordered = sorted((place, name) for name, place in places.items())
    at = 0
    while at < len(ordered):
        first, end = ordered[at][0], ordered[at][0].offset
        stop = at
        while stop < len(ordered) and ordered[stop][0].pack == first.pack and ordered[stop][0].offset <= end + _GAP:
            end = max(end, ordered[stop][0].offset + ordered[stop][0].length)
            stop += 1
        try:
            data = memoryview(store.packs.read(first.pack, first.offset, end - first.offset))
        except OSError as error:
            # The pack is gone, or the disk no longer gives it: what is missing is looked for again, then named.
            # Anything else says nothing of the bytes.
            if not isinstance(error, FileNotFoundError) and error.errno != errno.EIO:
                raise ConflictError(
                    f"pack {first.pack} must be readable; got '{error.strerror or error}'",
                    hint="Nothing is known to be damaged: mend what hinders the reading, then try again.",
                ) from error
            data = memoryview(b"")
        for place, name in ordered[at:stop]:
            found[name] = data[place.offset - first.offset :][: place.length]
        at = stop
    return found


def _fetch_again(store: Store, name: bytes, place: Location | None) -> bytes | memoryview:
    # gc may have moved the chunk, or what it is a patch of, to another pack after it was looked up.
    with store.read() as connection:
        moved = locate_readable(connection, [name])
    found = _read_run(store, [name], moved)
    if name not in found:
        where = f"pack {place.pack} at {place.offset}" if place else "no pack"
        raise DamagedError(
            f"chunk {name.hex()[:12]} must be readable and match its name; looked in {where}", hint=_HINT
        )
    return found[name]
