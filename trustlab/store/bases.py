"""Say which chunk of a file's version before each of its new chunks may resemble, so that it can be kept as a patch."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from typing import TYPE_CHECKING

from trustlab.core.errors import DamagedError
from trustlab.store.codec import MOST_BASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from trustlab.store.cutting import Piece
    from trustlab.store.trees import Extent

# Less than this share of a chunk is no good part of it.
_PART = 8
# How far from where it is expected an old border is taken for a new one: a share of the bytes since the last such pair.
_ASTRAY = 32
# A border follows from the bytes before it, so that many borders outlive an edit of the chunks between them.
_TAIL = 64
# After so many edited chunks, if few are as they were, it is worth reading the old ones to know their ends.
_SCATTERED = 8


class Bases:
    """The chunks of a file as it was, walked along with those of the file as it is.

    Where both go on alike is told by chunks that are the same, by chunks that end alike, and between those by how much
    is left of either file.

    Parameters
    ----------
    extents : iterable of (int, Extent)
        Offset and chunk, in the file's order.
    size : int
        Of the file as it is, in bytes; 0 where that is not known.
    read : callable
        Gives the old chunks of these names, in their order.
    """

    def __init__(
        self,
        extents: Iterable[tuple[int, Extent]],
        size: int,
        read: Callable[[Sequence[bytes]], Iterable[bytes | memoryview]],
    ) -> None:
        self._old = list(extents)
        self._old_size = sum(extent.length for _, extent in self._old)
        self._size = size or self._old_size
        self._starts = [start for start, _ in self._old]
        self._where = {extent.name: start for start, extent in self._old}
        self._read = read
        self._edited = 0
        self._matched = 0
        self._resembles = False
        self._learnt = False
        # Where an old chunk ends, by its last bytes; None where several end alike.
        self._ends: dict[bytes, int | None] = {}
        self._at = 0
        # How far the old file is ahead, for bytes were inserted before or removed, at the last place where that is
        # certain.
        self._shift = 0
        self._certain = 0

    def pair(self, pieces: Sequence[Piece]) -> dict[bytes, tuple[bytes, ...]]:
        """Return, by the name of a new chunk, the names of the old ones at its place; pieces come in order."""
        scattered = self._edited >= _SCATTERED and self._edited > self._matched
        if scattered and self._resembles and not self._learnt:
            self._learnt = True
            # What cannot be read has no known end; that it is damaged is for others to say.
            with suppress(DamagedError):
                self._learn_ends()
        pairs: dict[bytes, tuple[bytes, ...]] = {}
        for piece in pieces:
            length = len(piece.data)
            start, self._at = self._at, self._at + length
            if piece.name in self._where:
                self._matched += 1
                self._settle(self._where[piece.name] + length)
                continue
            begin, stop = start + self._expected(start), self._at + self._expected(self._at)
            border = self._end_of(piece)
            if border is not None:
                stop = border
                # The beginning was not where it was expected: another part of the file has begun since.
                if not length / 2 < stop - begin < 2 * length:
                    begin = stop - length
            there = self._between(begin, stop)
            if there:
                pairs[piece.name] = tuple(there)
            if border is not None:
                self._settle(border)
            else:
                self._align()
        return pairs

    def learn(self, kept: int) -> None:
        """Note how many of the chunks just paired are kept as patches: with one, the file was edited, not replaced."""
        self._resembles = self._resembles or kept > 0

    def _end_of(self, piece: Piece) -> int | None:
        """Return where the old chunk ended that ends as this one does, None where there is none or it is not known."""
        self._edited += 1
        return self._ends.get(bytes(piece.data[-_TAIL:]))

    def _learn_ends(self) -> None:
        for (start, extent), data in zip(self._old, self._read([one.name for _, one in self._old]), strict=True):
            tail = bytes(data[-_TAIL:])
            self._ends[tail] = None if tail in self._ends else start + extent.length

    def _expected(self, at: int) -> float:
        rest = max(self._size - self._certain, 1)
        growth = (self._old_size - self._shift - self._size) / rest
        return self._shift + growth * (at - self._certain)

    def _align(self) -> None:
        """Take the new border for an old one where one lies about where it is expected."""
        wanted = self._at + self._expected(self._at)
        number = bisect_right(self._starts, wanted)
        near = self._starts[max(number - 1, 0) : number + 1]
        border = min(near, key=lambda border: abs(border - wanted), default=None)
        if border is not None and abs(border - wanted) * _ASTRAY <= self._at - self._certain:
            self._settle(border)

    def _settle(self, border: int) -> None:
        self._shift, self._certain = border - self._at, self._at

    def _between(self, start: float, stop: float) -> list[bytes]:
        """Return the old chunks of which a good part lies between two offsets."""
        found: list[bytes] = []
        for number in range(max(bisect_right(self._starts, start) - 1, 0), len(self._old)):
            begin, old = self._old[number]
            if begin >= stop or len(found) == MOST_BASES:
                break
            shared = min(stop, begin + old.length) - max(start, begin)
            if shared * _PART >= min(old.length, stop - start):
                found.append(old.name)
        return found
