from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import rotate

from trustlab.checks.robustness._image_corruptions import BRIGHTER, CONTRAST, FOG, GAUSSIAN, IMPULSES, image_suite
from trustlab.checks.robustness.image_corruptions import image_corruptions
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject

SIDE = 16


def images(n=60, channels=3):
    rng = np.random.default_rng(0)
    return rng.uniform(0.3, 0.7, (n, SIDE, SIDE, channels)).astype(np.float32)


def made(name, pictures):
    return image_suite(np.random.default_rng(1))[name].make(pictures)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", list(image_suite(np.random.default_rng(0))))
def test_images_stay_images_and_get_worse(name, channels):
    pictures = images(channels=channels)
    before = pictures.copy()
    bad = made(name, pictures)
    assert (pictures == before).all()
    assert len(bad) == 5
    far = []
    for one in bad:
        assert one.shape == pictures.shape
        assert one.dtype == np.float32
        assert 0 <= one.min() <= one.max() <= 1
        far.append(float(np.abs(one - pictures).mean()))
    # what turned or shifted noise differs from it by is the same at every angle
    slack = 0.02 if name in {"rotation", "translation"} else 1e-4
    assert all(later >= earlier - slack for earlier, later in pairwise(far)), far
    assert far[-1] > 0.02


def test_sizes_are_as_told():
    grey = np.full((400, SIDE, SIDE, 1), 0.5, dtype=np.float32)
    assert [one.std() for one in made("gaussian_noise", grey)[:3]] == pytest.approx(GAUSSIAN[:3], rel=0.02)
    assert [(one != 0.5).mean() for one in made("impulse_noise", grey)] == pytest.approx(IMPULSES, rel=0.05)
    assert [float(one.mean()) - 0.5 for one in made("brightness", grey)] == pytest.approx(BRIGHTER, abs=1e-6)
    assert [0.5 - float(one.mean()) for one in made("darkness", grey)] == pytest.approx(BRIGHTER, abs=1e-6)
    pictures = images()
    spread = pictures.std(axis=(1, 2))
    assert [(one.std(axis=(1, 2)) / spread).mean() for one in made("contrast", pictures)] == pytest.approx(CONTRAST)
    assert (made("fog", pictures)[0].std(axis=(1, 2)) / spread).mean() > 1 - FOG[0] - 0.05


def test_blocks_have_one_colour_and_keep_the_mean():
    pictures = images()
    coarse = made("pixelate", pictures)[-1]
    assert len(np.unique(coarse[0, :, :, 0])) == 4 * 4
    assert coarse.mean(axis=(1, 2)) == pytest.approx(pictures.mean(axis=(1, 2)), abs=0.01)


def test_turns_and_shifts_are_those_of_scipy_and_numpy():
    pictures = images(8)
    angle = 40
    turned = made("rotation", pictures)[-1]
    for before, after in zip(pictures, turned, strict=True):
        ways = [rotate(before, way, axes=(0, 1), reshape=False, order=1, mode="nearest") for way in (angle, -angle)]
        assert min(np.abs(after - way).max() for way in ways) < 1e-5
    shifted = made("translation", pictures)[-1]
    by = 4
    for before, after in zip(pictures, shifted, strict=True):
        inner = slice(by, -by)
        ways = [np.roll(before, way * by, axis) for way in (1, -1) for axis in (0, 1)]
        assert min(np.abs(after[inner, inner] - way[inner, inner]).max() for way in ways) == 0


def test_a_brightness_rule_falls_by_brightness_not_by_turning():
    rng = np.random.default_rng(0)
    bright = rng.integers(0, 2, 120)
    pictures = (0.4 + 0.2 * bright[:, None, None, None] + rng.uniform(-0.05, 0.05, (120, SIDE, SIDE, 1))).astype(
        np.float32
    )
    model = as_predictor(lambda rows: (np.asarray(rows).mean(axis=(1, 2, 3)) > 0.5).astype(int), task="binary")
    subject = Subject.load(model=model, data=pictures, target=bright, context=Context())
    result = evaluate(image_corruptions, {"subject": subject}, Context())
    assert result.status == "pass", result.reason
    found = {row[0]: row[1:] for row in result.view("drop").rows}
    assert found["brightness"][-1] == pytest.approx((bright == 0).mean(), abs=0.02)
    assert found["darkness"][-1] == pytest.approx((bright == 1).mean(), abs=0.02)
    assert found["rotation"] == (0, 0, 0, 0, 0)
    assert found["contrast"] == (0, 0, 0, 0, 0)
    assert "brightness" in result.reason or "darkness" in result.reason
