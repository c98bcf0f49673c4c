"""A signed picture as PNG: blue against, orange for, white for nothing; told apart by every kind of eye."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from trustlab.stats.arrays import Floats

FOR, AGAINST = (213, 94, 0), (0, 114, 178)  # vermillion and blue of Okabe and Ito
SIDE = 256


def heat_map(values: Floats) -> str:
    """Return a signed matrix as a PNG picture in base64, about 256 pixels wide; the largest size is full colour."""
    import numpy as np

    scale = float(np.abs(values).max()) or 1.0
    strength = np.abs(values)[..., None] / scale
    full = np.where(values[..., None] > 0, np.array(FOR), np.array(AGAINST))
    pixels = (255 + strength * (full - 255)).round().astype(np.uint8)
    times = max(1, SIDE // max(values.shape))
    return base64.b64encode(png(pixels.repeat(times, axis=0).repeat(times, axis=1))).decode("ascii")


def png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Return red, green and blue bytes, shape (height, width, 3), as a PNG file."""
    import numpy as np

    height, width, _ = pixels.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )
