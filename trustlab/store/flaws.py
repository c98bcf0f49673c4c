"""Read chunks as they lie in their packs, headers and all, and say what is not as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.store.chunks import name_of
from trustlab.store.codec import decode
from trustlab.store.objects import read_stored
from trustlab.store.packs import HEADER, MAGIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trustlab.store.index import Location
    from trustlab.store.store import Store

UNREADABLE = "changed bytes"
HEADER_CHANGED = "changed header"
MALFORMED = "malformed tree"


def flaws(
    store: Store, group: Sequence[bytes], places: Mapping[bytes, Location], lengths: Mapping[bytes, int]
) -> dict[bytes, str]:
    """Return what is wrong with chunks of a group, by name; nothing for those that are as they were written.

    Parameters
    ----------
    places : mapping of bytes to Location
        From :func:`trustlab.store.index.locate_readable`.
    lengths : mapping of bytes to int
        How long chunks are, as the trees say, where they say so.
    """
    names = {*group, *(base for name in group for base in places[name].bases)} & places.keys()
    # The header lies before its chunk: both come by one read.
    stored = read_stored(store, {name: _with_header(places[name]) for name in names})
    sound: dict[bytes, bytes | memoryview] = {}
    # Bases come first, for they are no patches themselves.
    for name in sorted(names, key=lambda name: bool(places[name].bases)):
        data = decode(places[name].codec, stored[name][HEADER.size :], sound)
        if data is not None and name_of(data) == name:
            sound[name] = data
    found = {}
    for name in group:
        place = places[name]
        if name not in sound:
            found[name] = UNREADABLE
        elif bytes(stored[name][: HEADER.size]) != HEADER.pack(name, place.length, place.codec):
            found[name] = HEADER_CHANGED
        elif lengths.get(name, len(sound[name])) != len(sound[name]):
            found[name] = MALFORMED
    return found


def _with_header(place: Location) -> Location:
    return place._replace(offset=place.offset - HEADER.size, length=place.length + HEADER.size)


def unmarked(store: Store, packs: Iterable[str]) -> set[str]:
    """Return the packs that are there and do not begin as packs do."""
    found = set()
    for pack in packs:
        try:
            if store.packs.read(pack, 0, len(MAGIC)) != MAGIC:
                found.add(pack)
        except OSError:
            # A lost pack shows by its chunks.
            continue
    return found
