import numpy as np
import pytest

from trustlab.stats.interactions import friedman_h


def by_hand(joint, first, second):
    joint, first, second = (values - sum(values) / len(values) for values in (joint, first, second))
    return (sum((a - b - c) ** 2 for a, b, c in zip(joint, first, second, strict=True)) / sum(joint**2)) ** 0.5


def test_it_is_the_formula():
    rng = np.random.default_rng(0)
    joint, first, second = rng.normal(size=(3, 50))
    h, size = friedman_h(joint, first, second)
    assert h == pytest.approx(by_hand(joint, first, second))
    assert size == pytest.approx(np.std(joint - first - second))


def test_sums_have_none_and_products_have_only_that():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 500))
    assert friedman_h(a + b, a, b)[0] == pytest.approx(0, abs=1e-7)
    assert friedman_h(a * b, a * 0, b * 0)[0] == pytest.approx(1)
    assert np.isnan(friedman_h(a * 0, a * 0, b * 0)[0])


def test_weights_are_repeated_rows():
    rng = np.random.default_rng(1)
    joint, first, second = rng.normal(size=(3, 6))
    weights = np.array([[2, 0, 1, 1, 1, 1]])
    kept = np.repeat(np.arange(6), weights[0])
    assert friedman_h(joint, first, second, weights)[0][0] == pytest.approx(
        by_hand(joint[kept], first[kept], second[kept])
    )
