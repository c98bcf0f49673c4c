"""Schemas: what kind each column is, and every way in which another table can differ."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustlab.core.errors import NotFoundError
from trustlab.data.frames import read_frame
from trustlab.data.schema import Schema, compare, feature_kinds, infer

SETS = Path(__file__).resolve().parents[2].parent / "shared" / "data"

N = 200
FRAME = pd.DataFrame(
    {
        "ratio": np.linspace(0.0, 1.0, N),
        "count": range(N),
        "holed": [None if at % 7 == 0 else at for at in range(N)],
        "flag": [at % 2 == 0 for at in range(N)],
        "maybe": pd.Series([None if at == 3 else at % 2 == 0 for at in range(N)], dtype=object),
        "group": ["abc"[at % 3] for at in range(N)],
        "note": [f"free text {at}" for at in range(N)],
        "day": [f"2026-01-{1 + at % 28:02d}" for at in range(N)],
        "stamp": pd.date_range("2026-01-01", periods=N, freq="h"),
        "one": 7,
        "only_or_missing": [1.5] * (N - 1) + [None],
        "word": "same",
        "gone": np.nan,
        "level": pd.Categorical(["low", "high"] * (N // 2)),
        "<img src=x onerror=alert(1)>": range(N),
    }
)
KINDS = {
    "ratio": ("numeric", "numeric"),
    "count": ("integer", "numeric"),
    "holed": ("integer", "numeric"),
    "flag": ("boolean", "categorical"),
    "maybe": ("boolean", "categorical"),
    "group": ("categorical", "categorical"),
    "note": ("text", "text"),
    "day": ("datetime", "datetime"),
    "stamp": ("datetime", "datetime"),
    "one": ("constant", "numeric"),
    "only_or_missing": ("numeric", "numeric"),
    "word": ("constant", "categorical"),
    "gone": ("empty", "empty"),
    "level": ("categorical", "categorical"),
    "<img src=x onerror=alert(1)>": ("integer", "numeric"),
}


def test_kinds() -> None:
    schema = infer(FRAME)
    assert {column.name: (column.kind, column.holds) for column in schema.columns} == KINDS
    assert feature_kinds(FRAME) == {name: holds for name, (_, holds) in KINDS.items()}


def test_numbers() -> None:
    schema = infer(FRAME)
    assert schema.rows == N
    ratio = schema.column("ratio")
    assert (ratio.minimum, ratio.maximum, ratio.missing, ratio.distinct) == (0.0, 1.0, 0, N)
    holed = schema.column("holed")
    assert (holed.missing, holed.distinct, holed.dtype) == (29, 171, "float64")
    assert schema.column("group").top == (("a", 67), ("b", 67), ("c", 66))
    assert schema.column("group").categories == ("a", "b", "c")
    assert (schema.column("day").minimum, schema.column("day").maximum) == (
        "2026-01-01T00:00:00",
        "2026-01-28T00:00:00",
    )
    assert schema.column("maybe").categories == ("False", "True")
    assert schema.column("gone").missing == N


def test_odd_columns_do_not_stop_it() -> None:
    frame = pd.DataFrame(
        {
            "lists": [[1], [2], [1]],
            "mixed": pd.Series([1, "a", None], dtype=object),
            "infinite": [np.inf, 1.0, 2.0],
            "nearly a date": ["2026-01-01", "2026-13-45", "2026-01-02"],
            7: [1, 2, 3],
        }
    )
    schema = infer(frame)
    assert schema.names == ["lists", "mixed", "infinite", "nearly a date", "7"]
    assert schema.column("lists").distinct == 2
    assert schema.column("infinite").kind == "numeric"
    assert schema.column("nearly a date").kind == "categorical"


def test_many_values_are_text_unless_they_repeat() -> None:
    names = [f"v{at}" for at in range(30)]
    assert feature_kinds(pd.DataFrame({"x": names * 2}))["x"] == "text"
    assert feature_kinds(pd.DataFrame({"x": names * 10}))["x"] == "categorical"


def test_json_round_trip() -> None:
    schema = infer(FRAME)
    data = json.loads(json.dumps(schema.to_dict(), allow_nan=False))
    assert Schema.from_dict(data) == schema


def test_unknown_column() -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'ratio'"):
        infer(FRAME).column("ration")


def test_the_same_table_and_its_parts_do_not_differ() -> None:
    schema = infer(FRAME)
    for part in (FRAME, FRAME.sample(frac=1, random_state=0), FRAME.iloc[:50], FRAME.iloc[:1]):
        assert compare(schema, part) == []


@pytest.mark.parametrize(
    ("changed", "column", "change", "rows", "words"),
    [
        (FRAME.drop(columns="ratio"), "ratio", "missing_column", N, "'ratio' is missing"),
        (FRAME.assign(extra=1), "extra", "extra_column", N, "was not there before"),
        (FRAME.assign(ratio="a"), "ratio", "kind_changed", N, "must be numeric; got constant"),
        (FRAME.assign(count=FRAME["ratio"]), "count", "kind_changed", N, "must be integer; got numeric"),
        (FRAME.assign(group=1.5), "group", "kind_changed", N, "must be categorical"),
        (FRAME.assign(flag=["yes", "no"] * 100), "flag", "kind_changed", N, "must be boolean"),
        (FRAME.assign(one=[7] * 199 + [8]), "one", "out_of_range", 1, "1 rows do not, from 8"),
        (FRAME.assign(word=["same"] * 198 + ["other"] * 2), "word", "new_categories", 2, "'other'"),
        (
            FRAME.assign(group=["a"] * 197 + ["z", "z", "y"]),
            "group",
            "new_categories",
            3,
            "2 new values in 3 rows: 'z', 'y'",
        ),
        (FRAME.assign(count=FRAME["count"] - 2), "count", "out_of_range", 2, "0.0 to 199.0; 2 rows do not, from -2"),
        (FRAME.assign(day=["2026-02-01"] * N), "day", "out_of_range", N, "2026-02-01"),
        (FRAME.assign(stamp=FRAME["stamp"] + pd.Timedelta("1h")), "stamp", "out_of_range", 1, "2026-01-09T08:00:00"),
    ],
)
def test_each_difference(changed: pd.DataFrame, column: str, change: str, rows: int, words: str) -> None:
    (difference,) = compare(infer(FRAME), changed)
    assert (difference.column, difference.change, difference.rows) == (column, change, rows)
    assert words in difference.sentence


def test_a_renamed_column_is_suggested() -> None:
    missing, extra = compare(infer(FRAME), FRAME.rename(columns={"ratio": "ratios"}))
    assert (missing.change, extra.change) == ("missing_column", "extra_column")
    assert "Did you mean 'ratios'?" in missing.sentence


@pytest.mark.skipif(not SETS.is_dir(), reason="the public data sets (../shared/data) are not beside the repo")
def test_compas() -> None:
    frame = read_frame(SETS / "compas" / "compas.csv", name="compas.csv")
    kinds = {column.name: column.kind for column in infer(frame).columns}
    expected = {
        "age": "integer",
        "race": "categorical",
        "c_jail_in": "datetime",
        "type_of_assessment": "constant",
        "violent_recid": "empty",
        "c_charge_desc": "categorical",
    }
    assert {name: kinds[name] for name in expected} == expected
    reference, current = frame[frame["race"] != "Other"], frame[frame["race"] == "Other"]
    changes = {difference.column: difference for difference in compare(infer(reference), current)}
    assert changes["race"].values == ("Other",)
    assert changes["race"].rows == 377
