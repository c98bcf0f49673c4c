"""Constant and copied images, and properties that give the label away or moved since training."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.result import Result


def made(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return noise in which the label is a lying or a standing bar: alike in every property of the whole."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = rng.integers(0, 100, (n, 12, 12))
    for image, label, place in zip(X, y, rng.integers(2, 10, n), strict=True):
        (image.T if label else image)[place] += 120
    return X.astype(np.uint8), y


def check(X: Any, y: Any, **named: Any) -> Result:
    context = Context(progress=False)
    return run("quality.image_properties", {"data": X, "target": y, **named}, context).results[0]


def test_clean_images_pass() -> None:
    found = [check(*made(200, seed), train=made(200, seed + 100)).status for seed in range(20)]
    assert found.count("pass") >= 19


def test_constant_images_and_copies_are_found() -> None:
    X, y = made(100)
    X[7], X[50] = 9, X[3]
    result = check(X, y)
    assert result.status == "warn"
    assert result.value == pytest.approx(2 / 100)
    assert "1 image is of a single value" in str(result.reason)
    assert "1 image of 100 is a copy of another" in str(result.reason)
    assert [row[:3] for row in result.view("rows").rows] == [(7, "7", "of a single value"), (50, "50", "a copy")]
    assert result.view("copies").to_dict()["png"]


def test_images_of_training_fail_and_a_split_does_not() -> None:
    X, y = made(300)
    both = check(X[:150], y[:150], train=(X[120:], y[120:]))
    assert both.status == "fail"
    assert "30 images of 150 are in the training data too" in str(both.reason)
    assert check(X[:150], y[:150], train=(X[150:], y[150:])).status == "pass"


@pytest.mark.parametrize("seed", range(5))
def test_a_property_that_gives_the_label_away(seed: int) -> None:
    X, y = made(200, seed)
    X[y == 1] = X[y == 1] // 2 + 100
    result = check(X, y)
    assert result.status == "warn"
    assert "rightness alone tells target" in str(result.reason)
    assert "Brightness has" not in str(result.reason)


def test_light_that_changed_since_training() -> None:
    X, y = made(200)
    brighter = (X // 2 + 110).astype(np.uint8)
    result = check(brighter, y, train=made(200, 9))
    assert result.status == "warn"
    assert "Brightness has moved since training" in str(result.reason)


def test_what_groups_share_is_shown() -> None:
    X, y = made(200)
    site = np.arange(200) % 2
    X[site == 1] //= 2
    result = check(X, y, sensitive=site)
    rows = {row[1]: row[2] for row in result.view("groups").rows}
    assert rows["brightness"] > 0.9
    assert result.status == "pass"


def test_small_and_unlabelled() -> None:
    X = made(3)[0]
    assert check(X, np.array([0, 1, 1])).status == "pass"
    assert check(X, np.array([0.2, 1.7, 3.1])).status == "pass"


def test_the_first_half_of_mnist_is_of_other_writers(real_data: Callable[[str], Path]) -> None:
    mnist = real_data("mnist_t10k")
    # The first 5,000 test images are of census employees' forms, the last of students' (LeCun's own description).
    raw = gzip.decompress((mnist / "t10k-images-idx3-ubyte.gz").read_bytes())
    X = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)
    y = np.frombuffer(gzip.decompress((mnist / "t10k-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    assert X.mean() == pytest.approx(33.791, abs=0.001)
    result = check(X[:5000], y[:5000], train=(X[5000:], y[5000:]))
    assert result.status == "warn"
    assert "Brightness has moved" in str(result.reason)
    assert result.value == 0, "no image of MNIST is a copy of another"
