"""Take chunks in, store only those the store lacks, and make them durable before any commit names them."""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from trustlab.core.errors import DamagedError
from trustlab.store.chunks import name_of
from trustlab.store.codec import MOST_BASES, PATCH
from trustlab.store.cutting import KEPT
from trustlab.store.index import BATCH, add_chunks, add_pack, bytes_in, drop_pack, is_empty, known, locate
from trustlab.store.objects import fetch_many
from trustlab.store.owner import own
from trustlab.store.packer import FilledPack, Packer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from trustlab.store.cutting import Piece
    from trustlab.store.index import Location
    from trustlab.store.packer import Chunk, Placed
    from trustlab.store.packs import PackWriter
    from trustlab.store.store import Store

_PENDING_BYTES = 16 * 1024 * 1024
# After so many patches in a row that were not worth keeping, few are tried.
_VAIN = 32


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
        # Not by a method of this: what refers to itself in a circle stays in memory for long.
        self._packer = Packer(partial(_begin_pack, store))
        # Chunks that another process was told to store, and that have not come.
        self._owed: set[bytes] = set()
        # Packs that another process writes, by name.
        self._lent: dict[str, FilledPack] = {}
        # The names of those packs that the transaction indexed, and of those that were removed after it.
        self._indexed: set[str] = set()
        self._removed: set[str] = set()
        self._offered = False
        # Whether the index held nothing at all, as in a new store; None as long as that was not asked.
        self._knows_none: bool | None = None
        # Patches tried since one was worth keeping.
        self._in_vain = 0

    def __enter__(self) -> Self:
        self._store.check_writable()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._packer.close()
        for pack in self._packs():
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
            # Whatever comes of these: the bytes of what was begun before may go.
            self._packer.catch_up()
            return self._append(fresh, bases)
        # Also where nothing is new: each list lets an earlier one's bytes go.
        self._packer.begin(self._lacking(fresh), KEPT)
        return 0

    def claim(self, names: Iterable[bytes]) -> set[bytes]:
        """Return those chunks that nobody has put and the store lacks: another process stores them.

        They are taken for put from now on, and owed until :meth:`take_back` brings them.
        """
        fresh = dict.fromkeys(name for name in names if name not in self._seen)
        self._seen.update(fresh)
        lacking = fresh.keys() - self._known(fresh)
        self._owed |= lacking
        return lacking

    def disclaim(self) -> None:
        """Take nothing for put that is owed; only as long as nothing else has been put."""
        self._seen -= self._owed
        self._owed.clear()

    @property
    def owed(self) -> int:
        """How many chunks were claimed and have not come."""
        return len(self._owed)

    def lend_pack(self) -> str:
        """Begin a pack for another process on this machine to write, and return its name."""
        writer = _begin_pack(self._store)
        self._lent[writer.name] = FilledPack(writer)
        return writer.name

    def take_back(self, name: str, size: int, placed: Sequence[Placed]) -> None:
        """Take a lent pack that is written and durable: so many bytes, and these chunks in it."""
        pack = self._lent[name]
        pack.writer.size = size
        pack.placed.extend(placed)
        self._owed.difference_update(one.name for one in placed)

    def finish(self) -> None:
        """Make every chunk durable; none can be put afterwards."""
        self._flush()
        self._packer.seal()

    def index(self, connection: Connection) -> int:
        """Write down the new chunks in the caller's transaction, and return their bytes.

        Chunks that another commit has brought meanwhile are left out, and packs with nothing else as well.
        """
        self._offered = True
        self._indexed.clear()
        added = 0
        packs = [pack for pack in self._packs() if pack.placed]
        for pack in packs:
            pack.writer.confirm()
        numbers = [add_pack(connection, pack.writer.name, pack.writer.size) for pack in packs]
        add_chunks(
            connection, ((number, chunk) for number, pack in zip(numbers, packs, strict=True) for chunk in pack.placed)
        )
        for number, pack in zip(numbers, packs, strict=True):
            size = bytes_in(connection, number)
            if size is None:
                drop_pack(connection, number)
            else:
                self._indexed.add(pack.writer.name)
                added += size
        return added

    def drop_unused(self) -> None:
        """Remove the packs that the transaction, now complete, did not index."""
        for pack in self._packs():
            if pack.writer.name not in self._indexed:
                pack.writer.discard()
                self._removed.add(pack.writer.name)

    def _packs(self) -> list[FilledPack]:
        begun = chain(self._packer.packs, self._lent.values())
        return [pack for pack in begun if pack.writer.name not in self._removed]

    def _flush(self) -> None:
        self._append(self._pending, {})
        self._pending = {}
        self._pending_bytes = 0

    def _append(self, chunks: Mapping[bytes, bytes | memoryview], bases: Mapping[bytes, Sequence[bytes]]) -> int:
        fresh = self._lacking(chunks)
        if not fresh:
            return 0
        resembled = self._resembled([name for name, _ in fresh], bases)
        stored = self._packer.write(fresh, resembled)
        tried = [one.codec == PATCH for (name, _), one in zip(fresh, stored, strict=True) if name in resembled]
        if tried:
            self._in_vain = 0 if any(tried) else self._in_vain + len(tried)
        return sum(one.codec == PATCH for one in stored)

    def _lacking(self, chunks: Mapping[bytes, bytes | memoryview]) -> list[Chunk]:
        there = self._known(chunks)
        return [(name, data) for name, data in chunks.items() if name not in there]

    def _known(self, names: Collection[bytes]) -> set[bytes]:
        if not names or self._knows_none:
            return set()
        with self._store.read() as connection:
            if self._knows_none is None:
                # What others bring meanwhile is noticed when this is published.
                self._knows_none = is_empty(connection)
            return known(connection, names)

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


def _begin_pack(store: Store) -> PackWriter:
    own(store)
    return store.packs.create()


def _roots(bases: Sequence[bytes], places: Mapping[bytes, Location]) -> list[bytes]:
    """Return the bases, and where one is a patch those that it was made of: a patch's base is never a patch."""
    found: dict[bytes, None] = {}
    for base in bases:
        if base in places:
            found.update(dict.fromkeys(places[base].bases or (base,)))
    return list(found)[:MOST_BASES]
