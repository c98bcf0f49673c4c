import numpy as np
import pytest
from scipy import stats

from trustlab.core.errors import UsageError
from trustlab.stats.inequality import between_index, entropy_index


def test_alpha_2_is_half_the_squared_coefficient_of_variation():
    benefits = np.repeat([1, 2, 0, 1], [40, 10, 20, 30])
    value, lo, hi = entropy_index([40, 10, 20, 30], 2)
    assert value == pytest.approx(stats.variation(benefits) ** 2 / 2)
    assert lo < value < hi


def test_theil_is_the_mean_of_share_times_log_share():
    share = np.repeat([1.0, 2.0, 1e-300], [70, 10, 20])
    share /= share.mean()
    assert entropy_index([40, 10, 20, 30], 1).value == pytest.approx(np.mean(share * np.log(share)))


def test_no_errors_have_an_open_end_and_no_benefit_has_no_index():
    value, lo, hi = entropy_index([50, 0, 0, 50])
    assert (value, lo) == (0, 0)
    assert 0 < hi < 0.05
    assert np.isnan(entropy_index([0, 0, 5, 0]).value)
    assert np.isnan(entropy_index([0, 0, 0, 0]).value)
    with pytest.raises(UsageError, match="alpha must be 1 or 2"):
        entropy_index([1, 1, 1, 1], 3)


def test_the_parts_within_and_between_groups_add_up():
    cells = np.array([[40, 10, 20, 30], [20, 25, 5, 10]])
    means = cells @ [1, 2, 0, 1] / cells.sum(axis=1)
    n = cells.sum(axis=1)
    for alpha in (1, 2):
        within = [entropy_index(row, alpha).value for row in cells]
        weights = n / n.sum() * (means / (n @ means / n.sum())) ** alpha
        total = entropy_index(cells.sum(axis=0), alpha).value
        assert total == pytest.approx(weights @ within + between_index(cells, alpha).value)


def test_equal_groups_have_an_interval_from_0_and_one_group_has_no_part_between():
    value, lo, hi = between_index([[40, 10, 10, 40], [40, 10, 10, 40]])
    assert (value, lo) == (0, 0)
    assert hi > 0
    assert np.isnan(between_index([[40, 10, 10, 40], [0, 0, 0, 0]]).value)
