"""Small images side by side, as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.views import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 72  # pixels of a shown image's longer side
COLUMNS = 8
GAP = 2


def sheet(images: NDArray[np.float32], name: str, title: str, alt: str, caption: str) -> Image:
    """Return images of shape (n, h, w, c) from 0 to 1 as rows of eight."""
    import base64
    import io

    import numpy as np
    from PIL import Image as Picture

    n, height, width = images.shape[:3]
    scale = SIDE / max(height, width)
    h, w = max(1, round(height * scale)), max(1, round(width * scale))
    lines = -(-n // COLUMNS)
    canvas = Picture.new("RGB", (COLUMNS * (w + GAP), lines * (h + GAP)), "white")
    for at, image in enumerate(images):
        colour = image[..., :3] if image.shape[2] >= 3 else image[..., :1].repeat(3, axis=2)
        small = Picture.fromarray(np.rint(colour.clip(0, 1) * 255).astype(np.uint8)).resize((w, h))
        canvas.paste(small, (at % COLUMNS * (w + GAP), at // COLUMNS * (h + GAP)))
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG", optimize=True)
    return Image(name=name, title=title, png=base64.b64encode(buffer.getvalue()).decode(), alt=alt, caption=caption)
