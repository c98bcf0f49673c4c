"""Groups by name: two values are never one group."""

import pandas as pd

from trustlab.models.groups import band


def test_long_codes_stay_apart():
    assert band(pd.Series([1234567, 1234568, 0.1, 2.0])).tolist() == ["1234567", "1234568", "0.1", "2"]


def test_bands_of_long_numbers_have_names_of_their_own():
    bands = band(pd.Series(range(20_261_101, 20_261_131)))
    assert bands.nunique() == 4
    assert bands.iloc[0].startswith("20261101 to ")


def test_missing_stays_missing():
    assert band(pd.Series([True, None], dtype="boolean")).isna().tolist() == [False, True]
