import numpy as np
import pytest

from trustlab.core.errors import InputError
from trustlab.stats.neighbours import disagreement


def test_rows_equally_near_share_the_room_so_that_order_does_not_matter():
    points, said = np.zeros((6, 1)), np.array([[1.0], [1], [1], [0], [0], [0]])
    assert disagreement(points, said, 2).tolist() == [0.5] * 6
    order = [3, 1, 5, 0, 2, 4]
    rng = np.random.default_rng(0)
    points = rng.integers(0, 3, (6, 2)).astype(float)
    assert disagreement(points[order], said[order], 3) == pytest.approx(disagreement(points, said, 3)[order])


def test_shapes_and_k_must_fit():
    with pytest.raises(InputError, match="a row each"):
        disagreement(np.zeros((3, 1)), np.zeros((2, 1)))
    with pytest.raises(InputError, match="at most the number of rows"):
        disagreement(np.zeros((3, 1)), np.zeros((3, 1)), 4)
