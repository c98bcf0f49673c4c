"""Empty and copied texts, and a form that gives the label away."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.result import Result


def made(n: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(seed)
    words = np.array([f"{a}{b}{c}" for a in "bdfglm" for b in "aeiou" for c in "nrst"])
    return [" ".join(rng.choice(words, rng.integers(8, 20))) for _ in range(n)], rng.integers(0, 2, n)


def check(texts: Any, y: Any, **named: Any) -> Result:
    context = Context(progress=False)
    return run("quality.text_properties", {"data": texts, "target": y, **named}, context).results[0]


def test_clean_texts_pass() -> None:
    found = [check(*made(200, seed), train=made(200, seed + 100)).status for seed in range(20)]
    assert found.count("pass") >= 19


def test_empty_texts_and_near_copies_are_found() -> None:
    texts, y = made(60)
    texts[4], texts[40] = "  ", texts[10] + "s"
    result = check(texts, y)
    assert result.status == "warn"
    assert result.value == pytest.approx(2 / 60)
    assert "1 text is empty" in str(result.reason)
    assert [(row[0], row[2]) for row in result.view("rows").rows] == [(4, "empty"), (40, "a copy")]


def test_texts_of_training_fail() -> None:
    texts, y = made(300)
    result = check(texts[:150], y[:150], train=(texts[120:], y[120:]))
    assert result.status == "fail"
    assert "30 texts of 150 are in the training data too" in str(result.reason)


@pytest.mark.parametrize("seed", range(5))
def test_a_form_that_gives_the_label_away(seed: int) -> None:
    texts, y = made(200, seed)
    shouted = [f"{text.upper()}" if label else text for text, label in zip(texts, y, strict=True)]
    result = check(shouted, y)
    assert result.status == "warn"
    assert "Capitals alone tells target" in str(result.reason)


def test_the_spam_corpus_has_copies(real_data: Callable[[str], Path]) -> None:
    spam = real_data("sms_spam/sms.tsv")
    rows = [line.split("\t", 1) for line in spam.read_text("utf-8").splitlines()]
    texts, labels = [row[1] for row in rows], [row[0] for row in rows]
    result = check(texts, labels)
    assert result.status == "warn"
    assert result.value is not None
    assert result.value >= (len(texts) - len(set(texts))) / len(texts), "every exact copy, and near ones"
    assert result.value < 0.1
