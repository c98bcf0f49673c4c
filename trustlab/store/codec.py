"""How a chunk lies in a pack: as it is, compressed, or as a patch of the chunk that it replaced.

An edit that touches one row in a hundred, anywhere, changes every chunk of a table a little. Such a chunk is kept as
what differs from those that stood there in the version before, one to three, as an edit may also move the borders
between them. A patch's bases are never patches themselves, so that reading takes four chunks at most.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from trustlab.store.chunks import NAME_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor

PLAIN, PACKED, PATCH = 0, 1, 2

# Below this a chunk is not worth the work.
MIN_PACKED = 4096
# What must be saved at least for a chunk to be compressed, and for a patch to be kept in place of the chunk.
_WORTH = 0.9
_PATCH_WORTH = 0.5
_LEVEL = 1
_PATCH_LEVEL = 3
# Far above any chunk, list or leaf: a damaged length must not ask for all memory.
_MOST_BYTES = 64 * 1024 * 1024
MOST_BASES = 3

_local = threading.local()


class Stored(NamedTuple):
    """A chunk's bytes in a pack."""

    codec: int
    data: bytes | memoryview
    bases: tuple[bytes, ...] = ()


def encode(data: bytes | memoryview, base: tuple[Sequence[bytes], bytes] | None = None, *, pack: bool = True) -> Stored:
    """Return the shortest of the forms worth having.

    Parameters
    ----------
    data : bytes-like
        The chunk.
    base : (sequence of bytes, bytes) or None
        The names of at most ``MOST_BASES`` chunks that it may resemble, none of them kept as a patch, and their
        contents, one after the other.
    pack : bool
        Whether to try to compress it, where no patch is worth keeping.
    """
    if len(data) < MIN_PACKED:
        return Stored(PLAIN, data)
    if base is not None:
        patch = _patcher(base[1]).compress(data)
        if len(patch) < _PATCH_WORTH * len(data):
            return Stored(PATCH, b"".join([bytes([len(base[0])]), *base[0], patch]), tuple(base[0]))
    if not pack:
        return Stored(PLAIN, data)
    packed = _compressor().compress(data)
    return Stored(PACKED, packed) if len(packed) < _WORTH * len(data) else Stored(PLAIN, data)


def decode(
    codec: int, data: bytes | memoryview, bases: Mapping[bytes, bytes | memoryview]
) -> bytes | memoryview | None:
    """Return a chunk's content, None where the bytes are damaged or a base is lacking.

    Parameters
    ----------
    bases : mapping of bytes to bytes-like
        Contents by name, the patch's bases among them.
    """
    import zstandard

    if codec == PLAIN:
        return data
    try:
        if codec == PACKED:
            return _expand(_decompressor(), data)
        names, patch = _split_patch(data) if codec == PATCH else ((), b"")
        if not names or not all(name in bases for name in names):
            return None
        base = b"".join(bases[name] for name in names)
        return _expand(zstandard.ZstdDecompressor(dict_data=_dictionary(base)), patch)
    except zstandard.ZstdError:
        return None


def _split_patch(data: bytes | memoryview) -> tuple[tuple[bytes, ...], bytes | memoryview]:
    count = data[0] if len(data) else 0
    end = 1 + count * NAME_BYTES
    return tuple(bytes(data[at : at + NAME_BYTES]) for at in range(1, end, NAME_BYTES)), data[end:]


def _expand(decompressor: ZstdDecompressor, data: bytes | memoryview) -> bytes | None:
    import zstandard

    size = zstandard.frame_content_size(data)
    return decompressor.decompress(data) if 0 <= size <= _MOST_BYTES else None


def _dictionary(base: bytes) -> ZstdCompressionDict:
    import zstandard

    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _patcher(base: bytes) -> ZstdCompressor:
    import zstandard

    return zstandard.ZstdCompressor(level=_PATCH_LEVEL, dict_data=_dictionary(base))


def _compressor() -> ZstdCompressor:
    """Return this thread's compressor: making one costs more than using it."""
    import zstandard

    if not hasattr(_local, "compressor"):
        _local.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    found: ZstdCompressor = _local.compressor
    return found


def _decompressor() -> ZstdDecompressor:
    import zstandard

    if not hasattr(_local, "decompressor"):
        _local.decompressor = zstandard.ZstdDecompressor()
    found: ZstdDecompressor = _local.decompressor
    return found
