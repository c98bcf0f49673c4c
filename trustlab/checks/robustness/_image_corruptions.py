"""How images go bad, by the kinds of Hendrycks and Dietterich (2019), at strengths for small images.

Images are float32 of shape (n, height, width, channels), from 0 to 1; so are the corrupted ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness._suite import Corruption

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Images = NDArray[np.float32]

GAUSSIAN = (0.04, 0.08, 0.12, 0.18, 0.26)
PHOTONS = (100, 50, 25, 12, 5)
IMPULSES = (0.01, 0.03, 0.06, 0.12, 0.25)
BLUR = (0.01, 0.02, 0.03, 0.045, 0.07)
BRIGHTER = (0.1, 0.2, 0.3, 0.4, 0.5)
CONTRAST = (0.75, 0.5, 0.35, 0.2, 0.1)
PIXELS = (0.8, 0.6, 0.45, 0.3, 0.2)
JPEG = (50, 30, 18, 10, 6)
FOG = (0.2, 0.35, 0.5, 0.65, 0.8)
DEGREES = (5, 10, 15, 25, 40)
SHIFT = (0.03, 0.06, 0.1, 0.15, 0.25)


def image_suite(rng: np.random.Generator) -> dict[str, Corruption]:
    """Return the corruptions of images."""
    bad = _Bad(rng)
    return {
        "gaussian_noise": Corruption(f"gaussian noise: standard deviation {_list(GAUSSIAN)}", bad.gaussian_noise),
        "shot_noise": Corruption(f"shot noise: {_list(PHOTONS)} photons at full brightness", bad.shot_noise),
        "impulse_noise": Corruption(f"black or white pixels: a share of {_list(IMPULSES)}", bad.impulse_noise),
        "blur": Corruption(f"gaussian blur: radius {_list(BLUR)} of the side", bad.blur),
        "brightness": Corruption(f"brightness: {_list(BRIGHTER)} added", bad.brightness),
        "darkness": Corruption(f"darkness: {_list(BRIGHTER)} taken away", bad.darkness),
        "contrast": Corruption(f"low contrast: times {_list(CONTRAST)} about the mean", bad.contrast),
        "pixelate": Corruption(f"coarse pixels: sides times {_list(PIXELS)}", bad.pixelate),
        "jpeg": Corruption(f"JPEG: quality {_list(JPEG)}", bad.jpeg),
        "fog": Corruption(f"fog: a share of {_list(FOG)} in clouds", bad.fog),
        "rotation": Corruption(f"rotation: {_list(DEGREES)} degrees either way", bad.rotation),
        "translation": Corruption(f"shift: by {_list(SHIFT)} of the side", bad.translation),
    }


def _list(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


@dataclass(frozen=True)
class _Bad:
    """Makes bad images of good ones; every method returns them at five severities, or None."""

    rng: np.random.Generator

    def gaussian_noise(self, images: Images) -> list[Images]:
        """Add noise that does not depend on the image."""
        draw = self.rng.standard_normal(images.shape)
        return [_clipped(images + size * draw) for size in GAUSSIAN]

    def shot_noise(self, images: Images) -> list[Images]:
        """Count photons: bright places are noisier."""
        return [_clipped(self.rng.poisson(images * count) / count) for count in PHOTONS]

    def impulse_noise(self, images: Images) -> list[Images]:
        """Make pixels black or white."""
        import numpy as np

        hit = self.rng.random(images.shape[:3])[..., None]
        extreme = self.rng.integers(0, 2, images.shape[:3])[..., None]
        return [_clipped(np.where(hit < share, extreme, images)) for share in IMPULSES]

    def blur(self, images: Images) -> list[Images]:
        """Blur within the image."""
        from scipy.ndimage import gaussian_filter

        side = max(images.shape[1:3])
        return [_clipped(gaussian_filter(images, (0, size * side, size * side, 0), mode="nearest")) for size in BLUR]

    def brightness(self, images: Images) -> list[Images]:
        """Add light."""
        return [_clipped(images + more) for more in BRIGHTER]

    def darkness(self, images: Images) -> list[Images]:
        """Take light away."""
        return [_clipped(images - less) for less in BRIGHTER]

    def contrast(self, images: Images) -> list[Images]:
        """Bring pixels nearer to the image's mean."""
        middle = images.mean(axis=(1, 2), keepdims=True)
        return [_clipped((images - middle) * times + middle) for times in CONTRAST]

    def pixelate(self, images: Images) -> list[Images]:
        """Replace blocks by their mean."""
        return [_clipped(_blocks(_blocks(images, size, 1), size, 2)) for size in PIXELS]

    def jpeg(self, images: Images) -> list[Images] | None:
        """Store as JPEG and read back."""
        import numpy as np

        if images.shape[3] not in {1, 3}:
            return None
        bytes_ = np.round(images * 255).astype(np.uint8)
        return [_clipped(np.stack([_through_jpeg(image, quality) for image in bytes_])) for quality in JPEG]

    def fog(self, images: Images) -> list[Images]:
        """Mix with clouds: noise at every scale, the coarse strongest."""
        n, height, width, _ = images.shape
        clouds = _clouds(n, height, width, self.rng)[..., None]
        return [_clipped(images * (1 - share) + share * (0.4 + 0.6 * clouds)) for share in FOG]

    def rotation(self, images: Images) -> list[Images]:
        """Turn, half of the images each way; the edge is repeated outward."""
        import numpy as np
        from scipy.ndimage import rotate

        left = self.rng.random(len(images)) < 0.5
        made = []
        for angle in DEGREES:
            turned = np.empty_like(images)
            for side, sign in ((left, 1), (~left, -1)):
                if side.any():
                    turned[side] = rotate(
                        images[side], sign * angle, axes=(1, 2), reshape=False, order=1, mode="nearest"
                    )
            made.append(_clipped(turned))
        return made

    def translation(self, images: Images) -> list[Images]:
        """Shift in one of four directions; the edge is repeated outward."""
        import numpy as np

        n, height, width, _ = images.shape
        way = self.rng.integers(0, 4, n)
        made = []
        for share in SHIFT:
            down = np.where(way < 2, np.round(share * height) * (1 - 2 * (way % 2)), 0)
            across = np.where(way >= 2, np.round(share * width) * (1 - 2 * (way % 2)), 0)
            rows = np.clip(np.arange(height) - down[:, None], 0, height - 1).astype(int)
            columns = np.clip(np.arange(width) - across[:, None], 0, width - 1).astype(int)
            made.append(images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]])
        return made


def _clipped(images: Any) -> Images:
    import numpy as np

    return np.asarray(np.clip(images, 0, 1), dtype=np.float32)


def _blocks(images: Images, size: float, axis: int) -> Images:
    """Return the images with runs of pixels along an axis replaced by their mean."""
    import numpy as np

    length = images.shape[axis]
    count = max(int(np.ceil(length * size)), 1)
    block = np.arange(length) * count // length
    starts = np.flatnonzero(np.r_[True, np.diff(block) > 0])
    sums = np.add.reduceat(images, starts, axis=axis)
    shape = [1] * images.ndim
    shape[axis] = -1
    means = sums / np.diff(np.r_[starts, length]).reshape(shape)
    return np.asarray(np.take(means, np.searchsorted(starts, np.arange(length), "right") - 1, axis=axis))


def _through_jpeg(image: Any, quality: int) -> Any:
    import io

    import numpy as np
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as back:
        return np.asarray(back, dtype=np.float32).reshape(image.shape) / 255


def _clouds(n: int, height: int, width: int, rng: np.random.Generator) -> Any:
    """Return smooth noise from 0 to 1, shape (n, height, width)."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    total = np.zeros((n, height, width))
    for scale, weight in ((0.3, 1.0), (0.12, 0.5), (0.05, 0.25)):
        size = scale * max(height, width)
        one = gaussian_filter(rng.standard_normal((n, height, width)), (0, size, size), mode="wrap")
        total += weight * one / (one.std() or 1.0)
    low, high = total.min(axis=(1, 2), keepdims=True), total.max(axis=(1, 2), keepdims=True)
    return (total - low) / np.where(high > low, high - low, 1.0)
