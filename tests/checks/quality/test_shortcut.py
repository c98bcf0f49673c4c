"""A marked corner and a left-behind word are found; what the image shows is not taken for one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.checks.quality.test_image_properties import made as images
from tests.checks.quality.test_text_properties import made as texts
from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.result import Result


def check(data: Any, y: Any, **named: Any) -> Result:
    return run("quality.shortcut", {"data": data, "target": y, **named}, Context(progress=False)).results[0]


@pytest.mark.parametrize("colour", [False, True])
def test_a_marked_corner_is_found_and_clean_images_pass(colour: bool) -> None:
    found = []
    for seed in range(20):
        X, y = images(200, seed)
        X = X[..., None].repeat(3, axis=3) if colour else X
        assert check(X, y).status == "pass"
        marked = y & (np.random.default_rng(seed).random(200) < 0.98)
        X[marked == 1, :2, :2] = 255
        result = check(X, y)
        found.append(result.status)
        assert "at the edge" in str(result.reason)
    assert set(found) <= {"fail", "warn"}


def test_enough_images_make_a_marked_corner_a_fail() -> None:
    X, y = images(800)
    X[(y == 1) & (np.random.default_rng(0).random(800) < 0.98), :2, :2] = 255
    result = check(X, y)
    assert result.status == "fail"
    assert result.interval is not None
    assert result.interval[0] > 0.95


def test_a_spot_inside_the_image_may_be_the_thing_itself() -> None:
    X, y = images(200)
    X[y == 1, 5:8, 5:8] = 255
    result = check(X, y)
    assert result.status == "warn"
    assert "may be the thing itself" in str(result.reason)


def test_one_class_of_several() -> None:
    X, _ = images(300)
    y = np.array(["cat", "dog", "owl"])[np.arange(300) % 3]
    X[y == "owl", -1, -1] = 255
    result = check(X, y)
    assert result.status == "fail"
    assert "row 11, column 11 alone tells owl" in str(result.reason)
    matrix = result.view("map")
    assert matrix.rows[11][12] == 1


def test_a_word_left_behind_is_found_and_clean_texts_pass() -> None:
    for seed in range(20):
        found, y = texts(200, seed)
        assert check(found, y).status == "pass"
        leaking = [f"{text} #LABEL" if label else text for text, label in zip(found, y, strict=True)]
        result = check(leaking, y)
        assert result.status == "warn"  # a hundred rows of two classes cannot show 0.95 of many candidates
        assert "'#'" in str(result.reason)
        assert "'label' there: 1" in [row[0] for row in result.view("words").rows]
    found, y = texts(600, 0)
    assert (
        check([f"{text} #LABEL" if label else text for text, label in zip(found, y, strict=True)], y).status == "fail"
    )


def test_it_is_not_asked_of_tables_or_of_few_rows() -> None:
    X, y = images(10)
    assert "40 rows" in str(check(X, y).reason)
    table = check(X.reshape(10, -1), y)
    assert table.status == "not_applicable"
    assert "quality.leakage" in str(table.reason)
    assert check(["a b"] * 25 + ["c"] * 25, [0, 1] * 25).status == "pass"
    assert check([f"w{at}" for at in range(50)], [0, 1] * 25).status == "not_applicable"


def test_no_single_word_decides_a_review(real_data: Callable[[str], Path]) -> None:
    reviews = real_data("rt_polarity")
    sides = [(reviews / f"rt-polarity.{side}").read_text("utf-8").splitlines() for side in ("neg", "pos")]
    result = check([*sides[0], *sides[1]], np.repeat([0, 1], [len(side) for side in sides]))
    assert result.status == "pass"
    assert result.value is not None
    assert result.value < 0.6


def test_what_few_rows_cannot_show_does_not_fail() -> None:
    y = np.arange(40) % 2
    leaking = [f"one text {at} {'#tag' if label else ''}" for at, label in enumerate(y)]
    result = check(leaking, y)
    assert result.status == "warn"
    assert result.value == 1
    assert result.interval is not None
    assert result.interval[0] < 0.95
