import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trustlab.stats.quantile import quantile_interval


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=200), st.sampled_from([0.1, 0.5, 0.95]))
def test_it_is_scipys(values, share):
    found = quantile_interval(values, share)
    exact = stats.quantile_test(values, p=share).confidence_interval(0.95)
    assert found.value == pytest.approx(np.quantile(values, share))
    assert [found.lo, found.hi] == pytest.approx([exact.low, exact.high], nan_ok=True)


def test_no_rows_say_nothing_and_few_say_little():
    assert np.isnan(quantile_interval([], 0.5)).all()
    assert np.isnan(quantile_interval([1.0, 2.0], 0.95).hi)
