"""The table's shape: each change, and its weight."""

from __future__ import annotations

import pandas as pd
import pytest

from trustlab.drift.schema import schema

FRAME = pd.DataFrame({"n": [1.5, 2.5, 3.5, 4.5] * 10, "word": list("abab") * 10, "flag": [True, False] * 20})


@pytest.mark.parametrize(
    ("current", "status", "value", "words"),
    [
        (FRAME, "pass", 0, "All 3 columns are there, of the same kinds, with no new categories."),
        (FRAME.drop(columns="n"), "fail", 1, "1 gone (n)"),
        (FRAME.assign(n="text"), "fail", 1, "1 of another kind (n)"),
        (FRAME.assign(new=1), "warn", 1, "1 new (new)"),
        (FRAME.assign(word=FRAME["word"].replace("b", "c")), "warn", 1, "1 with new categories (word)"),
        (FRAME.rename(columns={"n": "m"}), "fail", 2, "1 gone (n); 1 new (m)"),
        (FRAME.assign(n=FRAME["n"] + 1), "pass", 0, "All 3 columns"),
    ],
)
def test_each_change(compare, current, status, value, words):
    result = compare(schema, FRAME, current)
    assert (result.status, result.value) == (status, value)
    assert words in result.reason


def test_range_is_listed_not_judged(compare, table):
    row = table(compare(schema, FRAME, FRAME.assign(n=FRAME["n"] + 1)), "differences").loc["n"]
    assert (row["change"], row["rows"], row["judged"]) == ("out_of_range", 10, False)


def test_only_the_columns_asked_for(compare):
    current = FRAME.drop(columns="flag").assign(new=1)
    assert compare(schema, FRAME, current).status == "fail"
    assert compare(schema, FRAME, current, ["n", "word"]).status == "pass"
