import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.data.breaches import evaluate
from trustlab.data.documents import Place
from trustlab.data.proposal import propose
from trustlab.data.rules import rules_from
from trustlab.testing.playground import loans

VALUES = {
    "floats": st.one_of(st.none(), st.floats(allow_nan=False)),
    "integers": st.integers(-(2**63), 2**63 - 1),
    "texts": st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=3)),
    "booleans": st.booleans(),
    "dates": st.sampled_from(["2024-01-31", "1999-12-31T23:59:59Z"]),
    "mixed": st.one_of(st.none(), st.integers(-2, 2), st.sampled_from(["a", "1"]), st.booleans()),
}


@pytest.mark.parametrize("of", VALUES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_table_keeps_the_rules_proposed_from_it(of, data):
    frame = pd.DataFrame({"c": pd.Series(data.draw(st.lists(VALUES[of], min_size=1)), dtype={"mixed": object}.get(of))})
    rules = propose(frame)
    assert evaluate(rules, frame, table="t") == []
    assert rules_from(rules.to_document(), Place("again")) == rules


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([1e308, 1.2e308, 1.7e308], 3e307, None),
        ([-1.7e308, -1e308, -1.2e308], None, -3e307),
        ([0.0, np.inf], None, None),
    ],
)
def test_where_no_number_lies_further_out_there_is_no_bound(values, low, high):
    rule = propose(pd.DataFrame({"c": values})).columns[0]
    assert (rule.minimum, rule.maximum) == (low, high)


def test_the_next_month_passes_and_slips_do_not():
    rules = propose(loans())
    later = loans(seed=7, shift=0.8)
    assert evaluate(rules, later, table="t") == []
    for column, value, rule in (("income", 60_000, "range"), ("income", -999, "range"), ("region", "nord", "values")):
        bad = later.copy()
        bad.loc[3, column] = value
        assert [breach.rule for breach in evaluate(rules, bad, table="t")] == [rule]


def test_what_is_seen_is_proposed():
    frame = pd.DataFrame(
        {
            "id": range(1000, 1200),
            "code": [f"c{i}" for i in range(200)],
            "flag": [0, 1] * 100,
            "gap": [np.nan] + [1.5, 2.5] * 99 + [1.0],
            "empty": [None] * 200,
            "when": pd.date_range("2024-01-01", periods=200),
        }
    )
    said = propose(frame).to_document()["columns"]
    assert said["id"] == {"type": "integer", "missing_share": 0, "unique": True}
    assert said["code"] == {"type": "text", "missing_share": 0, "unique": True}
    assert said["flag"] == {"type": "integer", "missing_share": 0, "min": 0, "max": 1}
    assert said["gap"] == {"type": "number", "missing_share": 0.01, "min": 0, "max": 4}
    assert said["empty"] == {"missing_share": 1}
    assert said["when"] == {"type": "datetime", "missing_share": 0}
