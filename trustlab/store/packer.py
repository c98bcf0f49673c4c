"""Encode chunks on several threads and append them to packs, one after the other; whoever calls knows what is new."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from trustlab.store.ahead import threads
from trustlab.store.codec import MIN_PACKED, PLAIN, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trustlab.store.codec import Stored
    from trustlab.store.packs import PackWriter

# A pack of this size is sealed and the next one begun, so that gc never has to rewrite much for little.
PACK_BYTES = 256 * 1024 * 1024
# Fewer bytes are encoded by the caller's thread, and so are those of which next to none are tried.
_SHARED_BYTES = 512 * 1024
# After so many chunks in a row that were not worth packing, as in pictures or archives, one in so many is tried.
_DENSE = ((1024, 32), (64, 8))

# A chunk's name and bytes.
Chunk = tuple[bytes, bytes | memoryview]


class Placed(NamedTuple):
    """A chunk in a pack that is still to be indexed."""

    name: bytes
    offset: int
    length: int
    codec: int = PLAIN
    bases: tuple[bytes, ...] = ()


@dataclass(slots=True)
class FilledPack:
    """A pack that was begun, and what lies in it."""

    writer: PackWriter
    placed: list[Placed] = field(default_factory=list)


class Packer:
    """Appends chunks to packs of about ``pack_bytes``.

    Parameters
    ----------
    create : callable
        Begins a pack.
    pack_bytes : int or None
        ``PACK_BYTES`` where None.
    """

    def __init__(self, create: Callable[[], PackWriter], pack_bytes: int | None = None) -> None:
        self._create = create
        self._pack_bytes = pack_bytes or PACK_BYTES
        self._pool: ThreadPoolExecutor | None = None
        # Chunks, and what gives their parts once they are encoded.
        self._begun: deque[tuple[Sequence[Chunk], list[Callable[[], list[Stored]]]]] = deque()
        # Chunks since one was worth packing.
        self._dense = 0
        self.packs: list[FilledPack] = []

    def begin(self, fresh: Sequence[Chunk], most: int) -> None:
        """Let threads encode chunks, and write what was begun before until at most ``most`` lists are under way.

        The chunks' bytes must stay valid until theirs is written.
        """
        self._begun.append((fresh, self._encode(fresh, MappingProxyType({}))))
        self._write_begun(most)

    def catch_up(self) -> None:
        """Write everything that was begun."""
        self._write_begun(0)

    def write(self, fresh: Sequence[Chunk], resembled: Mapping[bytes, tuple[Sequence[bytes], bytes]]) -> list[Stored]:
        """Encode and append chunks after all that was begun before, and return how they are kept.

        Parameters
        ----------
        resembled : mapping
            By the name of a chunk, the names and the contents of those that it may be a patch of.
        """
        self.catch_up()
        return self._append(fresh, self._encode(fresh, resembled))

    def seal(self) -> None:
        """Make everything durable; nothing can be written afterwards."""
        self.catch_up()
        for pack in self.packs[-2:]:
            pack.writer.seal()

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown()

    def _encode(
        self, fresh: Sequence[Chunk], resembled: Mapping[bytes, tuple[Sequence[bytes], bytes]]
    ) -> list[Callable[[], list[Stored]]]:
        tried = next((share for many, share in _DENSE if self._dense >= many), 1)

        def encode_some(some: Sequence[Chunk]) -> list[Stored]:
            return [
                encode(data, resembled.get(name), pack=place % tried == 0) for place, (name, data) in enumerate(some)
            ]

        if tried == _DENSE[0][1] or sum(len(data) for _, data in fresh) < _SHARED_BYTES:
            return [partial(encode_some, fresh)]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(threads(), "encode")
        share = -(-len(fresh) // threads())
        return [
            self._pool.submit(encode_some, list(islice(fresh, at, at + share))).result
            for at in range(0, len(fresh), share)
        ]

    def _write_begun(self, most: int) -> None:
        while len(self._begun) > most:
            self._append(*self._begun.popleft())

    def _append(self, fresh: Sequence[Chunk], parts: Sequence[Callable[[], list[Stored]]]) -> list[Stored]:
        stored = [one for part in parts for one in part()]
        for (name, _), (codec, data, bases) in zip(fresh, stored, strict=True):
            pack = self._pack()
            offset = pack.writer.append(name, data, codec)
            pack.placed.append(Placed(name, offset, len(data), codec, bases))
        plain = [one.codec == PLAIN for one in stored if len(one.data) >= MIN_PACKED]
        self._dense = self._dense + len(plain) if all(plain) else 0
        return stored

    def _pack(self) -> FilledPack:
        if self.packs and self.packs[-1].writer.size < self._pack_bytes:
            return self.packs[-1]
        if len(self.packs) > 1:
            # Not yet the one that was just filled: to wait until it is written would leave the disk idle after it.
            self.packs[-2].writer.seal()
        self.packs.append(FilledPack(self._create()))
        return self.packs[-1]
