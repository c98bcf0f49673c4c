import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.time_leakage import time_leakage
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.roc import auc_interval


def rows(n=600, seed=0):
    rng = np.random.default_rng(seed)
    days = np.sort(rng.integers(0, 700, n))
    return pd.DataFrame(
        {
            "decided": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"),
            "birth_date": "1980-01-01",
            "a": rng.normal(size=n),
            "y": rng.integers(0, 2, n),
        }
    )


def checked(frame, train, time=None):
    subject = Subject.load(data=frame, target="y", train=train, drop=["decided"], context=Context())
    return evaluate(time_leakage, {"subject": subject}, Context(), parameters={"time": time})


def test_a_split_by_time_passes():
    frame = rows()
    later = frame.decided >= "2025-01-01"
    result = checked(frame[later], frame[~later])
    assert (result.status, result.value) == ("pass", 0)


@pytest.mark.parametrize("form", ["time", "text", "number"])
def test_rows_dealt_at_random_warn(form):
    frame = rows()
    numbers = frame.decided.astype("int64") // 10**9
    frame["decided"] = {"time": frame.decided, "text": frame.decided.dt.strftime("%Y-%m-%d"), "number": numbers}[form]
    audited, train = frame.iloc[::3], frame.drop(frame.index[::3])
    result = checked(audited, train, time="decided")
    assert result.status == "warn"
    seconds = pd.to_datetime(rows().decided).astype("int64").to_numpy()
    truth = np.arange(600) % 3 > 0
    assert result.value == pytest.approx(auc_interval(truth, seconds.astype(float)).value)


def test_the_column_is_found_where_there_is_one():
    frame = rows()
    assert checked(frame.iloc[::2], frame.iloc[1::2]).status == "warn"
    two = frame.assign(other=frame.decided)
    assert checked(two.iloc[::2], two.iloc[1::2]).status == "not_applicable"
    none = frame.assign(decided="x")
    assert checked(none.iloc[::2], none.iloc[1::2]).status == "not_applicable"


def test_wrong_names_and_gaps():
    frame = rows()
    assert "decided" in checked(frame.iloc[::2], frame.iloc[1::2], time="decidd").reason
    gone = frame.assign(decided=pd.NaT)
    assert checked(gone, frame, time="decided").status == "not_applicable"
