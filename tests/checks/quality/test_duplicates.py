import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality._rows import coincidence, row_codes
from trustlab.checks.quality.duplicates import duplicates
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=200):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.normal(size=n), "b": rng.choice(["x", None], n), "y": rng.integers(0, 2, n)})


def checked(frame):
    return evaluate(duplicates, {"subject": Subject.load(data=frame, target="y", context=Context())}, Context())


def test_different_rows_pass_and_copies_warn():
    assert checked(rows()).status == "pass"
    result = checked(pd.concat([rows(), rows().head(50)]))
    assert result.status == "warn"
    assert result.value == pytest.approx(50 / 250)
    assert "50 of 250 rows (20.00%) are copies" in result.reason
    assert result.view("groups").column("rows") == [2] * 20


def test_equal_features_with_another_label_are_contradictions_not_copies():
    frame = rows()
    twin = frame.head(10).assign(y=1 - frame.y.head(10))
    result = checked(pd.concat([frame, twin]))
    assert result.value == 0
    assert "20 rows have the features of another row and a different y" in result.reason
    assert result.view("groups").column("different labels") == [2] * 10


def test_row_codes_are_pandas_own_groups():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "i": rng.integers(0, 3, 500),
            "f": rng.choice([0.5, np.nan], 500),
            "t": rng.choice(["u", None, "v"], 500),
            "c": pd.Categorical(rng.choice(["k", "l"], 500)),
            "n": pd.array(rng.choice([1, 2], 500), dtype="Int64"),
        }
    )
    codes = row_codes(frame)
    assert (pd.Series(codes).duplicated() == frame.duplicated()).all()
    assert len(set(codes)) == len(frame.drop_duplicates())


def test_values_that_cannot_be_hashed_are_compared_by_their_text():
    frame = pd.DataFrame({"l": [[1], [1], [2]], "o": [1, "1", 1]})
    assert row_codes(frame).tolist() == [0, 1, 2]
    assert row_codes(frame[["l"]]).tolist() == [0, 0, 1]


def test_the_chance_of_a_coincidence_is_that_of_all_pairs_of_independent_columns():
    frame = pd.DataFrame({"a": [0, 0, 1, 1], "b": ["x", "x", "x", "y"]})
    assert coincidence(frame) == pytest.approx((2 / 6) * (3 / 6))
    assert coincidence(frame.assign(c=range(4))) == 0


def test_rows_of_so_few_values_are_equal_by_chance_and_copies_beyond_that_are_not():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.integers(0, 3, 900), "b": rng.integers(0, 4, 900), "y": rng.integers(0, 2, 900)})
    natural = checked(frame)
    assert natural.status == "pass"
    assert natural.value == pytest.approx(1 - 24 / 900)
    assert "by chance" in natural.reason
    wide = frame.assign(c=rng.integers(0, 500, 900), d=rng.integers(0, 50, 900))
    assert checked(wide).status == "pass"
    assert checked(pd.concat([wide, wide.head(60)])).status == "warn"
