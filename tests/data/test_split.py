"""A row's side follows from its content and the seed."""

import numpy as np
import pandas as pd
import pytest

from trustlab.core.errors import InputError
from trustlab.data.split import split_rows

FRAME = pd.DataFrame({"a": np.arange(4000.0), "b": ["x", "y"] * 2000, "c": np.arange(4000) % 7})
COLUMNS = list(FRAME.columns)


def held_out(frame: pd.DataFrame, seed: int = 0) -> set[float]:
    return set(frame["a"].iloc[split_rows(frame, 0.25, seed, COLUMNS)[1]])


def test_the_share_is_met_within_five_standard_deviations() -> None:
    train, test = split_rows(FRAME, 0.25, 0, COLUMNS)
    assert abs(len(test) / 4000 - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 4000)
    assert sorted([*train, *test]) == list(range(4000))


def test_filtering_shuffling_and_deriving_move_no_row() -> None:
    chosen = held_out(FRAME)
    part = FRAME[FRAME["b"] == "x"].reset_index(drop=True)
    assert held_out(part) == {a for a in chosen if a % 2 == 0}
    assert held_out(FRAME.sample(frac=1, random_state=1)) == chosen
    assert held_out(FRAME.assign(d=1)) == chosen


def test_seeds_give_independent_splits() -> None:
    both = held_out(FRAME, 0) & held_out(FRAME, 1)
    assert abs(len(both) / 4000 - 0.0625) < 5 * np.sqrt(0.0625 * 0.9375 / 4000)


def test_equal_rows_stay_together() -> None:
    twice = pd.concat([FRAME, FRAME], ignore_index=True)
    train, test = split_rows(twice, 0.25, 0, COLUMNS)
    assert not set(twice["a"].iloc[train]) & set(twice["a"].iloc[test])


def test_an_empty_side_is_refused() -> None:
    with pytest.raises(InputError, match="rows on both sides"):
        split_rows(FRAME.head(1), 0.25, 0, COLUMNS)


def test_a_missing_value_in_another_row_moves_none() -> None:
    flags = np.arange(4000) % 2 == 0
    before = FRAME.assign(flag=flags, void=np.nan)
    gap = pd.DataFrame({"a": [4000.0], "b": [None], "c": [None], "flag": [None], "void": ["filled"]})
    after = pd.concat([before.astype({"c": object, "flag": object, "void": object}), gap], ignore_index=True)
    after = after.infer_objects()
    columns = list(before.columns)
    chosen = set(split_rows(before, 0.25, 0, columns)[1])
    assert chosen == set(split_rows(after.assign(c=after["c"].astype(float)), 0.25, 0, columns)[1]) - {4000}


def test_values_of_any_kind_have_a_side() -> None:
    odd = pd.DataFrame(
        {
            "list": [[1], [2]] * 50,
            "mixed": [1, "a"] * 50,
            "big": [2**70, 1] * 50,
            "when": pd.to_datetime(["2020-01-01", None] * 50),
            "kind": pd.Categorical(["x", None] * 50),
            "n": range(100),
        }
    )
    train, test = split_rows(odd, 0.3, 0, list(odd.columns))
    assert len(train) + len(test) == 100
