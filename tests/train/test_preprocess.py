import numpy as np
import pandas as pd
import pytest
import skops.io

from trustlab.core.errors import InputError
from trustlab.models.trust import SKOPS_TYPES
from trustlab.train.preprocess import MAX_CATEGORIES, columns_of, preprocessor


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "n": [1.0, np.nan, 3.0, 5.0],
            "whole": pd.array([1, None, 2, 3], dtype="Int64"),
            "void": np.nan,
            "word": ["x", "y", None, "x"],
            "flag": [True, False, True, True],
            "maybe": pd.array([True, None, False, False], dtype="boolean"),
            "kind": pd.Categorical(["u", "v", None, "u"]),
            "none": [None] * 4,
        }
    )


def test_columns_are_sorted_by_kind(frame):
    columns = columns_of(frame)
    assert columns.numeric == ("n", "whole", "void")
    assert columns.categorical == ("word", "flag", "maybe", "kind", "none")
    assert columns.gaps == ("n", "whole", "void")
    assert columns.empty == ("void",)
    with pytest.raises(InputError, match="at least one feature column"):
        columns_of(frame[[]])


def test_the_numbers_are_those_of_a_hand_count(frame):
    table = pd.DataFrame(preprocessor(frame).fit_transform(frame))
    filled = np.array([1.0, 3.0, 3.0, 5.0])
    np.testing.assert_allclose(table[0], (filled - 3) / np.sqrt(2))
    np.testing.assert_array_equal(table[2], np.zeros(4))
    assert table.shape[1] == 3 + 3 + 2 + 3 + 3 + 1
    assert not table.isna().any(axis=None)
    np.testing.assert_array_equal(table.iloc[:, 3:].sum(axis=1), [5] * 4)


def test_without_filling_gaps_stay_but_empty_columns_do_not(frame):
    table = preprocessor(frame[["n", "void"]], fill=False, scale=False).fit_transform(frame[["n", "void"]])
    np.testing.assert_array_equal(table, [[1, 0], [np.nan, 0], [3, 0], [5, 0]])


def test_free_text_stays_bounded_and_unknown_words_join_the_rare_ones():
    words = pd.DataFrame({"id": [f"row {i}" for i in range(500)]})
    fitted = preprocessor(words).fit(words)
    table = fitted.transform(pd.DataFrame({"id": ["never seen"]}))
    assert table.shape == (1, MAX_CATEGORIES)
    assert table.sum() == 1


def test_it_is_stored_without_code(frame):
    content = skops.io.dumps(preprocessor(frame).fit(frame))
    assert set(skops.io.get_untrusted_types(data=content)) <= SKOPS_TYPES


def test_whole_numbers_with_gaps_become_plain_ones_beside_text(frame):
    columns = frame[["whole", "word"]]
    table = preprocessor(columns, fill=False, scale=False).fit_transform(columns)
    assert table.dtype == np.float64
    np.testing.assert_array_equal(table[:, 0], [1, np.nan, 2, 3])
