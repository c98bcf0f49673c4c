"""Images as rows of a data set: arrays of pixels in any layout, seen as numbers from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

Layout = Literal["hw", "hwc", "chw"]

COLUMN = "image"
CHANNELS = (1, 3, 4)  # grey, colour, colour with transparency
BYTE = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """The images of a data set, once each; a column of its frame says which of them a row holds.

    Parameters
    ----------
    pixels : numpy.ndarray of shape (m, h, w, c)
        As they came, in whatever unit.
    column : str
        The frame's column that names a row's image.
    places : mapping or None
        Where each name of the column stands in ``pixels``; None where the column holds the places themselves.
    layout : {'hw', 'hwc', 'chw'}
        How one image was laid out where it came from, and is handed to a model that is no torch module.
    offset, scale : float
        A pixel is ``(value - offset) / scale`` in 0 to 1.
    decoded : bool
        Whether the pixels were read from image files: models then expect 0 to 1, else the values as they came.
    """

    pixels: NDArray[Any]
    column: str = COLUMN
    places: Mapping[Any, int] | None = None
    layout: Layout = "hwc"
    offset: float = 0.0
    scale: float = 1.0
    decoded: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        height, width, channels = self.pixels.shape[1:]
        return height, width, channels

    def of(self, names: Any) -> NDArray[np.float32]:
        """Return the images that a column names, float32 of shape (n, h, w, c), from 0 to 1."""
        import numpy as np

        found = [self.places[name] for name in names] if self.places is not None else list(names)
        chosen = self.pixels[np.asarray(found, dtype=np.intp)].astype(np.float32)
        chosen -= np.float32(self.offset)
        chosen /= np.float32(self.scale)
        return chosen

    def as_given(self, images: Any) -> NDArray[Any]:
        """Return images of shape (n, h, w, c) from 0 to 1 in the values that the caller's own images had."""
        import numpy as np

        values = np.asarray(images, dtype=np.float32)
        if self.decoded:
            return values
        values = values * np.float32(self.scale) + np.float32(self.offset)
        return np.rint(values).astype(self.pixels.dtype) if self.pixels.dtype.kind in "iu" else values


def images_of(array: NDArray[Any], parameter: str = "data") -> Images:
    """Return the images that an array holds, of shape (n, h, w), (n, h, w, c) or (n, c, h, w).

    Parameters
    ----------
    array : numpy.ndarray
        Whole numbers up to 255, or numbers from 0 to 1; any other range is stretched to 0 to 1.
    parameter : str
        The parameter's name, for the messages.

    Raises
    ------
    InputError
        Where the shape is none of those, or a pixel is no finite number.
    """
    import numpy as np

    if array.dtype.kind not in "biuf":
        raise InputError(f"{parameter}: images must be arrays of numbers; got {array.dtype}")
    if array.size == 0:
        raise InputError(f"{parameter} must have at least one image with pixels; got shape {array.shape}")
    layout = layout_of(array.shape, parameter)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            odd = int((~np.isfinite(array)).reshape(len(array), -1).any(axis=1).sum())
            raise InputError(
                f"{parameter}: every pixel must be a finite number; {odd:,} of {len(array):,} images have others",
                hint="Leave those images out, or fill the pixels: numpy.nan_to_num(X)",
            )
    elif array.dtype.kind == "b":
        array = array.astype(np.uint8)
    pixels = {"hw": array[..., None] if array.ndim == 3 else array, "hwc": array}.get(
        layout, np.moveaxis(array, 1, -1) if array.ndim == 4 else array
    )
    offset, scale = _range_of(array)
    return Images(pixels=pixels, layout=layout, offset=offset, scale=scale)


def layout_of(shape: tuple[int, ...], parameter: str = "data") -> Layout:
    """Tell how images are laid out by their array's shape; where both ends could be channels, as torch has it."""
    if len(shape) == 3:
        return "hw"
    if len(shape) == 4 and shape[1] in CHANNELS:
        return "chw"
    if len(shape) == 4 and shape[3] in CHANNELS:
        return "hwc"
    raise InputError(
        f"{parameter}: images must have shape (n, h, w), (n, h, w, c) or (n, c, h, w) with 1, 3 or 4 channels; "
        f"got {shape}",
        hint="Give a table of numbers as an array of two dimensions.",
    )


def _range_of(array: NDArray[Any]) -> tuple[float, float]:
    """Return offset and scale by which pixels lie in 0 to 1."""
    low, high = float(array.min()), float(array.max())
    if array.dtype.name == "uint8" and high > 1:
        return 0.0, float(BYTE)
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= 0 and BYTE / 2 < high <= BYTE:
        return 0.0, float(BYTE)
    low = min(low, 0.0)
    return low, (high - low) or 1.0
