"""Many columns at once, against pandas column by column."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from trustlab.stats import columns
from trustlab.stats.columns import column_sums, most_telling, shares_explained

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)
ODD = st.sampled_from([0.0, -0.0, 1.0, 2.5, -3.0, np.nan, np.inf, -np.inf])


@settings(max_examples=200, deadline=None)
@given(st.one_of(hnp.arrays(np.float64, SHAPES, elements=ODD), hnp.arrays(np.int64, SHAPES)))
def test_sums_are_those_of_pandas(values):
    found, frame = column_sums(values), pd.DataFrame(values)
    assert found.known.tolist() == frame.notna().sum().tolist()
    assert found.distinct.tolist() == [column.nunique() for _, column in frame.items()]
    if values.dtype == np.float64:
        assert found.infinite.tolist() == np.isinf(frame).sum().tolist()
        np.testing.assert_array_equal(found.least, frame.min())
        np.testing.assert_array_equal(found.most, frame.max())


def test_steps_make_no_difference(monkeypatch):
    values = np.random.default_rng(0).integers(0, 5, (40, 7)).astype(float)
    whole = column_sums(values)
    shares = shares_explained(values, values[:, :1])
    monkeypatch.setattr(columns, "CELLS", 100)
    for one, other in zip(whole, column_sums(values), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(shares_explained(values, values[:, :1]), shares)


def test_different_values_are_counted_on_the_rows_asked():
    values = np.arange(10.0)[:, None]
    assert column_sums(values, np.arange(4)).distinct.tolist() == [4]


def test_no_rows_and_no_columns():
    assert column_sums(np.zeros((0, 2))).known.tolist() == [0, 0]
    assert column_sums(np.zeros((3, 0))).known.tolist() == []


def test_shares_are_those_of_an_analysis_of_variance():
    rng = np.random.default_rng(1)
    values, y = rng.normal(size=(1000, 3)), rng.normal(size=1000)
    found = shares_explained(values, y[:, None], bins=20)
    for at in range(3):
        cut = pd.qcut(values[:, at], 20, labels=False)
        fitted = pd.Series(y).groupby(cut).transform("mean")
        assert found[at] == pytest.approx(float(((fitted - y.mean()) ** 2).sum() / ((y - y.mean()) ** 2).sum()))


def test_any_shape_and_missing_values_that_go_together_are_seen():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 1000).astype(float)
    ring = np.where(y == 1, rng.choice([-2, 2], 1000), 0) + rng.normal(scale=0.1, size=1000)
    gone = np.where(y == 1, np.nan, rng.normal(size=1000))
    noise = rng.normal(size=1000)
    shares = shares_explained(np.column_stack([ring, gone, noise]), y[:, None])
    assert shares[0] > 0.9
    assert shares[1] > 0.9
    assert shares[2] < 0.1
    assert shares_explained(np.column_stack([noise]), np.ones((1000, 1))).tolist() == [0.0]


def test_the_columns_that_tell_most_are_found_among_many_for_every_task():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(5000, 300))
    numbers = values[:, 7] + values[:, 250] ** 2 + 0.1 * rng.normal(size=5000)
    assert most_telling(values, numbers, 0, 2).tolist() == [7, 250], "also what goes with the square"
    binary = (numbers > 1).astype(int)
    assert set(most_telling(values, binary, 2, 2).tolist()) == {7, 250}
    middle = np.digitize(values[:, 33], [-0.5, 0.5])  # a class of the middle, which no slope tells
    assert most_telling(values, middle, 3, 1).tolist() == [33]
    assert most_telling(values, binary, 2, 300).tolist() == list(range(300))
