"""Codes of labels against numpy and pandas-free counting, for every kind of label."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from sklearn.metrics.cluster import contingency_matrix

from trustlab.core.errors import InputError
from trustlab.stats.encode import encode, joint_counts, midranks

kinds = st.sampled_from(["int8", "uint8", "int64", "uint64", "bool", "U3", "float32"])


@given(
    kinds.flatmap(
        lambda kind: hnp.arrays(kind, st.integers(0, 30), elements={"allow_nan": False} if "f" in kind else None)
    )
)
@settings(max_examples=200, deadline=None)
def test_encode_equals_numpy_unique(array):
    labels, positions = np.unique(array, return_inverse=True)
    ours = encode(array)
    assert ours.labels.tolist() == labels.tolist()
    assert ours.codes.tolist() == positions.tolist()
    assert ours.labels.dtype == array.dtype


def test_encode_extremes_and_mixtures():
    assert encode(np.array([2**64 - 1, 2**64 - 2], np.uint64)).codes.tolist() == [1, 0]
    assert encode(np.array([-(2**63), 2**63 - 1])).codes.tolist() == [0, 1]
    assert encode(np.array(["b", 1, "a", 2.5], object)).labels.tolist() == [2.5, 1, "a", "b"]
    days = np.array(["2026-01-02", "2026-01-01"], "datetime64[D]")
    assert encode(days).labels.tolist() == [dt.date(2026, 1, 1), dt.date(2026, 1, 2)]
    assert encode([]).codes.size == 0


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", None], object),
        np.array([1.0, np.nan]),
        np.array(["2026", "NaT"], "M8[D]"),
        np.array(["a", np.nan], object),
    ],
)
def test_missing_labels_are_refused(array):
    with pytest.raises(InputError, match="colour must hold a label in every row"):
        encode(array, "colour")


def test_labels_must_be_plain():
    nested = np.empty(1, object)
    nested[0] = [1]
    with pytest.raises(InputError, match="plain labels"):
        encode(nested)
    with pytest.raises(InputError, match="one dimension"):
        encode([[1]])


def test_joint_counts_equal_scikit_learn():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 5, 50), rng.choice(list("xyz"), 50)
    cells = joint_counts(first, second)
    table = np.zeros((5, 3), int)
    table[cells.rows, cells.columns] = cells.counts
    assert (table == contingency_matrix(first, second)).all()
    assert cells.row_totals.tolist() == table.sum(axis=1).tolist()
    assert cells.column_totals.tolist() == table.sum(axis=0).tolist()
    assert joint_counts([], []).counts.size == 0


@given(st.lists(st.integers(-3, 3).map(float), max_size=30))
@settings(deadline=None)
def test_midranks_equal_scipy(values):
    assert midranks(np.array(values)).tolist() == stats.rankdata(values).tolist()
