"""What a job's process and the server say to each other: frames of JSON, each with its length before it."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    import socket

_LENGTH = struct.Struct(">Q")


def encoded(data: Any) -> bytes:
    """Return JSON as bytes; half a surrogate pair, which UTF-8 lacks, is spelled out as JSON does."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")


def framed(body: bytes) -> bytes:
    """Return the bytes of one frame."""
    return _LENGTH.pack(len(body)) + body


async def received(stream: asyncio.StreamReader) -> bytes | None:
    """Return the body of the next frame, None where the other side has gone."""
    import asyncio

    try:
        (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
        return await stream.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def receive(connection: socket.socket) -> bytes:
    """Return the body of the next frame, waiting for it; EOFError where the other side has gone."""
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    return _exactly(connection, length)


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts = []
    while count:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
