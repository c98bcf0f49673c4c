"""Properties of images against counts by hand, and copies that were made on purpose."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from trustlab.stats import pictures

RNG = np.random.default_rng(1)


def scenes(n: int, side: int = 24, channels: int = 3) -> np.ndarray:
    """Return smooth random images, as photographs are."""
    coarse = RNG.random((n, 4, 4, channels)).astype(np.float32)
    return np.stack([np.asarray(resized(one, side)) for one in coarse])


def resized(image: np.ndarray, side: int) -> np.ndarray:
    planes = [Image.fromarray(plane) for plane in np.moveaxis(image, -1, 0)]
    wide = [np.asarray(plane.resize((side, side), Image.Resampling.BICUBIC)) for plane in planes]
    return np.stack(wide, axis=2).clip(0, 1)


def test_properties_are_those_of_pillow() -> None:
    bytes_ = (scenes(6) * 255).round().astype(np.uint8)
    found = pictures.properties((bytes_ / 255).astype(np.float32))
    for at, image in enumerate(bytes_):
        grey = np.asarray(Image.fromarray(image).convert("L")).astype(float) / 255
        assert found["brightness"][at] == pytest.approx(grey.mean(), abs=0.004)
        assert found["contrast"][at] == pytest.approx(grey.std(), abs=0.004)
        assert found["red"][at] == pytest.approx(image[..., 0].sum() / image.sum())
    assert found["red"] + found["green"] + found["blue"] == pytest.approx(1)


def test_blur_lowers_sharpness_and_black_has_a_third_of_each_colour() -> None:
    noise = RNG.integers(0, 255, (32, 32, 3), dtype=np.uint8)
    blurred = np.asarray(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(2)))
    found = pictures.properties(np.stack([noise, blurred, noise * 0]).astype(np.float32) / 255)
    assert found["sharpness"][0] > 3 * found["sharpness"][1] > found["sharpness"][2] == 0
    assert found["red"][2] == pytest.approx(1 / 3)
    by_hand = pictures.properties(np.array([[[0, 0, 0], [0, 1, 0], [0, 0, 0]]], np.float32)[..., None])
    assert by_hand["sharpness"][0] == pytest.approx(np.std([0, 1, 0, 1, -4, 1, 0, 1, 0]))
    assert set(by_hand) == {"brightness", "contrast", "sharpness"}


def test_pooling_is_the_mean_of_cells() -> None:
    image = RNG.random((2, 6, 9, 2)).astype(np.float32)
    found = pictures.pooled(image, 3, 3)
    np.testing.assert_allclose(found[1, 2, 0], image[1, 4:6, 0:3].mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(pictures.pooled(image, 6, 9), image, rtol=1e-5)


def test_copies_are_found_and_others_are_not() -> None:
    images = scenes(40)
    jpeg = []
    for image in images[:10]:
        buffer = io.BytesIO()
        Image.fromarray((image * 255).astype(np.uint8)).save(buffer, "JPEG", quality=80)
        jpeg.append(np.asarray(Image.open(buffer)) / np.float32(255))
    brighter = images[10:20] * 0.9 + 0.05
    group = pictures.copies(np.concatenate([images, np.stack(jpeg), brighter, images[20:22]]).astype(np.float32))
    assert (group[:40] == np.arange(40)).all()
    assert (group[40:50] == np.arange(10)).sum() >= 9
    assert (group[50:60] == np.arange(10, 20)).sum() >= 9
    np.testing.assert_array_equal(group[60:], [20, 21])


def test_constant_images_are_copies_where_their_value_is_the_same() -> None:
    flat = np.stack([np.full((8, 8, 1), value, np.float32) for value in (0.1, 0.9, 0.1)])
    assert pictures.constant(flat).all()
    np.testing.assert_array_equal(pictures.copies(flat), [0, 1, 0])
    assert not pictures.constant(scenes(2)).any()
