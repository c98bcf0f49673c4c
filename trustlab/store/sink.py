"""Take chunks in, store only those the store lacks, and make them durable before any commit names them."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from trustlab.core.errors import DamagedError
from trustlab.store.ahead import threads
from trustlab.store.chunks import name_of
from trustlab.store.codec import MIN_PACKED, MOST_BASES, PATCH, PLAIN, encode
from trustlab.store.cutting import KEPT
from trustlab.store.index import BATCH, Placed, add_chunks, add_pack, batches, bytes_in, drop_pack, known, locate
from trustlab.store.objects import fetch_many
from trustlab.store.owner import own

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from trustlab.store.codec import Stored
    from trustlab.store.cutting import Piece
    from trustlab.store.index import Location
    from trustlab.store.packs import PackWriter
    from trustlab.store.store import Store

    # A chunk's name and bytes; chunks, and what gives their parts once they are encoded.
    _Chunk = tuple[bytes, bytes | memoryview]
    _Begun = tuple[Sequence[_Chunk], Sequence[Callable[[], list[Stored]]]]

# A pack of this size is sealed and the next one begun, so that gc never has to rewrite much for little.
PACK_BYTES = 256 * 1024 * 1024
_PENDING_BYTES = 16 * 1024 * 1024
# Fewer bytes are encoded by the caller's thread.
_SHARED_BYTES = 512 * 1024
# After so many patches in a row that were not worth keeping, few are tried.
_VAIN = 32
# After so many chunks in a row that were not worth packing, as in pictures or archives, one in eight is tried.
_DENSE = 64
_TRIED = 8


@dataclass(slots=True)
class _Written:
    writer: PackWriter
    placed: list[Placed] = field(default_factory=list)
    indexed: bool = False


class ChunkSink:
    """Where a commit puts its chunks; a context manager that removes unpublished packs when it is left by an error.

    Parameters
    ----------
    store : Store
        Whose index says which chunks are there already, and whose packs take the others.

    Raises
    ------
    ReadOnlyError
        When it is entered, if the store can only be read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: set[bytes] = set()
        self._pending: dict[bytes, bytes] = {}
        self._pending_bytes = 0
        self._packs: list[_Written] = []
        self._offered = False
        self._pool: ThreadPoolExecutor | None = None
        self._begun: deque[_Begun] = deque()
        # Patches tried since one was worth keeping.
        self._in_vain = 0
        # Chunks since one was worth packing.
        self._dense = 0

    def __enter__(self) -> Self:
        self._store.check_writable()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        for pack in self._packs:
            # Once offered to a transaction a pack may be indexed, whatever interrupted us: leave an orphan to gc.
            if error is not None and not self._offered:
                pack.writer.discard()
            else:
                pack.writer.release()

    def put(self, data: bytes | memoryview, name: bytes | None = None) -> bytes:
        """Take a chunk, and return its name; who has hashed it already gives the name along."""
        name = name or name_of(data)
        if name not in self._seen:
            self._seen.add(name)
            self._pending[name] = bytes(data)
            self._pending_bytes += len(data)
            if self._pending_bytes >= _PENDING_BYTES or len(self._pending) >= BATCH:
                self._flush()
        return name

    def put_all(self, pieces: Sequence[Piece], bases: Mapping[bytes, Sequence[bytes]] = MappingProxyType({})) -> int:
        """Take chunks as a cutter gives them, and return how many are kept as patches.

        Their bytes must stay valid until ``KEPT`` further lists have been taken: several threads encode them meanwhile.

        Parameters
        ----------
        bases : mapping of bytes to sequence of bytes
            By a chunk's name, the names of stored ones that it may resemble.
        """
        fresh = {piece.name: piece.data for piece in pieces if piece.name not in self._seen}
        self._seen.update(fresh)
        if bases:
            self._write_begun(0)
            return self._append(fresh, bases)
        # Also where nothing is new: each list lets an earlier one's bytes go.
        self._begun.append(self._begin(self._lacking(fresh) if fresh else [], {}))
        self._write_begun(KEPT)
        return 0

    def finish(self) -> None:
        """Make every chunk durable; none can be put afterwards."""
        self._flush()
        self._write_begun(0)
        if self._packs:
            self._packs[-1].writer.seal()

    def index(self, connection: Connection) -> int:
        """Write down the new chunks in the caller's transaction, and return their bytes.

        Chunks that another commit has brought meanwhile are left out, and packs with nothing else as well.
        """
        self._offered = True
        added = 0
        for pack in self._packs:
            pack.writer.confirm()
        numbers = [add_pack(connection, pack.writer.name, pack.writer.size) for pack in self._packs]
        add_chunks(
            connection,
            ((number, chunk) for number, pack in zip(numbers, self._packs, strict=True) for chunk in pack.placed),
        )
        for number, pack in zip(numbers, self._packs, strict=True):
            size = bytes_in(connection, number)
            pack.indexed = size is not None
            added += size or 0
            if size is None:
                drop_pack(connection, number)
        return added

    def drop_unused(self) -> None:
        """Remove the packs that the transaction, now complete, did not index."""
        unused = [pack for pack in self._packs if not pack.indexed]
        self._packs = [pack for pack in self._packs if pack.indexed]
        for pack in unused:
            pack.writer.discard()

    def _flush(self) -> None:
        self._append(self._pending, {})
        self._pending = {}
        self._pending_bytes = 0

    def _append(self, chunks: Mapping[bytes, bytes | memoryview], bases: Mapping[bytes, Sequence[bytes]]) -> int:
        if not chunks:
            return 0
        fresh = self._lacking(chunks)
        resembled = self._resembled([name for name, _ in fresh], bases)
        stored = self._write(self._begin(fresh, resembled))
        tried = [one.codec == PATCH for (name, _), one in zip(fresh, stored, strict=True) if name in resembled]
        if tried:
            self._in_vain = 0 if any(tried) else self._in_vain + len(tried)
        return sum(one.codec == PATCH for one in stored)

    def _lacking(self, chunks: Mapping[bytes, bytes | memoryview]) -> list[_Chunk]:
        with self._store.read() as connection:
            there = known(connection, chunks)
        return [(name, data) for name, data in chunks.items() if name not in there]

    def _begin(self, fresh: Sequence[_Chunk], resembled: Mapping[bytes, tuple[Sequence[bytes], bytes]]) -> _Begun:
        """Encode chunks as they go into a pack; many are given to several threads."""
        dense = self._dense >= _DENSE

        def encode_some(some: Sequence[_Chunk]) -> list[Stored]:
            return [
                encode(data, resembled.get(name), pack=not dense or place % _TRIED == 0)
                for place, (name, data) in enumerate(some)
            ]

        if sum(len(data) for _, data in fresh) < _SHARED_BYTES:
            return fresh, [partial(encode_some, fresh)]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(threads(), "encode")
        share = -(-len(fresh) // threads())
        return fresh, [self._pool.submit(encode_some, some).result for some in batches(fresh, share)]

    def _write_begun(self, most: int) -> None:
        while len(self._begun) > most:
            self._write(self._begun.popleft())

    def _write(self, begun: _Begun) -> list[Stored]:
        fresh, parts = begun
        stored = [one for part in parts for one in part()]
        for (name, _), one in zip(fresh, stored, strict=True):
            pack = self._pack()
            offset = pack.writer.append(name, one.data, one.codec)
            pack.placed.append(Placed(name, offset, len(one.data), one.codec, one.bases))
        tried = [one.codec == PLAIN for one in stored if len(one.data) >= MIN_PACKED]
        self._dense = self._dense + len(tried) if all(tried) else 0
        return stored

    def _resembled(
        self, names: Sequence[bytes], bases: Mapping[bytes, Sequence[bytes]]
    ) -> dict[bytes, tuple[Sequence[bytes], bytes]]:
        """Return the names and contents of the chunks that others may be patches of, by the others' names."""
        wanted = {name: bases[name] for name in names if name in bases}
        if self._in_vain >= _VAIN:
            # A file that was replaced and not edited: only now and then look whether it still is.
            wanted = dict(islice(wanted.items(), 1))
        if not wanted:
            return {}
        with self._store.read() as connection:
            places = locate(connection, (base for some in wanted.values() for base in some))
        roots = {name: _roots(some, places) for name, some in wanted.items()}
        distinct = list(dict.fromkeys(root for some in roots.values() for root in some))
        try:
            contents = dict(zip(distinct, fetch_many(self._store, distinct), strict=True))
        except DamagedError:
            # What was stored before is damaged; it must not keep what comes now from being stored whole.
            return {}
        return {name: (some, b"".join(contents[root] for root in some)) for name, some in roots.items() if some}

    def _pack(self) -> _Written:
        if self._packs and self._packs[-1].writer.size < PACK_BYTES:
            return self._packs[-1]
        if self._packs:
            self._packs[-1].writer.seal()
        else:
            own(self._store)
        self._packs.append(_Written(self._store.packs.create()))
        return self._packs[-1]


def _roots(bases: Sequence[bytes], places: Mapping[bytes, Location]) -> list[bytes]:
    """Return the bases, and where one is a patch those that it was made of: a patch's base is never a patch."""
    found: dict[bytes, None] = {}
    for base in bases:
        if base in places:
            found.update(dict.fromkeys(places[base].bases or (base,)))
    return list(found)[:MOST_BASES]
