import numpy as np
import pandas as pd

from trustlab.explain.features import MOST_LEVELS, numbers_of


def test_numbers_stay_and_texts_become_columns():
    found = numbers_of(pd.DataFrame({"a": [1.0, np.nan], "town": ["x", None], "flag": [True, False]}))
    assert found.columns == ("a", "town", "town", "flag", "flag")
    assert found.levels == (None, "missing", "x", "False", "True")
    np.testing.assert_array_equal(found.values, [[1, 0, 1, 0, 1], [np.nan, 1, 0, 1, 0]])


def test_many_texts_are_bounded_and_an_empty_table_has_none():
    many = numbers_of(pd.DataFrame({"id": [f"t{at}" for at in range(400)]}))
    assert many.values.shape == (400, MOST_LEVELS)
    assert numbers_of(pd.DataFrame(index=range(3))).values.shape == (3, 0)
