"""Equal rows have equal numbers, and only they: against pandas, whatever columns are read."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.checks.quality._rows import Stacked, coincidence, row_codes

CELLS = st.sampled_from(["a", "b", None])
NUMBERS = st.sampled_from([0.0, 1.0, np.nan])
ROWS = st.lists(st.tuples(NUMBERS, CELLS, NUMBERS, st.integers(0, 3)), min_size=1, max_size=25)


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_numbers_are_those_of_groups_in_order_of_appearance(rows):
    frame = pd.DataFrame(rows, columns=list("abcd"))
    codes = row_codes(frame)
    words = [tuple("gone" if pd.isna(cell) else cell for cell in row) for row in frame.itertuples(index=False)]
    assert codes.tolist() == pd.factorize(pd.Series(words, dtype=object))[0].tolist()


def test_columns_after_the_last_likeness_are_not_read(monkeypatch):
    frame = pd.DataFrame({"a": np.arange(100.0), "b": np.arange(100.0), "c": ["x"] * 100})
    read = []
    whole = pd.factorize
    monkeypatch.setattr(pd, "factorize", lambda values, **named: read.append(len(values)) or whole(values, **named))
    assert row_codes(frame).tolist() == list(range(100))
    assert sum(read) == 200, "the first column's values and the codes, and nothing after"


def test_chance_is_the_product_where_it_matters():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.integers(0, 3, 500), "b": rng.choice(["x", "y"], 500)})
    by_hand = 1.0
    for name in frame:
        n = frame[name].value_counts().to_numpy()
        by_hand *= (n * (n - 1)).sum() / (500 * 499)
    assert coincidence(frame) == pytest.approx(by_hand)
    wide = pd.DataFrame(rng.normal(size=(500, 30)))
    assert coincidence(wide) * 500 < 1e-9


@settings(max_examples=100, deadline=None)
@given(ROWS, ROWS)
def test_frames_below_each_other_are_as_one(above, below):
    parts = [pd.DataFrame(rows, columns=list("abcd")) for rows in (above, below)]
    labels = [np.arange(len(part)) % 2 for part in parts]
    whole = pd.concat([part.assign(label=label) for part, label in zip(parts, labels, strict=True)], ignore_index=True)
    stacked = Stacked(parts, list("abcd"), labels)
    assert stacked.shape == whole.shape
    assert row_codes(stacked).tolist() == row_codes(whole).tolist()
    assert coincidence(stacked) == pytest.approx(coincidence(whole))
