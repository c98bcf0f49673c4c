"""Take chunks in, store only those the store lacks, and make them durable before any commit names them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from trustlab.store.chunks import name_of
from trustlab.store.index import BATCH, add_chunks, add_pack, bytes_in, drop_pack, known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from trustlab.store.cutting import Piece
    from trustlab.store.packs import PackWriter
    from trustlab.store.store import Store

# A pack of this size is sealed and the next one begun, so that gc never has to rewrite much for little.
PACK_BYTES = 256 * 1024 * 1024
_PENDING_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class _Written:
    writer: PackWriter
    placed: list[tuple[bytes, int, int]] = field(default_factory=list)
    indexed: bool = False


class ChunkSink:
    """Where a commit puts its chunks; a context manager that removes unpublished packs when it is left by an error.

    Parameters
    ----------
    store : Store
        Whose index says which chunks are there already, and whose packs take the others.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: set[bytes] = set()
        self._pending: dict[bytes, bytes] = {}
        self._pending_bytes = 0
        self._packs: list[_Written] = []
        self._offered = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
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

    def put_all(self, pieces: Sequence[Piece]) -> None:
        """Take chunks whose bytes are valid only now, as :class:`trustlab.store.cutting.Cutter` gives them."""
        fresh = {piece.name: piece.data for piece in pieces if piece.name not in self._seen}
        self._seen.update(fresh)
        self._append(fresh)

    def finish(self) -> None:
        """Make every chunk durable; none can be put afterwards."""
        self._flush()
        if self._packs:
            self._packs[-1].writer.seal()

    def index(self, connection: Connection) -> int:
        """Write down the new chunks in the caller's transaction, and return their bytes.

        Chunks that another commit has brought meanwhile are left out, and packs with nothing else as well.
        """
        self._offered = True
        added = 0
        numbers = [add_pack(connection, pack.writer.name, pack.writer.size) for pack in self._packs]
        add_chunks(
            connection,
            (
                (name, number, offset, length)
                for number, pack in zip(numbers, self._packs, strict=True)
                for name, offset, length in pack.placed
            ),
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
        self._append(self._pending)
        self._pending = {}
        self._pending_bytes = 0

    def _append(self, chunks: Mapping[bytes, bytes | memoryview]) -> None:
        if not chunks:
            return
        with self._store.read() as connection:
            there = known(connection, chunks)
        for name, data in chunks.items():
            if name not in there:
                pack = self._pack()
                pack.placed.append((name, pack.writer.append(name, data), len(data)))

    def _pack(self) -> _Written:
        if self._packs and self._packs[-1].writer.size < PACK_BYTES:
            return self._packs[-1]
        if self._packs:
            self._packs[-1].writer.seal()
        self._packs.append(_Written(self._store.packs.create()))
        return self._packs[-1]
