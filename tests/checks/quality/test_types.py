import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.types import types
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject

N = 1200


def tidy():
    return pd.DataFrame(
        {
            "a": np.arange(N) / 7,
            "word": ["north bay", "café", "x-1"] * (N // 3),
            "day": ["2026-01-31", "2026-02-01"] * (N // 2),
            "zip": ["02139", "94103"] * (N // 2),
            "free": [f"text {i}" for i in range(N)],
            "y": [0, 1] * (N // 2),
        }
    )


def checked(frame):
    subject = Subject.load(data=frame, target="y", context=Context())
    return evaluate(types, {"subject": subject}, Context())


def test_tidy_columns_pass():
    result = checked(tidy())
    assert (result.status, result.value) == ("pass", 0), result.reason


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        (["yes", "Yes", "no"], "one category in several forms"),
        (["self employed", "self_employed", "no"], "one category in several forms"),
        (["yes ", "no", "no"], "blanks before or after"),
        (["cafÃ©", "tea", "bar"], "broken encoding"),
        (["1,200.50", "15.00", "3"], "amounts as text"),
        (["12 %", "7 %", "3 %"], "amounts as text"),
        (["31.12.2026", "1.2.2026", "3/4/2026"], "dates as text, not in ISO 8601"),
        (["007", "12", "3"], "numbers as text, some padded with 0 and some not"),
        ([2.0**60, 2.0**60 + 1024, np.nan], "whole numbers beyond 2^53 as floating point"),
    ],
)
def test_an_odd_column_is_named(values, finding):
    result = checked(tidy().assign(odd=pd.Series(values * (N // 3))))
    assert result.status == "warn"
    assert [row[:2] for row in result.view("by_column").rows] == [("odd", finding)]


def test_nearly_constant_and_strange_columns():
    frame = tidy().assign(same=[1] * (N - 1) + [2], lists=[[1]] * N, gone=None, mixed=["x", 3] * (N // 2))
    result = checked(frame)
    assert [row[:3] for row in result.view("by_column").rows] == [("same", "nearly constant", 1)]
