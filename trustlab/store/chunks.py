"""Cut bytes into content-defined chunks, so that an edit changes only the chunks around it; name each by BLAKE3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3

if TYPE_CHECKING:
    from pyfastcdc import FastCDC

MIN_CHUNK = 32 * 1024
AVERAGE_CHUNK = 64 * 1024
MAX_CHUNK = 256 * 1024
NAME_BYTES = 32


def name_of(data: bytes | bytearray | memoryview) -> bytes:
    """Return the BLAKE3 name of ``data``: 32 bytes.

    Parameters
    ----------
    data : bytes-like
        What the name stands for.
    """
    return blake3(data).digest()


def chunker() -> FastCDC:
    """Return what finds the borders of chunks; one object must not serve two threads at once.

    Chunks have ``MIN_CHUNK`` to ``MAX_CHUNK`` bytes, the last of a content may be shorter. A content of up to
    ``AVERAGE_CHUNK`` bytes is one chunk and is not cut.

    References
    ----------
    Xia et al., The design of fast content-defined chunking for data deduplication based storage systems, IEEE TPDS
    31 (9), 2020.
    """
    from pyfastcdc import FastCDC

    return FastCDC(AVERAGE_CHUNK, min_size=MIN_CHUNK, max_size=MAX_CHUNK)
