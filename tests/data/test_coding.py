import numpy as np
import pandas as pd
import pytest

from trustlab.data.coding import MISSING, learn_coding


def test_numbers_are_cut_at_quartiles_and_the_words_say_exactly_what_was_done():
    column = pd.Series(np.random.default_rng(0).gamma(2, 1000, 1001), name="income")
    coding = learn_coding(column)
    codes = coding.codes(column)
    assert np.bincount(codes)[1:] == pytest.approx([250, 250, 250, 250], abs=3)
    frame = column.to_frame()
    for code in range(1, 5):
        assert len(frame.query(coding.expression(code))) == (codes == code).sum()
    assert coding.words(1).startswith("income <= ")
    assert coding.words(4).startswith("income > ")


def test_new_rows_take_the_learned_codes_and_missing_has_its_own():
    coding = learn_coding(pd.Series([1.0, 2, 3, 4, 5, 6, 7, 8], name="x"))
    assert coding.edges == (2.0, 4.0, 6.0)
    assert coding.codes(pd.Series([-9.0, 2.0, 2.1, 99, np.nan, np.inf])).tolist() == [1, 1, 2, 4, MISSING, 4]
    assert coding.words(MISSING) == "x is missing"
    assert coding.expression(MISSING) is None


def test_few_valued_numbers_and_text_are_categories():
    assert learn_coding(pd.Series([0, 1, 1, 0, 2], name="k")).categories == (0, 1, 2)
    coding = learn_coding(pd.Series(["no", "yes", None, "yes"], name="self employed"), most=1)
    assert coding.categories == ("yes",)
    assert coding.codes(pd.Series(["yes", "no", None, "new"])).tolist() == [1, 2, 0, 2]
    assert coding.words(1) == "self employed = yes"
    assert coding.words(2) == "self employed is another value"
    assert coding.expression(1) is None  # the name is no identifier
    assert learn_coding(pd.Series(["a'b"] * 3, name="t")).expression(1) == 't == "a\'b"'


def test_odd_columns_are_coded_too():
    empty = learn_coding(pd.Series([np.nan, np.nan], name="e"))
    assert empty.codes(pd.Series([np.nan, 1.0])).tolist() == [0, 1]
    lists = learn_coding(pd.Series([[1], [2], [1]], name="l"))
    assert lists.codes(pd.Series([[2], [1]])).tolist() == [2, 1]
    truth = learn_coding(pd.Series([True, False, True], name="b"))
    assert truth.codes(pd.Series([False, True])).tolist() == [2, 1]
    nullable = learn_coding(pd.Series([1, None, 3, 4, 5, 6], dtype="Int64", name="i"))
    assert nullable.codes(pd.Series([1, None, 6], dtype="Int64")).tolist() == [1, 0, 4]
    skewed = learn_coding(pd.Series([0.0] * 90 + list(range(1, 11)), name="s"))
    assert skewed.edges == (0.0,)
