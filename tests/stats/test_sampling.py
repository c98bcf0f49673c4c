"""Halves and subsamples: who is in, how many, how evenly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustlab.core.errors import InputError, UsageError
from trustlab.stats.sampling import folds, stratified_halves, subsample


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(0, 1000))
def test_halves_hold_every_label_alike(labels, seed):
    first, second = stratified_halves(np.array(labels, object), np.random.default_rng(seed))
    assert sorted([*first, *second]) == list(range(len(labels)))
    assert abs(len(first) - len(second)) <= 1
    for label in "abc":
        counts = [sum(labels[row] == label for row in half) for half in (first, second)]
        assert abs(counts[0] - counts[1]) <= 1
    assert (np.diff(first) > 0).all()


def test_every_row_lands_in_either_half_equally_often():
    y = np.array([0, 0, 0, 1, 1])
    seen = np.zeros(5)
    for seed in range(2000):
        seen[stratified_halves(y, np.random.default_rng(seed))[0]] += 1
    assert (abs(seen / 2000 - 0.5) < 0.05).all()


def test_halves_refuse_missing_labels():
    with pytest.raises(InputError, match="y must hold a label"):
        stratified_halves([1.0, np.nan], np.random.default_rng(0))


def test_subsample_is_a_sorted_set_of_rows():
    rows = subsample(1000, 50, np.random.default_rng(1))
    assert len(set(rows.tolist())) == 50
    assert (np.diff(rows) > 0).all()
    assert rows.max() < 1000
    assert subsample(5, 9, np.random.default_rng(1)).tolist() == [0, 1, 2, 3, 4]
    assert subsample(0, 0, np.random.default_rng(1)).size == 0
    assert subsample(5, 0, np.random.default_rng(1)).size == 0
    with pytest.raises(UsageError, match="limit must be at least 0; got -1"):
        subsample(5, -1, np.random.default_rng(1))


def test_subsample_takes_every_row_equally_often():
    seen = np.zeros(20)
    rng = np.random.default_rng(2)
    for _ in range(4000):
        seen[subsample(20, 5, rng)] += 1
    assert (abs(seen / 4000 - 0.25) < 0.035).all()


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 7), st.integers(0, 1000))
def test_folds_deal_every_label_and_all_rows_evenly(labels, count, seed):
    y = np.array(labels, int)
    fold = folds(y, count, np.random.default_rng(seed))
    assert set(fold.tolist()) <= set(range(count))
    for rows in (y == y, *(y == label for label in range(4))):
        sizes = np.bincount(fold[rows], minlength=count)
        assert sizes.max() - sizes.min() <= 1


def test_every_row_lands_in_every_fold_equally_often():
    y = np.array([0, 0, 0, 1, 1])
    seen = np.mean([folds(y, 3, np.random.default_rng(seed)) == 0 for seed in range(3000)], axis=0)
    assert (seen[:3] - 1 / 3 < 0.05).all()
