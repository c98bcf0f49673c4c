"""Properties of whole images, and which of them are copies of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trustlab.stats.arrays import Bools, Floats, Ints

    Images = NDArray[np.float32]

CHUNK = 512  # images at a time: bounds memory
WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue in luminance, ITU-R BT.601
CELLS = 8  # of the hash, on a side
HEADS = 32
ALIKE = 0.99  # correlation of pixels from which two images with one hash are copies
COLOURS = ("red", "green", "blue")


def luminance(images: Images) -> NDArray[np.float32]:
    """Return images of shape (n, h, w, c) as grey ones, shape (n, h, w); of four channels the first three count."""
    if images.shape[3] < len(WEIGHTS):
        mean: NDArray[np.float32] = images.mean(axis=3, dtype=np.float32)
        return mean
    grey: NDArray[np.float32] = images[..., : len(WEIGHTS)] @ np.array(WEIGHTS, np.float32)
    return grey


def properties(images: Images) -> dict[str, Floats]:
    """Return figures of each image, by name, each of shape (n,).

    Brightness is the mean luminance, contrast its standard deviation, sharpness the standard deviation of its
    Laplacian, and red, green and blue the channel's share of all light (of colour images; a third each where black).

    Parameters
    ----------
    images : numpy.ndarray of float, shape (n, h, w, c)
        From 0 to 1.

    References
    ----------
    Pech-Pacheco, Cristóbal, Chamorro-Martínez and Fernández-Valdivia (2000). Diatom autofocusing in brightfield
    microscopy: a comparative study. ICPR: the variance of the Laplacian.
    """
    parts = [_properties(images[start : start + CHUNK]) for start in range(0, max(len(images), 1), CHUNK)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _properties(images: Images) -> dict[str, Floats]:
    grey = luminance(images).astype(np.float64)
    found = {"brightness": grey.mean(axis=(1, 2)), "contrast": grey.std(axis=(1, 2)), "sharpness": _sharpness(grey)}
    if images.shape[3] >= len(COLOURS):
        light = images[..., : len(COLOURS)].mean(axis=(1, 2), dtype=np.float64)
        total = light.sum(axis=1)
        for at, name in enumerate(COLOURS):
            found[name] = np.divide(light[:, at], total, out=np.full(len(light), 1 / len(COLOURS)), where=total > 0)
    return found


def _sharpness(grey: Floats) -> Floats:
    padded = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    edges: Floats = (around - 4 * grey).std(axis=(1, 2))
    return edges


def constant(images: Images) -> Bools:
    """Return which images have a single value in every channel, shape (n,)."""
    found: Bools = (images.max(axis=(1, 2)) == images.min(axis=(1, 2))).all(axis=1)
    return found


def pooled(images: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Return images of shape (n, h, w, ...) as means over a grid of ``rows`` times ``columns`` cells.

    Where an image is smaller than the grid, a cell is a pixel, and pixels are repeated.
    """
    for axis, cells in ((1, rows), (2, columns)):
        size = images.shape[axis]
        starts = np.arange(cells) * size // cells
        ends = np.maximum(np.ceil(np.arange(1, cells + 1) * size / cells).astype(int), starts + 1)
        sums = np.insert(np.cumsum(images, axis=axis, dtype=np.float64), 0, 0, axis=axis)
        shape = [1] * images.ndim
        shape[axis] = cells
        images = ((sums.take(ends, axis) - sums.take(starts, axis)) / (ends - starts).reshape(shape)).astype(np.float32)
    return images


def difference_hash(images: Images) -> NDArray[np.uint32]:
    """Return four hashes of 32 bits for each image, shape (n, 4): which of 8 x 9 cells is brighter than its neighbour.

    Two of the bits to the right, of the upper and the lower half, and two of those downward. Copies that were resized,
    brightened or compressed again mostly keep at least one of the four; different images may share one.

    References
    ----------
    Krawetz (2013). Kind of like that. The Hacker Factor Blog: the difference hash.
    """
    found = []
    for start in range(0, max(len(images), 1), CHUNK):
        grey = luminance(images[start : start + CHUNK])
        right = pooled(grey, CELLS, CELLS + 1).round(3)
        down = pooled(grey, CELLS + 1, CELLS).round(3)
        bits = np.stack([right[:, :, :-1] > right[:, :, 1:], down[:, :-1] > down[:, 1:]], axis=1)
        found.append(np.packbits(bits.reshape(len(grey), -1), axis=1).view(">u4").astype(np.uint32))
    return np.concatenate(found)


def copies(images: Images) -> Ints:
    """Return a number for each image, the same for copies of one: a shared hash, and pixels that correlate at 0.99.

    Images of a single value are copies where the value is the same. The number is that of the first of the copies.
    Of images that share a hash, each is compared with the first 32 that differ: more are alike in kind.
    """
    hashes = difference_hash(images)
    flat = constant(images)
    group = np.arange(len(images))
    for hashed in hashes.T:
        order = np.argsort(hashed, kind="stable")
        bounds = np.flatnonzero(np.diff(hashed[order])) + 1
        starts, ends = np.r_[0, bounds], np.r_[bounds, len(order)]
        for at in np.flatnonzero(ends - starts > 1):
            _match(images, flat, group, order[starts[at] : ends[at]])
    return group


def _match(images: Images, flat: Bools, group: Ints, bucket: Ints) -> None:
    """Give the copies in a bucket, in rising order, the number of the first of them."""
    waiting = bucket[group[bucket] == bucket]
    for _ in range(HEADS):
        if len(waiting) < 2:
            return
        first, others = waiting[0], waiting[1:]
        same = _alike(images[first], images[others], flat[first], flat[others])
        for other in others[same]:
            group[group == other] = first
        waiting = others[~same]


def _alike(one: NDArray[np.float32], others: Images, flat: np.bool_, others_flat: Bools) -> Bools:
    if flat:
        level: Bools = np.abs(others.mean(axis=(1, 2)) - one.mean(axis=(0, 1))).max(axis=1) < 1 / 512
        return others_flat & level
    a = one.reshape(-1).astype(np.float64)
    b = others.reshape(len(others), -1).astype(np.float64)
    a, b = a - a.mean(), b - b.mean(axis=1, keepdims=True)
    size = np.sqrt((a @ a) * (b * b).sum(axis=1))
    found: Bools = np.divide(b @ a, size, out=np.zeros(len(b)), where=size > 0) >= ALIKE
    return found
