import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trustlab.core.errors import InputError
from trustlab.stats.tables import fisher


@given(*[st.integers(0, 25)] * 4)
@settings(max_examples=200, deadline=None)
def test_it_is_scipys(a, b, c, d):
    found = fisher([a], [a + b], [c], [c + d])[0]
    if a + b == 0 or c + d == 0:
        assert np.isnan(found)
        return
    assert found == pytest.approx(stats.fisher_exact([[a, b], [c, d]]).pvalue)


def test_many_rows_take_the_normal_approximation():
    found = fisher([15_100, 0], [30_000, 30_000], [14_800, 0], [30_000, 30_000])
    expected = stats.chi2_contingency([[15_100, 14_900], [14_800, 15_200]], correction=False).pvalue
    assert found.tolist() == pytest.approx([expected, 1.0])
    with pytest.raises(InputError, match="at most trials"):
        fisher([3], [2], [0], [1])


def test_tables_that_come_back_have_their_own_place():
    k, n = np.array([1, 0, 3, 1, 0]), np.array([4, 0, 9, 4, 7])
    found = fisher(k, n, k.sum() - k, n.sum() - n)
    expected = [
        stats.fisher_exact([[a, m - a], [k.sum() - a, n.sum() - m - k.sum() + a]]).pvalue if m else np.nan
        for a, m in zip(k, n, strict=True)
    ]
    assert found.tolist() == pytest.approx(expected, nan_ok=True)
