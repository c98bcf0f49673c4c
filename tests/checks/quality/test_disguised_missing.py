import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.disguised_missing import disguised_missing
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject

N = 1000


def rows(seed=0):
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 600, N), unit="D")
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, N),
            "income": rng.lognormal(10, 1, N).round(2),
            "change": rng.normal(size=N),
            "scale": rng.choice([-1, 0, 1], N),
            "children": rng.poisson(1, N),
            "percent": rng.integers(0, 100, N),
            "day": days.astype("str"),
            "word": rng.choice(["x", "y"], N),
            "y": rng.integers(0, 2, N),
        }
    )


def checked(frame):
    subject = Subject.load(data=frame, target="y", context=Context())
    return evaluate(disguised_missing, {"subject": subject}, Context())


@pytest.mark.parametrize("seed", range(10))
def test_values_are_no_codes(seed):
    result = checked(rows(seed))
    assert (result.status, result.value) == ("pass", 0), result.reason


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("age", 999),
        ("age", -1),
        ("income", -1.0),
        ("change", -999.0),
        ("day", "9999-12-31"),
        ("day", "1900-01-01"),
        ("word", "?"),
        ("word", " N/A"),
        ("children", 99),
    ],
)
def test_a_code_is_found_and_counted(name, code):
    frame = rows()
    frame.loc[:49, name] = code
    result = checked(frame)
    assert result.status == "warn"
    assert result.value == 0.05
    assert result.view("by_value").column("column") == [name]


def test_gaps_and_few_rows():
    assert checked(rows().assign(age=np.nan, income=np.inf, word=None)).status == "pass"
    assert checked(rows().head(3).assign(y=[0, 1, 1])).status == "pass"
