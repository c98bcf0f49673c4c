"""Power laws of rows against SciPy's least squares and against curves whose law is known."""

import numpy as np
import pytest
from scipy import optimize

from trustlab.core.errors import InputError
from trustlab.stats.learning import power_law

SIZES = np.array([100.0, 200, 400, 800, 1600])


@pytest.mark.parametrize(("floor", "scale", "exponent"), [(0.1, 2.0, 0.5), (0.0, 1.0, 0.3), (0.2, 30.0, 1.0)])
def test_a_known_law_is_found(floor, scale, exponent):
    errors = floor + scale * SIZES**-exponent
    found = power_law(SIZES, errors)
    assert [float(part) for part in found] == pytest.approx([floor, scale, exponent], abs=1e-6)
    assert float(found.at(3200)) == pytest.approx(floor + scale * 3200**-exponent)


def test_noisy_curves_are_as_near_as_scipys():
    rng = np.random.default_rng(0)
    tables = 0.1 + 2 * SIZES**-0.5 + rng.normal(size=(20, 5)) * 0.01
    found = power_law(SIZES, tables)
    for place, curve in enumerate(tables):
        ours = sum((curve - [float(found.at(size)[place]) for size in SIZES]) ** 2)
        best = optimize.least_squares(
            lambda p, c=curve: p[0] + p[1] * (SIZES / 1600) ** -p[2] - c,
            [0.1, 0.1, 0.5],
            bounds=([0, 0, 0.1], [np.inf, np.inf, 1.5]),
        )
        assert ours <= 2 * best.cost + 2e-5


def test_a_curve_that_rises_or_is_level_has_no_slope():
    found = power_law(SIZES, [[0.1, 0.2, 0.3, 0.4, 0.5], [0.3] * 5])
    assert found.scale == pytest.approx([0, 0], abs=1e-9)
    assert found.at(1e6) == pytest.approx([0.3, 0.3])
    assert (power_law(SIZES, 5 * SIZES**-1.2 - 0.01).floor >= 0).all()
    with pytest.raises(InputError, match="three or more"):
        power_law([1, 2], [1, 2])
