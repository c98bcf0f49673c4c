"""Association against scipy, scikit-learn and hand counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats.contingency import association
from sklearn.metrics import mutual_info_score

from trustlab.core.errors import InputError
from trustlab.stats.association import correlation_ratio, cramers_v, mutual_information


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_scipy_and_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4, 120)
    second = np.where(rng.random(120) < 0.4, first, rng.integers(0, 3, 120))
    table = stats.contingency.crosstab(first, second).count
    assert cramers_v(first, second, corrected=False) == pytest.approx(association(table, method="cramer"))
    assert mutual_information(first, second) == pytest.approx(mutual_info_score(first, second))
    chi2 = stats.chi2_contingency(table, correction=False).statistic
    r, k = table.shape
    phi2 = max(chi2 / 120 - (r - 1) * (k - 1) / 119, 0)
    bergsma = np.sqrt(phi2 / min(r - (r - 1) ** 2 / 119 - 1, k - (k - 1) ** 2 / 119 - 1))
    assert cramers_v(first, second) == pytest.approx(bergsma)
    values = rng.normal(size=120) + first
    groups = [values[first == code] for code in range(4)]
    f = stats.f_oneway(*groups).statistic
    assert correlation_ratio(first, values) ** 2 == pytest.approx(3 * f / (3 * f + 116))


def test_correction_takes_off_what_chance_adds():
    rng = np.random.default_rng(9)
    many, few = rng.integers(0, 40, 200), rng.integers(0, 5, 200)
    assert cramers_v(many, few, corrected=False) > 0.35
    assert cramers_v(many, few) < 0.15


def test_edges():
    assert cramers_v(["a", "b", "a"], ["x", "y", "x"], corrected=False) == pytest.approx(1)
    assert np.isnan(cramers_v(["a", "a"], ["x", "y"]))
    assert np.isnan(cramers_v([], []))
    assert np.isnan(mutual_information([], []))
    assert mutual_information(["a", "a"], ["x", "y"]) == 0
    assert correlation_ratio(["a", "a", "b"], [1, 1, 2]) == pytest.approx(1)
    assert correlation_ratio(["a", "a"], [1, 2]) == 0
    assert np.isnan(correlation_ratio(["a", "b"], [3, 3]))
    assert np.isnan(correlation_ratio([], []))
    # as many labels as rows: no room for a corrected value
    assert np.isnan(cramers_v([1, 2], [1, 2]))
    with pytest.raises(InputError, match="first must hold a label"):
        cramers_v(np.array([None, "a"], object), ["x", "y"])
    with pytest.raises(InputError, match="categories 2, values 3"):
        correlation_ratio([1, 2], [1, 2, 3])


def test_names_do_not_need_a_table_of_all_pairs():
    names = np.arange(200_000)
    assert cramers_v(names, names, corrected=False) == pytest.approx(1)
