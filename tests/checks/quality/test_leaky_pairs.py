import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.leaky_pairs import leaky_pairs
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    frame["word"] = rng.choice(["x", "y"], n)
    frame["y"] = (frame.a + frame.b + rng.normal(size=n) > 0) * 1
    return frame


def checked(frame):
    subject = Subject.load(data=frame, target="y", context=Context())
    return evaluate(leaky_pairs, {"subject": subject}, Context())


@pytest.mark.parametrize("seed", range(5))
def test_features_that_tell_something_are_no_leak(seed):
    result = checked(rows(seed=seed))
    assert (result.status, result.value) == ("pass", 0)


@pytest.mark.parametrize("leak", ["difference", "dates", "equal", "table"])
def test_two_that_fix_the_target_together_are_named(leak):
    frame, rng = rows(), np.random.default_rng(9)
    y = frame.y.to_numpy()
    if leak == "difference":
        frame["before"] = rng.uniform(0, 1000, 1500)
        frame["after"] = frame.before + np.where(y == 1, rng.uniform(1, 3, 1500), -rng.uniform(1, 3, 1500))
    elif leak == "dates":
        opened = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 1500), unit="D")
        frame["before"] = opened
        frame["after"] = opened + pd.to_timedelta(np.where(y == 1, rng.integers(1, 9, 1500), 30), unit="D")
    elif leak == "equal":
        frame["before"] = rng.integers(0, 500, 1500)
        frame["after"] = np.where(y == 1, frame.before, (frame.before + 7) % 500)
    else:
        frame["before"] = rng.choice(["p", "q"], 1500)
        frame["after"] = np.where((frame.before == "p") == (y == 1), "p", "q")
    result = checked(frame)
    assert result.status == "warn"
    assert ("after", "before") in {row[:2] for row in result.view("pairs").rows}


def test_numbers_gaps_and_few_rows():
    frame = rows()
    assert checked(frame.assign(y=frame.a * 2 + np.arange(1500))).status == "pass"
    assert checked(frame.assign(a=np.nan, c=np.inf, d=[[1]] * 1500)).status == "pass"
    assert checked(frame.head(60)).status == "not_applicable"
