"""Cut bytes into content-defined chunks, so that an edit changes only the chunks around it; name each by BLAKE3."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_CHUNK = 32 * 1024
AVERAGE_CHUNK = 64 * 1024
MAX_CHUNK = 256 * 1024
NAME_BYTES = 32

_WINDOW = 8 * 1024 * 1024


def name_of(data: bytes | bytearray | memoryview) -> bytes:
    """Return the BLAKE3 name of ``data``: 32 bytes.

    Parameters
    ----------
    data : bytes-like
        What the name stands for.
    """
    return blake3(data).digest()


def split(stream: BinaryIO) -> Iterator[memoryview]:
    """Cut a stream into chunks whose borders depend on the content only.

    Parameters
    ----------
    stream : binary file
        Read to its end in windows, so that memory stays bounded whatever its length.

    Yields
    ------
    memoryview
        The next chunk, ``MIN_CHUNK`` to ``MAX_CHUNK`` bytes (the last may be shorter); valid until the next one is
        asked for. Up to ``AVERAGE_CHUNK`` bytes in all are one chunk; an empty stream has none.

    References
    ----------
    Xia et al., FastCDC: a fast and efficient content-defined chunking approach, USENIX ATC 2016.
    """
    first = _read(stream, AVERAGE_CHUNK + 1)
    if not first:
        return
    if len(first) <= AVERAGE_CHUNK:
        yield memoryview(first)
        return
    yield from _windows(first, stream)


def _read(stream: BinaryIO, size: int) -> bytes:
    """Return ``size`` bytes, fewer only at the end: an unbuffered stream may give fewer at any time."""
    data = stream.read(size)
    while data and len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data


def _windows(carry: bytes, stream: BinaryIO) -> Iterator[memoryview]:
    from pyfastcdc import FastCDC

    chunker = FastCDC(AVERAGE_CHUNK, min_size=MIN_CHUNK, max_size=MAX_CHUNK)
    ended = False
    while not ended:
        block = stream.read(_WINDOW)
        ended = not block
        window = memoryview(carry + block)
        done = 0
        for cut in chunker.cut_buf(window):
            # A border found with less than MAX_CHUNK ahead may be the window's end, not the content's.
            if not ended and len(window) - cut.offset < MAX_CHUNK:
                break
            yield window[cut.offset : cut.offset + cut.length]
            done = cut.offset + cut.length
        carry = bytes(window[done:])
