import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustlab.core.errors import InputError
from trustlab.stats.confident import confident_joint, noise_share


def by_hand(labels, proba):
    """The confident joint by its definition, row by row."""
    n, k = proba.shape
    means = [proba[labels == j, j].mean() if (labels == j).any() else np.inf for j in range(k)]
    counts = np.zeros((k, k))
    for label, row in zip(labels, proba, strict=True):
        reached = [j for j in range(k) if row[j] >= means[j]]
        if reached:
            counts[label, max(reached, key=lambda j: row[j])] += 1
    joint = np.zeros((k, k))
    for i in range(k):
        share = (labels == i).sum() / n
        joint[i] = counts[i] / counts[i].sum() * share if counts[i].sum() else np.eye(k)[i] * share
    return joint


@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(1, 60))
def test_the_joint_is_the_definition(seed, k, n):
    rng = np.random.default_rng(seed)
    labels, proba = rng.integers(0, k, n), rng.dirichlet(np.ones(k), n)
    found = confident_joint(labels, proba)
    assert found.joint == pytest.approx(by_hand(labels, proba))
    assert found.joint.sum() == pytest.approx(1)
    assert found.joint.sum(axis=1) == pytest.approx(np.bincount(labels, minlength=k) / n)


def exact(n, seed, noise, scale=2.0):
    rng = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-scale * rng.normal(size=n)))
    y = (rng.random(n) < p).astype(int)
    y = np.where(rng.random(n) < noise, 1 - y, y)
    seen = p * (1 - noise) + (1 - p) * noise
    return y, np.column_stack([1 - seen, seen])


@pytest.mark.parametrize("noise", [0.05, 0.1, 0.2])
def test_the_interval_covers_the_noise_rate(noise):
    found = [noise_share(*exact(4000, seed, noise)) for seed in range(100)]
    assert np.mean([f.lo <= noise <= f.hi for f in found]) >= 0.93


def test_true_labels_of_hard_rows_are_not_noise():
    for scale in (0.5, 1, 3):
        found = [noise_share(*exact(2000, seed, 0.0, scale=scale)) for seed in range(100)]
        assert np.mean([f.lo > 0.033 for f in found]) <= 0.06
    assert np.mean([f.value for f in found]) < 0.02


def test_each_wrong_label_of_many_classes_counts_once():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, 4000)
    logits = rng.normal(size=(4000, 4)) + 6 * np.eye(4)[true]
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wrong = rng.random(4000) < 0.1
    found = noise_share(np.where(wrong, (true + rng.integers(1, 4, 4000)) % 4, true), proba)
    assert found.lo < wrong.mean() < found.hi
    assert found.value == pytest.approx(wrong.mean(), abs=0.02)


def test_without_rows():
    assert np.isnan(noise_share(np.zeros(0, int), np.zeros((0, 2))).value)
    with pytest.raises(InputError):
        confident_joint([0, 1], np.zeros(2))
