import numpy as np
import pandas as pd

from trustlab.checks.quality.group_leakage import group_leakage
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=900, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"customer_id": rng.integers(0, 200, n), "a": rng.normal(size=n), "y": rng.integers(0, 2, n), "p": 0}
    )


def checked(frame, train, groups=None, **given):
    subject = Subject.load(data=frame, target="y", train=train, context=Context(), **given)
    return evaluate(group_leakage, {"subject": subject}, Context(), parameters={"groups": groups})


def test_rows_dealt_at_random_share_customers():
    frame = rows()
    result = checked(frame.head(300), frame.tail(600))
    assert result.status == "warn"
    expected = frame.customer_id[:300].isin(frame.customer_id[300:]).mean()
    assert result.value == expected


def test_customers_dealt_whole_pass():
    frame = rows()
    old = frame.customer_id < 130
    result = checked(frame[~old], frame[old])
    assert (result.status, result.value) == ("pass", 0)
    assert "No customer_id stands on both sides" in result.reason


def test_known_and_new_ones_are_compared():
    frame = rows()
    new = frame.customer_id >= 100
    frame["p"] = np.where(new, 1 - frame.y, frame.y)
    audited, train = frame.iloc[:450], frame.iloc[450:][~new[450:]]
    result = checked(audited, train, prediction="p", drop=["customer_id"])
    assert "errs in" in result.reason
    assert "could be noise" not in result.reason


def test_without_such_a_column_it_does_not_apply_unless_named():
    frame = rows().rename(columns={"customer_id": "shop"})
    assert checked(frame.head(300), frame.tail(600)).status == "not_applicable"
    assert checked(frame.head(300), frame.tail(600), groups=["shop"]).status == "warn"
    wrong = checked(frame.head(300), frame.tail(600), groups=["shp"])
    assert wrong.status == "error"
    assert "shop" in wrong.reason
    assert checked(frame.head(300).assign(shop=np.nan), frame.tail(600), groups=["shop"]).value == 0
